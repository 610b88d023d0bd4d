-- The service's work by the hour beside its minutes: a chart of a week reads hours, one of today reads minutes.

CREATE TABLE route_hours (
    hour timestamptz NOT NULL,
    route text NOT NULL,
    requests integer NOT NULL,
    errors integer NOT NULL,
    PRIMARY KEY (hour, route)
);
COMMENT ON TABLE route_hours IS 'Requests per hour and route, and how many of them ended in an error of ours (5xx).';

CREATE TABLE service_latency_hours (
    hour timestamptz NOT NULL,
    kind text NOT NULL CHECK (kind IN ('route', 'stage')),
    name text NOT NULL,
    below_ms integer NOT NULL,
    observations integer NOT NULL,
    PRIMARY KEY (hour, kind, name, below_ms)
);
COMMENT ON TABLE service_latency_hours IS 'How long routes and stages took, per hour.';

INSERT INTO route_hours
SELECT date_trunc('hour', minute, 'UTC'), route, sum(requests), sum(errors) FROM route_minutes GROUP BY 1, 2;
INSERT INTO service_latency_hours
SELECT date_trunc('hour', minute, 'UTC'), kind, name, below_ms, sum(observations) FROM service_latency GROUP BY 1, 2, 3, 4;

CREATE VIEW monitoring.route_hours AS SELECT hour, route, requests, errors FROM route_hours;
COMMENT ON VIEW monitoring.route_hours IS 'Requests and errors per hour and route.';

CREATE VIEW monitoring.service_latency_hours AS
SELECT hour, kind, name, below_ms, observations::bigint AS observations FROM service_latency_hours;
COMMENT ON VIEW monitoring.service_latency_hours IS 'How long routes and stages took, per hour.';

GRANT SELECT ON monitoring.route_hours, monitoring.service_latency_hours TO tyreloop_app, tyreloop_jobs, grafana_reader;
GRANT SELECT ON route_hours, service_latency_hours TO tyreloop_app, tyreloop_jobs;
GRANT INSERT, UPDATE, DELETE ON route_hours, service_latency_hours TO tyreloop_jobs;
