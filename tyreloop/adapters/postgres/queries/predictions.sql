-- name: add_photo!
-- Remember a photo; the same bytes again are the same photo.
INSERT INTO photos (id, byte_count, uploaded_at)
VALUES (:photo_id, :byte_count, :uploaded_at)
ON CONFLICT (id) DO NOTHING;

-- name: add_prediction!
-- Keep an answer; the same one again changes nothing.
INSERT INTO predictions (
    id, photo_id, visitor, model_name, model_version, answer, unusable_reason,
    probabilities, timings_ms, latency_ms, source, request_id, is_demo, made_at
)
VALUES (
    :id, :photo_id, :visitor, :model_name, :model_version, :answer, :unusable_reason,
    :probabilities, :timings_ms, :latency_ms, :source, :request_id, :is_demo, :made_at
)
ON CONFLICT (id) DO NOTHING;

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
