-- Narrower hourly tables: what every chart reads has a third of the rows, and nothing to convert on the way.

DROP VIEW monitoring.hourly_votes, monitoring.hourly_predictions, monitoring.hourly_latency, monitoring.hourly_corrections;
DROP VIEW monitoring.hourly_votes_with_demo, monitoring.hourly_predictions_with_demo, monitoring.hourly_latency_with_demo, monitoring.hourly_corrections_with_demo;

CREATE TEMPORARY TABLE moved_predictions ON COMMIT DROP AS
SELECT hour, model_version::text, answer, unusable_reason, is_demo, sum(predictions)
FROM hourly_predictions GROUP BY 1, 2, 3, 4, 5;
CREATE TEMPORARY TABLE moved_latency ON COMMIT DROP AS
SELECT hour, model_version::text, is_demo, latency_below_ms, sum(predictions) FROM hourly_latency GROUP BY 1, 2, 3, 4;
CREATE TEMPORARY TABLE moved_votes ON COMMIT DROP AS
SELECT hour, model_version::text, answer, is_demo, sum(likes), sum(dislikes) AS dislikes FROM hourly_votes GROUP BY 1, 2, 3, 4;
CREATE TEMPORARY TABLE moved_sources ON COMMIT DROP AS
SELECT hour, model_version::text, answer, source, is_demo, sum(predictions), sum(likes) AS likes, sum(dislikes) AS dislikes
FROM (
    SELECT hour, model_version, answer, source, is_demo, predictions, 0 AS likes, 0 AS dislikes FROM hourly_predictions
    UNION ALL
    SELECT hour, model_version, answer, source, is_demo, 0, likes, dislikes FROM hourly_votes
) AS both_counts GROUP BY 1, 2, 3, 4, 5;
CREATE TEMPORARY TABLE moved_corrections ON COMMIT DROP AS
SELECT hour, model_version::text, answer, label, is_demo, sum(corrections) FROM hourly_corrections GROUP BY 1, 2, 3, 4, 5;
DROP TABLE hourly_predictions, hourly_latency, hourly_votes, hourly_corrections;

CREATE TABLE hourly_predictions (
    hour timestamptz NOT NULL,
    model_version text NOT NULL,
    answer text NOT NULL,
    unusable_reason text NOT NULL,
    is_demo boolean NOT NULL,
    predictions bigint NOT NULL,
    PRIMARY KEY (hour, model_version, answer, unusable_reason, is_demo)
);
COMMENT ON TABLE hourly_predictions IS 'Predictions per hour, model version and answer; without a reason the reason is empty.';

CREATE TABLE hourly_latency (
    hour timestamptz NOT NULL,
    model_version text NOT NULL,
    is_demo boolean NOT NULL,
    latency_below_ms integer NOT NULL,
    predictions bigint NOT NULL,
    PRIMARY KEY (hour, model_version, is_demo, latency_below_ms)
);
COMMENT ON TABLE hourly_latency IS 'How long answers took, per hour and model version, in coarse buckets.';

CREATE TABLE hourly_votes (
    hour timestamptz NOT NULL,
    model_version text NOT NULL,
    answer text NOT NULL,
    is_demo boolean NOT NULL,
    likes bigint NOT NULL,
    dislikes bigint NOT NULL,
    PRIMARY KEY (hour, model_version, answer, is_demo)
);
COMMENT ON TABLE hourly_votes IS 'Likes and dislikes that stand, by the hour in which they were cast.';

CREATE TABLE hourly_sources (
    hour timestamptz NOT NULL,
    model_version text NOT NULL,
    answer text NOT NULL,
    source text NOT NULL,
    is_demo boolean NOT NULL,
    predictions bigint NOT NULL,
    likes bigint NOT NULL,
    dislikes bigint NOT NULL,
    PRIMARY KEY (hour, model_version, answer, source, is_demo)
);
COMMENT ON TABLE hourly_sources IS 'The same counts by source: apart, for most charts do not ask and would read three times the rows.';

CREATE TABLE hourly_corrections (
    hour timestamptz NOT NULL,
    model_version text NOT NULL,
    answer text NOT NULL,
    label text NOT NULL,
    is_demo boolean NOT NULL,
    corrections bigint NOT NULL,
    PRIMARY KEY (hour, model_version, answer, label, is_demo)
);
COMMENT ON TABLE hourly_corrections IS 'What the model answered against what visitors say it is, by the hour in which they said it.';

INSERT INTO hourly_predictions SELECT * FROM moved_predictions;
INSERT INTO hourly_latency SELECT * FROM moved_latency;
INSERT INTO hourly_votes SELECT * FROM moved_votes;
INSERT INTO hourly_sources SELECT * FROM moved_sources;
INSERT INTO hourly_corrections SELECT * FROM moved_corrections;

