-- Reviews, datasets, model versions, users, the audit log, and what jobs and failures leave behind.

ALTER TABLE photos
    ADD COLUMN state text NOT NULL DEFAULT 'awaited' CHECK (state IN ('awaited', 'kept', 'gone'));
COMMENT ON COLUMN photos.state IS 'awaited: on its way to the store; kept: in the store; gone: not in the store any more.';
CREATE INDEX photos_by_state ON photos (state, uploaded_at);

ALTER TABLE predictions
    ADD COLUMN keep_photo boolean NOT NULL DEFAULT true;
COMMENT ON COLUMN predictions.keep_photo IS 'Whether the visitor lets us keep the photo to improve the model.';

CREATE TABLE erasures (
    prediction_hash text PRIMARY KEY,
    erased_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE erasures IS 'Predictions that their visitors deleted, by the SHA-256 of their ids: what arrives late stays away.';

CREATE FUNCTION hash_of(prediction_id uuid) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN encode(sha256(uuid_send(prediction_id)), 'hex');

CREATE TABLE users (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    password_hash text NOT NULL,
    role text NOT NULL CHECK (role IN ('reviewer', 'operator')),
    created_at timestamptz NOT NULL DEFAULT now(),
    disabled_at timestamptz
);
COMMENT ON TABLE users IS 'People who log in: reviewers and operators. Visitors never do.';

CREATE TABLE reviews (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    prediction_id uuid NOT NULL,
    visitor text NOT NULL,
    decision text NOT NULL CHECK (decision IN ('accepted', 'rejected')),
    label text NOT NULL CHECK (label IN ('good', 'defective', 'not_a_tyre', 'unknown')),
    reviewer text NOT NULL,
    note text NOT NULL DEFAULT '',
    reviewed_at timestamptz NOT NULL DEFAULT now(),
    FOREIGN KEY (prediction_id, visitor) REFERENCES corrections (prediction_id, visitor)
);
COMMENT ON TABLE reviews IS 'What a reviewer decided about a correction, with the label that stands; the newest counts.';
CREATE INDEX reviews_of_correction ON reviews (prediction_id, visitor, reviewed_at DESC);

CREATE TABLE review_claims (
    prediction_id uuid NOT NULL,
    visitor text NOT NULL,
    reviewer text NOT NULL,
    claimed_until timestamptz NOT NULL,
    PRIMARY KEY (prediction_id, visitor),
    FOREIGN KEY (prediction_id, visitor) REFERENCES corrections (prediction_id, visitor)
);
COMMENT ON TABLE review_claims IS 'Who looks at which correction now, so that no two reviewers do the same.';

CREATE TABLE datasets (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    parent_id bigint REFERENCES datasets (id),
    content_hash text,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    frozen_at timestamptz,
    CHECK ((content_hash IS NULL) = (frozen_at IS NULL))
);
COMMENT ON TABLE datasets IS 'The inbox `untrained` and the snapshots frozen from it: named, immutable, hashed, with a parent.';

CREATE TABLE dataset_items (
    dataset_id bigint NOT NULL REFERENCES datasets (id),
    item_hash text NOT NULL,
    photo_id text REFERENCES photos (id),
    label text NOT NULL CHECK (label IN ('good', 'defective', 'not_a_tyre')),
    part text NOT NULL CHECK (part IN ('lesson', 'exam')),
    added_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (dataset_id, item_hash)
);
COMMENT ON TABLE dataset_items IS 'The photos of a dataset; a deleted photo leaves its place (photo_id is null), so that the snapshot keeps its hash.';
CREATE INDEX dataset_items_of_photo ON dataset_items (photo_id);

CREATE TABLE model_versions (
    model_name text NOT NULL,
    version integer NOT NULL,
    card jsonb NOT NULL DEFAULT '{}',
    first_seen_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (model_name, version)
);
COMMENT ON TABLE model_versions IS 'Model versions that served here, with the card they came with.';

CREATE TABLE audit_log (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    happened_at timestamptz NOT NULL DEFAULT now(),
    actor text NOT NULL,
    action text NOT NULL,
    subject text NOT NULL DEFAULT '',
    details jsonb NOT NULL DEFAULT '{}'
);
COMMENT ON TABLE audit_log IS 'Who did what; rows are only ever added.';

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are only ever added', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE write_failures (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    failed_at timestamptz NOT NULL,
    stage text NOT NULL,
    error text NOT NULL,
    writes integer NOT NULL DEFAULT 1
);
COMMENT ON TABLE write_failures IS 'Writes that did not reach the database at once; told by the outbox when it is back.';
CREATE INDEX write_failures_by_time ON write_failures (failed_at);

CREATE TABLE job_runs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job text NOT NULL,
    outcome text NOT NULL DEFAULT 'running' CHECK (outcome IN ('running', 'done', 'failed', 'lost')),
    details jsonb NOT NULL DEFAULT '{}',
    started_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    CHECK ((outcome = 'running') = (finished_at IS NULL))
);
COMMENT ON TABLE job_runs IS 'Each run of a scheduled job; lost: its process ended without a word.';
CREATE INDEX job_runs_by_time ON job_runs (started_at DESC);
CREATE INDEX job_runs_running ON job_runs (job) WHERE outcome = 'running';
