-- name: keep_heat!
-- Keep where the model looked; the first word stands, for the answer never changes.
INSERT INTO heats (prediction_id, heat) VALUES (:prediction_id, :heat) ON CONFLICT DO NOTHING;

-- name: get_heat$
-- Where the model looked when it gave this answer.
SELECT heat FROM heats WHERE prediction_id = :prediction_id;
