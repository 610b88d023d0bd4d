-- name: in_production
-- The version in Production, since when, how it came there and why.
SELECT to_version AS "Version", released_at AS "Since", kind AS "By", reason AS "Why"
FROM monitoring.releases ORDER BY released_at DESC LIMIT 1;

-- name: production_version
-- The number of the version in Production; 0 if there is none.
SELECT COALESCE((SELECT to_version::float8 FROM monitoring.releases ORDER BY released_at DESC LIMIT 1), 0)::float8 AS value;

-- name: releases
-- Moves of Production, to mark them on charts.
SELECT released_at AS "time", format('%s: %s -> %s. %s', kind, COALESCE(from_version, 'none'), to_version, reason) AS text,
       concat_ws(',', kind, 'version ' || to_version) AS tags
FROM monitoring.releases WHERE $__timeFilter(released_at) ORDER BY 1;

-- name: versions_in_time
-- Which version was in Production when.
SELECT GREATEST(released_at, $__timeFrom()::timestamptz) AS "time", 'Version ' || to_version AS "In Production"
FROM monitoring.releases
WHERE released_at <= $__timeTo()::timestamptz AND released_at >= COALESCE(
    (SELECT max(released_at) FROM monitoring.releases WHERE released_at <= $__timeFrom()::timestamptz), '-infinity')
ORDER BY 1;

-- name: model_versions
-- The versions that answered in the last 90 days, the newest first.
SELECT model_version AS version FROM monitoring.hourly_predictions
WHERE hour > now() - interval '90 days' GROUP BY model_version ORDER BY model_version::integer DESC;

-- name: time_zone
-- The time zone of the database, for local days and hours.
SELECT current_setting('TimeZone') AS zone;

-- name: open_alerts
-- Trouble that has not ended.
SELECT started_at AS "Since", severity AS "Severity", title AS "Alert", summary AS "What happened"
FROM monitoring.alerts WHERE ended_at IS NULL ORDER BY started_at DESC LIMIT 20;

-- name: error_ratio
-- Share of requests that ended in an error of ours, and how many requests there were.
SELECT sum(errors)::float8 / NULLIF(sum(requests), 0)::float8 AS "Errors", COALESCE(sum(requests), 0)::float8 AS "Requests"
FROM monitoring.route_hours
WHERE hour > $__timeFrom()::timestamptz - interval '1 hour' AND hour <= $__timeTo()::timestamptz;

-- name: requests_by_route
-- Requests per minute of each route; by the minute when a chart is fine enough, else by the hour.
SELECT $__timeGroupAlias(minute, '1m'), route AS metric, sum(requests)::float8 AS value
FROM monitoring.route_minutes WHERE $__interval_ms <= 60000 AND $__timeFilter(minute) GROUP BY 1, 2
UNION ALL
SELECT $__timeGroupAlias(hour, '1h'), route AS metric, sum(requests)::float8 / 60 AS value
FROM monitoring.route_hours WHERE $__interval_ms > 60000 AND $__timeFilter(hour) GROUP BY 1, 2
ORDER BY 1;

-- name: errors_by_route
-- Share of each route's requests that ended in an error of ours; the name tells how many requests.
WITH counts AS (
    SELECT $__timeGroupAlias(minute, '1m'), route, sum(errors)::float8 AS errors, sum(requests)::float8 AS requests
    FROM monitoring.route_minutes WHERE $__interval_ms <= 60000 AND $__timeFilter(minute) GROUP BY 1, 2
    UNION ALL
    SELECT $__timeGroupAlias(hour, '1h'), route, sum(errors)::float8 AS errors, sum(requests)::float8 AS requests
    FROM monitoring.route_hours WHERE $__interval_ms > 60000 AND $__timeFilter(hour) GROUP BY 1, 2
)
SELECT "time", format('%s (%s requests)', route, sum(requests) OVER (PARTITION BY route)) AS metric,
       errors / requests AS value
FROM counts WHERE requests > 0 ORDER BY 1;

