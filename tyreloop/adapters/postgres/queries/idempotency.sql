-- name: claim_key!
-- Use a key for the first time; no row is written when it was used before.
INSERT INTO idempotency_keys (visitor, key, body_hash)
VALUES (:visitor, :key, :body_hash)
ON CONFLICT (visitor, key) DO NOTHING;

-- name: body_of_key$
-- What a key was used for.
SELECT body_hash FROM idempotency_keys WHERE visitor = :visitor AND key = :key;
