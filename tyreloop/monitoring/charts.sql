-- Every question that a panel, the Insights page or an alert rule asks: one function each, called alike by all.
--
-- `tyreloop migrate` runs this file whenever its text has changed, in one transaction, after the migrations.
-- A function is one STABLE SELECT that Postgres puts in the place of its call, so it costs what its query costs.
-- What they are given: a span of time (`since`, `until`), lists of versions and answers (or the word 'all'), the
-- length of a chart's steps, a time zone, a moving window. An hour belongs to a span that it overlaps.
-- Points of a line stand where their step ends, for what they tell is known only then; bars cover their step.

DROP SCHEMA IF EXISTS charts CASCADE;
CREATE SCHEMA charts;
COMMENT ON SCHEMA charts IS 'What charts and alert rules ask; made anew from tyreloop/monitoring/charts.sql.';
GRANT USAGE ON SCHEMA charts TO tyreloop_app, tyreloop_jobs, grafana_reader;

-- What questions share -----------------------------------------------------------------------------------------

-- Votes by the hour.
CREATE FUNCTION charts.votes(since timestamptz, until timestamptz, versions text[], answers text[])
RETURNS TABLE (hour timestamptz, model_version text, answer text, likes float8, dislikes float8)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT hour, model_version, answer, likes, dislikes FROM monitoring.hourly_votes
    WHERE hour > since - interval '1 hour' AND hour <= until
      AND ('all' = ANY (versions) OR model_version = ANY (versions))
      AND ('all' = ANY (answers) OR answer = ANY (answers))
$$;

-- Photos by the hour.
CREATE FUNCTION charts.photos(since timestamptz, until timestamptz, versions text[], answers text[])
RETURNS TABLE (hour timestamptz, model_version text, answer text, unusable_reason text, predictions float8)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT hour, model_version, answer, unusable_reason, predictions FROM monitoring.hourly_predictions
    WHERE hour > since - interval '1 hour' AND hour <= until
      AND ('all' = ANY (versions) OR model_version = ANY (versions))
      AND ('all' = ANY (answers) OR answer = ANY (answers))
$$;

-- Where each step of a chart begins.
CREATE FUNCTION charts.steps(since timestamptz, until timestamptz, step interval)
RETURNS TABLE (begins timestamptz) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT begins FROM generate_series(date_bin(step, since, 'epoch'), until, step) AS begins
$$;

-- One end of the 95 % interval of a share (Wilson): -1 the lower, 1 the upper.
CREATE FUNCTION charts.wilson(share float8, n float8, side integer) RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (share + 1.9208 / n + side * 1.96 * sqrt(share * (1 - share) / n + 0.9604 / (n * n))) / (1 + 3.8416 / n)
$$;

-- How far the mix of something over the last day is from the week before: PSI; none while either had too few.
CREATE FUNCTION charts.psi(latest float8[], earlier float8[], minimum_n float8) RETURNS float8
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN least(sum(a), sum(b)) >= minimum_n THEN sum((share_a - share_b) * ln(share_a / share_b)) END
    FROM (
        SELECT a, b, (a + 0.5) / sum(a + 0.5) OVER () AS share_a, (b + 0.5) / sum(b + 0.5) OVER () AS share_b
        FROM unnest(latest, earlier) AS counts (a, b)
    ) AS shares
$$;

-- Of the answers that were drawn at random and reviewed: how many, and how many were right. The one accuracy.
CREATE FUNCTION charts.audited(since timestamptz, until timestamptz, versions text[], answers text[])
RETURNS TABLE (model_version text, right_ones float8, reviewed float8) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT model_version, (count(*) FILTER (WHERE is_right))::float8, count(*)::float8
    FROM monitoring.audits
    WHERE is_sample AND reviewed_at BETWEEN since AND until AND answer IN ('good', 'defective')
      AND ('all' = ANY (versions) OR model_version = ANY (versions))
      AND ('all' = ANY (answers) OR answer = ANY (answers))
    GROUP BY 1
$$;

-- The least that a gauge said in the last quarter of an hour, and the most; nothing where it said nothing.
CREATE FUNCTION charts.gauge_of_late(named text, until timestamptz) RETURNS TABLE (lowest float8, highest float8)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT min(value), max(value) FROM monitoring.service_gauges
    WHERE gauge = named AND minute > until - interval '15 minutes' AND minute <= until HAVING count(*) > 0
$$;

-- What people say ----------------------------------------------------------------------------------------------

-- Share of likes among all votes, and how many votes it rests on.
CREATE FUNCTION charts.like_ratio(since timestamptz, until timestamptz, versions text[], answers text[])
RETURNS TABLE ("Like ratio" float8, "Votes" float8) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT sum(likes) / NULLIF(sum(likes + dislikes), 0), COALESCE(sum(likes + dislikes), 0)
    FROM charts.votes(since, until, versions, answers)
$$;

-- All likes and all dislikes, for the total ratio.
CREATE FUNCTION charts.total_votes(since timestamptz, until timestamptz, versions text[], answers text[])
RETURNS TABLE ("Likes" float8, "Dislikes" float8) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT COALESCE(sum(likes), 0), COALESCE(sum(dislikes), 0) FROM charts.votes(since, until, versions, answers)
$$;

