-- name: last_service_reading^
-- The counters of the last look at the service, locked until this look is stored.
SELECT counters FROM service_last_reading FOR UPDATE;

-- name: keep_service_reading!
-- Remember the counters of this look.
INSERT INTO service_last_reading (read_at, counters) VALUES (:read_at, :counters)
ON CONFLICT (place) DO UPDATE SET read_at = excluded.read_at, counters = excluded.counters;

-- name: add_route_minute*!
-- Requests and errors of one route in one minute.
INSERT INTO route_minutes (minute, route, requests, errors) VALUES (:minute, :route, :requests, :errors)
ON CONFLICT (minute, route) DO UPDATE
SET requests = route_minutes.requests + excluded.requests, errors = route_minutes.errors + excluded.errors;

-- name: add_service_latency*!
-- How often something took so long in one minute.
INSERT INTO service_latency (minute, kind, name, below_ms, observations)
VALUES (:minute, :kind, :name, :below_ms, :observations)
ON CONFLICT (minute, kind, name, below_ms) DO UPDATE
SET observations = service_latency.observations + excluded.observations;

-- name: add_route_hour*!
-- The same, added to its hour.
INSERT INTO route_hours (hour, route, requests, errors)
VALUES (date_trunc('hour', :minute, 'UTC'), :route, :requests, :errors)
ON CONFLICT (hour, route) DO UPDATE
SET requests = route_hours.requests + excluded.requests, errors = route_hours.errors + excluded.errors;

-- name: add_service_latency_hour*!
-- The same, added to its hour.
INSERT INTO service_latency_hours (hour, kind, name, below_ms, observations)
VALUES (date_trunc('hour', :minute, 'UTC'), :kind, :name, :below_ms, :observations)
ON CONFLICT (hour, kind, name, below_ms) DO UPDATE
SET observations = service_latency_hours.observations + excluded.observations;

-- name: put_service_gauge*!
-- One gauge of one minute; the last word counts.
INSERT INTO service_gauges (minute, gauge, value) VALUES (:minute, :gauge, :value)
ON CONFLICT (minute, gauge) DO UPDATE SET value = excluded.value;

-- name: add_model_event*!
-- Something happened to the model.
INSERT INTO model_events (happened_at, kind, model_version, details)
VALUES (:happened_at, :kind, :model_version, :details);

-- name: put_job_limit*!
-- How long a job may go without a success; since when we know stays.
INSERT INTO job_limits (job, silent_minutes) VALUES (:job, :silent_minutes)
ON CONFLICT (job) DO UPDATE SET silent_minutes = excluded.silent_minutes
WHERE job_limits.silent_minutes <> excluded.silent_minutes;

-- name: drop_job_limits!
-- Forget jobs that the schedule does not name any more.
DELETE FROM job_limits WHERE job <> ALL (:jobs);

-- name: forget_old_minutes!
-- Minutes are for today, hours for the year; older ones are of no use to any chart.
WITH routes AS (DELETE FROM route_minutes WHERE minute < :minutes_before),
     latency AS (DELETE FROM service_latency WHERE minute < :minutes_before),
     gauges AS (DELETE FROM service_gauges WHERE minute < :gauges_before),
     hours AS (DELETE FROM route_hours WHERE hour < :hours_before),
     latency_hours AS (DELETE FROM service_latency_hours WHERE hour < :hours_before)
DELETE FROM model_events WHERE happened_at < :hours_before;
