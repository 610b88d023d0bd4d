-- Ten days with waves of visitors; version 2 is a little worse than version 1, and somebody rolls back.
SELECT setseed(0.7);
INSERT INTO photos (id, byte_count, uploaded_at)
SELECT encode(sha256(n::text::bytea), 'hex'), 100000, now() FROM generate_series(1, 6000) AS n;
INSERT INTO predictions (id, photo_id, visitor, model_name, model_version, answer, unusable_reason, probabilities,
                         timings_ms, latency_ms, source, request_id, made_at)
SELECT gen_random_uuid(), encode(sha256(n::text::bytea), 'hex'), 'visitor-' || n, 'tyre-defect',
       CASE WHEN at > now() - interval '4 days' AND at < now() - interval '40 hours' THEN 2 ELSE 1 END, answer,
       CASE answer WHEN 'unusable' THEN (ARRAY['not_a_tyre', 'too_dark', 'too_blurred', 'too_blurred'])[1 + n % 4] END,
       '{}', '{}', 22 + 60 * random() ^ 3 + CASE WHEN random() < 0.02 THEN 150 ELSE 0 END,
       (ARRAY['ui', 'ui', 'api'])[1 + n % 3], 'r', at
FROM (
    SELECT n, now() - interval '10 days' * random() AS at,
           (ARRAY['good', 'good', 'good', 'good', 'defective', 'defective', 'unsure', 'unusable'])[1 + (random() * 7.99)::integer % 8]
               AS answer
    FROM generate_series(1, 6000) AS n
) AS made
WHERE random() < 0.12 + 0.88 * sin(pi() * extract(hour FROM at AT TIME ZONE 'Asia/Seoul') / 24) ^ 2;
INSERT INTO votes (prediction_id, visitor, liked, cast_at)
SELECT id, visitor, random() < CASE WHEN answer IN ('unsure', 'unusable') THEN 0.55 WHEN model_version = 2 THEN 0.72 ELSE 0.87 END,
       made_at + interval '20 seconds'
FROM predictions WHERE random() < 0.55 AND made_at < now() - interval '1 minute';
INSERT INTO corrections (prediction_id, visitor, label, given_at)
SELECT votes.prediction_id, votes.visitor,
       CASE WHEN predictions.answer = 'good' THEN 'defective' WHEN random() < 0.8 THEN 'good' ELSE 'not_a_tyre' END, cast_at
FROM votes JOIN predictions ON predictions.id = votes.prediction_id WHERE NOT liked AND random() < 0.6;
INSERT INTO reviews (prediction_id, visitor, decision, label, reviewer, reviewed_at)
SELECT prediction_id, visitor, 'accepted', CASE WHEN random() < 0.6 THEN label ELSE 'defective' END, 'Rae',
       given_at + interval '5 hours'
FROM corrections WHERE given_at < now() - interval '1 day' AND audit_place(prediction_id) >= 0.02;
INSERT INTO reviews (prediction_id, visitor, decision, label, reviewer, source, reviewed_at)
SELECT id, visitor, 'accepted',
       CASE WHEN random() < 0.94 THEN answer WHEN answer = 'good' THEN 'defective' ELSE 'good' END, 'Rae', 'audit',
       made_at + interval '5 hours'
FROM predictions WHERE audit_place(id) < 0.02 AND answer IN ('good', 'defective') AND made_at < now() - interval '6 hours';
INSERT INTO releases (model_name, from_version, to_version, kind, released_by, reason, released_at)
VALUES ('tyre-defect', NULL, 1, 'promotion', 'Ola', 'the first', now() - interval '30 days'),
       ('tyre-defect', 1, 2, 'promotion', 'Ola', 'better on the exam', now() - interval '4 days'),
       ('tyre-defect', 2, 1, 'rollback', 'Ola', 'more dislikes', now() - interval '40 hours');
INSERT INTO model_events (happened_at, kind, model_version, details)
VALUES (now() - interval '4 days', 'serving', '2', ''), (now() - interval '40 hours', 'serving', '1', ''),
       (now() - interval '30 hours', 'refused', '3', 'golden photo 2 is not defective');
INSERT INTO route_hours
SELECT hour, route, (wave * share * (0.8 + 0.4 * random()))::integer, (random() * 1.2)::integer
FROM (
    SELECT hour, 60 + 500 * sin(pi() * extract(hour FROM hour AT TIME ZONE 'Asia/Seoul') / 24) ^ 2 AS wave
    FROM generate_series(date_trunc('hour', now()) - interval '8 days', now(), interval '1 hour') AS hour
) AS waves, (VALUES ('/v1/predictions', 1.0), ('/v1/predictions/<id>/vote', 0.5), ('/v1/model', 0.3)) AS routes (route, share);
INSERT INTO service_latency_hours
SELECT hour, kind, name, below, (100 * random())::integer
FROM generate_series(date_trunc('hour', now()) - interval '8 days', now(), interval '1 hour') AS hour,
     (VALUES ('route', '/v1/predictions', 50), ('route', '/v1/predictions', 75), ('route', '/v1/predictions', 100),
             ('route', '/v1/model', 5), ('stage', 'decode', 10), ('stage', 'decode', 20), ('stage', 'forward', 30),
             ('stage', 'forward', 50), ('stage', 'quality', 5)) AS buckets (kind, name, below);
INSERT INTO service_gauges
SELECT minute, 'outbox_entries', CASE WHEN abs(extract(epoch FROM minute - now() + interval '50 hours')) < 4000
                                      THEN 30 * random() ELSE 0 END
FROM generate_series(date_trunc('minute', now()) - interval '8 days', now(), interval '1 minute') AS minute;
INSERT INTO service_gauges
SELECT minute, 'waiting', greatest(0, 4 * random() - 3)
FROM generate_series(date_trunc('minute', now()) - interval '8 days', now(), interval '1 minute') AS minute;
INSERT INTO write_failures (failed_at, stage, error, writes)
SELECT now() - interval '50 hours' + n * interval '10 minutes', (ARRAY['vote', 'prediction'])[1 + n % 2], 'gone', 2 + n % 4
FROM generate_series(1, 8) AS n;
INSERT INTO job_limits (job, silent_minutes) VALUES ('roll-up', 17), ('backup', 2895), ('judge-alerts', 17);
INSERT INTO job_runs (job, outcome, started_at, finished_at)
VALUES ('roll-up', 'done', now() - interval '62 seconds', now() - interval '1 minute'),
       ('judge-alerts', 'done', now() - interval '62 seconds', now() - interval '1 minute'),
       ('backup', 'done', now() - interval '6 hours', now() - interval '5 hours');
INSERT INTO alerts (source, fingerprint, rule, severity, title, summary, started_at)
VALUES ('job', 'f', 'model-refused', 'critical', 'A model was refused', 'Version 3 failed a check and does not serve.',
        now() - interval '20 minutes')
