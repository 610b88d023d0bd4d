-- name: add_order!
-- Keep a job that was asked for.
INSERT INTO queue_jobs (id, kind, orders, asked_by, request_id, asked_at)
VALUES (:id, :kind, :orders, :asked_by, :request_id, :asked_at);

-- name: get_order^
-- A job by its id.
SELECT * FROM queue_jobs WHERE id = :id;

-- name: latest_orders
-- The last jobs, the newest first.
SELECT * FROM queue_jobs WHERE (CAST(:kind AS text) IS NULL OR kind = :kind) ORDER BY asked_at DESC, id LIMIT :at_most;

-- name: order_lines
-- What a job said after a line.
SELECT id AS number, written_at, line FROM queue_job_lines
WHERE job_id = :id AND id > :after ORDER BY id LIMIT :at_most;

-- name: cancel_order$
-- A job that waits is cancelled at once, one that runs is asked to stop.
UPDATE queue_jobs
SET cancel_asked_at = :at,
    state = CASE state WHEN 'queued' THEN 'cancelled' ELSE state END,
    finished_at = CASE state WHEN 'queued' THEN CAST(:at AS timestamptz) END
WHERE id = :id AND state IN ('queued', 'running')
RETURNING state;

-- name: retry_order$
-- Let a job that ended without success wait again; what it had done already it does not do again.
UPDATE queue_jobs
SET state = 'queued', tries = 0, error = '', finished_at = NULL, cancel_asked_at = NULL, dispatched_at = NULL
WHERE id = :id AND state IN ('failed', 'cancelled', 'parked')
RETURNING id;

-- name: take_back_lost_orders!
-- Jobs whose worker is silent wait again, or are parked after the last try, or end as somebody wished.
UPDATE queue_jobs
SET state = CASE WHEN cancel_asked_at IS NOT NULL THEN 'cancelled' WHEN tries >= :most_tries THEN 'parked' ELSE 'queued' END,
    finished_at = CASE WHEN cancel_asked_at IS NOT NULL OR tries >= :most_tries THEN CAST(:at AS timestamptz) END,
    error = CASE WHEN tries >= :most_tries THEN 'Its worker died each time.' ELSE error END,
    lease_until = NULL, dispatched_at = NULL, worker = ''
WHERE state = 'running' AND lease_until < :at;

-- name: orders_to_dispatch
-- Jobs to tell a worker of: those that could begin, again after a while if nobody came, never too many at once.
WITH told AS (
    SELECT count(*) AS jobs FROM queue_jobs WHERE state = 'queued' AND dispatched_at > :tell_again_before
), next AS (
    SELECT id FROM queue_jobs
    WHERE state = 'queued' AND (dispatched_at IS NULL OR dispatched_at <= :tell_again_before)
      AND (kind <> 'training' OR (
          NOT EXISTS (SELECT FROM queue_jobs AS other WHERE other.kind = 'training' AND other.state = 'running')
          AND NOT EXISTS (
              SELECT FROM queue_jobs AS older
              WHERE older.kind = 'training' AND older.state = 'queued'
                AND (older.asked_at, older.id) < (queue_jobs.asked_at, queue_jobs.id)
          )
      ))
    ORDER BY asked_at, id LIMIT greatest(:at_most - (SELECT jobs FROM told), 0)
    FOR UPDATE SKIP LOCKED
)
UPDATE queue_jobs SET dispatched_at = :at FROM next WHERE queue_jobs.id = next.id RETURNING queue_jobs.id;

-- name: undo_dispatch!
-- The broker did not take the message: tell again at the next turn.
UPDATE queue_jobs SET dispatched_at = NULL WHERE id = CAST(:id AS uuid) AND state = 'queued';

-- name: take_turns_at_training!
-- One training at a time, even if two workers begin at once.
SELECT pg_advisory_xact_lock(hashtext('one training'));

-- name: begin_order^
-- Take a waiting job; a message that comes twice finds nothing to take.
UPDATE queue_jobs
SET state = 'running', tries = tries + 1, worker = :worker, lease_until = :lease_until,
    started_at = coalesce(started_at, :at)
WHERE id = :id AND state = 'queued' AND (kind <> 'training' OR NOT EXISTS (
    SELECT FROM queue_jobs AS other WHERE other.kind = 'training' AND other.state = 'running'
))
RETURNING *;

-- name: renew_lease^
-- The worker lives; it hears whether to go on.
UPDATE queue_jobs SET lease_until = :lease_until WHERE id = :id AND worker = :worker AND state = 'running'
RETURNING cancel_asked_at IS NOT NULL AS is_cancelled;

-- name: report_progress!
-- How far a job is.
UPDATE queue_jobs SET progress = :progress WHERE id = :id AND worker = :worker AND state = 'running';

-- name: add_order_line!
-- Something a job says, while it is this worker's.
INSERT INTO queue_job_lines (job_id, written_at, line)
SELECT id, :at, left(:line, 500) FROM queue_jobs WHERE id = :id AND worker = :worker AND state = 'running';

-- name: finish_order$
-- How a job ended; a worker that lost it changes nothing.
UPDATE queue_jobs
SET state = :state, result = :result, error = :error, lease_until = NULL, dispatched_at = NULL,
    tries = tries - CASE WHEN :counts_as_attempt THEN 0 ELSE 1 END,
    finished_at = CASE WHEN :state = 'queued' THEN NULL ELSE CAST(:at AS timestamptz) END
WHERE id = :id AND worker = :worker AND state = 'running'
RETURNING id;
