-- Reviews of answers, not of corrections alone: a random sample and disliked answers come to the reviewers too.

ALTER TABLE reviews
    DROP CONSTRAINT reviews_prediction_id_visitor_fkey,
    ADD COLUMN source text NOT NULL DEFAULT 'correction' CHECK (source IN ('correction', 'dislike', 'audit')),
    ADD COLUMN undone_at timestamptz,
    ADD CONSTRAINT reviews_prediction_id_fkey FOREIGN KEY (prediction_id) REFERENCES predictions (id);
COMMENT ON TABLE reviews IS 'What a reviewer decided about an answer, with the label that stands; the newest that was not undone counts.';
CREATE INDEX reviews_of_reviewer ON reviews (reviewer, id DESC);

ALTER TABLE review_claims
    DROP CONSTRAINT review_claims_prediction_id_visitor_fkey,
    ADD CONSTRAINT review_claims_prediction_id_fkey FOREIGN KEY (prediction_id) REFERENCES predictions (id);
COMMENT ON TABLE review_claims IS 'Who looks at which answer now, so that no two reviewers do the same.';
CREATE INDEX review_claims_of_reviewer ON review_claims (reviewer);

CREATE TABLE review_skips (
    prediction_id uuid NOT NULL REFERENCES predictions (id) ON DELETE CASCADE,
    reviewer text NOT NULL,
    skipped_until timestamptz NOT NULL,
    PRIMARY KEY (prediction_id, reviewer)
);
COMMENT ON TABLE review_skips IS 'What a reviewer left to others for a while.';

ALTER TABLE photos ADD COLUMN fingerprint bigint;
COMMENT ON COLUMN photos.fingerprint IS 'Photos that look alike differ in few of its 64 bits; null: not looked at yet.';

CREATE FUNCTION audit_place(prediction_id uuid) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ('x' || substr(encode(sha256(uuid_send(prediction_id)), 'hex'), 1, 8))::bit(32)::bigint / 4294967296.0;
COMMENT ON FUNCTION audit_place IS 'A place from 0 to 1 that nobody chose: the answers below 0.02 are the audit sample.';
CREATE INDEX predictions_by_audit_place ON predictions (made_at) WHERE audit_place(id) < 0.02;

CREATE FUNCTION review_value(answer text, label text, is_disliked boolean) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN label IS NULL
        THEN CASE WHEN is_disliked THEN 50 ELSE 20 END + CASE answer WHEN 'unsure' THEN 15 ELSE 0 END
    WHEN label = 'defective' AND answer = 'good' THEN 100
    WHEN answer = 'unsure' THEN 70
    WHEN answer = CASE label WHEN 'not_a_tyre' THEN 'unusable' ELSE label END THEN 30
    ELSE 80
END + CASE WHEN label IS NOT NULL AND is_disliked THEN 5 ELSE 0 END;
COMMENT ON FUNCTION review_value IS 'How much an answer is worth a reviewer''s time: possibly missed defects first.';

CREATE VIEW open_reviews AS
WITH candidates AS (
    SELECT prediction_id FROM corrections WHERE label IS NOT NULL
    UNION SELECT prediction_id FROM votes WHERE NOT liked
    UNION SELECT id FROM predictions WHERE audit_place(id) < 0.02
)
SELECT predictions.id AS prediction_id, predictions.visitor, predictions.photo_id, predictions.model_name,
       predictions.model_version, predictions.answer, predictions.probabilities, said.label, said.spot_x, said.spot_y,
       coalesce(NOT votes.liked, false) AS is_disliked,
       CASE WHEN said.label IS NOT NULL THEN 'correction' WHEN NOT votes.liked THEN 'dislike' ELSE 'audit' END AS source,
       coalesce(said.given_at, predictions.made_at) AS waiting_since,
       review_value(predictions.answer, said.label, coalesce(NOT votes.liked, false)) AS value
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

CREATE OR REPLACE VIEW monitoring.open_corrections AS
SELECT count(*)::integer AS corrections, min(given_at) AS oldest_given_at
FROM corrections JOIN predictions ON predictions.id = corrections.prediction_id
WHERE corrections.label IS NOT NULL AND NOT predictions.is_demo AND NOT EXISTS (
    SELECT FROM reviews
    WHERE reviews.prediction_id = corrections.prediction_id AND reviews.visitor = corrections.visitor
      AND reviews.reviewed_at >= corrections.given_at AND reviews.undone_at IS NULL
);

CREATE OR REPLACE VIEW monitoring.audits AS
SELECT DISTINCT ON (reviews.prediction_id, reviews.visitor)
       reviews.reviewed_at, predictions.model_version::text AS model_version, predictions.answer, reviews.label,
       predictions.answer = CASE reviews.label WHEN 'not_a_tyre' THEN 'unusable' ELSE reviews.label END AS is_right,
       audit_place(predictions.id) < 0.02 AS is_sample
FROM reviews JOIN predictions ON predictions.id = reviews.prediction_id
WHERE NOT predictions.is_demo AND reviews.label <> 'unknown' AND reviews.undone_at IS NULL
ORDER BY reviews.prediction_id, reviews.visitor, reviews.reviewed_at DESC;
COMMENT ON VIEW monitoring.audits IS
    'What reviewers decided about single answers, without the visitor; is_sample: drawn at random, so fit for an accuracy.';

GRANT SELECT ON open_reviews TO tyreloop_app, tyreloop_jobs;
GRANT SELECT, INSERT, UPDATE ON review_skips TO tyreloop_app;
GRANT UPDATE (undone_at) ON reviews TO tyreloop_app;
