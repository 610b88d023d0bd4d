-- name: mark_lost_runs!
-- Runs whose process ended without a word: nobody holds the job's turn, and yet they say that they run.
UPDATE job_runs SET outcome = 'lost', finished_at = now() WHERE job = :job AND outcome = 'running';

-- name: start_job_run$
-- Write down that a job runs.
INSERT INTO job_runs (job) VALUES (:job) RETURNING id;

-- name: finish_job_run!
-- Write down how it ended.
UPDATE job_runs SET outcome = :outcome, details = :details, finished_at = now() WHERE id = :id;

-- name: take_turn_of_job$
-- One run of a job at a time; a run that dies loses its turn with its connection.
SELECT pg_try_advisory_lock(hashtext('job'), hashtext(:job));

-- name: give_turn_back$
-- At once: a connection that is only closed keeps its locks until its server process has noticed.
SELECT pg_advisory_unlock_all();

-- name: last_job_done$
-- When a job last succeeded.
SELECT max(finished_at) AS finished_at FROM job_runs WHERE job = :job AND outcome = 'done';

-- name: photos_and_their_states
-- Every photo that is or should be in the store, and when it came.
SELECT id, state, uploaded_at FROM photos WHERE state <> 'gone';

-- name: mark_photos!
-- What the store holds, or does not hold any more.
UPDATE photos SET state = :state WHERE id = ANY (CAST(:ids AS text[])) AND state = :was;

-- name: photos_to_let_go
-- Photos that nobody corrected or reviewed within the time we keep such photos, and those nobody let us keep;
-- of what could not be judged, nothing after a day in which nobody said otherwise.
SELECT photos.id FROM photos
WHERE photos.state <> 'gone'
  AND NOT EXISTS (SELECT FROM dataset_items WHERE dataset_items.photo_id = photos.id)
  AND (
    (
        photos.uploaded_at < CASE
            WHEN EXISTS (
                SELECT FROM predictions WHERE predictions.photo_id = photos.id AND predictions.answer <> 'unusable'
            ) OR EXISTS (
                SELECT FROM predictions JOIN votes ON votes.prediction_id = predictions.id
                WHERE predictions.photo_id = photos.id AND NOT votes.liked
            ) THEN :before ELSE :unusable_before END
        AND NOT EXISTS (
            SELECT FROM predictions JOIN corrections ON corrections.prediction_id = predictions.id
            WHERE predictions.photo_id = photos.id AND corrections.label IS NOT NULL
        )
        AND NOT EXISTS (
            SELECT FROM predictions JOIN reviews ON reviews.prediction_id = predictions.id
            WHERE predictions.photo_id = photos.id AND reviews.undone_at IS NULL
        )
        AND NOT EXISTS (
            SELECT FROM predictions WHERE predictions.photo_id = photos.id AND predictions.made_at >= CASE
                WHEN predictions.answer <> 'unusable' THEN :before ELSE :unusable_before END
        )
    )
    OR NOT EXISTS (SELECT FROM predictions WHERE predictions.photo_id = photos.id AND predictions.keep_photo)
  );

-- name: forget_old_keys!
-- Idempotency keys live for at least seven days.
DELETE FROM idempotency_keys WHERE created_at < now() - interval '8 days';

-- name: forget_old_erasures!
-- Nothing waits in an outbox for longer than a day.
DELETE FROM erasures WHERE erased_at < now() - interval '30 days';

-- name: forget_old_reports!
-- Links that have ended.
DELETE FROM reports WHERE expires_at < now();

-- name: forget_old_failures!
-- Charts look back half a year at most.
DELETE FROM write_failures WHERE failed_at < now() - interval '190 days';

-- name: forget_old_runs!
-- The last success of each job stays, however long ago.
DELETE FROM job_runs WHERE finished_at < now() - interval '90 days'
    AND id NOT IN (SELECT max(id) FROM job_runs WHERE outcome = 'done' GROUP BY job);

-- name: open_corrections^
-- How many corrections wait for a reviewer, and since when.
SELECT corrections, oldest_given_at FROM monitoring.open_corrections;
