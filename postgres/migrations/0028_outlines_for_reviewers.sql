-- A reviewer who asks where the model looked sees its line also when that model serves no more.

SET LOCAL lock_timeout = '5s';
SET LOCAL statement_timeout = '10min';

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
       said.kinds, predictions.kinds AS seen_kinds, predictions.outline
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
