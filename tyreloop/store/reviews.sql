-- name: claim_reviews!
-- Hand the most valuable open answers to one reviewer, each to exactly one, even if two ask at once.
WITH held AS (
    SELECT count(*) AS answers FROM review_claims JOIN open_reviews USING (prediction_id)
    WHERE reviewer = :reviewer AND claimed_until > :now
), free AS (
    SELECT open_reviews.prediction_id, open_reviews.visitor
    FROM open_reviews JOIN predictions ON predictions.id = open_reviews.prediction_id
    WHERE NOT EXISTS (
        SELECT FROM review_claims
        WHERE review_claims.prediction_id = predictions.id AND review_claims.claimed_until > :now
    ) AND NOT EXISTS (
        SELECT FROM review_skips
        WHERE review_skips.prediction_id = predictions.id AND review_skips.reviewer = :reviewer
          AND review_skips.skipped_until > :now
    )
    ORDER BY open_reviews.value DESC, open_reviews.waiting_since, open_reviews.prediction_id
    LIMIT greatest(:at_most - (SELECT answers FROM held), 0)
    FOR NO KEY UPDATE OF predictions SKIP LOCKED
)
INSERT INTO review_claims (prediction_id, visitor, reviewer, claimed_until)
SELECT prediction_id, visitor, :reviewer, :until FROM free
ON CONFLICT (prediction_id, visitor) DO UPDATE
SET reviewer = excluded.reviewer, claimed_until = excluded.claimed_until
WHERE review_claims.claimed_until <= :now;

-- name: renew_claims!
-- Who still looks keeps what they look at.
UPDATE review_claims SET claimed_until = :until WHERE reviewer = :reviewer AND claimed_until > :now;

-- name: claimed_reviews
-- What one reviewer looks at now, the most valuable first.
SELECT open_reviews.* FROM review_claims JOIN open_reviews USING (prediction_id)
WHERE reviewer = :reviewer AND claimed_until > :now
ORDER BY open_reviews.value DESC, open_reviews.waiting_since, open_reviews.prediction_id
LIMIT :at_most;

-- name: decide_review$
-- Write a decision down in exchange for the claim: whoever lost the claim decides nothing.
WITH claim AS (
    DELETE FROM review_claims WHERE prediction_id = :prediction_id AND reviewer = :reviewer
    RETURNING prediction_id, visitor
)
INSERT INTO reviews (prediction_id, visitor, decision, label, reviewer, reviewed_at, source, kinds)
SELECT prediction_id, visitor, :decision, :label, :reviewer, :reviewed_at, :source, CAST(:kinds AS text[]) FROM claim
RETURNING id;

-- name: skip_review!
-- Leave an answer to others for a while.
WITH claim AS (
    DELETE FROM review_claims WHERE prediction_id = :prediction_id AND reviewer = :reviewer RETURNING prediction_id
)
INSERT INTO review_skips (prediction_id, reviewer, skipped_until) SELECT prediction_id, :reviewer, :until FROM claim
ON CONFLICT (prediction_id, reviewer) DO UPDATE SET skipped_until = excluded.skipped_until;

-- name: undo_review^
-- Take a reviewer's latest decision back, one of their last ten, and hand the answer to them again.
WITH latest AS (
    SELECT id, undone_at FROM reviews WHERE reviewer = :reviewer ORDER BY id DESC LIMIT 10
), undone AS (
    UPDATE reviews SET undone_at = :at WHERE id = (SELECT max(id) FROM latest WHERE undone_at IS NULL)
    RETURNING prediction_id, visitor
), claim AS (
    INSERT INTO review_claims (prediction_id, visitor, reviewer, claimed_until)
    SELECT prediction_id, visitor, :reviewer, :until FROM undone
    ON CONFLICT (prediction_id, visitor) DO UPDATE
    SET reviewer = excluded.reviewer, claimed_until = excluded.claimed_until
)
SELECT prediction_id FROM undone;

-- name: count_reviews^
-- How much waits, and how fast one reviewer has been lately.
SELECT (SELECT count(*) FROM open_reviews) AS waiting,
       (SELECT count(*) FROM reviews
        WHERE reviewer = :reviewer AND undone_at IS NULL AND reviewed_at >= :since) AS done_today,
       (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY gap) FROM (
            SELECT extract(epoch FROM reviewed_at - lag(reviewed_at) OVER (ORDER BY id))::double precision AS gap
            FROM (SELECT id, reviewed_at FROM reviews WHERE reviewer = :reviewer ORDER BY id DESC LIMIT 21) AS latest
        ) AS gaps WHERE gap < 300) AS seconds_each;

-- name: keep_fingerprint!
-- Remember what a photo looks like.
UPDATE photos SET fingerprint = :fingerprint WHERE id = :photo_id;

-- name: look_alikes
-- Photos that differ in few bits and were reviewed, the most alike first.
SELECT DISTINCT ON (photos.id) photos.id AS photo_id, reviews.label,
       bit_count((photos.fingerprint # CAST(:fingerprint AS bigint))::bit(64)) AS bits_apart
FROM photos JOIN predictions ON predictions.photo_id = photos.id
JOIN reviews ON reviews.prediction_id = predictions.id AND reviews.undone_at IS NULL
WHERE photos.id <> :photo_id
  AND bit_count((photos.fingerprint # CAST(:fingerprint AS bigint))::bit(64)) <= :most_bits
ORDER BY photos.id, reviews.reviewed_at DESC
LIMIT :at_most;

-- name: audited^
-- Of the answers drawn at random and reviewed since a moment: how many were right.
SELECT coalesce(sum(reviewed), 0)::integer AS answers, coalesce(sum(right_ones), 0)::integer AS right_ones
FROM charts.audited(:since, 'infinity', '{all}', '{all}');