-- Share of predictions that somebody voted on, and how many predictions there were.
CREATE FUNCTION charts.coverage(since timestamptz, until timestamptz, versions text[], answers text[])
RETURNS TABLE ("Votes per prediction" float8, "Predictions" float8) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT (SELECT sum(likes + dislikes) FROM charts.votes(since, until, versions, answers))
           / NULLIF(sum(predictions), 0), COALESCE(sum(predictions), 0)
    FROM charts.photos(since, until, versions, answers)
$$;

-- Seconds since somebody voted last; empty before the first vote.
CREATE FUNCTION charts.last_vote_age(until timestamptz) RETURNS TABLE ("Since the last vote" float8)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT extract(epoch FROM until - cast_at)::float8
    FROM monitoring.latest_votes WHERE cast_at <= until ORDER BY cast_at DESC LIMIT 1
$$;

-- Likes and dislikes over time.
CREATE FUNCTION charts.votes_per_hour(
    since timestamptz, until timestamptz, versions text[], answers text[], step interval
) RETURNS TABLE ("time" timestamptz, "Likes" float8, "Dislikes" float8) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    WITH counts AS (
        SELECT date_bin(step, hour, 'epoch') AS begins, sum(likes) AS likes, sum(dislikes) AS dislikes
        FROM charts.votes(since, until, versions, answers) GROUP BY 1
    )
    SELECT begins, COALESCE(likes, 0), COALESCE(dislikes, 0)
    FROM charts.steps(since, until, step) LEFT JOIN counts USING (begins)
    WHERE EXISTS (SELECT FROM counts) ORDER BY 1
$$;

-- Share of likes over a moving window, with the votes in it.
CREATE FUNCTION charts.moving_like_ratio(
    since timestamptz, until timestamptz, versions text[], answers text[], moving interval
) RETURNS TABLE ("time" timestamptz, "Like ratio" float8, "Votes" float8) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    WITH hours AS (
        SELECT hour, sum(likes) AS likes, sum(likes + dislikes) AS votes
        FROM charts.votes(since - moving + interval '1 hour', until, versions, answers) GROUP BY hour
    ), spans AS (
        SELECT hour, sum(likes) OVER span AS likes, sum(votes) OVER span AS votes FROM hours
        WINDOW span AS (ORDER BY hour RANGE BETWEEN (moving - interval '1 hour') PRECEDING AND CURRENT ROW)
    )
    SELECT least(hour + interval '1 hour', until), likes / NULLIF(votes, 0), votes
    FROM spans WHERE hour > since - interval '1 hour' ORDER BY 1
$$;

-- Likes, dislikes, their ratio and its votes by the hour of the local day.
CREATE FUNCTION charts.hour_of_day(
    since timestamptz, until timestamptz, versions text[], answers text[], zone text
) RETURNS TABLE ("Hour" text, "Likes" float8, "Dislikes" float8, "Like ratio" float8, "Votes" float8)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT to_char(hour AT TIME ZONE zone, 'HH24'), sum(likes), sum(dislikes),
           sum(likes) / NULLIF(sum(likes + dislikes), 0), sum(likes + dislikes)
    FROM charts.votes(since, until, versions, answers) GROUP BY 1 ORDER BY 1
$$;

-- Likes, dislikes, their ratio and its votes by the local day of the week.
CREATE FUNCTION charts.day_of_week(
    since timestamptz, until timestamptz, versions text[], answers text[], zone text
) RETURNS TABLE ("Day" text, "Likes" float8, "Dislikes" float8, "Like ratio" float8, "Votes" float8)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT (ARRAY['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'])[day], sum(likes), sum(dislikes),
           sum(likes) / NULLIF(sum(likes + dislikes), 0), sum(likes + dislikes)
    FROM (
        SELECT extract(isodow FROM hour AT TIME ZONE zone)::integer AS day, likes, dislikes
        FROM charts.votes(since, until, versions, answers)
    ) AS local_days
    GROUP BY day ORDER BY day
$$;

-- Share of likes by local days, with the votes it rests on.
CREATE FUNCTION charts.daily_like_ratio(
    since timestamptz, until timestamptz, versions text[], answers text[], zone text
) RETURNS TABLE ("time" timestamptz, "Like ratio" float8, "Votes" float8) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT date_trunc('day', hour, zone), sum(likes) / NULLIF(sum(likes + dislikes), 0), sum(likes + dislikes)
    FROM charts.votes(since, until, versions, answers) GROUP BY 1 ORDER BY 1
$$;

-- Share of dislikes per version over time, where at least five people voted; the name tells how many votes.
CREATE FUNCTION charts.dislike_ratio_by_version(
    since timestamptz, until timestamptz, versions text[], answers text[], step interval
) RETURNS TABLE ("time" timestamptz, metric text, value float8) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    WITH points AS (
        SELECT date_bin(step, hour, 'epoch') AS begins, model_version, sum(dislikes) AS dislikes,
               sum(likes + dislikes) AS votes
        FROM charts.votes(since, until, versions, answers) GROUP BY 1, 2 HAVING sum(likes + dislikes) >= 5
    )
    SELECT least(begins + step, until),
           format('Version %s (%s votes)', model_version, sum(votes) OVER (PARTITION BY model_version)), dislikes / votes
    FROM points ORDER BY 1
$$;

