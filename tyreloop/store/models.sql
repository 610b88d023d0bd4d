-- name: keep_model_version!
-- A version with its card; the same one again changes nothing.
INSERT INTO model_versions (model_name, version, card) VALUES (:model_name, :version, :card)
ON CONFLICT (model_name, version) DO NOTHING;

-- name: add_release!
-- Write down a move of Production; the same one again changes nothing.
INSERT INTO releases (
    model_name, from_version, to_version, kind, released_by, reason, forced, exam, released_at
)
VALUES (
    :model_name, :from_version, :to_version, :kind, :released_by, :reason, :forced, :exam, :released_at
)
ON CONFLICT (model_name, released_at) DO NOTHING;

-- name: latest_releases
-- The last moves of Production, the newest first.
SELECT * FROM releases ORDER BY released_at DESC, id DESC LIMIT :at_most;

-- name: votes_of_version^
-- Votes on one version in a span: whole hours from the counts, the pieces before and after vote by vote.
SELECT coalesce(sum(likes), 0)::integer AS likes, coalesce(sum(dislikes), 0)::integer AS dislikes FROM (
    SELECT likes, dislikes FROM monitoring.hourly_votes
    WHERE model_version = :version AND hour >= :head_until AND hour < :tail_from
    UNION ALL
    SELECT liked::integer, (NOT liked)::integer FROM monitoring.latest_votes
    WHERE model_version = :version
      AND (cast_at >= :since AND cast_at < :head_until OR cast_at >= :tail_from AND cast_at < :until)
) AS pieces;
