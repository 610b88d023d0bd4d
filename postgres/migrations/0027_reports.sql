-- Reports to hand over: answers of one visitor behind a link that ends, is taken back, or goes with its photo.

SET LOCAL lock_timeout = '5s';
SET LOCAL statement_timeout = '10min';

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

GRANT SELECT, INSERT, DELETE ON reports TO tyreloop_app;
GRANT SELECT (expires_at), DELETE ON reports TO tyreloop_jobs;

CREATE OR REPLACE FUNCTION erase_photo(of_prediction uuid, of_visitor text)
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
