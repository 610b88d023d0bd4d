-- What the model has seen little of comes to the reviewers sooner, and also when nobody spoke about it.

ALTER TABLE predictions ADD COLUMN novelty double precision CHECK (novelty BETWEEN 0 AND 1);
COMMENT ON COLUMN predictions.novelty IS
    'How little the photo looks like the tyres that the model knows; 1: so little that it counts as none; null: not known.';
CREATE INDEX predictions_that_are_novel ON predictions (made_at) WHERE novelty >= 0.9 AND answer <> 'unusable';

ALTER TABLE reviews
    DROP CONSTRAINT reviews_source_check,
    ADD CONSTRAINT reviews_source_check CHECK (source IN ('correction', 'dislike', 'novel', 'audit'));

DROP VIEW open_reviews;
DROP FUNCTION review_value(text, text, boolean);

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
       review_value(predictions.answer, said.label, coalesce(NOT votes.liked, false), predictions.novelty) AS value
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
GRANT SELECT ON open_reviews TO tyreloop_app, tyreloop_jobs;
