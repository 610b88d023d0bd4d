-- name: add_staff_member$
-- Keep a person; one who was removed comes back with a new password and role, one who is there stays as they are.
INSERT INTO users (name, password_hash, role, created_at, tokens_count_from)
VALUES (:name, :password_hash, :role, :created_at, :tokens_count_from)
ON CONFLICT (name) DO UPDATE
SET password_hash = excluded.password_hash, role = excluded.role, disabled_at = NULL,
    tokens_count_from = excluded.tokens_count_from
WHERE users.disabled_at IS NOT NULL
RETURNING name;

-- name: remove_staff_member$
-- Shut a person out; the row stays, for the audit log names it.
UPDATE users SET disabled_at = :at, tokens_count_from = :at WHERE name = :name AND disabled_at IS NULL
RETURNING name;

-- name: change_role$
-- What a person may do from now on.
UPDATE users SET role = :role WHERE name = :name AND disabled_at IS NULL RETURNING name;

-- name: was_staff_removed$
-- Whether somebody of this name left and did not come back.
SELECT EXISTS (SELECT FROM users WHERE name = :name AND disabled_at IS NOT NULL);

-- name: make_tokens_stale!
-- Whatever was signed for a person before counts no more.
UPDATE users SET tokens_count_from = :at WHERE name = :name;

-- name: get_staff_member^
-- A person who may sign in.
SELECT name, password_hash, role, created_at, tokens_count_from FROM users
WHERE name = :name AND disabled_at IS NULL;

-- name: all_staff
-- Everybody who may sign in, by name.
SELECT name, role, created_at, tokens_count_from FROM users WHERE disabled_at IS NULL ORDER BY name;

-- name: add_invitation!
-- Keep the hash of a one-time link.
INSERT INTO staff_invitations (secret_hash, role, invited_by, invited_at, expires_at)
VALUES (:secret_hash, :role, :invited_by, :invited_at, :expires_at);

-- name: get_invitation^
-- A link that still counts.
SELECT role, invited_by, invited_at, expires_at FROM staff_invitations
WHERE secret_hash = :secret_hash AND redeemed_at IS NULL AND expires_at > :at;

-- name: redeem_invitation$
-- Use a link up and keep its person: `joined`, `taken` or `spent`; of two who try at once one gets nothing.
SELECT redeem_invitation(:secret_hash, :name, :password_hash, :created_at, :tokens_count_from);

-- name: add_api_key$
-- Keep a key; its name must be free among the keys that count.
INSERT INTO api_keys (id, name, rights, secret_hash, created_by, created_at, expires_at)
VALUES (:id, :name, CAST(:rights AS text[]), :secret_hash, :created_by, :created_at, :expires_at)
ON CONFLICT DO NOTHING
RETURNING id;

-- name: revoke_api_key$
-- Take a key back, for good.
UPDATE api_keys SET revoked_at = :at WHERE id = :id AND revoked_at IS NULL RETURNING id;

-- name: get_api_key^
-- A key by its id.
SELECT * FROM api_keys WHERE id = :id;

-- name: note_use_of_api_key!
-- The day on which a key opened something.
UPDATE api_keys SET last_used_on = :day WHERE id = :id;

-- name: all_api_keys
-- Every key, those that count first.
SELECT * FROM api_keys ORDER BY revoked_at NULLS FIRST, name;

-- name: add_act!
-- One line of the audit log.
INSERT INTO audit_log (happened_at, actor, action, subject, details, request_id)
VALUES (:happened_at, :actor, :action, :subject, :details, :request_id);

-- name: broken_acts
-- Lines that do not follow from the line before them, and the end that is missing; the oldest first.
SELECT id, happened_at, actor, action FROM (
    SELECT line.*, audit_digest(line, lag(line.digest, 1, ''::bytea) OVER (ORDER BY line.id)) AS expected
    FROM audit_log AS line
) AS lines
WHERE digest <> expected
UNION ALL
SELECT coalesce((SELECT id FROM audit_head), 0), NULL, '', ''
WHERE coalesce((SELECT digest FROM audit_head), ''::bytea)
    <> coalesce((SELECT digest FROM audit_log ORDER BY id DESC LIMIT 1), ''::bytea)
ORDER BY id
LIMIT :at_most;

-- name: audit_length^
-- How many lines the log has, and the digest of the last.
SELECT count(*) AS lines, encode(coalesce((SELECT digest FROM audit_log ORDER BY id DESC LIMIT 1), ''), 'hex') AS head
FROM audit_log;

-- name: is_audit_digest$
-- Whether a digest that somebody noted is still one of the log's.
SELECT EXISTS (SELECT FROM audit_log WHERE digest = decode(:digest, 'hex'));

-- name: latest_acts
-- The last lines of the audit log, the newest first.
SELECT happened_at, actor, action, subject, details, request_id FROM audit_log ORDER BY id DESC LIMIT :at_most;
