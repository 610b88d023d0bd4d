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
