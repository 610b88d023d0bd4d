-- A small history with every kind of row that a chart reads: three weeks, two versions, fixed by a seed.

SELECT setseed(0.42);
INSERT INTO photos (id, byte_count, uploaded_at)
SELECT encode(sha256(n::text::bytea), 'hex'), 100000, now() FROM generate_series(1, 600) AS n;
INSERT INTO predictions (id, photo_id, visitor, model_name, model_version, answer, unusable_reason, probabilities,
                         timings_ms, latency_ms, source, request_id, made_at)
SELECT gen_random_uuid(), encode(sha256(n::text::bytea), 'hex'), 'visitor-' || n % 40, 'tyre-defect',
       CASE WHEN n > 300 THEN 2 ELSE 1 END, answers.answer,
       CASE WHEN answers.answer = 'unusable' THEN 'too_dark' END, '{}', '{}', 20 + random() * 100, 'ui', 'r', moments.at
FROM generate_series(1, 600) AS n,
     LATERAL (SELECT (ARRAY['good', 'good', 'defective', 'unsure', 'unusable'])[1 + n % 5] AS answer) AS answers,
     LATERAL (SELECT now() - (600 - n) * interval '50 minutes' AS at) AS moments;
INSERT INTO votes (prediction_id, visitor, liked, cast_at)
SELECT id, visitor, random() > model_version * 0.2, made_at + interval '1 second' FROM predictions WHERE random() < 0.6;
INSERT INTO corrections (prediction_id, visitor, label, given_at)
SELECT prediction_id, visitor, 'defective', cast_at + interval '1 second' FROM votes WHERE NOT liked;
INSERT INTO reviews (prediction_id, visitor, decision, label, reviewer, reviewed_at)
SELECT prediction_id, visitor, 'accepted', label, 'Rae', given_at + interval '1 minute' FROM corrections LIMIT 20;
UPDATE predictions SET kinds = '[{"kind": "crack", "probability": 0.9, "is_sure": true}]' WHERE answer = 'defective';

INSERT INTO releases (model_name, from_version, to_version, kind, released_by, reason, released_at, state)
VALUES ('tyre-defect', NULL, 1, 'promotion', 'Ola', 'first', now() - interval '22 days', 'served'),
       ('tyre-defect', 1, 2, 'promotion', 'Ola', 'better', now() - interval '10 days', 'served');
INSERT INTO write_failures (failed_at, stage, error, writes) VALUES (now() - interval '2 hours', 'vote', 'gone', 3);
INSERT INTO job_runs (job, outcome, started_at, finished_at)
VALUES ('roll_up', 'done', now() - interval '90 seconds', now() - interval '1 minute');
INSERT INTO job_limits (job, silent_minutes) VALUES ('roll_up', 10), ('retrain', 10000);
INSERT INTO route_minutes VALUES (date_trunc('minute', now()) - interval '5 minutes', '/v1/predictions', 40, 1),
                                 (date_trunc('minute', now()) - interval '4 minutes', '/v1/predictions', 50, 0);
INSERT INTO service_latency VALUES
    (date_trunc('minute', now()) - interval '5 minutes', 'route', '/v1/predictions', 50, 30),
    (date_trunc('minute', now()) - interval '5 minutes', 'route', '/v1/predictions', 75, 10),
    (date_trunc('minute', now()) - interval '5 minutes', 'stage', 'decode', 20, 40);
INSERT INTO route_hours SELECT date_trunc('hour', minute), route, sum(requests), sum(errors) FROM route_minutes GROUP BY 1, 2;
INSERT INTO service_latency_hours
SELECT date_trunc('hour', minute), kind, name, below_ms, sum(observations) FROM service_latency GROUP BY 1, 2, 3, 4;
INSERT INTO service_gauges VALUES (date_trunc('minute', now()) - interval '1 minute', 'outbox_entries', 2),
                                  (date_trunc('minute', now()) - interval '1 minute', 'outbox_oldest_seconds', 30),
                                  (date_trunc('minute', now()) - interval '1 minute', 'waiting', 1);
INSERT INTO service_gauges
SELECT date_trunc('minute', now()) - interval '1 minute', gauge, value
FROM (VALUES ('disk_free', 0.4), ('disk_full_hours', 900), ('memory_free', 0.5), ('processor_busy', 0.3), ('replicas_up', 3),
             ('programs_down', 0), ('postgres_connections', 0.2), ('certificate_days', 60)) AS said (gauge, value);
INSERT INTO model_events (happened_at, kind, model_version, details)
VALUES (now() - interval '10 days', 'serving', '2', ''), (now() - interval '9 days', 'refused', '3', 'golden photos');
INSERT INTO alerts (source, fingerprint, rule, severity, title, summary, started_at)
VALUES ('job', 'f', 'errors', 'critical', 'Requests fail', 'Many.', now() - interval '1 hour');
