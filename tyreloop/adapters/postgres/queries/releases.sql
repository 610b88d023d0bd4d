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
