-- name: rule_dislike_ratio
-- Share of dislikes per version in the last hour, where enough people voted.
SELECT model_version, avg((NOT liked)::integer)::float8 AS value, count(*)::float8 AS n
FROM monitoring.latest_votes WHERE $__timeFilter(cast_at)
GROUP BY 1 HAVING count(*) >= $minimum_n;

-- name: rule_dislike_slow_burn
-- The lower end of the 95 % interval of the share of dislikes over a day, where enough people voted in six hours or more.
WITH counts AS (
    SELECT model_version, sum(likes + dislikes)::float8 AS n, (sum(dislikes) / NULLIF(sum(likes + dislikes), 0))::float8 AS p
    FROM monitoring.hourly_votes
    WHERE hour > $__timeFrom()::timestamptz - interval '1 hour' AND hour <= $__timeTo()::timestamptz
    GROUP BY 1 HAVING sum(likes + dislikes) >= $minimum_n AND count(DISTINCT hour) >= 6
)
SELECT model_version,
       ((p + 1.9208 / n - 1.96 * sqrt(p * (1 - p) / n + 0.9604 / (n * n))) / (1 + 3.8416 / n))::float8 AS value, n
FROM counts;

-- name: rule_new_version_worse
-- Share of dislikes since the last release less that of the version before it in the week before; 0 if it could be chance.
WITH release AS (
    SELECT released_at, from_version, to_version FROM monitoring.releases
    WHERE $__timeFilter(released_at) ORDER BY released_at DESC LIMIT 1
), counts AS (
    SELECT to_version AS model_version,
           sum(likes + dislikes) FILTER (WHERE model_version = to_version AND hour >= released_at)::float8 AS n,
           sum(dislikes) FILTER (WHERE model_version = to_version AND hour >= released_at)::float8 AS bad,
           sum(likes + dislikes) FILTER (WHERE model_version = from_version AND hour < released_at)::float8 AS n_before,
           sum(dislikes) FILTER (WHERE model_version = from_version AND hour < released_at)::float8 AS bad_before
    FROM monitoring.hourly_votes, release
    WHERE hour > released_at - interval '7 days' AND hour <= $__timeTo()::timestamptz
    GROUP BY 1
), gaps AS (
    SELECT model_version, n, bad / n - bad_before / n_before AS gap,
           (bad + bad_before) / (n + n_before) AS pooled, 1 / n + 1 / n_before AS spread
    FROM counts WHERE n >= $minimum_n AND n_before >= $minimum_n
)
SELECT model_version, CASE WHEN gap > 1.645 * sqrt(pooled * (1 - pooled) * spread) THEN gap ELSE 0 END::float8 AS value, n
FROM gaps;

-- name: rule_traffic_drop
-- Photos of the last hour as a share of the same hour last week; 1 while that hour had too few.
SELECT CASE WHEN before < $minimum_n THEN 1 ELSE now / before END::float8 AS value, before AS n
FROM (
    SELECT (SELECT count(*) FROM monitoring.latest_predictions WHERE $__timeFilter(made_at))::float8 AS now,
           (SELECT count(*) FROM monitoring.latest_predictions
            WHERE made_at BETWEEN $__timeFrom()::timestamptz - interval '7 days'
                              AND $__timeTo()::timestamptz - interval '7 days')::float8 AS before
) AS counts;

-- name: rule_silence
-- Minutes since the last vote; 0 if nobody ever voted, or if few vote at this time of the day anyway.
WITH usual AS (
    SELECT COALESCE(sum(likes + dislikes), 0)::float8 AS n
    FROM generate_series(1, 7) AS day, monitoring.hourly_votes
    WHERE hour > $__timeTo()::timestamptz - day * interval '1 day' - interval '3 hours'
      AND hour <= $__timeTo()::timestamptz - day * interval '1 day' - interval '1 hour'
), latest AS (
    SELECT max(cast_at) AS cast_at FROM (
        SELECT cast_at FROM monitoring.latest_votes WHERE $__timeFilter(cast_at) ORDER BY cast_at DESC LIMIT 1
    ) AS newest
)
SELECT CASE WHEN latest.cast_at IS NULL OR usual.n < 35 THEN 0
            ELSE extract(epoch FROM $__timeTo()::timestamptz - latest.cast_at) / 60 END::float8 AS value, usual.n
