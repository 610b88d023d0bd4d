-- Visitors name kinds of damage, reviewers confirm or change them, and datasets carry them into training.

SET LOCAL lock_timeout = '5s';
SET LOCAL statement_timeout = '10min';

ALTER TABLE corrections ADD COLUMN kinds text[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN corrections.kinds IS 'Of a damage: the kinds that the visitor names; none named: it is damage, and no more is said.';
ALTER TABLE reviews ADD COLUMN kinds text[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN reviews.kinds IS 'Of a damage: the kinds that stand.';
ALTER TABLE dataset_items ADD COLUMN kinds text[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN dataset_items.kinds IS 'Of a damage: the kinds that stood when the snapshot was frozen.';

CREATE OR REPLACE FUNCTION keep_snapshot() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'dataset_items' AND TG_OP = 'UPDATE' THEN
        IF NEW.photo_id IS NULL
           AND (NEW.dataset_id, NEW.item_hash, NEW.label, NEW.part, NEW.kinds)
             = (OLD.dataset_id, OLD.item_hash, OLD.label, OLD.part, OLD.kinds)
        THEN
            RETURN NEW;  -- its visitor deleted the photo: the place stays
        END IF;
    END IF;
    RAISE EXCEPTION 'a snapshot never changes' USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE OR REPLACE VIEW open_reviews AS
WITH candidates AS (
    SELECT prediction_id FROM corrections WHERE label IS NOT NULL
    UNION SELECT prediction_id FROM votes WHERE NOT liked
    UNION SELECT id FROM predictions WHERE novelty >= 0.9 AND answer <> 'unusable'
    UNION SELECT id FROM predictions WHERE audit_place(id) < 0.02
)
SELECT predictions.id AS prediction_id, predictions.visitor, predictions.photo_id, predictions.model_name,
       predictions.model_version, predictions.answer, predictions.probabilities, said.label, said.spot_x, said.spot_y,
       coalesce(NOT votes.liked, false) AS is_disliked, predictions.novelty,
       CASE WHEN said.label IS NOT NULL THEN 'correction' WHEN NOT votes.liked THEN 'dislike'
            WHEN predictions.novelty >= 0.9 AND predictions.answer <> 'unusable' THEN 'novel' ELSE 'audit' END AS source,
       coalesce(said.given_at, predictions.made_at) AS waiting_since,
       review_value(predictions.answer, said.label, coalesce(NOT votes.liked, false), predictions.novelty) AS value,
       said.kinds, predictions.kinds AS seen_kinds
FROM candidates
JOIN predictions ON predictions.id = candidates.prediction_id
JOIN photos ON photos.id = predictions.photo_id
LEFT JOIN corrections AS said
    ON said.prediction_id = predictions.id AND said.visitor = predictions.visitor AND said.label IS NOT NULL
LEFT JOIN votes ON votes.prediction_id = predictions.id AND votes.visitor = predictions.visitor
WHERE NOT predictions.is_demo AND photos.state <> 'gone' AND NOT EXISTS (
    SELECT FROM reviews
    WHERE reviews.prediction_id = predictions.id AND reviews.undone_at IS NULL
      AND (said.given_at IS NULL OR reviews.reviewed_at >= said.given_at)
);

CREATE OR REPLACE VIEW standing_labels AS
SELECT DISTINCT ON (predictions.photo_id) predictions.photo_id, reviews.label, photos.look_group, reviews.reviewed_at,
       reviews.prediction_id, reviews.kinds
FROM reviews
JOIN predictions ON predictions.id = reviews.prediction_id
JOIN photos ON photos.id = predictions.photo_id
WHERE reviews.undone_at IS NULL AND reviews.label <> 'unknown' AND photos.state <> 'gone' AND NOT predictions.is_demo
ORDER BY predictions.photo_id, reviews.reviewed_at DESC, reviews.id DESC;

CREATE OR REPLACE VIEW untrained AS
SELECT standing_labels.* FROM standing_labels
WHERE NOT EXISTS (SELECT FROM dataset_removals WHERE dataset_removals.photo_id = standing_labels.photo_id)
  AND NOT EXISTS (
    SELECT FROM dataset_items
    WHERE dataset_items.photo_id = standing_labels.photo_id AND dataset_items.label = standing_labels.label
      AND dataset_items.kinds = standing_labels.kinds
      AND dataset_items.dataset_id = (
        SELECT max(dataset_id) FROM dataset_items AS held WHERE held.photo_id = standing_labels.photo_id
      )
);
