-- What charts may read: views without visitors, photos or comments. The ones that end in `_with_demo` hold the
-- rows made for demonstration too, marked; all others leave them out.

CREATE SCHEMA monitoring;
COMMENT ON SCHEMA monitoring IS 'What Grafana and the Insights page may read.';

CREATE VIEW monitoring.hourly_votes_with_demo AS
SELECT hour, model_version::text AS model_version, answer, source, is_demo, likes, dislikes FROM hourly_votes
UNION ALL
SELECT hour, model_version::text, answer, source, is_demo, likes, dislikes FROM pending_votes;

CREATE VIEW monitoring.hourly_votes AS
SELECT hour, model_version, answer, source, likes, dislikes
FROM monitoring.hourly_votes_with_demo WHERE NOT is_demo;
COMMENT ON VIEW monitoring.hourly_votes IS 'Likes and dislikes by the hour; sum them: an hour can have several rows.';

CREATE VIEW monitoring.hourly_predictions_with_demo AS
SELECT hour, model_version::text AS model_version, answer, unusable_reason, source, is_demo, predictions
FROM hourly_predictions
UNION ALL
SELECT hour, model_version::text, answer, unusable_reason, source, is_demo, predictions FROM pending_predictions;

CREATE VIEW monitoring.hourly_predictions AS
SELECT hour, model_version, answer, unusable_reason, source, predictions
FROM monitoring.hourly_predictions_with_demo WHERE NOT is_demo;
COMMENT ON VIEW monitoring.hourly_predictions IS 'Predictions by the hour; sum them: an hour can have several rows.';

CREATE VIEW monitoring.hourly_latency_with_demo AS
SELECT hour, model_version::text AS model_version, source, is_demo, latency_below_ms, predictions FROM hourly_latency
UNION ALL
SELECT hour, model_version::text, source, is_demo, latency_below_ms, predictions FROM pending_predictions;

CREATE VIEW monitoring.hourly_latency AS
SELECT hour, model_version, source, latency_below_ms, predictions
FROM monitoring.hourly_latency_with_demo WHERE NOT is_demo;
COMMENT ON VIEW monitoring.hourly_latency IS
    'Predictions by the hour and by how long they took; monitoring.percentile_of makes a percentile of them.';

CREATE VIEW monitoring.hourly_corrections_with_demo AS
SELECT hour, model_version::text AS model_version, answer, label, is_demo, corrections FROM hourly_corrections
UNION ALL
SELECT hour, model_version::text, answer, label, is_demo, corrections FROM pending_corrections;

CREATE VIEW monitoring.hourly_corrections AS
SELECT hour, model_version, answer, label, corrections
FROM monitoring.hourly_corrections_with_demo WHERE NOT is_demo;
COMMENT ON VIEW monitoring.hourly_corrections IS 'What the model answered against what visitors say; sum them.';

CREATE FUNCTION monitoring.percentile_of(share double precision, below_ms integer[], counts bigint[])
RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (
    WITH bucket AS (
        SELECT below, sum(n)::double precision AS n FROM unnest(below_ms, counts) AS given (below, n) GROUP BY below
    ), ranked AS (
        SELECT below, n, sum(n) OVER (ORDER BY below) AS up_to_here, sum(n) OVER () AS total,
               coalesce(lag(below) OVER (ORDER BY below), 0) AS above
        FROM bucket WHERE n > 0
    )
    SELECT least(above + (below - above) * (share * total - (up_to_here - n)) / n, 30000)
    FROM ranked WHERE up_to_here >= share * total ORDER BY below LIMIT 1
);
COMMENT ON FUNCTION monitoring.percentile_of IS
    'A percentile of a histogram: percentile_of(0.95, array_agg(latency_below_ms), array_agg(predictions)).';

CREATE VIEW monitoring.latest_votes AS
SELECT votes.cast_at, votes.liked, votes.reasons, votes.comment <> '' AS has_comment,
       predictions.model_version::text AS model_version, predictions.answer, predictions.source,
       predictions.id::text AS prediction_id, round(predictions.latency_ms)::integer AS latency_ms
FROM votes JOIN predictions ON predictions.id = votes.prediction_id
WHERE votes.liked IS NOT NULL AND NOT predictions.is_demo;
COMMENT ON VIEW monitoring.latest_votes IS 'Single votes, without the visitor: for short windows and for the latest rows.';

CREATE VIEW monitoring.latest_predictions AS
SELECT made_at, model_version::text AS model_version, answer, coalesce(unusable_reason, '') AS unusable_reason,
       source, id::text AS prediction_id, latency_ms::double precision AS latency_ms
FROM predictions WHERE NOT is_demo;
COMMENT ON VIEW monitoring.latest_predictions IS 'Single predictions, without the visitor: for short windows only.';

CREATE VIEW monitoring.releases AS
SELECT released_at, model_name, kind, from_version::text AS from_version, to_version::text AS to_version,
       released_by, reason, forced
FROM releases;
COMMENT ON VIEW monitoring.releases IS 'The moves of Production.';

CREATE VIEW monitoring.job_runs AS
SELECT started_at, finished_at, job, outcome,
       extract(epoch FROM coalesce(finished_at, now()) - started_at)::double precision AS seconds
FROM job_runs;
COMMENT ON VIEW monitoring.job_runs IS 'Each run of a scheduled job.';

CREATE VIEW monitoring.write_failures AS
SELECT failed_at, stage, error, writes FROM write_failures;
COMMENT ON VIEW monitoring.write_failures IS 'Writes that did not reach the database at once.';

CREATE VIEW monitoring.open_corrections AS
SELECT count(*)::integer AS corrections, min(given_at) AS oldest_given_at
FROM corrections JOIN predictions ON predictions.id = corrections.prediction_id
WHERE corrections.label IS NOT NULL AND NOT predictions.is_demo AND NOT EXISTS (
    SELECT FROM reviews
    WHERE reviews.prediction_id = corrections.prediction_id AND reviews.visitor = corrections.visitor
      AND reviews.reviewed_at >= corrections.given_at
);
COMMENT ON VIEW monitoring.open_corrections IS 'How many corrections wait for a reviewer, and since when.';
