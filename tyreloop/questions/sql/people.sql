-- name: like_ratio
-- Share of likes among all votes, and how many votes it rests on.
SELECT sum(likes)::float8 / NULLIF(sum(likes + dislikes), 0)::float8 AS "Like ratio",
       COALESCE(sum(likes + dislikes), 0)::float8 AS "Votes"
FROM monitoring.hourly_votes
WHERE hour > $__timeFrom()::timestamptz - interval '1 hour' AND hour <= $__timeTo()::timestamptz
  AND ('all' IN ($model_version) OR model_version IN ($model_version))
  AND ('all' IN ($answer) OR answer IN ($answer));

-- name: total_votes
-- All likes and all dislikes, for the total ratio.
SELECT COALESCE(sum(likes), 0)::float8 AS "Likes", COALESCE(sum(dislikes), 0)::float8 AS "Dislikes"
FROM monitoring.hourly_votes
WHERE hour > $__timeFrom()::timestamptz - interval '1 hour' AND hour <= $__timeTo()::timestamptz
  AND ('all' IN ($model_version) OR model_version IN ($model_version))
  AND ('all' IN ($answer) OR answer IN ($answer));

-- name: coverage
-- Share of predictions that somebody voted on, and how many predictions there were.
SELECT (SELECT sum(likes + dislikes) FROM monitoring.hourly_votes
        WHERE hour > $__timeFrom()::timestamptz - interval '1 hour' AND hour <= $__timeTo()::timestamptz
          AND ('all' IN ($model_version) OR model_version IN ($model_version))
          AND ('all' IN ($answer) OR answer IN ($answer)))::float8
       / NULLIF(sum(predictions), 0)::float8 AS "Votes per prediction",
       COALESCE(sum(predictions), 0)::float8 AS "Predictions"
FROM monitoring.hourly_predictions
WHERE hour > $__timeFrom()::timestamptz - interval '1 hour' AND hour <= $__timeTo()::timestamptz
  AND ('all' IN ($model_version) OR model_version IN ($model_version))
  AND ('all' IN ($answer) OR answer IN ($answer));

-- name: last_vote_age
-- Seconds since somebody voted last; empty before the first vote.
SELECT extract(epoch FROM $__timeTo()::timestamptz - cast_at)::float8 AS "Since the last vote"
FROM monitoring.latest_votes WHERE cast_at <= $__timeTo()::timestamptz
ORDER BY cast_at DESC LIMIT 1;

-- name: votes_per_hour
-- Likes and dislikes over time.
SELECT $__timeGroupAlias(hour, $__interval, 0), sum(likes)::float8 AS "Likes", sum(dislikes)::float8 AS "Dislikes"
FROM monitoring.hourly_votes
WHERE hour > $__timeFrom()::timestamptz - interval '1 hour' AND hour <= $__timeTo()::timestamptz
  AND ('all' IN ($model_version) OR model_version IN ($model_version))
  AND ('all' IN ($answer) OR answer IN ($answer))
GROUP BY 1 ORDER BY 1;

-- name: moving_like_ratio
-- Share of likes over a moving window, with the votes in it.
WITH hours AS (
    SELECT hour, sum(likes) AS likes, sum(likes + dislikes) AS votes
    FROM monitoring.hourly_votes
    WHERE hour > $__timeFrom()::timestamptz - interval '$window' AND hour <= $__timeTo()::timestamptz
      AND ('all' IN ($model_version) OR model_version IN ($model_version))
      AND ('all' IN ($answer) OR answer IN ($answer))
    GROUP BY hour
), moving AS (
    SELECT hour, sum(likes) OVER span AS likes, sum(votes) OVER span AS votes
    FROM hours
    WINDOW span AS (ORDER BY hour RANGE BETWEEN (interval '$window' - interval '1 hour') PRECEDING AND CURRENT ROW)
)
SELECT hour AS "time", (likes / NULLIF(votes, 0))::float8 AS "Like ratio", votes::float8 AS "Votes"
FROM moving WHERE hour > $__timeFrom()::timestamptz - interval '1 hour' ORDER BY 1;

