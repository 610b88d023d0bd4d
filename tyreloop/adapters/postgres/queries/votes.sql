-- name: cast_vote!
-- Keep a visitor's last word on a prediction; an older word that arrives late changes nothing.
INSERT INTO votes (prediction_id, visitor, liked, reasons, comment, cast_at)
VALUES (:prediction_id, :visitor, :liked, :reasons, :comment, :cast_at)
ON CONFLICT (prediction_id, visitor) DO UPDATE
SET liked = excluded.liked, reasons = excluded.reasons, comment = excluded.comment,
    cast_at = excluded.cast_at, retracted_at = NULL
WHERE greatest(votes.cast_at, votes.retracted_at) <= excluded.cast_at;

-- name: retract_vote!
-- Take a vote back, unless a newer one was cast since.
UPDATE votes SET retracted_at = :at
WHERE prediction_id = :prediction_id AND visitor = :visitor
  AND retracted_at IS NULL AND cast_at <= :at;

-- name: get_vote^
-- The vote that stands, if there is one.
SELECT * FROM votes
WHERE prediction_id = :prediction_id AND visitor = :visitor AND retracted_at IS NULL;

-- name: remember_vote!
-- Add what was said to the history.
INSERT INTO vote_history (prediction_id, visitor, liked, said_at)
VALUES (:prediction_id, :visitor, :liked, :said_at);
