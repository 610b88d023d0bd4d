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
    INSERT INTO corrections (prediction_id, visitor, label, spot_x, spot_y, given_at)
    SELECT mine.id, :visitor, :label, CAST(:spot_x AS float8), CAST(:spot_y AS float8),
           CAST(:given_at AS timestamptz)
    FROM mine, claimed
    ON CONFLICT (prediction_id, visitor) DO UPDATE
    SET label = excluded.label, spot_x = excluded.spot_x, spot_y = excluded.spot_y,
        given_at = excluded.given_at
    WHERE corrections.given_at <= excluded.given_at
)
SELECT EXISTS (SELECT FROM mine) AS is_theirs, EXISTS (SELECT FROM claimed) AS is_first;

-- name: get_correction^
-- The correction that stands, if there is one.
SELECT label, spot_x, spot_y, given_at FROM corrections
WHERE prediction_id = :prediction_id AND visitor = :visitor AND label IS NOT NULL;