-- Share of likes per version with its 95 % interval (Wilson) and the votes it rests on.
CREATE FUNCTION charts.versions_compared(since timestamptz, until timestamptz, versions text[], answers text[])
RETURNS TABLE ("Version" text, "Votes" float8, "Like ratio" float8, "Low" float8, "High" float8)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    WITH counts AS (
        SELECT model_version, sum(likes + dislikes) AS n, sum(likes) / NULLIF(sum(likes + dislikes), 0) AS share
        FROM charts.votes(since, until, versions, answers) GROUP BY 1
    )
    SELECT model_version, n, share, charts.wilson(share, n, -1), charts.wilson(share, n, 1)
    FROM counts WHERE n > 0 ORDER BY model_version::integer DESC
$$;

-- Share of likes per answer with its 95 % interval (Wilson) and the votes it rests on.
CREATE FUNCTION charts.answers_compared(since timestamptz, until timestamptz, versions text[], answers text[])
RETURNS TABLE ("Answer" text, "Votes" float8, "Like ratio" float8, "Low" float8, "High" float8)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    WITH counts AS (
        SELECT answer, sum(likes + dislikes) AS n, sum(likes) / NULLIF(sum(likes + dislikes), 0) AS share
        FROM charts.votes(since, until, versions, answers) GROUP BY 1
    )
    SELECT answer, n, share, charts.wilson(share, n, -1), charts.wilson(share, n, 1)
    FROM counts WHERE n > 0 ORDER BY answer
$$;

-- What the model answered against what visitors say it is.
CREATE FUNCTION charts.corrections_matrix(since timestamptz, until timestamptz, versions text[], answers text[])
RETURNS TABLE ("Answered" text, "Visitors say" text, "Corrections" float8) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT answer, label, sum(corrections)
    FROM monitoring.hourly_corrections
    WHERE hour > since - interval '1 hour' AND hour <= until
      AND ('all' = ANY (versions) OR model_version = ANY (versions))
      AND ('all' = ANY (answers) OR answer = ANY (answers))
    GROUP BY 1, 2 HAVING sum(corrections) > 0 ORDER BY 1, 2
$$;

-- Each kind of damage: how often the model named it, how often a reviewer confirmed that, and how often it was missed.
CREATE FUNCTION charts.kinds_of_damage(since timestamptz, until timestamptz, versions text[], answers text[])
RETURNS TABLE ("Kind" text, "Named" float8, "Reviewed" float8, "Confirmed" float8, "Missed" float8)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT kind, (count(*) FILTER (WHERE by_model))::float8, (count(*) FILTER (WHERE by_model AND is_reviewed))::float8,
           avg(stands::int) FILTER (WHERE by_model AND is_reviewed)::float8,
           (count(*) FILTER (WHERE NOT by_model))::float8
    FROM monitoring.kinds
    WHERE made_at BETWEEN since AND until
      AND ('all' = ANY (versions) OR model_version = ANY (versions))
      AND ('all' = ANY (answers) OR answer = ANY (answers))
    GROUP BY 1 ORDER BY 2 DESC, 1
$$;

-- Corrections that wait for a reviewer, and for how many seconds the oldest has waited.
CREATE FUNCTION charts.open_corrections() RETURNS TABLE ("Waiting" float8, "Oldest waits for" float8)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT corrections::float8, extract(epoch FROM now() - oldest_given_at)::float8 FROM monitoring.open_corrections
$$;

-- The last dislikes, without the visitor.
CREATE FUNCTION charts.latest_dislikes(since timestamptz, until timestamptz, versions text[], answers text[])
RETURNS TABLE ("time" timestamptz, "Version" text, "Answer" text, "Source" text, "Reasons" text, "ms" integer,
               "Prediction" text) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT cast_at, model_version, answer, source, array_to_string(reasons, ', '), latency_ms, prediction_id
    FROM monitoring.latest_votes
    WHERE cast_at BETWEEN since AND until AND NOT liked
      AND ('all' = ANY (versions) OR model_version = ANY (versions))
      AND ('all' = ANY (answers) OR answer = ANY (answers))
    ORDER BY cast_at DESC LIMIT 100
$$;

-- Per version: how often the model was right in reviewed answers drawn at random, beside how often people liked it.
CREATE FUNCTION charts.audited_accuracy(since timestamptz, until timestamptz, versions text[], answers text[])
RETURNS TABLE ("Version" text, "Right in the sample" float8, "Reviewed" float8, "Like ratio" float8, "Votes" float8)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    WITH liked AS (
        SELECT model_version, sum(likes) / NULLIF(sum(likes + dislikes), 0) AS ratio, sum(likes + dislikes) AS n
        FROM charts.votes(since, until, versions, answers) GROUP BY 1
    )
    SELECT model_version, right_ones / reviewed, COALESCE(reviewed, 0), ratio, COALESCE(n, 0)
    FROM charts.audited(since, until, versions, answers) FULL JOIN liked USING (model_version)
    ORDER BY model_version::integer DESC
$$;

-- What the model answers ---------------------------------------------------------------------------------------

-- Photos judged over time, by answer.
CREATE FUNCTION charts.predictions_per_hour(
    since timestamptz, until timestamptz, versions text[], answers text[], step interval
) RETURNS TABLE ("time" timestamptz, metric text, value float8) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    WITH counts AS (
        SELECT date_bin(step, hour, 'epoch') AS begins, answer, sum(predictions) AS n
        FROM charts.photos(since, until, versions, answers) GROUP BY 1, 2
    )
    SELECT begins, answer, COALESCE(n, 0)
    FROM charts.steps(since, until, step) CROSS JOIN (SELECT DISTINCT answer FROM counts) AS series
    LEFT JOIN counts USING (begins, answer) ORDER BY 1, 2
