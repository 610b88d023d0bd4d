-- Who may do what. The owner migrates; the services and the jobs step down to their role when they connect;
-- Grafana logs in as its reader, whose password `tyreloop migrate` sets.

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['tyreloop_app', 'tyreloop_jobs', 'grafana_reader'] LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I', name);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;  -- another database of this cluster has made it
        END;
    END LOOP;
END
$$;
GRANT tyreloop_app, tyreloop_jobs TO CURRENT_USER;
ALTER ROLE grafana_reader LOGIN CONNECTION LIMIT 20;
ALTER ROLE grafana_reader SET default_transaction_read_only = on;
ALTER ROLE grafana_reader SET statement_timeout = '15s';
ALTER ROLE grafana_reader SET idle_in_transaction_session_timeout = '30s';
ALTER ROLE grafana_reader SET search_path = monitoring;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
REVOKE ALL ON FUNCTION erase_photo FROM PUBLIC;
GRANT USAGE ON SCHEMA public, monitoring TO tyreloop_app, tyreloop_jobs;
GRANT USAGE ON SCHEMA monitoring TO grafana_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA monitoring TO tyreloop_app, tyreloop_jobs, grafana_reader;

GRANT SELECT ON ALL TABLES IN SCHEMA public TO tyreloop_app, tyreloop_jobs;
GRANT INSERT ON photos, predictions, votes, vote_history, corrections, idempotency_keys, releases, reviews,
    review_claims, datasets, dataset_items, model_versions, users, audit_log, write_failures,
    pending_predictions, pending_votes, pending_corrections TO tyreloop_app, tyreloop_jobs;
GRANT UPDATE ON photos, votes, corrections, review_claims, datasets, dataset_items, model_versions, users
    TO tyreloop_app, tyreloop_jobs;
GRANT DELETE ON review_claims TO tyreloop_app;
-- `FOR KEY SHARE` on a prediction asks for the right to update one column of it; nothing of it is ever changed.
GRANT UPDATE (request_id) ON predictions TO tyreloop_app, tyreloop_jobs;
GRANT INSERT, UPDATE ON job_runs, hourly_predictions, hourly_latency, hourly_votes, hourly_corrections
    TO tyreloop_jobs;
GRANT DELETE ON pending_predictions, pending_votes, pending_corrections, hourly_predictions, hourly_latency,
    hourly_votes, hourly_corrections, idempotency_keys, write_failures, job_runs, erasures TO tyreloop_jobs;
GRANT EXECUTE ON FUNCTION erase_photo TO tyreloop_app, tyreloop_jobs;
