-- name: record_alert!
-- Keep an alert; told again, only its end, its sentence and its numbers change.
INSERT INTO alerts (source, fingerprint, rule, severity, title, summary, labels, value, n, started_at, ended_at)
VALUES (:source, :fingerprint, :rule, :severity, :title, :summary, :labels, :value, :n, :started_at, :ended_at)
ON CONFLICT (source, fingerprint, started_at) DO UPDATE
SET ended_at = COALESCE(alerts.ended_at, excluded.ended_at), summary = excluded.summary,
    value = COALESCE(excluded.value, alerts.value), n = COALESCE(excluded.n, alerts.n);

-- name: latest_alerts
-- Alerts that are open first, then the newest.
SELECT source, fingerprint, rule, severity, title, summary, labels, value, n, started_at, ended_at
FROM alerts ORDER BY ended_at IS NOT NULL, started_at DESC, id DESC LIMIT :at_most;

-- name: alert_states
-- How every rule that is not quiet stands.
SELECT rule, labels, phase, bad_since, well_since, value, n FROM alert_standings FOR UPDATE;

-- name: keep_alert_state!
-- Write down how a rule stands.
INSERT INTO alert_standings (rule, labels, phase, bad_since, well_since, value, n)
VALUES (:rule, :labels, :phase, :bad_since, :well_since, :value, :n)
ON CONFLICT (rule, labels) DO UPDATE
SET phase = excluded.phase, bad_since = excluded.bad_since, well_since = excluded.well_since,
    value = excluded.value, n = excluded.n;

-- name: forget_alert_state!
-- A rule is quiet again.
DELETE FROM alert_standings WHERE rule = :rule AND labels = :labels;

-- name: write_alert_message!
-- Put a message in line for a channel.
INSERT INTO alert_messages (channel, title, body, tone, written_at)
VALUES (:channel, :title, :body, :tone, :written_at);

-- name: claim_alert_message^
-- Take the oldest message in line, unless it was tried too often or is too old to be of use.
UPDATE alert_messages SET tries = tries + 1
WHERE id = (
    SELECT id FROM alert_messages
    WHERE sent_at IS NULL AND tries < 5 AND id > :after AND written_at > :not_before
    ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING id, channel, title, body, tone;

-- name: mark_alert_message_sent!
-- A message arrived.
UPDATE alert_messages SET sent_at = :sent_at WHERE id = :id;
