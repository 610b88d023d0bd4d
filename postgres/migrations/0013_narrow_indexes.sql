-- Charts that read few rows of a large table find them by an index of just those.

CREATE INDEX predictions_of_demo ON predictions (id) WHERE is_demo;
CREATE INDEX service_gauges_by_gauge ON service_gauges (gauge, minute) INCLUDE (value);

CREATE OR REPLACE VIEW monitoring.open_corrections AS
SELECT count(*)::integer AS corrections, min(given_at) AS oldest_given_at
FROM corrections
WHERE corrections.label IS NOT NULL AND NOT EXISTS (
    SELECT FROM predictions WHERE predictions.id = corrections.prediction_id AND predictions.is_demo
) AND NOT EXISTS (
    SELECT FROM reviews
    WHERE reviews.prediction_id = corrections.prediction_id AND reviews.visitor = corrections.visitor
      AND reviews.reviewed_at >= corrections.given_at AND reviews.undone_at IS NULL
);
