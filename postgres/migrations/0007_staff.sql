-- Roles as the product names them, keys of programs, and what makes a signed token stale.

ALTER TABLE users DROP CONSTRAINT users_role_check;
UPDATE users SET role = 'admin' WHERE role = 'operator';
ALTER TABLE users
    ADD CONSTRAINT users_role_check CHECK (role IN ('reviewer', 'scientist', 'admin')),
    ADD COLUMN tokens_count_from timestamptz NOT NULL DEFAULT now();
COMMENT ON TABLE users IS 'People who sign in: reviewers, scientists and admins. Visitors never do.';
COMMENT ON COLUMN users.tokens_count_from IS 'What was signed for this person before this moment counts no more.';

CREATE TABLE api_keys (
    id text PRIMARY KEY CHECK (id ~ '^[0-9a-f]{12}$'),
    name text NOT NULL,
    rights text[] NOT NULL,
    secret_hash text NOT NULL,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    revoked_at timestamptz
);
COMMENT ON TABLE api_keys IS 'Keys of programs: a hash of each, what it opens, and until when.';
CREATE UNIQUE INDEX api_keys_in_use ON api_keys (name) WHERE revoked_at IS NULL;

ALTER TABLE audit_log ADD COLUMN request_id text NOT NULL DEFAULT '';

GRANT SELECT, INSERT ON api_keys TO tyreloop_app, tyreloop_jobs;
GRANT UPDATE (revoked_at) ON api_keys TO tyreloop_app;