FROM usual, latest;

-- name: rule_slow_answers
-- Milliseconds that one answer in twenty takes longer than; 0 while there are too few.
SELECT CASE WHEN count(*) < $minimum_n THEN 0
            ELSE percentile_cont(0.95) WITHIN GROUP (ORDER BY latency_ms) END::float8 AS value, count(*)::float8 AS n
FROM monitoring.latest_predictions WHERE $__timeFilter(made_at);

-- name: rule_errors
-- Share of requests that ended in an error of ours; 0 while there are too few.
SELECT CASE WHEN COALESCE(sum(requests), 0) < $minimum_n THEN 0
            ELSE sum(errors)::float8 / sum(requests) END::float8 AS value, COALESCE(sum(requests), 0)::float8 AS n
FROM monitoring.route_minutes WHERE $__timeFilter(minute);

-- name: rule_answer_drift
-- How far the mix of answers of the last day is from the week before (PSI); 0 while either has too few.
WITH counts AS (
    SELECT answer,
           COALESCE(sum(predictions) FILTER (WHERE hour > $__timeTo()::timestamptz - interval '1 day'), 0)::float8 AS a,
           COALESCE(sum(predictions) FILTER (WHERE hour <= $__timeTo()::timestamptz - interval '1 day'), 0)::float8 AS b
    FROM monitoring.hourly_predictions
    WHERE hour > $__timeTo()::timestamptz - interval '8 days' AND hour <= $__timeTo()::timestamptz
    GROUP BY 1
), shares AS (
    SELECT (a + 0.5) / sum(a + 0.5) OVER () AS a, (b + 0.5) / sum(b + 0.5) OVER () AS b FROM counts
), sizes AS (
    SELECT COALESCE(least(sum(a), sum(b)), 0) AS n FROM counts
)
SELECT CASE WHEN sizes.n < $minimum_n THEN 0 ELSE (SELECT sum((a - b) * ln(a / b)) FROM shares) END::float8 AS value, sizes.n
FROM sizes;

-- name: rule_model_refused
-- Refusals per version in the last hour.
SELECT model_version, count(*)::float8 AS value, count(*)::float8 AS n
FROM monitoring.model_events WHERE $__timeFilter(happened_at) AND kind = 'refused' GROUP BY 1;

-- name: rule_production_conflict
-- 1 while alias and stage disagree, and the version that the stage names.
SELECT (COALESCE(max(value), 0) > 0)::integer::float8 AS value, COALESCE(max(value), 0)::float8 AS n
FROM monitoring.service_gauges
WHERE gauge = 'conflict_with' AND minute > $__timeTo()::timestamptz - interval '5 minutes'
  AND minute <= $__timeTo()::timestamptz;

-- name: rule_write_failures
-- Writes that did not reach the database at once.
SELECT COALESCE(sum(writes), 0)::float8 AS value, COALESCE(sum(writes), 0)::float8 AS n
FROM monitoring.write_failures WHERE $__timeFilter(failed_at);

-- name: rule_outbox_stuck
-- Minutes that the oldest entry of an outbox has waited, and how many entries wait.
SELECT COALESCE(max(value) FILTER (WHERE gauge = 'outbox_oldest_seconds'), 0)::float8 / 60 AS value,
       COALESCE(max(value) FILTER (WHERE gauge = 'outbox_entries'), 0)::float8 AS n
FROM monitoring.service_gauges
WHERE minute > $__timeTo()::timestamptz - interval '5 minutes' AND minute <= $__timeTo()::timestamptz;

-- name: rule_job_overdue
-- How many times its allowed silence each job has been silent, and for how many minutes.
SELECT job, (minutes_silent / silent_minutes)::float8 AS value, minutes_silent AS n FROM monitoring.jobs;
