-- Each service logs in as itself. What they share stays with tyreloop_app and tyreloop_jobs; who is on the staff is
-- changed by the pages alone. `tyreloop migrate` gives each role that has a password the right to log in.

SET LOCAL lock_timeout = '5s';
SET LOCAL statement_timeout = '10min';

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['tyreloop_api', 'tyreloop_pages', 'tyreloop_worker', 'tyreloop_tasks'] LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I', name);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;  -- another database of this cluster has made it
        END;
    END LOOP;
END
$$;
GRANT tyreloop_app TO tyreloop_api, tyreloop_pages;
GRANT tyreloop_jobs TO tyreloop_worker, tyreloop_tasks;
GRANT tyreloop_api, tyreloop_pages, tyreloop_worker, tyreloop_tasks TO CURRENT_USER;

REVOKE INSERT, UPDATE ON users FROM tyreloop_app, tyreloop_jobs;
REVOKE INSERT ON api_keys FROM tyreloop_app, tyreloop_jobs;
REVOKE UPDATE (revoked_at) ON api_keys FROM tyreloop_app;
REVOKE INSERT ON staff_invitations FROM tyreloop_app;
REVOKE UPDATE (redeemed_at, redeemed_by) ON staff_invitations FROM tyreloop_app;
GRANT INSERT, UPDATE ON users TO tyreloop_pages;
GRANT INSERT ON api_keys, staff_invitations TO tyreloop_pages;
GRANT UPDATE (revoked_at) ON api_keys TO tyreloop_pages;

-- The one way in which the service too may add a person: a link that an administrator made.
CREATE FUNCTION redeem_invitation(link text, person text, password text, at timestamptz, tokens_from timestamptz)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    given text;
BEGIN
    UPDATE staff_invitations SET redeemed_at = at, redeemed_by = person
    WHERE secret_hash = link AND redeemed_at IS NULL AND expires_at > at
    RETURNING role INTO given;
    IF given IS NULL THEN
        RETURN 'spent';
    END IF;
    INSERT INTO users (name, password_hash, role, created_at, tokens_count_from)
    VALUES (person, password, given, at, tokens_from)
    ON CONFLICT (name) DO UPDATE
    SET password_hash = excluded.password_hash, role = excluded.role, disabled_at = NULL,
        tokens_count_from = excluded.tokens_count_from
    WHERE users.disabled_at IS NOT NULL;
    RETURN CASE WHEN FOUND THEN 'joined' ELSE 'taken' END;
END
$$;
REVOKE ALL ON FUNCTION redeem_invitation FROM PUBLIC;
GRANT EXECUTE ON FUNCTION redeem_invitation TO tyreloop_app;

-- The embedded broker's library makes its own tables.
GRANT USAGE, CREATE ON SCHEMA broker TO tyreloop_worker;
