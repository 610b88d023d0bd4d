-- name: give_correction!
-- Keep the right label that a visitor gives; an older one that arrives late changes nothing.
INSERT INTO corrections (prediction_id, visitor, label, spot_x, spot_y, given_at)
VALUES (:prediction_id, :visitor, :label, :spot_x, :spot_y, :given_at)
ON CONFLICT (prediction_id, visitor) DO UPDATE
SET label = excluded.label, spot_x = excluded.spot_x, spot_y = excluded.spot_y,
    given_at = excluded.given_at, withdrawn_at = NULL
WHERE greatest(corrections.given_at, corrections.withdrawn_at) <= excluded.given_at;

-- name: withdraw_correction!
-- Take a correction back, unless a newer one was given since.
UPDATE corrections SET withdrawn_at = :at
WHERE prediction_id = :prediction_id AND visitor = :visitor
  AND withdrawn_at IS NULL AND given_at <= :at;

-- name: get_correction^
-- The correction that stands, if there is one.
SELECT * FROM corrections
WHERE prediction_id = :prediction_id AND visitor = :visitor AND withdrawn_at IS NULL;
