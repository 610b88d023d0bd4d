-- name: keep_model_version!
-- A version with its card; the same one again changes nothing.
INSERT INTO model_versions (model_name, version, card) VALUES (:model_name, :version, :card)
ON CONFLICT (model_name, version) DO NOTHING;
