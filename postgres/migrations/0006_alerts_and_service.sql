-- Alerts: what fired, how each rule stands, what is still to be sent; and what the service says of itself.

CREATE TABLE alerts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source text NOT NULL CHECK (source IN ('grafana', 'job')),
    fingerprint text NOT NULL,
    rule text NOT NULL,
    severity text NOT NULL,
    title text NOT NULL,
    summary text NOT NULL,
    labels jsonb NOT NULL DEFAULT '{}',
    value double precision,
    n double precision,
    started_at timestamptz NOT NULL,
    ended_at timestamptz CHECK (ended_at >= started_at),
    received_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (source, fingerprint, started_at)
);
COMMENT ON TABLE alerts IS 'Each time of trouble, from its first bad number to its end; told twice, it is still one.';
CREATE INDEX alerts_by_time ON alerts (started_at DESC);

CREATE TABLE alert_standings (
    rule text NOT NULL,
    labels jsonb NOT NULL,
    phase text NOT NULL CHECK (phase IN ('pending', 'firing', 'recovering')),
    bad_since timestamptz NOT NULL,
    well_since timestamptz,
    value double precision NOT NULL,
    n double precision NOT NULL,
    PRIMARY KEY (rule, labels)
);
COMMENT ON TABLE alert_standings IS 'Rules that are not quiet now, as our own job judges them; a restart forgets nothing.';

CREATE TABLE alert_messages (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    channel text NOT NULL,
    title text NOT NULL,
    body text NOT NULL,
    written_at timestamptz NOT NULL,
    tries integer NOT NULL DEFAULT 0,
    sent_at timestamptz
);
COMMENT ON TABLE alert_messages IS 'Messages of our own job to Slack and Discord: written with the standings, sent after.';
CREATE INDEX alert_messages_to_send ON alert_messages (id) WHERE sent_at IS NULL;

CREATE TABLE job_limits (
    job text PRIMARY KEY,
    silent_minutes double precision NOT NULL CHECK (silent_minutes > 0),
    known_since timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE job_limits IS 'How long each scheduled job may go without a success.';
CREATE INDEX job_runs_done ON job_runs (job, finished_at DESC) WHERE outcome = 'done';

CREATE TABLE route_minutes (
    minute timestamptz NOT NULL,
    route text NOT NULL,
    requests integer NOT NULL,
    errors integer NOT NULL,
    PRIMARY KEY (minute, route)
);
COMMENT ON TABLE route_minutes IS 'Requests per minute and route, and how many of them ended in an error of ours (5xx).';

CREATE TABLE service_latency (
    minute timestamptz NOT NULL,
    kind text NOT NULL CHECK (kind IN ('route', 'stage')),
    name text NOT NULL,
    below_ms integer NOT NULL,
    observations integer NOT NULL,
    PRIMARY KEY (minute, kind, name, below_ms)
);
COMMENT ON TABLE service_latency IS 'How long routes and stages took, per minute, in the buckets of the service''s own histograms.';

CREATE TABLE service_gauges (
    minute timestamptz NOT NULL,
    gauge text NOT NULL,
    value double precision NOT NULL,
    PRIMARY KEY (minute, gauge)
);
COMMENT ON TABLE service_gauges IS 'What the service and the outboxes say of themselves, minute by minute.';

CREATE TABLE service_last_reading (
    place integer PRIMARY KEY DEFAULT 1 CHECK (place = 1),
    read_at timestamptz NOT NULL,
    counters jsonb NOT NULL
);
COMMENT ON TABLE service_last_reading IS 'The counters of the last look at the service: the next look stores what was added since.';

CREATE TABLE model_events (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    happened_at timestamptz NOT NULL,
    kind text NOT NULL CHECK (kind IN ('serving', 'refused', 'conflict')),
    model_version text NOT NULL,
    details text NOT NULL DEFAULT ''
);
COMMENT ON TABLE model_events IS 'Swaps, refusals, and alias and stage that disagree, as the service told them.';
CREATE INDEX model_events_by_time ON model_events (happened_at DESC);

CREATE VIEW monitoring.alerts AS
SELECT source, rule, severity, title, summary, coalesce(labels ->> 'model_version', '') AS model_version,
       value, n, started_at, ended_at
FROM alerts;
COMMENT ON VIEW monitoring.alerts IS 'Each time of trouble; without an end it is still open.';

CREATE VIEW monitoring.jobs AS
SELECT job_limits.job, job_limits.silent_minutes, last_done.finished_at AS last_success,
       (extract(epoch FROM now() - coalesce(last_done.finished_at, job_limits.known_since)) / 60)::double precision
           AS minutes_silent
FROM job_limits LEFT JOIN LATERAL (
    SELECT max(finished_at) AS finished_at FROM job_runs WHERE job_runs.job = job_limits.job AND outcome = 'done'
) AS last_done ON true;
COMMENT ON VIEW monitoring.jobs IS 'Each scheduled job: its last success and how long it may be silent.';

CREATE VIEW monitoring.route_minutes AS SELECT minute, route, requests, errors FROM route_minutes;
COMMENT ON VIEW monitoring.route_minutes IS 'Requests and errors per minute and route.';

CREATE VIEW monitoring.service_latency AS
SELECT minute, kind, name, below_ms, observations::bigint AS observations FROM service_latency;
COMMENT ON VIEW monitoring.service_latency IS 'How long routes and stages took; monitoring.percentile_of makes a percentile.';

CREATE VIEW monitoring.service_gauges AS SELECT minute, gauge, value FROM service_gauges;
COMMENT ON VIEW monitoring.service_gauges IS 'Gauges by the minute: outbox entries, waiting photos, the version that serves.';

CREATE VIEW monitoring.model_events AS SELECT happened_at, kind, model_version, details FROM model_events;
COMMENT ON VIEW monitoring.model_events IS 'Swaps, refusals and conflicts.';

CREATE VIEW monitoring.audits AS
SELECT DISTINCT ON (reviews.prediction_id, reviews.visitor)
       reviews.reviewed_at, predictions.model_version::text AS model_version, predictions.answer, reviews.label,
       predictions.answer = CASE reviews.label WHEN 'not_a_tyre' THEN 'unusable' ELSE reviews.label END AS is_right
FROM reviews JOIN predictions ON predictions.id = reviews.prediction_id
WHERE NOT predictions.is_demo AND reviews.label <> 'unknown'
ORDER BY reviews.prediction_id, reviews.visitor, reviews.reviewed_at DESC;
COMMENT ON VIEW monitoring.audits IS 'What reviewers decided about single answers, without the visitor: the newest word counts.';

GRANT SELECT ON ALL TABLES IN SCHEMA monitoring TO tyreloop_app, tyreloop_jobs, grafana_reader;
GRANT SELECT ON alerts, alert_standings, alert_messages, job_limits, route_minutes, service_latency, service_gauges,
    service_last_reading, model_events TO tyreloop_app, tyreloop_jobs;
GRANT INSERT, UPDATE ON alerts TO tyreloop_app, tyreloop_jobs;
GRANT INSERT, UPDATE, DELETE ON alert_standings, alert_messages, job_limits, route_minutes, service_latency,
    service_gauges, service_last_reading TO tyreloop_jobs;
GRANT INSERT, DELETE ON model_events TO tyreloop_jobs;
GRANT DELETE ON alerts TO tyreloop_jobs;