$$;

-- Shares of photos that got no verdict, and how many photos there were.
CREATE FUNCTION charts.unsure_and_unusable(since timestamptz, until timestamptz, versions text[])
RETURNS TABLE ("Unsure" float8, "Unusable" float8, "Photos" float8) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT sum(predictions) FILTER (WHERE answer = 'unsure') / NULLIF(sum(predictions), 0),
           sum(predictions) FILTER (WHERE answer = 'unusable') / NULLIF(sum(predictions), 0),
           COALESCE(sum(predictions), 0)
    FROM charts.photos(since, until, versions, '{all}')
$$;

-- Why photos could not be judged, over time: the quality of the photos that people send.
CREATE FUNCTION charts.unusable_reasons(since timestamptz, until timestamptz, versions text[], step interval)
RETURNS TABLE ("time" timestamptz, metric text, value float8) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    WITH counts AS (
        SELECT date_bin(step, hour, 'epoch') AS begins, unusable_reason, sum(predictions) AS n
        FROM charts.photos(since, until, versions, '{unusable}') GROUP BY 1, 2
    )
    SELECT begins, unusable_reason, COALESCE(n, 0)
    FROM charts.steps(since, until, step) CROSS JOIN (SELECT DISTINCT unusable_reason FROM counts) AS series
    LEFT JOIN counts USING (begins, unusable_reason) ORDER BY 1, 2
$$;

-- How far the mix of answers of the last day is from the week before (PSI; none on too few), and the smaller number.
CREATE FUNCTION charts.answer_drift(until timestamptz, versions text[], minimum_n float8 DEFAULT 200)
RETURNS TABLE ("PSI" float8, "Photos" float8) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT charts.psi(array_agg(a), array_agg(b), minimum_n), COALESCE(least(sum(a), sum(b)), 0)
    FROM (
        SELECT COALESCE(sum(predictions) FILTER (WHERE hour > until - interval '1 day'), 0) AS a,
               COALESCE(sum(predictions) FILTER (WHERE hour <= until - interval '1 day'), 0) AS b
        FROM charts.photos(until - interval '7 days 23 hours', until, versions, '{all}') GROUP BY answer
    ) AS counts
$$;

-- The same of the problems of photos.
CREATE FUNCTION charts.quality_drift(until timestamptz, versions text[], minimum_n float8 DEFAULT 200)
RETURNS TABLE ("PSI" float8, "Photos" float8) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT charts.psi(array_agg(a), array_agg(b), minimum_n), COALESCE(least(sum(a), sum(b)), 0)
    FROM (
        SELECT COALESCE(sum(predictions) FILTER (WHERE hour > until - interval '1 day'), 0) AS a,
               COALESCE(sum(predictions) FILTER (WHERE hour <= until - interval '1 day'), 0) AS b
        FROM charts.photos(until - interval '7 days 23 hours', until, versions, '{all}') GROUP BY unusable_reason
    ) AS counts
$$;

-- How long answers took: the middle one and one in twenty, and how many answers.
CREATE FUNCTION charts.latency_summary(since timestamptz, until timestamptz, versions text[])
RETURNS TABLE ("p50" float8, "p95" float8, "Answers" float8) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT monitoring.percentile_of(0.5, array_agg(latency_below_ms), array_agg(n)),
           monitoring.percentile_of(0.95, array_agg(latency_below_ms), array_agg(n)), COALESCE(sum(n), 0)::float8
    FROM (
        SELECT latency_below_ms, sum(predictions)::bigint AS n FROM monitoring.hourly_latency
        WHERE hour > since - interval '1 hour' AND hour <= until
          AND ('all' = ANY (versions) OR model_version = ANY (versions))
        GROUP BY 1
    ) AS buckets
$$;

-- How long answers took over time: half, one in twenty, one in a hundred.
CREATE FUNCTION charts.latency(since timestamptz, until timestamptz, versions text[], step interval)
RETURNS TABLE ("time" timestamptz, "p50" float8, "p95" float8, "p99" float8) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    WITH buckets AS (
        SELECT date_bin(step, hour, 'epoch') AS begins, latency_below_ms AS below, sum(predictions) AS n
        FROM monitoring.hourly_latency
        WHERE hour > since - interval '1 hour' AND hour <= until
          AND ('all' = ANY (versions) OR model_version = ANY (versions))
        GROUP BY 1, 2 HAVING sum(predictions) > 0
    ), running AS (
        SELECT begins, below, n, lag(below, 1, 0) OVER so_far AS above, sum(n) OVER so_far - n AS before,
               sum(n) OVER (PARTITION BY begins) AS total
        FROM buckets WINDOW so_far AS (PARTITION BY begins ORDER BY below)
    )
    SELECT least(begins + step, until),
           least(min(above + (below - above) * greatest(0.5 * total - before, 0) / n)
                 FILTER (WHERE before + n >= 0.5 * total), 30000),
           least(min(above + (below - above) * greatest(0.95 * total - before, 0) / n)
                 FILTER (WHERE before + n >= 0.95 * total), 30000),
           least(min(above + (below - above) * greatest(0.99 * total - before, 0) / n)
                 FILTER (WHERE before + n >= 0.99 * total), 30000)
    FROM running GROUP BY begins ORDER BY begins
