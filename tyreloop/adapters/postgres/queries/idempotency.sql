-- name: body_of_key$
-- What a key was used for.
SELECT body_hash FROM idempotency_keys WHERE visitor = :visitor AND key = :key;
