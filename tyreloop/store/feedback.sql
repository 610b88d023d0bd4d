-- name: cast_vote^
-- Keep a visitor's last word on a prediction of theirs (no like at all: taken back); an older word that
-- arrives late changes nothing, and a key that was used before keeps nothing.
WITH mine AS (
    SELECT id FROM predictions WHERE id = :prediction_id AND visitor = :visitor FOR KEY SHARE
), claimed AS (
    INSERT INTO idempotency_keys (visitor, key, body_hash, prediction_id)
    SELECT :visitor, :key, :body_hash, mine.id FROM mine
    ON CONFLICT (visitor, key) DO NOTHING
    RETURNING key
), kept AS (
    INSERT INTO votes (prediction_id, visitor, liked, reasons, comment, cast_at)
    SELECT mine.id, :visitor, CAST(:liked AS boolean), CAST(:reasons AS text[]), :comment,
           CAST(:cast_at AS timestamptz)
    FROM mine, claimed
    ON CONFLICT (prediction_id, visitor) DO UPDATE
    SET liked = excluded.liked, reasons = excluded.reasons, comment = excluded.comment,
        cast_at = excluded.cast_at
    WHERE votes.cast_at <= excluded.cast_at
)
SELECT EXISTS (SELECT FROM mine) AS is_theirs, EXISTS (SELECT FROM claimed) AS is_first;

-- name: get_vote^
-- The vote that stands, if there is one.
SELECT liked, reasons, comment, cast_at FROM votes
WHERE prediction_id = :prediction_id AND visitor = :visitor AND liked IS NOT NULL;

-- name: give_correction^
-- Keep the right label that a visitor gives for a prediction of theirs (no label at all: taken back); an
-- older one that arrives late changes nothing, and a key that was used before keeps nothing.
WITH mine AS (
    SELECT id FROM predictions WHERE id = :prediction_id AND visitor = :visitor FOR KEY SHARE
), claimed AS (
    INSERT INTO idempotency_keys (visitor, key, body_hash, prediction_id)
    SELECT :visitor, :key, :body_hash, mine.id FROM mine
    ON CONFLICT (visitor, key) DO NOTHING
    RETURNING key
), kept AS (
    INSERT INTO corrections (prediction_id, visitor, label, spot_x, spot_y, given_at, kinds)
    SELECT mine.id, :visitor, :label, CAST(:spot_x AS float8), CAST(:spot_y AS float8),
           CAST(:given_at AS timestamptz), CAST(:kinds AS text[])
    FROM mine, claimed
    ON CONFLICT (prediction_id, visitor) DO UPDATE
    SET label = excluded.label, spot_x = excluded.spot_x, spot_y = excluded.spot_y,
        given_at = excluded.given_at, kinds = excluded.kinds
    WHERE corrections.given_at <= excluded.given_at
)
SELECT EXISTS (SELECT FROM mine) AS is_theirs, EXISTS (SELECT FROM claimed) AS is_first;

-- name: get_correction^
-- The correction that stands, if there is one.
SELECT label, spot_x, spot_y, given_at, kinds FROM corrections
WHERE prediction_id = :prediction_id AND visitor = :visitor AND label IS NOT NULL;

-- name: get_receipt^
-- A correction with its newest review, the first snapshot since, and the first version made from one.
WITH said AS (
    SELECT corrections.*, predictions.photo_id, predictions.model_name FROM corrections
    JOIN predictions ON predictions.id = corrections.prediction_id
    WHERE corrections.prediction_id = :prediction_id AND corrections.visitor = :visitor AND corrections.label IS NOT NULL
), reviewed AS (
    SELECT reviews.id, reviews.decision, reviews.label, reviews.reviewed_at, reviews.kinds FROM reviews JOIN said USING (prediction_id)
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
    WHERE EXISTS (SELECT FROM reviewed WHERE reviewed.label <> 'unusable')
    ORDER BY model_versions.version LIMIT 1
), left_out AS (
    SELECT jsonb_object_agg(datasets.name, CASE
        WHEN datasets.is_imported THEN 'imported' WHEN dataset_removals.photo_id IS NOT NULL THEN 'removed' ELSE 'not_at_hand'
    END) AS snapshots
    FROM said CROSS JOIN reviewed JOIN datasets ON datasets.frozen_at >= reviewed.reviewed_at
    LEFT JOIN dataset_removals USING (photo_id)
    WHERE reviewed.label <> 'unknown' AND datasets.id NOT IN (SELECT id FROM snapshots)
)
SELECT said.label, said.given_at, said.spot_x, said.spot_y, said.kinds, reviewed.decision,
       reviewed.label AS label_that_stands, reviewed.kinds AS kinds_that_stand,
       reviewed.reviewed_at, placed.name AS snapshot, placed.part, placed.frozen_at, reviewed.id AS review_id,
       learned.version AS learned_by, coalesce(learned.run_id, '') AS learned_in_run,
       coalesce(left_out.snapshots, '{}') AS left_out
FROM said LEFT JOIN reviewed ON true LEFT JOIN placed ON true LEFT JOIN learned ON true CROSS JOIN left_out;

-- name: body_of_key$
-- What a key was used for.
SELECT body_hash FROM idempotency_keys WHERE visitor = :visitor AND key = :key;

-- name: add_write_failure!
-- Tell of writes that did not arrive at once.
INSERT INTO write_failures (failed_at, stage, error, writes) VALUES (:failed_at, :stage, :error, :writes);
