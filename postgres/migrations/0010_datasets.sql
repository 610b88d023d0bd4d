-- Snapshots that the database itself keeps from changing; photos by what they look like; removals.

ALTER TABLE photos ADD COLUMN look_group text;
COMMENT ON COLUMN photos.look_group IS 'Photos that look alike share a group, and so a part of every dataset.';
CREATE INDEX photos_with_looks ON photos (look_group) WHERE look_group IS NOT NULL;

CREATE TABLE dataset_removals (
    photo_id text PRIMARY KEY REFERENCES photos (id) ON DELETE CASCADE,
    removed_by text NOT NULL,
    removed_at timestamptz NOT NULL
);
COMMENT ON TABLE dataset_removals IS 'Photos that somebody took out of the snapshots to come; for 30 days it can be taken back.';

CREATE FUNCTION keep_snapshot() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'dataset_items' AND TG_OP = 'UPDATE' THEN
        IF NEW.photo_id IS NULL
           AND (NEW.dataset_id, NEW.item_hash, NEW.label, NEW.part) = (OLD.dataset_id, OLD.item_hash, OLD.label, OLD.part)
        THEN
            RETURN NEW;  -- its visitor deleted the photo: the place stays
        END IF;
    END IF;
    RAISE EXCEPTION 'a snapshot never changes' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER keep_snapshot BEFORE UPDATE OR DELETE ON dataset_items
FOR EACH ROW EXECUTE FUNCTION keep_snapshot();
CREATE TRIGGER keep_snapshot BEFORE UPDATE OR DELETE ON datasets
FOR EACH ROW WHEN (OLD.frozen_at IS NOT NULL) EXECUTE FUNCTION keep_snapshot();

CREATE VIEW standing_labels AS
SELECT DISTINCT ON (predictions.photo_id) predictions.photo_id, reviews.label, photos.look_group, reviews.reviewed_at,
       reviews.prediction_id
FROM reviews
JOIN predictions ON predictions.id = reviews.prediction_id
JOIN photos ON photos.id = predictions.photo_id
WHERE reviews.undone_at IS NULL AND reviews.label <> 'unknown' AND photos.state <> 'gone' AND NOT predictions.is_demo
ORDER BY predictions.photo_id, reviews.reviewed_at DESC, reviews.id DESC;
COMMENT ON VIEW standing_labels IS 'What each reviewed photo shows, by the newest review.';

CREATE VIEW untrained AS
SELECT standing_labels.* FROM standing_labels
WHERE NOT EXISTS (SELECT FROM dataset_removals WHERE dataset_removals.photo_id = standing_labels.photo_id)
  AND NOT EXISTS (
    SELECT FROM dataset_items
    WHERE dataset_items.photo_id = standing_labels.photo_id AND dataset_items.label = standing_labels.label
      AND dataset_items.dataset_id = (
        SELECT max(dataset_id) FROM dataset_items AS held WHERE held.photo_id = standing_labels.photo_id
      )
);
COMMENT ON VIEW untrained IS 'The inbox: reviewed photos whose label no snapshot holds yet.';

GRANT SELECT ON standing_labels, untrained TO tyreloop_app, tyreloop_jobs;
GRANT SELECT, INSERT, UPDATE, DELETE ON dataset_removals TO tyreloop_app, tyreloop_jobs;