CREATE VIEW monitoring.hourly_votes_with_demo AS
SELECT hour, model_version, answer, is_demo, likes::float8 AS likes, dislikes::float8 AS dislikes FROM hourly_votes
UNION ALL
SELECT hour, model_version::text, answer, is_demo, likes::float8, dislikes::float8 FROM pending_votes;

CREATE VIEW monitoring.hourly_votes AS
SELECT hour, model_version, answer, likes, dislikes FROM monitoring.hourly_votes_with_demo WHERE NOT is_demo;
COMMENT ON VIEW monitoring.hourly_votes IS 'Likes and dislikes by the hour; sum them: an hour can have several rows.';

CREATE VIEW monitoring.hourly_predictions_with_demo AS
SELECT hour, model_version, answer, unusable_reason, is_demo, predictions::float8 AS predictions
FROM hourly_predictions
UNION ALL
SELECT hour, model_version::text, answer, unusable_reason, is_demo, predictions::float8 FROM pending_predictions;

CREATE VIEW monitoring.hourly_predictions AS
SELECT hour, model_version, answer, unusable_reason, predictions
FROM monitoring.hourly_predictions_with_demo WHERE NOT is_demo;
COMMENT ON VIEW monitoring.hourly_predictions IS 'Predictions by the hour; sum them: an hour can have several rows.';

CREATE VIEW monitoring.hourly_latency_with_demo AS
SELECT hour, model_version, is_demo, latency_below_ms, predictions::float8 AS predictions FROM hourly_latency
UNION ALL
SELECT hour, model_version::text, is_demo, latency_below_ms, predictions::float8 FROM pending_predictions;

CREATE VIEW monitoring.hourly_latency AS
SELECT hour, model_version, latency_below_ms, predictions
FROM monitoring.hourly_latency_with_demo WHERE NOT is_demo;
COMMENT ON VIEW monitoring.hourly_latency IS
    'Predictions by the hour and by how long they took; monitoring.percentile_of makes a percentile of them.';

CREATE VIEW monitoring.hourly_sources_with_demo AS
SELECT hour, model_version, answer, source, is_demo, predictions::float8 AS predictions, likes::float8 AS likes,
       dislikes::float8 AS dislikes
FROM hourly_sources
UNION ALL
SELECT hour, model_version::text, answer, source, is_demo, predictions::float8, 0, 0 FROM pending_predictions
UNION ALL
SELECT hour, model_version::text, answer, source, is_demo, 0, likes::float8, dislikes::float8 FROM pending_votes;

CREATE VIEW monitoring.hourly_sources AS
SELECT hour, model_version, answer, source, predictions, likes, dislikes
FROM monitoring.hourly_sources_with_demo WHERE NOT is_demo;
COMMENT ON VIEW monitoring.hourly_sources IS 'Predictions, likes and dislikes by the hour and by source; sum them.';

CREATE VIEW monitoring.hourly_corrections_with_demo AS
SELECT hour, model_version, answer, label, is_demo, corrections::float8 AS corrections FROM hourly_corrections
UNION ALL
SELECT hour, model_version::text, answer, label, is_demo, corrections::float8 FROM pending_corrections;

CREATE VIEW monitoring.hourly_corrections AS
SELECT hour, model_version, answer, label, corrections
FROM monitoring.hourly_corrections_with_demo WHERE NOT is_demo;
COMMENT ON VIEW monitoring.hourly_corrections IS 'What the model answered against what visitors say; sum them.';

CREATE OR REPLACE FUNCTION monitoring.percentile_of(share double precision, below_ms integer[], counts bigint[])
RETURNS double precision LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    wanted double precision := share * (SELECT sum(n) FROM unnest(counts) AS n);
    reached double precision := 0;
    above integer := 0;
    bucket record;
BEGIN
    FOR bucket IN
        SELECT below, sum(n)::double precision AS n FROM unnest(below_ms, counts) AS given (below, n)
        GROUP BY below HAVING sum(n) > 0 ORDER BY below
    LOOP
        reached := reached + bucket.n;
        IF reached >= wanted THEN
            RETURN least(above + (bucket.below - above) * (wanted - (reached - bucket.n)) / bucket.n, 30000);
        END IF;
        above := bucket.below;
    END LOOP;
    RETURN NULL;
END
$$;

GRANT SELECT ON ALL TABLES IN SCHEMA monitoring TO tyreloop_app, tyreloop_jobs, grafana_reader;
GRANT SELECT ON hourly_predictions, hourly_latency, hourly_votes, hourly_sources, hourly_corrections
    TO tyreloop_app, tyreloop_jobs;
GRANT INSERT, UPDATE, DELETE ON hourly_predictions, hourly_latency, hourly_votes, hourly_sources, hourly_corrections
    TO tyreloop_jobs;

-- The charts' queries last milliseconds; compiling them first takes longer than running them.
ALTER ROLE grafana_reader SET jit = off;
