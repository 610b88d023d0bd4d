-- name: keep_model_version!
-- A version with its card; the same one again changes nothing.
INSERT INTO model_versions (model_name, version, card) VALUES (:model_name, :version, :card)
ON CONFLICT (model_name, version) DO NOTHING;

-- name: add_exam!
-- What came of an exam.
INSERT INTO exams (model_name, version, against, outcome, summary, wall, held_by, held_at)
VALUES (:model_name, :version, :against, :outcome, :summary, :wall, :held_by, :held_at);

-- name: latest_exams
-- The latest exam of each version.
SELECT DISTINCT ON (version) * FROM exams WHERE model_name = :model_name ORDER BY version, held_at DESC, id DESC;

-- name: ask_release^
-- Begin a release; the index of those on their way lets one at a time in.
INSERT INTO releases (
    model_name, from_version, to_version, kind, released_by, reason, forced, exam, released_at, state
)
VALUES (
    :model_name, :from_version, :to_version, :kind, :released_by, :reason, :forced, :exam, :released_at, 'asked'
)
RETURNING *;

-- name: advance_release^
-- One step further, if nobody took it before; the moment of each step is kept.
UPDATE releases SET
    state = :to,
    steps = steps || jsonb_build_object(:to::text, :at::timestamptz),
    released_at = CASE WHEN :to = 'moved' THEN :at ELSE released_at END,
    served_at = CASE WHEN :to = 'served' THEN :at ELSE served_at END,
    record = coalesce(:record, record),
    signature = coalesce(:signature, signature),
    refusal = coalesce(:refusal, refusal),
    from_version = coalesce(:from_version, from_version)
WHERE id = :id AND state = ANY(:before)
RETURNING *;

-- name: release_by_id^
-- How one release stands.
SELECT * FROM releases WHERE id = :id;

-- name: latest_releases
-- The last releases, the newest first.
SELECT * FROM releases ORDER BY id DESC LIMIT :at_most;

-- name: newest_release^
-- The newest release of a model, however far it came.
SELECT * FROM releases WHERE model_name = :model_name ORDER BY id DESC LIMIT 1;

-- name: release_on_its_way^
-- The release that the registry does not name yet.
SELECT * FROM releases WHERE model_name = :model_name AND state IN ('asked', 'examined', 'signed')
ORDER BY id DESC LIMIT 1;

-- name: standing_release^
-- The newest release that was moved to and that nobody refused.
SELECT * FROM releases WHERE model_name = :model_name AND state IN ('moved', 'served') ORDER BY id DESC LIMIT 1;

-- name: signed_release^
-- What may serve: the newest signed release that stands, or that the registry names already.
SELECT * FROM releases
WHERE model_name = :model_name AND record <> ''
  AND (state IN ('moved', 'served') OR state = 'signed' AND to_version = :named)
ORDER BY id DESC LIMIT 1;

-- name: signed_version^
-- The newest signed release of one version.
SELECT * FROM releases
WHERE model_name = :model_name AND record <> '' AND to_version = :version AND state IN ('signed', 'moved', 'served')
ORDER BY id DESC LIMIT 1;

-- name: last_served^
-- The last release that served, of another version than this.
SELECT * FROM releases
WHERE model_name = :model_name AND state = 'served' AND to_version IS DISTINCT FROM :before
ORDER BY served_at DESC, id DESC LIMIT 1;

-- name: tell_serving!
-- What a live service answers with now.
INSERT INTO model_services (service, model_name, serving, refused, reason, release_id, seen_at, every_seconds)
VALUES (:service, :model_name, :serving, :refused, :reason, :release, now(), :every)
ON CONFLICT (service) DO UPDATE SET
    model_name = excluded.model_name, serving = excluded.serving, refused = excluded.refused,
    reason = excluded.reason, release_id = excluded.release_id, seen_at = excluded.seen_at,
    every_seconds = excluded.every_seconds;

-- name: stop_serving!
-- A service that ended, and those that ended without a word a day ago.
DELETE FROM model_services WHERE service = :service OR seen_at < now() - interval '1 day';

-- name: live_services
-- What the services say that were heard within three of their own rounds; news of an older release is no word on this one.
SELECT service, serving,
       CASE WHEN release_id >= :release THEN refused END AS refused,
       CASE WHEN release_id >= :release THEN reason ELSE '' END AS reason
FROM model_services
WHERE model_name = :model_name AND seen_at > :at::timestamptz - make_interval(secs => 3 * every_seconds + 5)
ORDER BY service;

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

-- name: latest_model_milliseconds$
-- How long the model alone took for its latest answers, in the middle.
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY (timings_ms ->> 'model')::double precision)
FROM (SELECT timings_ms FROM predictions WHERE NOT is_demo ORDER BY made_at DESC LIMIT 50) AS latest;
