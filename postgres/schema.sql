-- The whole schema as the migrations leave it; a test builds both and compares.


-- Photos, and what the model answered.

CREATE TABLE photos (
    id text PRIMARY KEY CHECK (id ~ '^[0-9a-f]{64}$'),
    byte_count bigint NOT NULL,
    uploaded_at timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'awaited' CHECK (state IN ('awaited', 'kept', 'gone')),
    fingerprint bigint,
    look_group text
);
COMMENT ON TABLE photos IS 'One uploaded picture, known by the SHA-256 of its bytes.';
COMMENT ON COLUMN photos.state IS 'awaited: on its way to the store; kept: in the store; gone: not in the store any more.';
COMMENT ON COLUMN photos.fingerprint IS 'Photos that look alike differ in few of its 64 bits; null: not looked at yet.';
COMMENT ON COLUMN photos.look_group IS 'Photos that look alike share a group, and so a part of every dataset.';
CREATE INDEX photos_by_state ON photos (state, uploaded_at);
CREATE INDEX photos_with_looks ON photos (look_group) WHERE look_group IS NOT NULL;

CREATE TABLE predictions (
    id uuid PRIMARY KEY,
    photo_id text NOT NULL REFERENCES photos (id),
    visitor text NOT NULL,
    model_name text NOT NULL,
    model_version integer NOT NULL,
    answer text NOT NULL CHECK (answer IN ('good', 'defective', 'unsure', 'unusable')),
    unusable_reason text CHECK (unusable_reason IN ('not_a_tyre', 'too_dark', 'too_blurred', 'too_small')),
    probabilities jsonb NOT NULL,
    timings_ms jsonb NOT NULL,
    latency_ms real NOT NULL,
    source text NOT NULL CHECK (source IN ('ui', 'api', 'batch')),
    request_id text NOT NULL,
    is_demo boolean NOT NULL DEFAULT false,
    made_at timestamptz NOT NULL,
    keep_photo boolean NOT NULL DEFAULT true,
    novelty double precision CHECK (novelty BETWEEN 0 AND 1),
    demo_model boolean NOT NULL DEFAULT false,
    kinds jsonb NOT NULL DEFAULT '[]',
    outline jsonb NOT NULL DEFAULT '[]',
    view text,
    unsure_reason text,
    CHECK ((answer = 'unusable') = (unusable_reason IS NOT NULL))
);
COMMENT ON TABLE predictions IS 'One answer of one model version about one photo.';
COMMENT ON COLUMN predictions.keep_photo IS 'Whether the visitor lets us keep the photo to improve the model.';
COMMENT ON COLUMN predictions.novelty IS
    'How little the photo looks like the tyres that the model knows; 1: so little that it counts as none; null: not known.';
COMMENT ON COLUMN predictions.demo_model IS
    'Whether the model that answered was one for demonstration, trained on drawn tyres.';
COMMENT ON COLUMN predictions.kinds IS
    'Of a damage: each kind that the model may speak of, its probability, and whether it is sure.';
COMMENT ON COLUMN predictions.outline IS 'Closed lines around the damage, in shares of the photo''s width and height.';
COMMENT ON COLUMN predictions.view IS 'From where the photo was taken: close_up, tread, sidewall or whole; null: not known.';
COMMENT ON COLUMN predictions.unsure_reason IS 'unfamiliar: far from all that the model has learned from; null: the probability alone.';
CREATE INDEX predictions_of_visitor ON predictions (visitor, made_at DESC);
CREATE INDEX predictions_of_photo ON predictions (photo_id);
CREATE INDEX predictions_by_time ON predictions (made_at);

CREATE FUNCTION audit_place(prediction_id uuid) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ('x' || substr(encode(sha256(uuid_send(prediction_id)), 'hex'), 1, 8))::bit(32)::bigint / 4294967296.0;
COMMENT ON FUNCTION audit_place IS 'A place from 0 to 1 that nobody chose: the answers below 0.02 are the audit sample.';
CREATE INDEX predictions_of_demo ON predictions (id) WHERE is_demo;
CREATE INDEX predictions_by_audit_place ON predictions (made_at) WHERE audit_place(id) < 0.02;
CREATE INDEX predictions_that_are_novel ON predictions (made_at) WHERE novelty >= 0.9 AND answer <> 'unusable';


-- What visitors say: the last word stands, the history keeps all of them, a key counts once.

CREATE TABLE votes (
    prediction_id uuid NOT NULL REFERENCES predictions (id),
    visitor text NOT NULL,
    liked boolean,
    reasons text[] NOT NULL DEFAULT '{}',
    comment text NOT NULL DEFAULT '' CHECK (length(comment) <= 1000),
    cast_at timestamptz NOT NULL,
    PRIMARY KEY (prediction_id, visitor)
);
COMMENT ON TABLE votes IS 'Like or dislike: the last word of one visitor on one prediction.';
COMMENT ON COLUMN votes.liked IS 'Null: taken back. The row stays, so that an older vote arriving late stays away.';
CREATE INDEX votes_by_time ON votes (cast_at);