$$;

-- How the machinery runs ---------------------------------------------------------------------------------------

-- The version in Production, since when, how it came there and why.
CREATE FUNCTION charts.in_production()
RETURNS TABLE ("Version" text, "Since" timestamptz, "By" text, "Why" text) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT to_version, released_at, kind, reason FROM monitoring.releases ORDER BY released_at DESC LIMIT 1
$$;

-- The version that answers now, as the service says; else the one in Production; 0 if there is none.
CREATE FUNCTION charts.served_version(until timestamptz) RETURNS TABLE (value float8) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT COALESCE(
        (SELECT gauges.value FROM monitoring.service_gauges AS gauges
         WHERE gauge = 'model_version' AND minute > until - interval '10 minutes' AND minute <= until AND gauges.value > 0
         ORDER BY minute DESC LIMIT 1),
        (SELECT to_version::float8 FROM monitoring.releases WHERE released_at <= until ORDER BY released_at DESC LIMIT 1),
        0)
$$;

-- Moves of Production, to mark them on charts; what the service refused is none.
CREATE FUNCTION charts.releases(since timestamptz, until timestamptz)
RETURNS TABLE ("time" timestamptz, text text, tags text) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT released_at, format('%s: %s -> %s. %s', kind, COALESCE(from_version, 'none'), to_version, reason),
           concat_ws(',', kind, 'version ' || to_version)
    FROM monitoring.releases WHERE released_at BETWEEN since AND until ORDER BY 1
$$;

-- Which version was in Production when.
CREATE FUNCTION charts.versions_in_time(since timestamptz, until timestamptz)
RETURNS TABLE ("time" timestamptz, "In Production" text) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT greatest(released_at, since), 'Version ' || to_version
    FROM monitoring.releases
    WHERE released_at <= until AND released_at >= COALESCE(
        (SELECT max(released_at) FROM monitoring.releases WHERE released_at <= since), '-infinity')
    ORDER BY 1
$$;

-- The versions that answered in the last 90 days, the newest first.
CREATE FUNCTION charts.model_versions() RETURNS TABLE (version text) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT model_version FROM monitoring.hourly_predictions
    WHERE hour > now() - interval '90 days' GROUP BY model_version ORDER BY model_version::integer DESC
$$;

-- The time zone of the database, for local days and hours.
CREATE FUNCTION charts.time_zone() RETURNS TABLE (zone text) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT current_setting('TimeZone')
$$;

-- Trouble that has not ended.
CREATE FUNCTION charts.open_alerts()
RETURNS TABLE ("Since" timestamptz, "Severity" text, "Alert" text, "What happened" text) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT started_at, severity, title, summary FROM monitoring.alerts
    WHERE ended_at IS NULL ORDER BY started_at DESC LIMIT 20
$$;

-- Share of requests that ended in an error of ours, and how many requests there were.
CREATE FUNCTION charts.error_ratio(since timestamptz, until timestamptz)
RETURNS TABLE ("Errors" float8, "Requests" float8) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT sum(errors)::float8 / NULLIF(sum(requests), 0)::float8, COALESCE(sum(requests), 0)::float8
    FROM monitoring.route_hours WHERE hour > since - interval '1 hour' AND hour <= until
$$;

-- Requests and errors of each route: by the minute when a chart is fine enough, else by the hour.
CREATE FUNCTION charts.route_counts(since timestamptz, until timestamptz, step interval)
RETURNS TABLE ("time" timestamptz, route text, requests float8, errors float8, minutes float8)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT minute, route, requests::float8, errors::float8, 1.0::float8 FROM monitoring.route_minutes
    WHERE step <= interval '1 minute' AND minute BETWEEN since AND until
    UNION ALL
    SELECT hour, route, requests::float8, errors::float8, 60.0::float8 FROM monitoring.route_hours
    WHERE step > interval '1 minute' AND hour BETWEEN since AND until
$$;

-- Requests per minute of each route.
CREATE FUNCTION charts.requests_by_route(since timestamptz, until timestamptz, step interval)
RETURNS TABLE ("time" timestamptz, metric text, value float8) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT "time", route, requests / minutes FROM charts.route_counts(since, until, step) ORDER BY 1
$$;

-- Share of each route's requests that ended in an error of ours; the name tells how many requests.
CREATE FUNCTION charts.errors_by_route(since timestamptz, until timestamptz, step interval)
RETURNS TABLE ("time" timestamptz, metric text, value float8) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT "time", format('%s (%s requests)', route, sum(requests) OVER (PARTITION BY route)), errors / requests
    FROM charts.route_counts(since, until, step) WHERE requests > 0 ORDER BY 1
$$;

-- The time that one in twenty takes longer than, for each route (`kind` route) or each stage of an answer (stage).
CREATE FUNCTION charts.slowest_twentieth(of_kind text, since timestamptz, until timestamptz, step interval)
RETURNS TABLE ("time" timestamptz, metric text, value float8) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    WITH counts AS (
        SELECT minute AS at, name, below_ms, observations::float8 AS n FROM monitoring.service_latency
        WHERE step <= interval '1 minute' AND minute BETWEEN since AND until AND kind = of_kind
        UNION ALL
        SELECT hour, name, below_ms, observations::float8 FROM monitoring.service_latency_hours
        WHERE step > interval '1 minute' AND hour BETWEEN since AND until AND kind = of_kind
    ), ranked AS (
        SELECT at, name, below_ms, n, sum(n) OVER upwards AS reached, sum(n) OVER (PARTITION BY at, name) AS total,
               COALESCE(lag(below_ms) OVER upwards, 0) AS above
        FROM counts WHERE n > 0 WINDOW upwards AS (PARTITION BY at, name ORDER BY below_ms)
    )
    SELECT at, name, min(least(above + (below_ms - above) * (0.95 * total - (reached - n)) / n, 30000))
    FROM ranked WHERE reached >= 0.95 * total AND reached - n < 0.95 * total GROUP BY 1, 2 ORDER BY 1