-- name: duration_by_route
-- The time that one request in twenty of each route takes longer than.
WITH counts AS (
    SELECT minute AS "time", name, below_ms, observations::float8 AS n
    FROM monitoring.service_latency WHERE $__interval_ms <= 60000 AND $__timeFilter(minute) AND kind = 'route'
    UNION ALL
    SELECT hour AS "time", name, below_ms, observations::float8 AS n
    FROM monitoring.service_latency_hours WHERE $__interval_ms > 60000 AND $__timeFilter(hour) AND kind = 'route'
), ranked AS (
    SELECT "time", name, below_ms, n, sum(n) OVER upwards AS reached, sum(n) OVER (PARTITION BY "time", name) AS total,
           COALESCE(lag(below_ms) OVER upwards, 0) AS above
    FROM counts WHERE n > 0 WINDOW upwards AS (PARTITION BY "time", name ORDER BY below_ms)
)
SELECT "time", name AS metric,
       min(LEAST(above + (below_ms - above) * (0.95 * total - (reached - n)) / n, 30000))::float8 AS value
FROM ranked WHERE reached >= 0.95 * total AND reached - n < 0.95 * total
GROUP BY 1, 2 ORDER BY 1;

-- name: latency_by_stage
-- The time that one photo in twenty takes longer than, for each stage of an answer.
WITH counts AS (
    SELECT minute AS "time", name, below_ms, observations::float8 AS n
    FROM monitoring.service_latency WHERE $__interval_ms <= 60000 AND $__timeFilter(minute) AND kind = 'stage'
    UNION ALL
    SELECT hour AS "time", name, below_ms, observations::float8 AS n
    FROM monitoring.service_latency_hours WHERE $__interval_ms > 60000 AND $__timeFilter(hour) AND kind = 'stage'
), ranked AS (
    SELECT "time", name, below_ms, n, sum(n) OVER upwards AS reached, sum(n) OVER (PARTITION BY "time", name) AS total,
           COALESCE(lag(below_ms) OVER upwards, 0) AS above
    FROM counts WHERE n > 0 WINDOW upwards AS (PARTITION BY "time", name ORDER BY below_ms)
)
SELECT "time", name AS metric,
       min(LEAST(above + (below_ms - above) * (0.95 * total - (reached - n)) / n, 30000))::float8 AS value
FROM ranked WHERE reached >= 0.95 * total AND reached - n < 0.95 * total
GROUP BY 1, 2 ORDER BY 1;

-- name: outbox
-- Entries that wait in the outboxes, and the age of the oldest in seconds.
SELECT $__timeGroupAlias(minute, $__interval), max(value) FILTER (WHERE gauge = 'outbox_entries') AS "Entries",
       max(value) FILTER (WHERE gauge = 'outbox_oldest_seconds') AS "Oldest"
FROM monitoring.service_gauges
WHERE $__timeFilter(minute) AND gauge IN ('outbox_entries', 'outbox_oldest_seconds') GROUP BY 1 ORDER BY 1;

-- name: waiting
-- Photos that waited for a slot, and photos in work.
SELECT $__timeGroupAlias(minute, $__interval), max(value) FILTER (WHERE gauge = 'waiting') AS "Waiting",
       max(value) FILTER (WHERE gauge = 'working') AS "In work"
FROM monitoring.service_gauges
WHERE $__timeFilter(minute) AND gauge IN ('waiting', 'working') GROUP BY 1 ORDER BY 1;

-- name: write_failures
-- Writes that did not reach the database at once, by what was written.
SELECT $__timeGroupAlias(failed_at, $__interval, 0), stage AS metric, sum(writes)::float8 AS value
FROM monitoring.write_failures WHERE $__timeFilter(failed_at) GROUP BY 1, 2 ORDER BY 1;

-- name: model_events
-- Swaps of the model, refusals, and alias and stage that disagree.
SELECT happened_at AS "time", kind AS "What", model_version AS "Version", details AS "Details"
FROM monitoring.model_events WHERE $__timeFilter(happened_at) ORDER BY happened_at DESC LIMIT 100;

-- name: jobs
-- Each scheduled job: its last success, and how much of its allowed silence is used.
SELECT job AS "Job", last_success AS "Last success", minutes_silent AS "Minutes since", silent_minutes AS "Allowed",
       minutes_silent / silent_minutes AS "Used"
FROM monitoring.jobs ORDER BY minutes_silent / silent_minutes DESC;
