-- name: get_receipt^
-- A correction with its newest review, the first snapshot since, and the first version made from one.
WITH said AS (
    SELECT corrections.*, predictions.photo_id, predictions.model_name FROM corrections
    JOIN predictions ON predictions.id = corrections.prediction_id
    WHERE corrections.prediction_id = :prediction_id AND corrections.visitor = :visitor AND corrections.label IS NOT NULL
), reviewed AS (
    SELECT reviews.id, reviews.decision, reviews.label, reviews.reviewed_at FROM reviews JOIN said USING (prediction_id)
    WHERE reviews.undone_at IS NULL AND reviews.reviewed_at >= said.given_at
    ORDER BY reviews.id DESC LIMIT 1
), snapshots AS (
    SELECT datasets.id, datasets.name, datasets.frozen_at, dataset_items.part
    FROM dataset_items JOIN datasets ON datasets.id = dataset_items.dataset_id
    JOIN said USING (photo_id) JOIN reviewed ON datasets.frozen_at >= reviewed.reviewed_at
), placed AS (
    SELECT * FROM snapshots ORDER BY id LIMIT 1
), learned AS (
    SELECT model_versions.version, coalesce(model_versions.card ->> 'run_id', '') AS run_id FROM model_versions
    JOIN said USING (model_name)
    JOIN snapshots ON snapshots.name = model_versions.card #>> '{dataset,name}' AND snapshots.part = 'lesson'
    ORDER BY model_versions.version LIMIT 1
)
SELECT said.label, said.given_at, said.spot_x, said.spot_y, reviewed.decision, reviewed.label AS label_that_stands,
       reviewed.reviewed_at, placed.name AS snapshot, placed.part, placed.frozen_at, reviewed.id AS review_id,
       learned.version AS learned_by, coalesce(learned.run_id, '') AS learned_in_run
FROM said LEFT JOIN reviewed ON true LEFT JOIN placed ON true LEFT JOIN learned ON true;
