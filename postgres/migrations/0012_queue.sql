-- Work that takes long: the table is the truth, the broker only tells a worker to look.

CREATE TABLE queue_jobs (
    id uuid PRIMARY KEY,
    kind text NOT NULL,
    orders jsonb NOT NULL,
    state text NOT NULL DEFAULT 'queued'
        CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled', 'parked')),
    tries integer NOT NULL DEFAULT 0,
    progress jsonb NOT NULL DEFAULT '{}',
    result jsonb NOT NULL DEFAULT '{}',
    error text NOT NULL DEFAULT '',
    asked_by text NOT NULL,
    request_id text NOT NULL DEFAULT '',
    asked_at timestamptz NOT NULL,
    dispatched_at timestamptz,
    started_at timestamptz,
    finished_at timestamptz,
    cancel_asked_at timestamptz,
    worker text NOT NULL DEFAULT '',
    lease_until timestamptz,
    CHECK ((state = 'running') = (lease_until IS NOT NULL)),
    CHECK ((state IN ('done', 'failed', 'cancelled', 'parked')) = (finished_at IS NOT NULL))
);
COMMENT ON TABLE queue_jobs IS 'Each long piece of work: what was asked, how it stands, and what came of it.';
COMMENT ON COLUMN queue_jobs.lease_until IS 'Until when its worker vouches for it; after that somebody else takes it up.';
CREATE INDEX queue_jobs_open ON queue_jobs (asked_at) WHERE state IN ('queued', 'running');
CREATE INDEX queue_jobs_by_time ON queue_jobs (asked_at DESC);

CREATE TABLE queue_job_lines (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job_id uuid NOT NULL REFERENCES queue_jobs (id) ON DELETE CASCADE,
    written_at timestamptz NOT NULL,
    line text NOT NULL
);
COMMENT ON TABLE queue_job_lines IS 'What a job says while it runs.';
CREATE INDEX queue_job_lines_of_job ON queue_job_lines (job_id, id);

CREATE SCHEMA broker;
COMMENT ON SCHEMA broker IS 'The messages of the embedded broker; its library makes its own tables here.';

GRANT SELECT, INSERT, UPDATE ON queue_jobs TO tyreloop_app, tyreloop_jobs;
GRANT SELECT, INSERT ON queue_job_lines TO tyreloop_app, tyreloop_jobs;
GRANT DELETE ON queue_jobs, queue_job_lines TO tyreloop_jobs;