$$;

-- The time that one request in twenty of each route takes longer than.
CREATE FUNCTION charts.duration_by_route(since timestamptz, until timestamptz, step interval)
RETURNS TABLE ("time" timestamptz, metric text, value float8) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT * FROM charts.slowest_twentieth('route', since, until, step)
$$;

-- The time that one photo in twenty takes longer than, for each stage of an answer.
CREATE FUNCTION charts.latency_by_stage(since timestamptz, until timestamptz, step interval)
RETURNS TABLE ("time" timestamptz, metric text, value float8) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT * FROM charts.slowest_twentieth('stage', since, until, step)
$$;

-- Entries that wait in the outboxes, and the age of the oldest in seconds.
CREATE FUNCTION charts.outbox(since timestamptz, until timestamptz, step interval)
RETURNS TABLE ("time" timestamptz, "Entries" float8, "Oldest" float8) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT date_bin(step, minute, 'epoch'), max(value) FILTER (WHERE gauge = 'outbox_entries'),
           max(value) FILTER (WHERE gauge = 'outbox_oldest_seconds')
    FROM monitoring.service_gauges
    WHERE minute BETWEEN since AND until AND gauge IN ('outbox_entries', 'outbox_oldest_seconds')
    GROUP BY 1 ORDER BY 1
$$;

-- Memory, disk and processor of the machine that is worst off, as shares.
CREATE FUNCTION charts.machines(since timestamptz, until timestamptz, step interval)
RETURNS TABLE ("time" timestamptz, "Disk free" float8, "Memory free" float8, "Processor busy" float8)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT date_bin(step, minute, 'epoch'), min(value) FILTER (WHERE gauge = 'disk_free'),
           min(value) FILTER (WHERE gauge = 'memory_free'), max(value) FILTER (WHERE gauge = 'processor_busy')
    FROM monitoring.service_gauges
    WHERE minute BETWEEN since AND until AND gauge IN ('disk_free', 'memory_free', 'processor_busy')
    GROUP BY 1 ORDER BY 1
$$;

-- Replicas of the service that answer, and programs of the stack that do not.
CREATE FUNCTION charts.replicas(since timestamptz, until timestamptz, step interval)
RETURNS TABLE ("time" timestamptz, "Replicas" float8, "Programs down" float8) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT date_bin(step, minute, 'epoch'), min(value) FILTER (WHERE gauge = 'replicas_up'),
           max(value) FILTER (WHERE gauge = 'programs_down')
    FROM monitoring.service_gauges
    WHERE minute BETWEEN since AND until AND gauge IN ('replicas_up', 'programs_down')
    GROUP BY 1 ORDER BY 1
$$;

-- Share of the database's connections that are taken.
CREATE FUNCTION charts.connections(since timestamptz, until timestamptz, step interval)
RETURNS TABLE ("time" timestamptz, "Connections" float8) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT date_bin(step, minute, 'epoch'), max(value) FROM monitoring.service_gauges
    WHERE minute BETWEEN since AND until AND gauge = 'postgres_connections' GROUP BY 1 ORDER BY 1
$$;

-- Days that the edge's certificate is still good for, as said last.
CREATE FUNCTION charts.certificate(until timestamptz) RETURNS TABLE ("Days" float8) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT value FROM monitoring.service_gauges WHERE gauge = 'certificate_days' AND minute <= until
    ORDER BY minute DESC LIMIT 1
$$;

-- Hours until the disk that fills fastest is full, as said last.
CREATE FUNCTION charts.disk_full(until timestamptz) RETURNS TABLE ("Hours" float8) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT value FROM monitoring.service_gauges WHERE gauge = 'disk_full_hours' AND minute <= until
    ORDER BY minute DESC LIMIT 1
$$;

-- Photos that waited for a slot, and photos in work.
CREATE FUNCTION charts.waiting(since timestamptz, until timestamptz, step interval)
RETURNS TABLE ("time" timestamptz, "Waiting" float8, "In work" float8) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT date_bin(step, minute, 'epoch'), max(value) FILTER (WHERE gauge = 'waiting'),
           max(value) FILTER (WHERE gauge = 'working')
    FROM monitoring.service_gauges
    WHERE minute BETWEEN since AND until AND gauge IN ('waiting', 'working') GROUP BY 1 ORDER BY 1
$$;

-- Writes that did not reach the database at once, by what was written.
CREATE FUNCTION charts.write_failures(since timestamptz, until timestamptz, step interval)
RETURNS TABLE ("time" timestamptz, metric text, value float8) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    WITH counts AS (
        SELECT date_bin(step, failed_at, 'epoch') AS begins, stage, sum(writes)::float8 AS n
        FROM monitoring.write_failures WHERE failed_at BETWEEN since AND until GROUP BY 1, 2
    )
    SELECT begins, stage, COALESCE(n, 0)
    FROM charts.steps(since, until, step) CROSS JOIN (SELECT DISTINCT stage FROM counts) AS series
    LEFT JOIN counts USING (begins, stage) ORDER BY 1, 2
