-- name: predictions_per_hour
-- Photos judged over time, by answer.
SELECT $__timeGroupAlias(step, $__interval, 0), answer AS metric, sum(predictions)::float8 AS value
FROM (
    SELECT date_bin('$__interval', hour, 'epoch') AS step, answer, sum(predictions) AS predictions
    FROM monitoring.hourly_predictions
    WHERE hour > $__timeFrom()::timestamptz - interval '1 hour' AND hour <= $__timeTo()::timestamptz
      AND ('all' IN ($model_version) OR model_version IN ($model_version))
      AND ('all' IN ($answer) OR answer IN ($answer))
    GROUP BY 1, 2
) AS steps
GROUP BY 1, 2 ORDER BY 1;

-- name: unsure_and_unusable
-- Shares of photos that got no verdict, and how many photos there were.
SELECT (sum(predictions) FILTER (WHERE answer = 'unsure'))::float8 / NULLIF(sum(predictions), 0)::float8 AS "Unsure",
       (sum(predictions) FILTER (WHERE answer = 'unusable'))::float8 / NULLIF(sum(predictions), 0)::float8 AS "Unusable",
       COALESCE(sum(predictions), 0)::float8 AS "Photos"
FROM monitoring.hourly_predictions
WHERE hour > $__timeFrom()::timestamptz - interval '1 hour' AND hour <= $__timeTo()::timestamptz
  AND ('all' IN ($model_version) OR model_version IN ($model_version));

-- name: unusable_reasons
-- Why photos could not be judged, over time: the quality of the photos that people send.
SELECT $__timeGroupAlias(step, $__interval, 0), unusable_reason AS metric, sum(predictions)::float8 AS value
FROM (
    SELECT date_bin('$__interval', hour, 'epoch') AS step, unusable_reason, sum(predictions) AS predictions
    FROM monitoring.hourly_predictions
    WHERE hour > $__timeFrom()::timestamptz - interval '1 hour' AND hour <= $__timeTo()::timestamptz
      AND answer = 'unusable' AND ('all' IN ($model_version) OR model_version IN ($model_version))
    GROUP BY 1, 2
) AS steps
GROUP BY 1, 2 ORDER BY 1;

-- name: answer_drift
-- How far the mix of answers of the last day is from the week before (PSI), and the smaller number of photos.
WITH counts AS (
    SELECT answer,
           COALESCE(sum(predictions) FILTER (WHERE hour > $__timeTo()::timestamptz - interval '1 day'), 0)::float8 AS a,
           COALESCE(sum(predictions) FILTER (WHERE hour <= $__timeTo()::timestamptz - interval '1 day'), 0)::float8 AS b
    FROM monitoring.hourly_predictions
    WHERE hour > $__timeTo()::timestamptz - interval '8 days' AND hour <= $__timeTo()::timestamptz
      AND ('all' IN ($model_version) OR model_version IN ($model_version))
    GROUP BY 1
), shares AS (
    SELECT (a + 0.5) / sum(a + 0.5) OVER () AS a, (b + 0.5) / sum(b + 0.5) OVER () AS b FROM counts
)
SELECT COALESCE(sum((a - b) * ln(a / b)), 0)::float8 AS "PSI",
       COALESCE((SELECT least(sum(a), sum(b)) FROM counts), 0)::float8 AS "Photos"
FROM shares;

-- name: quality_drift
-- How far the mix of photo problems of the last day is from the week before (PSI), and the smaller number of photos.
WITH counts AS (
    SELECT unusable_reason,
           COALESCE(sum(predictions) FILTER (WHERE hour > $__timeTo()::timestamptz - interval '1 day'), 0)::float8 AS a,
           COALESCE(sum(predictions) FILTER (WHERE hour <= $__timeTo()::timestamptz - interval '1 day'), 0)::float8 AS b
    FROM monitoring.hourly_predictions
    WHERE hour > $__timeTo()::timestamptz - interval '8 days' AND hour <= $__timeTo()::timestamptz
      AND ('all' IN ($model_version) OR model_version IN ($model_version))
    GROUP BY 1
), shares AS (
    SELECT (a + 0.5) / sum(a + 0.5) OVER () AS a, (b + 0.5) / sum(b + 0.5) OVER () AS b FROM counts
)
SELECT COALESCE(sum((a - b) * ln(a / b)), 0)::float8 AS "PSI",
       COALESCE((SELECT least(sum(a), sum(b)) FROM counts), 0)::float8 AS "Photos"
FROM shares;

-- name: latency_summary
-- How long answers took: the middle one and one in twenty, and how many answers.
SELECT monitoring.percentile_of(0.5, array_agg(latency_below_ms), array_agg(predictions)) AS "p50",
       monitoring.percentile_of(0.95, array_agg(latency_below_ms), array_agg(predictions)) AS "p95",
       COALESCE(sum(predictions), 0)::float8 AS "Answers"
FROM (
    SELECT latency_below_ms, sum(predictions)::bigint AS predictions FROM monitoring.hourly_latency
    WHERE hour > $__timeFrom()::timestamptz - interval '1 hour' AND hour <= $__timeTo()::timestamptz
      AND ('all' IN ($model_version) OR model_version IN ($model_version))
    GROUP BY 1
) AS buckets;

-- name: latency
-- How long answers took over time: half, one in twenty, one in a hundred.
WITH buckets AS (
    SELECT date_bin('$__interval', hour, 'epoch') AS step, latency_below_ms AS below, sum(predictions) AS n
    FROM monitoring.hourly_latency
    WHERE hour > $__timeFrom()::timestamptz - interval '1 hour' AND hour <= $__timeTo()::timestamptz
      AND ('all' IN ($model_version) OR model_version IN ($model_version))
    GROUP BY 1, 2 HAVING sum(predictions) > 0
), running AS (
    SELECT step, below, n, lag(below, 1, 0) OVER so_far AS above, sum(n) OVER so_far - n AS before,
           sum(n) OVER (PARTITION BY step) AS total
    FROM buckets WINDOW so_far AS (PARTITION BY step ORDER BY below)
), guesses AS (
    SELECT step,
           CASE WHEN before + n >= 0.5 * total THEN above + (below - above) * greatest(0.5 * total - before, 0) / n END AS p50,
           CASE WHEN before + n >= 0.95 * total THEN above + (below - above) * greatest(0.95 * total - before, 0) / n END AS p95,
           CASE WHEN before + n >= 0.99 * total THEN above + (below - above) * greatest(0.99 * total - before, 0) / n END AS p99
    FROM running
)
SELECT $__timeGroupAlias(step, $__interval), least(min(p50), 30000) AS "p50", least(min(p95), 30000) AS "p95",
       least(min(p99), 30000) AS "p99"
FROM guesses
GROUP BY 1 ORDER BY 1;
