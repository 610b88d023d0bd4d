-- A link that lets one person make an account, once: its secret is kept as a hash only.

CREATE TABLE staff_invitations (
    secret_hash text PRIMARY KEY,
    role text NOT NULL CHECK (role IN ('reviewer', 'scientist', 'admin')),
    invited_by text NOT NULL,
    invited_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    redeemed_at timestamptz,
    redeemed_by text
);
COMMENT ON TABLE staff_invitations IS 'One-time links to an account: a hash of each, the role it gives, until when.';

GRANT SELECT, INSERT ON staff_invitations TO tyreloop_app;
GRANT UPDATE (redeemed_at, redeemed_by) ON staff_invitations TO tyreloop_app;
