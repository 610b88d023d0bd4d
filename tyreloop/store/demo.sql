-- name: prepare_demo_tables#
-- Where made-up rows are copied to first, so that rows which are there already can be left alone.
CREATE TEMPORARY TABLE demo_predictions (LIKE predictions INCLUDING DEFAULTS) ON COMMIT DROP;
CREATE TEMPORARY TABLE demo_votes (LIKE votes INCLUDING DEFAULTS) ON COMMIT DROP;
CREATE TEMPORARY TABLE demo_corrections (LIKE corrections INCLUDING DEFAULTS) ON COMMIT DROP;

-- name: add_demo_photo!
-- The one photo that all made-up predictions share; it is in no store.
INSERT INTO photos (id, byte_count, uploaded_at, state) VALUES (:photo_id, 0, now(), 'gone')
ON CONFLICT (id) DO NOTHING;

-- name: keep_demo_predictions!
-- Add the made-up predictions that are new.
INSERT INTO predictions SELECT * FROM demo_predictions ON CONFLICT (id) DO NOTHING;

-- name: keep_demo_votes!
-- Add the made-up votes that are new.
INSERT INTO votes SELECT * FROM demo_votes ON CONFLICT (prediction_id, visitor) DO NOTHING;

-- name: keep_demo_corrections!
-- Add the made-up corrections that are new.
INSERT INTO corrections SELECT * FROM demo_corrections ON CONFLICT (prediction_id, visitor) DO NOTHING;