$$;

-- Swaps of the model, refusals, and alias and stage that disagree.
CREATE FUNCTION charts.model_events(since timestamptz, until timestamptz)
RETURNS TABLE ("time" timestamptz, "What" text, "Version" text, "Details" text) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT happened_at, kind, model_version, details
    FROM monitoring.model_events WHERE happened_at BETWEEN since AND until ORDER BY happened_at DESC LIMIT 100
$$;

-- Each scheduled job: its last success, and how much of its allowed silence is used.
CREATE FUNCTION charts.jobs()
RETURNS TABLE ("Job" text, "Last success" timestamptz, "Minutes since" float8, "Allowed" float8, "Used" float8)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT job, last_success, minutes_silent, silent_minutes, minutes_silent / silent_minutes
    FROM monitoring.jobs ORDER BY minutes_silent / silent_minutes DESC
$$;

-- What alert rules judge: texts that tell rows apart, `value`, and `n`, which the value rests on ----------------

-- Share of dislikes per version, where enough people voted.
CREATE FUNCTION charts.rule_dislike_ratio(since timestamptz, until timestamptz, minimum_n float8)
RETURNS TABLE (model_version text, value float8, n float8) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT model_version, avg((NOT liked)::integer)::float8, count(*)::float8
    FROM monitoring.latest_votes WHERE cast_at BETWEEN since AND until GROUP BY 1 HAVING count(*) >= minimum_n
$$;

-- The lower end of the interval of the share of dislikes, where enough people voted in six hours or more.
CREATE FUNCTION charts.rule_dislike_slow_burn(since timestamptz, until timestamptz, minimum_n float8)
RETURNS TABLE (model_version text, value float8, n float8) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT model_version, charts.wilson(share, votes, -1), votes
    FROM (
        SELECT model_version, sum(likes + dislikes) AS votes, sum(dislikes) / NULLIF(sum(likes + dislikes), 0) AS share
        FROM charts.votes(since, until, '{all}', '{all}')
        GROUP BY 1 HAVING sum(likes + dislikes) >= minimum_n AND count(DISTINCT hour) >= 6
    ) AS counts
$$;

-- Share of dislikes since the last release less that of the version before it in the week before; 0 if by chance.
CREATE FUNCTION charts.rule_new_version_worse(since timestamptz, until timestamptz, minimum_n float8)
RETURNS TABLE (model_version text, value float8, n float8) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    WITH release AS (
        SELECT released_at, from_version, to_version FROM monitoring.releases
        WHERE released_at BETWEEN since AND until ORDER BY released_at DESC LIMIT 1
    ), counts AS (
        SELECT to_version,
               sum(likes + dislikes) FILTER (WHERE votes.model_version = to_version AND hour >= released_at) AS votes,
               sum(dislikes) FILTER (WHERE votes.model_version = to_version AND hour >= released_at) AS bad,
               sum(likes + dislikes) FILTER (WHERE votes.model_version = from_version AND hour < released_at) AS votes_before,
               sum(dislikes) FILTER (WHERE votes.model_version = from_version AND hour < released_at) AS bad_before
        FROM monitoring.hourly_votes AS votes, release
        WHERE hour > released_at - interval '7 days' AND hour <= until GROUP BY 1
    ), gaps AS (
        SELECT to_version, votes, bad / votes - bad_before / votes_before AS gap,
               (bad + bad_before) / (votes + votes_before) AS pooled, 1 / votes + 1 / votes_before AS spread
        FROM counts WHERE votes >= minimum_n AND votes_before >= minimum_n
    )
    SELECT to_version, CASE WHEN gap > 1.645 * sqrt(pooled * (1 - pooled) * spread) THEN gap ELSE 0 END, votes FROM gaps
$$;

-- Photos as a share of the same span last week; 1 while that had too few.
CREATE FUNCTION charts.rule_traffic_drop(since timestamptz, until timestamptz, minimum_n float8)
RETURNS TABLE (value float8, n float8) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN before < minimum_n THEN 1 ELSE lately / before END, before
    FROM (
        SELECT (SELECT count(*) FROM monitoring.latest_predictions WHERE made_at BETWEEN since AND until)::float8 AS lately,
               (SELECT count(*) FROM monitoring.latest_predictions
                WHERE made_at BETWEEN since - interval '7 days' AND until - interval '7 days')::float8 AS before
    ) AS counts
$$;

-- Minutes since the last vote; 0 if nobody ever voted, or if few vote at this time of the day anyway.
CREATE FUNCTION charts.rule_silence(since timestamptz, until timestamptz)
RETURNS TABLE (value float8, n float8) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    WITH usual AS (
        SELECT COALESCE(sum(likes + dislikes), 0) AS votes
        FROM generate_series(1, 7) AS day, monitoring.hourly_votes
        WHERE hour > until - day * interval '1 day' - interval '3 hours'
          AND hour <= until - day * interval '1 day' - interval '1 hour'
    ), latest AS (
        SELECT max(cast_at) AS cast_at FROM (
            SELECT cast_at FROM monitoring.latest_votes WHERE cast_at BETWEEN since AND until
            ORDER BY cast_at DESC LIMIT 1
        ) AS newest
    )
    SELECT CASE WHEN cast_at IS NULL OR votes < 35 THEN 0
                ELSE extract(epoch FROM until - cast_at) / 60 END::float8, votes
    FROM usual, latest
