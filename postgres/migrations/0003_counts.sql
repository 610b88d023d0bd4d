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
    model_version integer NOT NULL,
    answer text NOT NULL,
    unusable_reason text NOT NULL,
    source text NOT NULL,
    is_demo boolean NOT NULL,
    predictions bigint NOT NULL,
    PRIMARY KEY (hour, model_version, answer, unusable_reason, source, is_demo)
);
COMMENT ON TABLE hourly_predictions IS 'Predictions per hour, model version, answer and source; without a reason the reason is empty.';

CREATE TABLE hourly_latency (
    hour timestamptz NOT NULL,
    model_version integer NOT NULL,
    source text NOT NULL,
    is_demo boolean NOT NULL,
    latency_below_ms integer NOT NULL,
    predictions bigint NOT NULL,
    PRIMARY KEY (hour, model_version, source, is_demo, latency_below_ms)
);
COMMENT ON TABLE hourly_latency IS 'How long answers took, per hour, model version and source, in coarse buckets.';

CREATE TABLE hourly_votes (
    hour timestamptz NOT NULL,
    model_version integer NOT NULL,
    answer text NOT NULL,
    source text NOT NULL,
    is_demo boolean NOT NULL,
    likes bigint NOT NULL,
    dislikes bigint NOT NULL,
    PRIMARY KEY (hour, model_version, answer, source, is_demo)
);
COMMENT ON TABLE hourly_votes IS 'Likes and dislikes that stand, by the hour in which they were cast.';

CREATE TABLE hourly_corrections (
    hour timestamptz NOT NULL,
    model_version integer NOT NULL,
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