CREATE TABLE vote_history (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    prediction_id uuid NOT NULL REFERENCES predictions (id),
    visitor text NOT NULL,
    liked boolean,
    said_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE vote_history IS 'Every vote, change and retraction (liked is null), as it came in.';
CREATE INDEX vote_history_of_prediction ON vote_history (prediction_id);

CREATE FUNCTION remember_vote() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO vote_history (prediction_id, visitor, liked, said_at)
    VALUES (NEW.prediction_id, NEW.visitor, NEW.liked, NEW.cast_at);
    RETURN NULL;
END
$$;
CREATE TRIGGER remember_vote AFTER INSERT OR UPDATE ON votes
FOR EACH ROW EXECUTE FUNCTION remember_vote();

CREATE TABLE corrections (
    prediction_id uuid NOT NULL REFERENCES predictions (id),
    visitor text NOT NULL,
    label text CHECK (label IN ('good', 'defective', 'not_a_tyre', 'unusable', 'unknown')),
    spot_x double precision CHECK (spot_x BETWEEN 0 AND 1),
    spot_y double precision CHECK (spot_y BETWEEN 0 AND 1),
    given_at timestamptz NOT NULL,
    kinds text[] NOT NULL DEFAULT '{}',
    PRIMARY KEY (prediction_id, visitor),
    CHECK ((spot_x IS NULL) = (spot_y IS NULL))
);
COMMENT ON TABLE corrections IS 'The right label that a visitor gives for a photo; never mixed with the vote.';
COMMENT ON COLUMN corrections.label IS 'Null: taken back. The row stays, so that an older one arriving late stays away.';
COMMENT ON COLUMN corrections.kinds IS 'Of a damage: the kinds that the visitor names; none named: it is damage, and no more is said.';

CREATE TABLE heats (
    prediction_id uuid PRIMARY KEY REFERENCES predictions (id) ON DELETE CASCADE,
    heat jsonb NOT NULL
);
COMMENT ON TABLE heats IS 'Where the model looked, for answers that somebody corrected: another model may answer by now.';

CREATE TABLE reports (
    id uuid PRIMARY KEY,
    secret_hash text NOT NULL UNIQUE,
    visitor text NOT NULL,
    predictions uuid[] NOT NULL,
    language text NOT NULL CHECK (language IN ('en', 'ko')),
    models jsonb NOT NULL,
    made_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
COMMENT ON TABLE reports IS 'Open links to a document about some answers of one visitor; one that is taken back is deleted.';
CREATE INDEX reports_of_visitor ON reports (visitor, made_at DESC);
CREATE INDEX reports_by_prediction ON reports USING gin (predictions);

CREATE TABLE idempotency_keys (
    visitor text NOT NULL,
    key text NOT NULL,
    body_hash text NOT NULL,
    prediction_id uuid NOT NULL REFERENCES predictions (id),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (visitor, key)
);
COMMENT ON TABLE idempotency_keys IS 'Keys of writes already done; kept at least seven days.';
CREATE INDEX idempotency_keys_by_time ON idempotency_keys (created_at);
CREATE INDEX idempotency_keys_of_prediction ON idempotency_keys (prediction_id);


-- What visitors deleted.

CREATE TABLE erasures (
    prediction_hash text PRIMARY KEY,
    erased_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE erasures IS 'Predictions that their visitors deleted, by the SHA-256 of their ids: what arrives late stays away.';

CREATE FUNCTION hash_of(prediction_id uuid) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN encode(sha256(uuid_send(prediction_id)), 'hex');

CREATE FUNCTION erase_photo(of_prediction uuid, of_visitor text)
RETURNS TABLE (prediction_id uuid, photo_id text, is_last boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    erased_photo text;
    erased uuid[];
    nobody_else boolean;
BEGIN
    -- The photo's row first, as everybody does who adds a prediction of it: no one adds one meanwhile.
    SELECT photos.id INTO erased_photo FROM photos WHERE photos.id = (
        SELECT p.photo_id FROM predictions p WHERE p.id = of_prediction AND p.visitor = of_visitor
    ) FOR UPDATE;
    SELECT array_agg(p.id) INTO erased FROM predictions p
    WHERE p.photo_id = erased_photo AND p.visitor = of_visitor;
    DELETE FROM review_claims c WHERE c.prediction_id = ANY (erased);
    DELETE FROM reviews r WHERE r.prediction_id = ANY (erased);
    DELETE FROM corrections c WHERE c.prediction_id = ANY (erased);
    DELETE FROM votes v WHERE v.prediction_id = ANY (erased);
    DELETE FROM vote_history h WHERE h.prediction_id = ANY (erased);
    DELETE FROM idempotency_keys k WHERE k.prediction_id = ANY (erased);
    INSERT INTO erasures SELECT hash_of(gone) FROM unnest(erased) AS gone ON CONFLICT DO NOTHING;
    DELETE FROM predictions p WHERE p.id = ANY (erased);
    DELETE FROM reports r WHERE r.predictions && erased;  -- last: a report that was just being made is seen by now
    nobody_else := NOT EXISTS (SELECT FROM predictions p WHERE p.photo_id = erased_photo);
    IF nobody_else THEN
        UPDATE dataset_items i SET photo_id = NULL WHERE i.photo_id = erased_photo;
        DELETE FROM photos WHERE photos.id = erased_photo;
    END IF;
    RETURN QUERY SELECT gone, erased_photo, nobody_else FROM unnest(erased) AS gone;
END
$$;
COMMENT ON FUNCTION erase_photo IS
    'Delete a visitor''s photo with everything that hangs from it; is_last: nobody else showed it, so its object goes too.';


-- Reviews: what people who know say about the answers.

CREATE TABLE reviews (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    prediction_id uuid NOT NULL REFERENCES predictions (id),
    visitor text NOT NULL,
    decision text NOT NULL CHECK (decision IN ('accepted', 'rejected')),
    label text NOT NULL CHECK (label IN ('good', 'defective', 'not_a_tyre', 'unusable', 'unknown')),
    reviewer text NOT NULL,
    note text NOT NULL DEFAULT '',
    reviewed_at timestamptz NOT NULL DEFAULT now(),
    source text NOT NULL DEFAULT 'correction' CHECK (source IN ('correction', 'dislike', 'novel', 'audit')),
    undone_at timestamptz,
    kinds text[] NOT NULL DEFAULT '{}'
);
COMMENT ON TABLE reviews IS 'What a reviewer decided about an answer, with the label that stands; the newest that was not undone counts.';
COMMENT ON COLUMN reviews.kinds IS 'Of a damage: the kinds that stand.';
CREATE INDEX reviews_of_correction ON reviews (prediction_id, visitor, reviewed_at DESC);
CREATE INDEX reviews_of_reviewer ON reviews (reviewer, id DESC);

CREATE TABLE review_claims (
    prediction_id uuid NOT NULL REFERENCES predictions (id),
    visitor text NOT NULL,
    reviewer text NOT NULL,
    claimed_until timestamptz NOT NULL,
    PRIMARY KEY (prediction_id, visitor)
);
COMMENT ON TABLE review_claims IS 'Who looks at which answer now, so that no two reviewers do the same.';
CREATE INDEX review_claims_of_reviewer ON review_claims (reviewer);

CREATE TABLE review_skips (
    prediction_id uuid NOT NULL REFERENCES predictions (id) ON DELETE CASCADE,
    reviewer text NOT NULL,
    skipped_until timestamptz NOT NULL,
    PRIMARY KEY (prediction_id, reviewer)
);
COMMENT ON TABLE review_skips IS 'What a reviewer left to others for a while.';

CREATE FUNCTION review_value(answer text, label text, is_disliked boolean, novelty double precision) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN label IS NULL
        THEN CASE WHEN is_disliked THEN 50 WHEN novelty >= 0.9 AND answer <> 'unusable' THEN 40 ELSE 20 END
             + CASE answer WHEN 'unsure' THEN 15 ELSE 0 END
    WHEN label = 'defective' AND answer = 'good' THEN 100
    WHEN answer = 'unsure' THEN 70
    WHEN answer = CASE label WHEN 'not_a_tyre' THEN 'unusable' ELSE label END THEN 30
    ELSE 80
END + CASE WHEN label IS NOT NULL AND is_disliked THEN 5 ELSE 0 END + floor(9 * coalesce(novelty, 0))::integer;
COMMENT ON FUNCTION review_value IS
    'How much an answer is worth a reviewer''s time: possibly missed defects first, and of the rest what is novel.';

CREATE VIEW open_reviews AS
WITH candidates AS (
    SELECT prediction_id FROM corrections WHERE label IS NOT NULL
    UNION SELECT prediction_id FROM votes WHERE NOT liked
    UNION SELECT id FROM predictions WHERE novelty >= 0.9 AND answer <> 'unusable'
    UNION SELECT id FROM predictions WHERE audit_place(id) < 0.02
)
SELECT predictions.id AS prediction_id, predictions.visitor, predictions.photo_id, predictions.model_name,
       predictions.model_version, predictions.answer, predictions.probabilities, said.label, said.spot_x, said.spot_y,
       coalesce(NOT votes.liked, false) AS is_disliked, predictions.novelty,
       CASE WHEN said.label IS NOT NULL THEN 'correction' WHEN NOT votes.liked THEN 'dislike'
            WHEN predictions.novelty >= 0.9 AND predictions.answer <> 'unusable' THEN 'novel' ELSE 'audit' END AS source,
       coalesce(said.given_at, predictions.made_at) AS waiting_since,
       review_value(predictions.answer, said.label, coalesce(NOT votes.liked, false), predictions.novelty) AS value,
       said.kinds, predictions.kinds AS seen_kinds, predictions.outline
FROM candidates
JOIN predictions ON predictions.id = candidates.prediction_id
JOIN photos ON photos.id = predictions.photo_id
LEFT JOIN corrections AS said
    ON said.prediction_id = predictions.id AND said.visitor = predictions.visitor AND said.label IS NOT NULL
LEFT JOIN votes ON votes.prediction_id = predictions.id AND votes.visitor = predictions.visitor
WHERE NOT predictions.is_demo AND photos.state <> 'gone' AND NOT EXISTS (
    SELECT FROM reviews
    WHERE reviews.prediction_id = predictions.id AND reviews.undone_at IS NULL
      AND (said.given_at IS NULL OR reviews.reviewed_at >= said.given_at)
);
COMMENT ON VIEW open_reviews IS 'Every answer that waits for a reviewer, with what it is worth.';


-- Datasets: the inbox, and the snapshots frozen from it.

CREATE TABLE datasets (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    parent_id bigint REFERENCES datasets (id),
    content_hash text,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    frozen_at timestamptz,
    is_imported boolean NOT NULL DEFAULT false,
    CHECK ((content_hash IS NULL) = (frozen_at IS NULL))
);
COMMENT ON TABLE datasets IS 'The inbox `untrained` and the snapshots frozen from it: named, immutable, hashed, with a parent.';
COMMENT ON COLUMN datasets.is_imported IS 'It came from elsewhere as it is, so it holds no corrections of this place.';

CREATE TABLE dataset_items (
    dataset_id bigint NOT NULL REFERENCES datasets (id),
    item_hash text NOT NULL,
    photo_id text REFERENCES photos (id),
    label text NOT NULL CHECK (label IN ('good', 'defective', 'not_a_tyre', 'unusable')),
    part text NOT NULL CHECK (part IN ('lesson', 'exam')),
    added_at timestamptz NOT NULL DEFAULT now(),
    kinds text[] NOT NULL DEFAULT '{}',
    PRIMARY KEY (dataset_id, item_hash)
);
COMMENT ON TABLE dataset_items IS 'The photos of a dataset; a deleted photo leaves its place (photo_id is null), so that the snapshot keeps its hash.';
COMMENT ON COLUMN dataset_items.kinds IS 'Of a damage: the kinds that stood when the snapshot was frozen.';
CREATE INDEX dataset_items_of_photo ON dataset_items (photo_id);

CREATE TABLE dataset_removals (
    photo_id text PRIMARY KEY REFERENCES photos (id) ON DELETE CASCADE,
    removed_by text NOT NULL,
    removed_at timestamptz NOT NULL
);
COMMENT ON TABLE dataset_removals IS 'Photos that somebody took out of the snapshots to come; for 30 days it can be taken back.';

CREATE FUNCTION keep_snapshot() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'dataset_items' AND TG_OP = 'UPDATE' THEN
        IF NEW.photo_id IS NULL
           AND (NEW.dataset_id, NEW.item_hash, NEW.label, NEW.part, NEW.kinds)
             = (OLD.dataset_id, OLD.item_hash, OLD.label, OLD.part, OLD.kinds)
        THEN
            RETURN NEW;  -- its visitor deleted the photo: the place stays
        END IF;
    END IF;
    RAISE EXCEPTION 'a snapshot never changes' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER keep_snapshot BEFORE UPDATE OR DELETE ON dataset_items
FOR EACH ROW EXECUTE FUNCTION keep_snapshot();
CREATE TRIGGER keep_snapshot BEFORE UPDATE OR DELETE ON datasets
FOR EACH ROW WHEN (OLD.frozen_at IS NOT NULL) EXECUTE FUNCTION keep_snapshot();

CREATE VIEW standing_labels AS
SELECT DISTINCT ON (predictions.photo_id) predictions.photo_id, reviews.label, photos.look_group, reviews.reviewed_at,
       reviews.prediction_id, reviews.kinds
FROM reviews
JOIN predictions ON predictions.id = reviews.prediction_id
JOIN photos ON photos.id = predictions.photo_id
WHERE reviews.undone_at IS NULL AND reviews.label <> 'unknown' AND photos.state <> 'gone' AND NOT predictions.is_demo
ORDER BY predictions.photo_id, reviews.reviewed_at DESC, reviews.id DESC;
COMMENT ON VIEW standing_labels IS 'What each reviewed photo shows, by the newest review.';

CREATE VIEW untrained AS
SELECT standing_labels.* FROM standing_labels
WHERE NOT EXISTS (SELECT FROM dataset_removals WHERE dataset_removals.photo_id = standing_labels.photo_id)
  AND NOT EXISTS (
    SELECT FROM dataset_items
    WHERE dataset_items.photo_id = standing_labels.photo_id AND dataset_items.label = standing_labels.label
      AND dataset_items.kinds = standing_labels.kinds
      AND dataset_items.dataset_id = (
        SELECT max(dataset_id) FROM dataset_items AS held WHERE held.photo_id = standing_labels.photo_id
      )
);
COMMENT ON VIEW untrained IS 'The inbox: reviewed photos whose label no snapshot holds yet.';


-- Models and their releases.

CREATE TABLE model_versions (
    model_name text NOT NULL,
    version integer NOT NULL,
    card jsonb NOT NULL DEFAULT '{}',
    first_seen_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (model_name, version)
);
COMMENT ON TABLE model_versions IS 'Model versions that served here, with the card they came with.';

CREATE TABLE releases (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    model_name text NOT NULL,
    from_version integer,
    to_version integer NOT NULL,
    kind text NOT NULL CHECK (kind IN ('promotion', 'rollback')),
    released_by text NOT NULL,
    reason text NOT NULL DEFAULT '',
    forced boolean NOT NULL DEFAULT false,
    exam jsonb NOT NULL DEFAULT '{}',
    released_at timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'asked'
        CHECK (state IN ('asked', 'examined', 'signed', 'moved', 'served', 'refused')),
    steps jsonb NOT NULL DEFAULT '{}',
    served_at timestamptz,
    refusal text NOT NULL DEFAULT '',
    record text NOT NULL DEFAULT '',
    signature text NOT NULL DEFAULT ''
);
COMMENT ON TABLE releases IS 'Each move of Production: who, when, why, from, to, and the exam''s result.';
COMMENT ON COLUMN releases.state IS 'How far it came: asked, examined, signed, moved (the registry names it), served (every live service answers with it); or refused.';
COMMENT ON COLUMN releases.record IS 'What was signed: the hash of each file, the exam, who and when.';
CREATE INDEX releases_by_time ON releases (released_at DESC);
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

CREATE TABLE model_events (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    happened_at timestamptz NOT NULL,
    kind text NOT NULL CHECK (kind IN ('serving', 'refused', 'conflict')),
    model_version text NOT NULL,
    details text NOT NULL DEFAULT ''
);
COMMENT ON TABLE model_events IS 'Swaps, refusals, and alias and stage that disagree, as the service told them.';
CREATE INDEX model_events_by_time ON model_events (happened_at DESC);


-- People, programs, and what they did.

CREATE TABLE users (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    password_hash text NOT NULL,
    role text NOT NULL CHECK (role IN ('reviewer', 'scientist', 'admin')),
    created_at timestamptz NOT NULL DEFAULT now(),
    disabled_at timestamptz,
    tokens_count_from timestamptz NOT NULL DEFAULT now()
);
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
    revoked_at timestamptz,
    last_used_on date
);
COMMENT ON TABLE api_keys IS 'Keys of programs: a hash of each, what it opens, and until when.';
COMMENT ON COLUMN api_keys.last_used_on IS 'The last day, by UTC, on which it opened something.';
CREATE UNIQUE INDEX api_keys_in_use ON api_keys (name) WHERE revoked_at IS NULL;

CREATE TABLE audit_log (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    happened_at timestamptz NOT NULL DEFAULT now(),
    actor text NOT NULL,
    action text NOT NULL,
    subject text NOT NULL DEFAULT '',
    details jsonb NOT NULL DEFAULT '{}',
    request_id text NOT NULL DEFAULT '',
    digest bytea NOT NULL
);
COMMENT ON TABLE audit_log IS 'Who did what; rows are only ever added.';

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are only ever added', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The chain: each line has a digest of itself and of the line before it.
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
CREATE TRIGGER chain BEFORE INSERT ON audit_log FOR EACH ROW EXECUTE FUNCTION chain_audit_line();

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


-- Work in the background: scheduled jobs, ordered ones, and what did not arrive at once.

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
CREATE INDEX job_runs_done ON job_runs (job, finished_at DESC) WHERE outcome = 'done';

CREATE TABLE job_limits (
    job text PRIMARY KEY,
    silent_minutes double precision NOT NULL CHECK (silent_minutes > 0),
    known_since timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE job_limits IS 'How long each scheduled job may go without a success.';

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

CREATE TABLE write_failures (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    failed_at timestamptz NOT NULL,
    stage text NOT NULL,
    error text NOT NULL,
    writes integer NOT NULL DEFAULT 1
);
COMMENT ON TABLE write_failures IS 'Writes that did not reach the database at once; told by the outbox when it is back.';
CREATE INDEX write_failures_by_time ON write_failures (failed_at);


-- Alerts: what fired, how each rule stands, what is still to be sent.

CREATE TABLE alerts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source text NOT NULL CHECK (source IN ('grafana', 'job')),
    fingerprint text NOT NULL,
    rule text NOT NULL,
    severity text NOT NULL,
    title text NOT NULL,
    summary text NOT NULL,
    labels jsonb NOT NULL DEFAULT '{}',
    value double precision,
    n double precision,
    started_at timestamptz NOT NULL,
    ended_at timestamptz CHECK (ended_at >= started_at),
    received_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (source, fingerprint, started_at)
);
COMMENT ON TABLE alerts IS 'Each time of trouble, from its first bad number to its end; told twice, it is still one.';
CREATE INDEX alerts_by_time ON alerts (started_at DESC);

CREATE TABLE alert_standings (
    rule text NOT NULL,
    labels jsonb NOT NULL,
    phase text NOT NULL CHECK (phase IN ('pending', 'firing', 'recovering')),
    bad_since timestamptz NOT NULL,
    well_since timestamptz,
    value double precision NOT NULL,
    n double precision NOT NULL,
    PRIMARY KEY (rule, labels)
);
COMMENT ON TABLE alert_standings IS 'Rules that are not quiet now, as our own job judges them; a restart forgets nothing.';

CREATE TABLE alert_messages (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    channel text NOT NULL,
    title text NOT NULL,
    body text NOT NULL,
    written_at timestamptz NOT NULL,
    tries integer NOT NULL DEFAULT 0,
    sent_at timestamptz,
    tone text NOT NULL DEFAULT 'info'
);
COMMENT ON TABLE alert_messages IS 'Messages of our own job to Slack and Discord: written with the standings, sent after.';
CREATE INDEX alert_messages_to_send ON alert_messages (id) WHERE sent_at IS NULL;


-- What the service says of itself. By the hour beside the minutes: a chart of a week reads hours, one of today minutes.

CREATE TABLE route_minutes (
    minute timestamptz NOT NULL,
    route text NOT NULL,
    requests integer NOT NULL,
    errors integer NOT NULL,
    PRIMARY KEY (minute, route)
);
COMMENT ON TABLE route_minutes IS 'Requests per minute and route, and how many of them ended in an error of ours (5xx).';

CREATE TABLE route_hours (
    hour timestamptz NOT NULL,
    route text NOT NULL,
    requests integer NOT NULL,
    errors integer NOT NULL,
    PRIMARY KEY (hour, route)
);
COMMENT ON TABLE route_hours IS 'Requests per hour and route, and how many of them ended in an error of ours (5xx).';

CREATE TABLE service_latency (
    minute timestamptz NOT NULL,
    kind text NOT NULL CHECK (kind IN ('route', 'stage')),
    name text NOT NULL,
    below_ms integer NOT NULL,
    observations integer NOT NULL,
    PRIMARY KEY (minute, kind, name, below_ms)
);
COMMENT ON TABLE service_latency IS 'How long routes and stages took, per minute, in the buckets of the service''s own histograms.';

CREATE TABLE service_latency_hours (
    hour timestamptz NOT NULL,
    kind text NOT NULL CHECK (kind IN ('route', 'stage')),
    name text NOT NULL,
    below_ms integer NOT NULL,
    observations integer NOT NULL,
    PRIMARY KEY (hour, kind, name, below_ms)
);
COMMENT ON TABLE service_latency_hours IS 'How long routes and stages took, per hour.';

CREATE TABLE service_gauges (
    minute timestamptz NOT NULL,
    gauge text NOT NULL,
    value double precision NOT NULL,
    PRIMARY KEY (minute, gauge)
);
COMMENT ON TABLE service_gauges IS 'What the service and the outboxes say of themselves, minute by minute.';
CREATE INDEX service_gauges_by_gauge ON service_gauges (gauge, minute) INCLUDE (value);

CREATE TABLE service_last_reading (
    place integer PRIMARY KEY DEFAULT 1 CHECK (place = 1),
    read_at timestamptz NOT NULL,
    counters jsonb NOT NULL
);
COMMENT ON TABLE service_last_reading IS 'The counters of the last look at the service: the next look stores what was added since.';


-- Hourly counts. Triggers put each change into a pending table (what came, what went), a job moves those into
-- the hourly tables, and a chart adds both: exact at any moment, whatever arrives late, changes or goes.

CREATE FUNCTION latency_bucket(ms double precision) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (ARRAY[5, 10, 15, 20, 25, 30, 40, 50, 60, 75, 100, 125, 150, 200, 250, 300, 400, 500, 750,
              1000, 1500, 2000, 3000, 5000, 10000, 30000, 2147483647])
       [1 + width_bucket(ms, ARRAY[5, 10, 15, 20, 25, 30, 40, 50, 60, 75, 100, 125, 150, 200, 250, 300, 400, 500, 750,
                                   1000, 1500, 2000, 3000, 5000, 10000, 30000]::double precision[])];
COMMENT ON FUNCTION latency_bucket IS 'The bucket of a latency, named by the milliseconds that it stays below.';

CREATE FUNCTION hour_of(moment timestamptz) RETURNS timestamptz LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN date_trunc('hour', moment, 'UTC');

CREATE TABLE pending_predictions (
    hour timestamptz NOT NULL,
    model_version integer NOT NULL,
    answer text NOT NULL,
    unusable_reason text NOT NULL,
    source text NOT NULL,
    is_demo boolean NOT NULL,
    latency_below_ms integer NOT NULL,
    predictions integer NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
COMMENT ON TABLE pending_predictions IS 'Predictions that came (1) or went (-1) and are not in the hourly tables yet.';

CREATE TABLE pending_votes (
    hour timestamptz NOT NULL,
    model_version integer NOT NULL,
    answer text NOT NULL,
    source text NOT NULL,
    is_demo boolean NOT NULL,
    likes integer NOT NULL,
    dislikes integer NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
COMMENT ON TABLE pending_votes IS 'Votes that came (1) or went (-1) and are not in the hourly table yet.';

CREATE TABLE pending_corrections (
    hour timestamptz NOT NULL,
    model_version integer NOT NULL,
    answer text NOT NULL,
    label text NOT NULL,
    is_demo boolean NOT NULL,
    corrections integer NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
COMMENT ON TABLE pending_corrections IS 'Corrections that came (1) or went (-1) and are not in the hourly table yet.';

CREATE TABLE hourly_predictions (
    hour timestamptz NOT NULL,
    model_version text NOT NULL,
    answer text NOT NULL,
    unusable_reason text NOT NULL,
    is_demo boolean NOT NULL,
    predictions bigint NOT NULL,
    PRIMARY KEY (hour, model_version, answer, unusable_reason, is_demo)
);
COMMENT ON TABLE hourly_predictions IS 'Predictions per hour, model version and answer; without a reason the reason is empty.';

CREATE TABLE hourly_latency (
    hour timestamptz NOT NULL,
    model_version text NOT NULL,
    is_demo boolean NOT NULL,
    latency_below_ms integer NOT NULL,
    predictions bigint NOT NULL,
    PRIMARY KEY (hour, model_version, is_demo, latency_below_ms)
);
COMMENT ON TABLE hourly_latency IS 'How long answers took, per hour and model version, in coarse buckets.';

CREATE TABLE hourly_votes (
    hour timestamptz NOT NULL,
    model_version text NOT NULL,
    answer text NOT NULL,
    is_demo boolean NOT NULL,
    likes bigint NOT NULL,
    dislikes bigint NOT NULL,
    PRIMARY KEY (hour, model_version, answer, is_demo)
);
COMMENT ON TABLE hourly_votes IS 'Likes and dislikes that stand, by the hour in which they were cast.';

CREATE TABLE hourly_sources (
    hour timestamptz NOT NULL,
    model_version text NOT NULL,
    answer text NOT NULL,
    source text NOT NULL,
    is_demo boolean NOT NULL,
    predictions bigint NOT NULL,
    likes bigint NOT NULL,
    dislikes bigint NOT NULL,
    PRIMARY KEY (hour, model_version, answer, source, is_demo)
);
COMMENT ON TABLE hourly_sources IS 'The same counts by source: apart, for most charts do not ask and would read three times the rows.';

CREATE TABLE hourly_corrections (
    hour timestamptz NOT NULL,
    model_version text NOT NULL,
    answer text NOT NULL,
    label text NOT NULL,
    is_demo boolean NOT NULL,
    corrections bigint NOT NULL,
    PRIMARY KEY (hour, model_version, answer, label, is_demo)
);
COMMENT ON TABLE hourly_corrections IS 'What the model answered against what visitors say it is, by the hour in which they said it.';

CREATE FUNCTION count_prediction() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    it predictions := coalesce(NEW, OLD);
BEGIN
    INSERT INTO pending_predictions VALUES (
        hour_of(it.made_at), it.model_version, it.answer, coalesce(it.unusable_reason, ''), it.source, it.is_demo,
        latency_bucket(it.latency_ms), CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END
    );
    RETURN NULL;
END
$$;
CREATE TRIGGER count_prediction AFTER INSERT OR DELETE ON predictions
FOR EACH ROW EXECUTE FUNCTION count_prediction();

CREATE FUNCTION count_vote() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.liked IS NOT NULL THEN
        INSERT INTO pending_votes
        SELECT hour_of(OLD.cast_at), model_version, answer, source, is_demo, -OLD.liked::int, -(NOT OLD.liked)::int
        FROM predictions WHERE id = OLD.prediction_id;
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.liked IS NOT NULL THEN
        INSERT INTO pending_votes
        SELECT hour_of(NEW.cast_at), model_version, answer, source, is_demo, NEW.liked::int, (NOT NEW.liked)::int
        FROM predictions WHERE id = NEW.prediction_id;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER count_vote AFTER INSERT OR UPDATE OR DELETE ON votes
FOR EACH ROW EXECUTE FUNCTION count_vote();

CREATE FUNCTION count_correction() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.label IS NOT NULL THEN
        INSERT INTO pending_corrections
        SELECT hour_of(OLD.given_at), model_version, answer, OLD.label, is_demo, -1
        FROM predictions WHERE id = OLD.prediction_id;
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.label IS NOT NULL THEN
        INSERT INTO pending_corrections
        SELECT hour_of(NEW.given_at), model_version, answer, NEW.label, is_demo, 1
        FROM predictions WHERE id = NEW.prediction_id;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER count_correction AFTER INSERT OR UPDATE OR DELETE ON corrections
FOR EACH ROW EXECUTE FUNCTION count_correction();


-- What charts may read: views without visitors, photos or comments. The ones that end in `_with_demo` hold the
-- rows made for demonstration too, marked; all others leave them out.

CREATE SCHEMA monitoring;
COMMENT ON SCHEMA monitoring IS 'What Grafana and the Insights page may read.';

CREATE VIEW monitoring.hourly_votes_with_demo AS
SELECT hour, model_version, answer, is_demo, likes::float8 AS likes, dislikes::float8 AS dislikes FROM hourly_votes
UNION ALL
SELECT hour, model_version::text, answer, is_demo, likes::float8, dislikes::float8 FROM pending_votes;

CREATE VIEW monitoring.hourly_votes AS
SELECT hour, model_version, answer, likes, dislikes FROM monitoring.hourly_votes_with_demo WHERE NOT is_demo;
COMMENT ON VIEW monitoring.hourly_votes IS 'Likes and dislikes by the hour; sum them: an hour can have several rows.';

CREATE VIEW monitoring.hourly_predictions_with_demo AS
SELECT hour, model_version, answer, unusable_reason, is_demo, predictions::float8 AS predictions
FROM hourly_predictions
UNION ALL
SELECT hour, model_version::text, answer, unusable_reason, is_demo, predictions::float8 FROM pending_predictions;

CREATE VIEW monitoring.hourly_predictions AS
SELECT hour, model_version, answer, unusable_reason, predictions
FROM monitoring.hourly_predictions_with_demo WHERE NOT is_demo;
COMMENT ON VIEW monitoring.hourly_predictions IS 'Predictions by the hour; sum them: an hour can have several rows.';

CREATE VIEW monitoring.hourly_latency_with_demo AS
SELECT hour, model_version, is_demo, latency_below_ms, predictions::float8 AS predictions FROM hourly_latency
UNION ALL
SELECT hour, model_version::text, is_demo, latency_below_ms, predictions::float8 FROM pending_predictions;

CREATE VIEW monitoring.hourly_latency AS
SELECT hour, model_version, latency_below_ms, predictions
FROM monitoring.hourly_latency_with_demo WHERE NOT is_demo;
COMMENT ON VIEW monitoring.hourly_latency IS
    'Predictions by the hour and by how long they took; monitoring.percentile_of makes a percentile of them.';

CREATE VIEW monitoring.hourly_sources_with_demo AS
SELECT hour, model_version, answer, source, is_demo, predictions::float8 AS predictions, likes::float8 AS likes,
       dislikes::float8 AS dislikes
FROM hourly_sources
UNION ALL
SELECT hour, model_version::text, answer, source, is_demo, predictions::float8, 0, 0 FROM pending_predictions
UNION ALL
SELECT hour, model_version::text, answer, source, is_demo, 0, likes::float8, dislikes::float8 FROM pending_votes;

CREATE VIEW monitoring.hourly_sources AS
SELECT hour, model_version, answer, source, predictions, likes, dislikes
FROM monitoring.hourly_sources_with_demo WHERE NOT is_demo;
COMMENT ON VIEW monitoring.hourly_sources IS 'Predictions, likes and dislikes by the hour and by source; sum them.';

CREATE VIEW monitoring.hourly_corrections_with_demo AS
SELECT hour, model_version, answer, label, is_demo, corrections::float8 AS corrections FROM hourly_corrections
UNION ALL
SELECT hour, model_version::text, answer, label, is_demo, corrections::float8 FROM pending_corrections;

CREATE VIEW monitoring.hourly_corrections AS
SELECT hour, model_version, answer, label, corrections
FROM monitoring.hourly_corrections_with_demo WHERE NOT is_demo;
COMMENT ON VIEW monitoring.hourly_corrections IS 'What the model answered against what visitors say; sum them.';

CREATE FUNCTION monitoring.percentile_of(share double precision, below_ms integer[], counts bigint[])
RETURNS double precision LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    wanted double precision := share * (SELECT sum(n) FROM unnest(counts) AS n);
    reached double precision := 0;
    above integer := 0;
    bucket record;
BEGIN
    FOR bucket IN
        SELECT below, sum(n)::double precision AS n FROM unnest(below_ms, counts) AS given (below, n)
        GROUP BY below HAVING sum(n) > 0 ORDER BY below
    LOOP
        reached := reached + bucket.n;
        IF reached >= wanted THEN
            RETURN least(above + (bucket.below - above) * (wanted - (reached - bucket.n)) / bucket.n, 30000);
        END IF;
        above := bucket.below;
    END LOOP;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION monitoring.percentile_of IS
    'A percentile of a histogram: percentile_of(0.95, array_agg(latency_below_ms), array_agg(predictions)).';

CREATE VIEW monitoring.latest_votes AS
SELECT votes.cast_at, votes.liked, votes.reasons, votes.comment <> '' AS has_comment,
       predictions.model_version::text AS model_version, predictions.answer, predictions.source,
       predictions.id::text AS prediction_id, round(predictions.latency_ms)::integer AS latency_ms
FROM votes JOIN predictions ON predictions.id = votes.prediction_id
WHERE votes.liked IS NOT NULL AND NOT predictions.is_demo;
COMMENT ON VIEW monitoring.latest_votes IS 'Single votes, without the visitor: for short windows and for the latest rows.';

CREATE VIEW monitoring.latest_predictions AS
SELECT made_at, model_version::text AS model_version, answer, coalesce(unusable_reason, '') AS unusable_reason,
       source, id::text AS prediction_id, latency_ms::double precision AS latency_ms
FROM predictions WHERE NOT is_demo;
COMMENT ON VIEW monitoring.latest_predictions IS 'Single predictions, without the visitor: for short windows only.';

CREATE VIEW monitoring.open_corrections AS
SELECT count(*)::integer AS corrections, min(given_at) AS oldest_given_at
FROM corrections
WHERE corrections.label IS NOT NULL AND NOT EXISTS (
    SELECT FROM predictions WHERE predictions.id = corrections.prediction_id AND predictions.is_demo
) AND NOT EXISTS (
    SELECT FROM reviews
    WHERE reviews.prediction_id = corrections.prediction_id AND reviews.visitor = corrections.visitor
      AND reviews.reviewed_at >= corrections.given_at AND reviews.undone_at IS NULL
);
COMMENT ON VIEW monitoring.open_corrections IS 'How many corrections wait for a reviewer, and since when.';

CREATE VIEW monitoring.audits AS
SELECT DISTINCT ON (reviews.prediction_id, reviews.visitor)
       reviews.reviewed_at, predictions.model_version::text AS model_version, predictions.answer, reviews.label,
       predictions.answer = CASE reviews.label WHEN 'not_a_tyre' THEN 'unusable' ELSE reviews.label END AS is_right,
       audit_place(predictions.id) < 0.02 AS is_sample
FROM reviews JOIN predictions ON predictions.id = reviews.prediction_id
WHERE NOT predictions.is_demo AND reviews.label <> 'unknown' AND reviews.undone_at IS NULL
ORDER BY reviews.prediction_id, reviews.visitor, reviews.reviewed_at DESC;
COMMENT ON VIEW monitoring.audits IS
    'What reviewers decided about single answers, without the visitor; is_sample: drawn at random, so fit for an accuracy.';

CREATE VIEW monitoring.kinds AS
WITH standing AS (
    SELECT DISTINCT ON (prediction_id) prediction_id, kinds FROM reviews
    WHERE undone_at IS NULL AND label <> 'unknown' ORDER BY prediction_id, reviewed_at DESC, id DESC
)
SELECT predictions.made_at, predictions.model_version::text AS model_version, predictions.answer, named.kind,
       named.by_model, standing.prediction_id IS NOT NULL AS is_reviewed,
       coalesce(named.kind = ANY (standing.kinds), false) AS stands
FROM predictions LEFT JOIN standing ON standing.prediction_id = predictions.id
CROSS JOIN LATERAL (
    SELECT said ->> 'kind' AS kind, true AS by_model FROM jsonb_array_elements(predictions.kinds) AS said
    WHERE (said ->> 'is_sure')::boolean
    UNION ALL
    SELECT kind, false FROM unnest(standing.kinds) AS kind
    WHERE NOT predictions.kinds @> jsonb_build_array(jsonb_build_object('kind', kind, 'is_sure', true))
) AS named
WHERE NOT predictions.is_demo AND (predictions.kinds <> '[]' OR standing.kinds <> '{}');
COMMENT ON VIEW monitoring.kinds IS
    'Each kind of damage that a model named, or that a reviewer named and the model did not, without the visitor.';

CREATE VIEW monitoring.releases AS
SELECT released_at, model_name, kind, from_version::text AS from_version, to_version::text AS to_version,
       released_by, reason, forced
FROM releases WHERE state IN ('moved', 'served');
COMMENT ON VIEW monitoring.releases IS 'The moves of Production; what a service refused is none.';

CREATE VIEW monitoring.model_events AS SELECT happened_at, kind, model_version, details FROM model_events;
COMMENT ON VIEW monitoring.model_events IS 'Swaps, refusals and conflicts.';

CREATE VIEW monitoring.alerts AS
SELECT source, rule, severity, title, summary, coalesce(labels ->> 'model_version', '') AS model_version,
       value, n, started_at, ended_at
FROM alerts;
COMMENT ON VIEW monitoring.alerts IS 'Each time of trouble; without an end it is still open.';

CREATE VIEW monitoring.jobs AS
SELECT job_limits.job, job_limits.silent_minutes, last_done.finished_at AS last_success,
       (extract(epoch FROM now() - coalesce(last_done.finished_at, job_limits.known_since)) / 60)::double precision
           AS minutes_silent
FROM job_limits LEFT JOIN LATERAL (
    SELECT max(finished_at) AS finished_at FROM job_runs WHERE job_runs.job = job_limits.job AND outcome = 'done'
) AS last_done ON true;
COMMENT ON VIEW monitoring.jobs IS 'Each scheduled job: its last success and how long it may be silent.';

CREATE VIEW monitoring.job_runs AS
SELECT started_at, finished_at, job, outcome,
       extract(epoch FROM coalesce(finished_at, now()) - started_at)::double precision AS seconds
FROM job_runs;
COMMENT ON VIEW monitoring.job_runs IS 'Each run of a scheduled job.';

CREATE VIEW monitoring.write_failures AS
SELECT failed_at, stage, error, writes FROM write_failures;
COMMENT ON VIEW monitoring.write_failures IS 'Writes that did not reach the database at once.';

CREATE VIEW monitoring.route_minutes AS SELECT minute, route, requests, errors FROM route_minutes;
COMMENT ON VIEW monitoring.route_minutes IS 'Requests and errors per minute and route.';

CREATE VIEW monitoring.route_hours AS SELECT hour, route, requests, errors FROM route_hours;
COMMENT ON VIEW monitoring.route_hours IS 'Requests and errors per hour and route.';

CREATE VIEW monitoring.service_latency AS
SELECT minute, kind, name, below_ms, observations::bigint AS observations FROM service_latency;
COMMENT ON VIEW monitoring.service_latency IS 'How long routes and stages took; monitoring.percentile_of makes a percentile.';

CREATE VIEW monitoring.service_latency_hours AS
SELECT hour, kind, name, below_ms, observations::bigint AS observations FROM service_latency_hours;
COMMENT ON VIEW monitoring.service_latency_hours IS 'How long routes and stages took, per hour.';

CREATE VIEW monitoring.service_gauges AS SELECT minute, gauge, value FROM service_gauges;
COMMENT ON VIEW monitoring.service_gauges IS 'Gauges by the minute: outbox entries, waiting photos, the version that serves.';


-- Who may do what. The owner migrates; the services and the jobs step down to their role when they connect;
-- Grafana logs in as its reader, whose password `tyreloop migrate` sets.

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'tyreloop_app', 'tyreloop_jobs', 'grafana_reader', 'tyreloop_api', 'tyreloop_pages', 'tyreloop_worker', 'tyreloop_tasks'
    ] LOOP
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
GRANT tyreloop_app, tyreloop_jobs, tyreloop_api, tyreloop_pages, tyreloop_worker, tyreloop_tasks TO CURRENT_USER;
ALTER ROLE grafana_reader LOGIN CONNECTION LIMIT 20;
ALTER ROLE grafana_reader SET default_transaction_read_only = on;
ALTER ROLE grafana_reader SET statement_timeout = '15s';
ALTER ROLE grafana_reader SET idle_in_transaction_session_timeout = '30s';
ALTER ROLE grafana_reader SET search_path = monitoring;
ALTER ROLE grafana_reader SET jit = off;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
REVOKE ALL ON FUNCTION erase_photo, chain_audit_line, redeem_invitation FROM PUBLIC;
GRANT EXECUTE ON FUNCTION redeem_invitation TO tyreloop_app;

GRANT USAGE ON SCHEMA public, monitoring TO tyreloop_app, tyreloop_jobs;
GRANT USAGE ON SCHEMA monitoring TO grafana_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA monitoring TO tyreloop_app, tyreloop_jobs, grafana_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO tyreloop_app, tyreloop_jobs;
REVOKE SELECT ON reports FROM tyreloop_jobs;  -- of links they know when they end
GRANT SELECT (expires_at), DELETE ON reports TO tyreloop_jobs;
REVOKE SELECT ON heats FROM tyreloop_jobs;  -- no job looks at single answers' heat
REVOKE SELECT ON staff_invitations FROM tyreloop_jobs;  -- no job lets people in
REVOKE SELECT ON review_skips FROM tyreloop_jobs;  -- no job asks what a reviewer left to others

-- What visitors and staff do, and the services on their behalf; jobs do the same for them.
GRANT INSERT ON photos, predictions, votes, vote_history, corrections, idempotency_keys, releases, exams, reviews,
    review_claims, datasets, dataset_items, dataset_removals, model_versions, audit_log, write_failures,
    alerts, queue_jobs, queue_job_lines, pending_predictions, pending_votes, pending_corrections
    TO tyreloop_app, tyreloop_jobs;
GRANT UPDATE ON photos, votes, corrections, review_claims, datasets, dataset_items, dataset_removals, model_versions,
    alerts, queue_jobs, releases TO tyreloop_app, tyreloop_jobs;
GRANT INSERT, UPDATE, DELETE ON model_services TO tyreloop_app, tyreloop_jobs;
GRANT DELETE ON dataset_removals TO tyreloop_app, tyreloop_jobs;
-- `FOR KEY SHARE` on a prediction asks for the right to update one column of it; nothing of it is ever changed.
GRANT UPDATE (request_id) ON predictions TO tyreloop_app, tyreloop_jobs;
GRANT EXECUTE ON FUNCTION erase_photo TO tyreloop_app, tyreloop_jobs;

-- What visitors and staff alone do.
GRANT INSERT ON heats TO tyreloop_app;
GRANT INSERT, DELETE ON reports TO tyreloop_app;
GRANT INSERT, UPDATE ON review_skips TO tyreloop_app;
GRANT DELETE ON review_claims TO tyreloop_app;
GRANT UPDATE (undone_at) ON reviews TO tyreloop_app;
GRANT UPDATE (last_used_on) ON api_keys TO tyreloop_app;

-- Who is on the staff, the pages alone.
GRANT INSERT, UPDATE ON users TO tyreloop_pages;
GRANT INSERT ON api_keys, staff_invitations TO tyreloop_pages;
GRANT UPDATE (revoked_at) ON api_keys TO tyreloop_pages;

-- The embedded broker's library makes its own tables.
GRANT USAGE, CREATE ON SCHEMA broker TO tyreloop_worker;

-- What jobs alone do.
GRANT INSERT, UPDATE ON job_runs, job_limits, alert_standings, alert_messages, route_minutes, route_hours,
    service_latency, service_latency_hours, service_gauges, service_last_reading, hourly_predictions, hourly_latency,
    hourly_votes, hourly_sources, hourly_corrections TO tyreloop_jobs;
GRANT INSERT ON model_events TO tyreloop_jobs;
GRANT DELETE ON pending_predictions, pending_votes, pending_corrections, hourly_predictions, hourly_latency,
    hourly_votes, hourly_sources, hourly_corrections, idempotency_keys, write_failures, job_runs, erasures, job_limits,
    alerts, alert_standings, alert_messages, route_minutes, route_hours, service_latency, service_latency_hours,
    service_gauges, service_last_reading, model_events, queue_jobs, queue_job_lines TO tyreloop_jobs;