$$;

-- Milliseconds that one answer in twenty takes longer than; 0 while there are too few.
CREATE FUNCTION charts.rule_slow_answers(since timestamptz, until timestamptz, minimum_n float8)
RETURNS TABLE (value float8, n float8) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN count(*) < minimum_n THEN 0
                ELSE percentile_cont(0.95) WITHIN GROUP (ORDER BY latency_ms) END, count(*)::float8
    FROM monitoring.latest_predictions WHERE made_at BETWEEN since AND until
$$;

-- Share of requests that ended in an error of ours; 0 while there are too few.
CREATE FUNCTION charts.rule_errors(since timestamptz, until timestamptz, minimum_n float8)
RETURNS TABLE (value float8, n float8) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN COALESCE(sum(requests), 0) < minimum_n THEN 0
                ELSE sum(errors)::float8 / sum(requests) END, COALESCE(sum(requests), 0)::float8
    FROM monitoring.route_minutes WHERE minute BETWEEN since AND until
$$;

-- Share of photos per version that the model was not sure about, where enough photos came.
CREATE FUNCTION charts.rule_unsure_answers(since timestamptz, until timestamptz, minimum_n float8)
RETURNS TABLE (model_version text, value float8, n float8) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT model_version, COALESCE(sum(predictions) FILTER (WHERE answer = 'unsure'), 0) / sum(predictions),
           sum(predictions)
    FROM charts.photos(since, until, '{all}', '{all}')
    GROUP BY 1 HAVING sum(predictions) >= minimum_n AND sum(predictions) > 0
$$;

-- How far the mix of answers of the last day is from the week before (PSI); 0 while either has too few.
CREATE FUNCTION charts.rule_answer_drift(until timestamptz, minimum_n float8)
RETURNS TABLE (value float8, n float8) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT COALESCE("PSI", 0), "Photos" FROM charts.answer_drift(until, '{all}', minimum_n)
$$;

-- Refusals per version.
CREATE FUNCTION charts.rule_model_refused(since timestamptz, until timestamptz)
RETURNS TABLE (model_version text, value float8, n float8) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT model_version, count(*)::float8, count(*)::float8
    FROM monitoring.model_events WHERE happened_at BETWEEN since AND until AND kind = 'refused' GROUP BY 1
$$;

-- 1 while alias and stage disagree, and the version that the stage names.
CREATE FUNCTION charts.rule_production_conflict(until timestamptz) RETURNS TABLE (value float8, n float8)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT (COALESCE(max(gauges.value), 0) > 0)::integer::float8, COALESCE(max(gauges.value), 0)
    FROM monitoring.service_gauges AS gauges
    WHERE gauge = 'conflict_with' AND minute > until - interval '5 minutes' AND minute <= until
$$;

-- Writes that did not reach the database at once.
CREATE FUNCTION charts.rule_write_failures(since timestamptz, until timestamptz)
RETURNS TABLE (value float8, n float8) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT COALESCE(sum(writes), 0)::float8, COALESCE(sum(writes), 0)::float8
    FROM monitoring.write_failures WHERE failed_at BETWEEN since AND until
$$;

-- Minutes that the oldest entry of an outbox has waited, and how many entries wait.
CREATE FUNCTION charts.rule_outbox_stuck(until timestamptz) RETURNS TABLE (value float8, n float8)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT COALESCE(max(gauges.value) FILTER (WHERE gauge = 'outbox_oldest_seconds'), 0) / 60,
           COALESCE(max(gauges.value) FILTER (WHERE gauge = 'outbox_entries'), 0)
    FROM monitoring.service_gauges AS gauges WHERE minute > until - interval '5 minutes' AND minute <= until
$$;

-- How many times its allowed silence each job has been silent, and for how many minutes.
CREATE FUNCTION charts.rule_job_overdue() RETURNS TABLE (job text, value float8, n float8) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT job, minutes_silent / silent_minutes, minutes_silent FROM monitoring.jobs
$$;

-- Hours until a disk is full, even at the best moment of late; a disk that is nearly full counts as full.
CREATE FUNCTION charts.rule_disk_full(until timestamptz) RETURNS TABLE (value float8, n float8)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN free.highest < 0.05 THEN 0 ELSE pace.highest END, free.highest
    FROM charts.gauge_of_late('disk_full_hours', until) AS pace, charts.gauge_of_late('disk_free', until) AS free
$$;

-- The share of memory that is free, even at the best moment of late.
CREATE FUNCTION charts.rule_memory_short(until timestamptz) RETURNS TABLE (value float8, n float8)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT highest, highest FROM charts.gauge_of_late('memory_free', until)
$$;

-- Programs of the stack, replicas too, that do not answer Prometheus, even at the best moment of late.
CREATE FUNCTION charts.rule_program_down(until timestamptz) RETURNS TABLE (value float8, n float8)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT lowest, lowest FROM charts.gauge_of_late('programs_down', until)
$$;

-- Days that the edge's certificate is still good for.
CREATE FUNCTION charts.rule_certificate_expires(until timestamptz) RETURNS TABLE (value float8, n float8)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT highest, highest FROM charts.gauge_of_late('certificate_days', until)
$$;
