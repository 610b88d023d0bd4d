-- A release is a state that is reached; exams are kept wherever they were held; live services say what they serve.

ALTER TABLE releases
    ADD COLUMN state text NOT NULL DEFAULT 'served'
        CHECK (state IN ('asked', 'examined', 'signed', 'moved', 'served', 'refused')),
    ADD COLUMN steps jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN served_at timestamptz,
    ADD COLUMN refusal text NOT NULL DEFAULT '',
    ADD COLUMN record text NOT NULL DEFAULT '',
    ADD COLUMN signature text NOT NULL DEFAULT '';
UPDATE releases SET served_at = released_at;
ALTER TABLE releases ALTER COLUMN state SET DEFAULT 'asked';
ALTER TABLE releases DROP CONSTRAINT releases_model_name_released_at_key;
COMMENT ON COLUMN releases.state IS 'How far it came: asked, examined, signed, moved (the registry names it), served (every live service answers with it); or refused.';
COMMENT ON COLUMN releases.record IS 'What was signed: the hash of each file, the exam, who and when.';
CREATE UNIQUE INDEX releases_on_their_way ON releases (model_name) WHERE state IN ('asked', 'examined', 'signed');

CREATE TABLE exams (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    model_name text NOT NULL,
    version integer NOT NULL,
    against integer,
    outcome text NOT NULL CHECK (outcome IN ('passed', 'refused', 'undecided')),
    summary jsonb NOT NULL,
    wall jsonb NOT NULL DEFAULT '[]',
    held_by text NOT NULL,
    held_at timestamptz NOT NULL
);
COMMENT ON TABLE exams IS 'Each exam: of which version, against which one in Production (null: none), and what the gate said.';
CREATE INDEX exams_of_version ON exams (model_name, version, held_at DESC);
INSERT INTO exams (model_name, version, against, outcome, summary, wall, held_by, held_at)
SELECT coalesce((SELECT model_name FROM model_versions WHERE version = (result->>'version')::integer LIMIT 1), 'tyre-defect'),
       (result->>'version')::integer, (result->'exam'->>'production')::integer,
       CASE WHEN (result->'exam'->>'passed')::boolean THEN 'passed' ELSE 'refused' END,
       result->'exam', coalesce(result->'wall', '[]'), asked_by, coalesce(finished_at, asked_at)
FROM queue_jobs WHERE state = 'done' AND result ? 'version' AND result ? 'exam';

CREATE TABLE model_services (
    service text PRIMARY KEY,
    model_name text NOT NULL,
    serving integer,
    refused integer,
    reason text NOT NULL DEFAULT '',
    release_id bigint,
    seen_at timestamptz NOT NULL,
    every_seconds double precision NOT NULL
);
COMMENT ON TABLE model_services IS 'What each live service answers with, and which version it refused.';

CREATE OR REPLACE VIEW monitoring.releases AS
SELECT released_at, model_name, kind, from_version::text AS from_version, to_version::text AS to_version,
       released_by, reason, forced
FROM releases WHERE state IN ('moved', 'served');
COMMENT ON VIEW monitoring.releases IS 'The moves of Production; what a service refused is none.';

GRANT SELECT ON exams, model_services TO tyreloop_app, tyreloop_jobs;
GRANT INSERT ON exams TO tyreloop_app, tyreloop_jobs;
GRANT UPDATE ON releases TO tyreloop_app, tyreloop_jobs;
GRANT INSERT, UPDATE, DELETE ON model_services TO tyreloop_app, tyreloop_jobs;
