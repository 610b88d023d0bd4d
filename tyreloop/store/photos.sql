-- name: add_photo!
-- Remember a photo; the same bytes again are the same photo, awaited again if it was gone. The row stays locked,
-- so that nobody deletes the photo while its prediction is written.
INSERT INTO photos (id, byte_count, uploaded_at, state)
VALUES (:photo_id, :byte_count, :uploaded_at, :state)
ON CONFLICT (id) DO UPDATE
SET state = CASE photos.state WHEN 'gone' THEN excluded.state ELSE photos.state END;

-- name: add_prediction!
-- Keep an answer; the same one again changes nothing, and one that its visitor deleted stays away.
INSERT INTO predictions (
    id, photo_id, visitor, model_name, model_version, answer, unusable_reason,
    probabilities, timings_ms, latency_ms, source, request_id, is_demo, made_at, keep_photo, novelty, demo_model,
    kinds, outline, view, unsure_reason
)
VALUES (
    :id, :photo_id, :visitor, :model_name, :model_version, :answer, :unusable_reason,
    :probabilities, :timings_ms, :latency_ms, :source, :request_id, :is_demo, :made_at, :keep_photo, :novelty, :demo_model,
    :kinds, :outline, :view, :unsure_reason
)
ON CONFLICT (id) DO NOTHING;

-- name: was_erased$
-- Whether a visitor deleted this prediction.
SELECT EXISTS (SELECT FROM erasures WHERE prediction_hash = hash_of(CAST(:id AS uuid)));

-- name: left_behind
-- Photos of deleted predictions that nobody else shows: whoever was about to keep one lets it go again.
SELECT DISTINCT asked.photo_id
FROM unnest(CAST(:ids AS uuid[]), CAST(:photo_ids AS text[])) AS asked (id, photo_id)
WHERE EXISTS (SELECT FROM erasures WHERE prediction_hash = hash_of(asked.id))
    AND NOT EXISTS (SELECT FROM photos WHERE photos.id = asked.photo_id);

-- name: erase_photo
-- Delete a visitor's photo and everything that hangs from it.
SELECT prediction_id, photo_id, is_last FROM erase_photo(CAST(:id AS uuid), :visitor);

-- name: get_prediction^
-- One answer by its id.
SELECT predictions.*, photos.byte_count
FROM predictions JOIN photos ON photos.id = predictions.photo_id
WHERE predictions.id = :id;

-- name: predictions_of_visitor
-- A visitor's own answers, the latest first.
SELECT predictions.*, photos.byte_count
FROM predictions JOIN photos ON photos.id = predictions.photo_id
WHERE predictions.visitor = :visitor
ORDER BY predictions.made_at DESC
LIMIT :at_most;

-- name: keep_heat!
-- Keep where the model looked; the first word stands, for the answer never changes.
INSERT INTO heats (prediction_id, heat) VALUES (:prediction_id, :heat) ON CONFLICT DO NOTHING;

-- name: get_heat$
-- Where the model looked when it gave this answer.
SELECT heat FROM heats WHERE prediction_id = :prediction_id;