-- name: hour_of_day
-- Likes, dislikes, their ratio and its votes by the hour of the local day.
SELECT to_char(hour AT TIME ZONE '$time_zone', 'HH24') AS "Hour", sum(likes)::float8 AS "Likes",
       sum(dislikes)::float8 AS "Dislikes", (sum(likes) / NULLIF(sum(likes + dislikes), 0))::float8 AS "Like ratio",
       sum(likes + dislikes)::float8 AS "Votes"
FROM monitoring.hourly_votes
WHERE hour > $__timeFrom()::timestamptz - interval '1 hour' AND hour <= $__timeTo()::timestamptz
  AND ('all' IN ($model_version) OR model_version IN ($model_version))
  AND ('all' IN ($answer) OR answer IN ($answer))
GROUP BY 1 ORDER BY 1;

-- name: day_of_week
-- Likes, dislikes, their ratio and its votes by the local day of the week.
SELECT (ARRAY['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'])[day] AS "Day", sum(likes)::float8 AS "Likes",
       sum(dislikes)::float8 AS "Dislikes", (sum(likes) / NULLIF(sum(likes + dislikes), 0))::float8 AS "Like ratio",
       sum(likes + dislikes)::float8 AS "Votes"
FROM (
    SELECT extract(isodow FROM hour AT TIME ZONE '$time_zone')::integer AS day, likes, dislikes
    FROM monitoring.hourly_votes
    WHERE hour > $__timeFrom()::timestamptz - interval '1 hour' AND hour <= $__timeTo()::timestamptz
      AND ('all' IN ($model_version) OR model_version IN ($model_version))
      AND ('all' IN ($answer) OR answer IN ($answer))
) AS local_days
GROUP BY day ORDER BY day;

-- name: daily_like_ratio
-- Share of likes by local days, with the votes it rests on.
SELECT date_trunc('day', hour, '$time_zone') AS "time",
       (sum(likes) / NULLIF(sum(likes + dislikes), 0))::float8 AS "Like ratio",
       sum(likes + dislikes)::float8 AS "Votes"
FROM monitoring.hourly_votes
WHERE hour > $__timeFrom()::timestamptz - interval '1 hour' AND hour <= $__timeTo()::timestamptz
  AND ('all' IN ($model_version) OR model_version IN ($model_version))
  AND ('all' IN ($answer) OR answer IN ($answer))
GROUP BY 1 ORDER BY 1;

-- name: dislike_ratio_by_version
-- Share of dislikes per version over time, where at least five people voted; the name tells how many votes.
WITH points AS (
    SELECT $__timeGroupAlias(hour, $__interval), model_version, sum(dislikes) AS dislikes, sum(likes + dislikes) AS votes
    FROM monitoring.hourly_votes
    WHERE hour > $__timeFrom()::timestamptz - interval '1 hour' AND hour <= $__timeTo()::timestamptz
      AND ('all' IN ($model_version) OR model_version IN ($model_version))
      AND ('all' IN ($answer) OR answer IN ($answer))
    GROUP BY 1, 2 HAVING sum(likes + dislikes) >= 5
)
SELECT "time", format('Version %s (%s votes)', model_version, sum(votes) OVER (PARTITION BY model_version)) AS metric,
       (dislikes / votes)::float8 AS value
FROM points ORDER BY 1;

-- name: versions_compared
-- Share of likes per version with its 95 % interval (Wilson) and the votes it rests on.
WITH counts AS (
    SELECT model_version, sum(likes + dislikes)::float8 AS n,
           (sum(likes) / NULLIF(sum(likes + dislikes), 0))::float8 AS p
    FROM monitoring.hourly_votes
    WHERE hour > $__timeFrom()::timestamptz - interval '1 hour' AND hour <= $__timeTo()::timestamptz
      AND ('all' IN ($model_version) OR model_version IN ($model_version))
      AND ('all' IN ($answer) OR answer IN ($answer))
    GROUP BY 1
)
SELECT model_version AS "Version", n AS "Votes", p AS "Like ratio",
       (p + 1.9208 / n - 1.96 * sqrt(p * (1 - p) / n + 0.9604 / (n * n))) / (1 + 3.8416 / n) AS "Low",
       (p + 1.9208 / n + 1.96 * sqrt(p * (1 - p) / n + 0.9604 / (n * n))) / (1 + 3.8416 / n) AS "High"
