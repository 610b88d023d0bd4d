-- Photos, predictions, what people say about them, and the moves of Production.

CREATE TABLE photos (
    id text PRIMARY KEY CHECK (id ~ '^[0-9a-f]{64}$'),
    byte_count bigint NOT NULL,
    uploaded_at timestamptz NOT NULL
);
COMMENT ON TABLE photos IS 'One uploaded picture, known by the SHA-256 of its bytes.';

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
    CHECK ((answer = 'unusable') = (unusable_reason IS NOT NULL))
);
COMMENT ON TABLE predictions IS 'One answer of one model version about one photo.';
CREATE INDEX predictions_of_visitor ON predictions (visitor, made_at DESC);
CREATE INDEX predictions_of_photo ON predictions (photo_id);
CREATE INDEX predictions_by_time ON predictions (made_at);

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
    label text CHECK (label IN ('good', 'defective', 'not_a_tyre', 'unknown')),
    spot_x double precision CHECK (spot_x BETWEEN 0 AND 1),
    spot_y double precision CHECK (spot_y BETWEEN 0 AND 1),
    given_at timestamptz NOT NULL,
    PRIMARY KEY (prediction_id, visitor),
    CHECK ((spot_x IS NULL) = (spot_y IS NULL))
);
COMMENT ON TABLE corrections IS 'The right label that a visitor gives for a photo; never mixed with the vote.';
COMMENT ON COLUMN corrections.label IS 'Null: taken back. The row stays, so that an older one arriving late stays away.';

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
    UNIQUE (model_name, released_at)
);
COMMENT ON TABLE releases IS 'Each move of Production: who, when, why, from, to, and the exam''s result.';
CREATE INDEX releases_by_time ON releases (released_at DESC);
