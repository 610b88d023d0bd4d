-- Each line of the audit log carries a digest of itself and of the line before it; what is changed, taken out or put in
-- breaks the chain, and `tyreloop audit check` says where.

ALTER TABLE audit_log ADD COLUMN digest bytea;

CREATE TABLE audit_head (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    id bigint NOT NULL,
    digest bytea NOT NULL
);
COMMENT ON TABLE audit_head IS 'The last line of the audit log: lines cut off its end are missed too.';

CREATE FUNCTION audit_digest(line audit_log, previous bytea) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256(previous || convert_to(jsonb_build_array(
        line.id, to_char(line.happened_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), line.actor, line.action,
        line.subject, line.details, line.request_id
    )::text, 'UTF8'))
$$;

CREATE FUNCTION chain_audit_line() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    head audit_head;
BEGIN
    -- Whoever writes next waits until this line is kept or given up, so that ids and digests have one order.
    INSERT INTO audit_head (id, digest) VALUES (0, ''::bytea) ON CONFLICT DO NOTHING;
    SELECT * INTO head FROM audit_head FOR UPDATE;
    NEW.id := head.id + 1;
    NEW.digest := audit_digest(NEW, head.digest);
    UPDATE audit_head SET id = NEW.id, digest = NEW.digest;
    RETURN NEW;
END
$$;

DO $$
DECLARE
    line audit_log;
    previous bytea := ''::bytea;
BEGIN
    ALTER TABLE audit_log DISABLE TRIGGER append_only;
    FOR line IN SELECT * FROM audit_log ORDER BY id LOOP
        previous := audit_digest(line, previous);
        UPDATE audit_log SET digest = previous WHERE id = line.id;
        INSERT INTO audit_head (id, digest) VALUES (line.id, previous)
        ON CONFLICT (only_one) DO UPDATE SET id = excluded.id, digest = excluded.digest;
    END LOOP;
    ALTER TABLE audit_log ENABLE TRIGGER append_only;
END
$$;
ALTER TABLE audit_log ALTER COLUMN digest SET NOT NULL;
CREATE TRIGGER chain BEFORE INSERT ON audit_log FOR EACH ROW EXECUTE FUNCTION chain_audit_line();

REVOKE ALL ON FUNCTION chain_audit_line FROM PUBLIC;
GRANT SELECT ON audit_head TO tyreloop_app, tyreloop_jobs;