FROM counts WHERE n > 0 ORDER BY model_version::integer DESC;

-- name: answers_compared
-- Share of likes per answer with its 95 % interval (Wilson) and the votes it rests on.
WITH counts AS (
    SELECT answer, sum(likes + dislikes)::float8 AS n,
           (sum(likes) / NULLIF(sum(likes + dislikes), 0))::float8 AS p
    FROM monitoring.hourly_votes
    WHERE hour > $__timeFrom()::timestamptz - interval '1 hour' AND hour <= $__timeTo()::timestamptz
      AND ('all' IN ($model_version) OR model_version IN ($model_version))
      AND ('all' IN ($answer) OR answer IN ($answer))
    GROUP BY 1
)
SELECT answer AS "Answer", n AS "Votes", p AS "Like ratio",
       (p + 1.9208 / n - 1.96 * sqrt(p * (1 - p) / n + 0.9604 / (n * n))) / (1 + 3.8416 / n) AS "Low",
       (p + 1.9208 / n + 1.96 * sqrt(p * (1 - p) / n + 0.9604 / (n * n))) / (1 + 3.8416 / n) AS "High"
FROM counts WHERE n > 0 ORDER BY answer;

-- name: corrections_matrix
-- What the model answered against what visitors say it is.
SELECT answer AS "Answered", label AS "Visitors say", sum(corrections)::float8 AS "Corrections"
FROM monitoring.hourly_corrections
WHERE hour > $__timeFrom()::timestamptz - interval '1 hour' AND hour <= $__timeTo()::timestamptz
  AND ('all' IN ($model_version) OR model_version IN ($model_version))
  AND ('all' IN ($answer) OR answer IN ($answer))
GROUP BY 1, 2 HAVING sum(corrections) > 0 ORDER BY 1, 2;

-- name: open_corrections
-- Corrections that wait for a reviewer, and for how many seconds the oldest has waited.
SELECT corrections::float8 AS "Waiting",
       extract(epoch FROM now() - oldest_given_at)::float8 AS "Oldest waits for"
FROM monitoring.open_corrections;

-- name: latest_dislikes
-- The last dislikes, without the visitor.
SELECT cast_at AS "time", model_version AS "Version", answer AS "Answer", source AS "Source",
       array_to_string(reasons, ', ') AS "Reasons", latency_ms AS "ms", prediction_id AS "Prediction"
FROM monitoring.latest_votes
WHERE $__timeFilter(cast_at) AND NOT liked
  AND ('all' IN ($model_version) OR model_version IN ($model_version))
  AND ('all' IN ($answer) OR answer IN ($answer))
ORDER BY cast_at DESC LIMIT 100;

-- name: audited_accuracy
-- Per version: how often the model was right in reviewed answers drawn at random, beside how often people liked it.
WITH audited AS (
    SELECT model_version, avg(is_right::integer)::float8 AS accuracy, count(*)::float8 AS n
    FROM monitoring.audits
    WHERE is_sample AND $__timeFilter(reviewed_at) AND answer IN ('good', 'defective')
      AND ('all' IN ($model_version) OR model_version IN ($model_version))
      AND ('all' IN ($answer) OR answer IN ($answer))
    GROUP BY 1
), liked AS (
    SELECT model_version, (sum(likes) / NULLIF(sum(likes + dislikes), 0))::float8 AS ratio,
           sum(likes + dislikes)::float8 AS n
    FROM monitoring.hourly_votes
    WHERE hour > $__timeFrom()::timestamptz - interval '1 hour' AND hour <= $__timeTo()::timestamptz
      AND ('all' IN ($model_version) OR model_version IN ($model_version))
      AND ('all' IN ($answer) OR answer IN ($answer))
    GROUP BY 1
)
SELECT model_version AS "Version", audited.accuracy AS "Right in the sample", COALESCE(audited.n, 0) AS "Reviewed",
       liked.ratio AS "Like ratio", COALESCE(liked.n, 0) AS "Votes"
FROM audited FULL JOIN liked USING (model_version) ORDER BY model_version::integer DESC;
