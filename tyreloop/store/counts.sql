-- name: take_turns_at_counting!
-- One at a time may move pending changes; the others wait here.
SELECT pg_advisory_xact_lock(hashtext('hourly counts'));

-- name: roll_up_predictions!
-- Move what is pending into the hourly counts of predictions, of their sources and of their latency.
WITH taken AS (
    DELETE FROM pending_predictions RETURNING *, CAST(model_version AS text) AS version
), latency AS (
    INSERT INTO hourly_latency AS hourly (hour, model_version, is_demo, latency_below_ms, predictions)
    SELECT hour, version, is_demo, latency_below_ms, sum(predictions) FROM taken GROUP BY 1, 2, 3, 4
    ON CONFLICT (hour, model_version, is_demo, latency_below_ms)
    DO UPDATE SET predictions = hourly.predictions + excluded.predictions
), sources AS (
    INSERT INTO hourly_sources AS hourly
        (hour, model_version, answer, source, is_demo, predictions, likes, dislikes)
    SELECT hour, version, answer, source, is_demo, sum(predictions), 0, 0 FROM taken GROUP BY 1, 2, 3, 4, 5
    ON CONFLICT (hour, model_version, answer, source, is_demo)
    DO UPDATE SET predictions = hourly.predictions + excluded.predictions
)
INSERT INTO hourly_predictions AS hourly (hour, model_version, answer, unusable_reason, is_demo, predictions)
SELECT hour, version, answer, unusable_reason, is_demo, sum(predictions) FROM taken GROUP BY 1, 2, 3, 4, 5
ON CONFLICT (hour, model_version, answer, unusable_reason, is_demo)
DO UPDATE SET predictions = hourly.predictions + excluded.predictions;

-- name: roll_up_votes!
-- Move what is pending into the hourly counts of likes and dislikes, and of their sources.
WITH taken AS (
    DELETE FROM pending_votes RETURNING *, CAST(model_version AS text) AS version
), sources AS (
    INSERT INTO hourly_sources AS hourly
        (hour, model_version, answer, source, is_demo, predictions, likes, dislikes)
    SELECT hour, version, answer, source, is_demo, 0, sum(likes), sum(dislikes) FROM taken GROUP BY 1, 2, 3, 4, 5
    ON CONFLICT (hour, model_version, answer, source, is_demo)
    DO UPDATE SET likes = hourly.likes + excluded.likes, dislikes = hourly.dislikes + excluded.dislikes
)
INSERT INTO hourly_votes AS hourly (hour, model_version, answer, is_demo, likes, dislikes)
SELECT hour, version, answer, is_demo, sum(likes), sum(dislikes) FROM taken GROUP BY 1, 2, 3, 4
ON CONFLICT (hour, model_version, answer, is_demo)
DO UPDATE SET likes = hourly.likes + excluded.likes, dislikes = hourly.dislikes + excluded.dislikes;

-- name: roll_up_corrections!
-- Move what is pending into the hourly counts of corrections.
WITH taken AS (
    DELETE FROM pending_corrections RETURNING *, CAST(model_version AS text) AS version
)
INSERT INTO hourly_corrections AS hourly (hour, model_version, answer, label, is_demo, corrections)
SELECT hour, version, answer, label, is_demo, sum(corrections)
FROM taken GROUP BY 1, 2, 3, 4, 5
ON CONFLICT (hour, model_version, answer, label, is_demo)
DO UPDATE SET corrections = hourly.corrections + excluded.corrections;

-- name: recount_predictions!
-- Make the hourly counts of predictions what the rows say; touches, and counts, only the hours that were wrong.
WITH truth AS (
    SELECT hour_of(made_at) AS hour, CAST(model_version AS text) AS model_version, answer,
           coalesce(unusable_reason, '') AS unusable_reason, is_demo, count(*) AS predictions
    FROM predictions GROUP BY 1, 2, 3, 4, 5
), wrong AS (
    SELECT hour, model_version, answer, unusable_reason, is_demo, coalesce(truth.predictions, 0) AS predictions
    FROM truth FULL JOIN hourly_predictions AS hourly
    USING (hour, model_version, answer, unusable_reason, is_demo)
    WHERE coalesce(truth.predictions, 0) <> coalesce(hourly.predictions, 0)
)
INSERT INTO hourly_predictions SELECT * FROM wrong
ON CONFLICT (hour, model_version, answer, unusable_reason, is_demo)
DO UPDATE SET predictions = excluded.predictions;

-- name: recount_latency!
-- Make the hourly counts of latency what the rows say.
WITH truth AS (
    SELECT hour_of(made_at) AS hour, CAST(model_version AS text) AS model_version, is_demo,
           latency_bucket(latency_ms) AS latency_below_ms, count(*) AS predictions
    FROM predictions GROUP BY 1, 2, 3, 4
), wrong AS (
    SELECT hour, model_version, is_demo, latency_below_ms, coalesce(truth.predictions, 0) AS predictions
    FROM truth FULL JOIN hourly_latency AS hourly USING (hour, model_version, is_demo, latency_below_ms)
    WHERE coalesce(truth.predictions, 0) <> coalesce(hourly.predictions, 0)
)
INSERT INTO hourly_latency SELECT * FROM wrong
ON CONFLICT (hour, model_version, is_demo, latency_below_ms)
DO UPDATE SET predictions = excluded.predictions;

-- name: recount_votes!
-- Make the hourly counts of votes what the rows say.
WITH truth AS (
    SELECT hour_of(votes.cast_at) AS hour, CAST(model_version AS text) AS model_version, answer, is_demo,
           count(*) FILTER (WHERE liked) AS likes, count(*) FILTER (WHERE NOT liked) AS dislikes
    FROM votes JOIN predictions ON predictions.id = votes.prediction_id
    WHERE liked IS NOT NULL GROUP BY 1, 2, 3, 4
), wrong AS (
    SELECT hour, model_version, answer, is_demo,
           coalesce(truth.likes, 0) AS likes, coalesce(truth.dislikes, 0) AS dislikes
    FROM truth FULL JOIN hourly_votes AS hourly USING (hour, model_version, answer, is_demo)
    WHERE coalesce(truth.likes, 0) <> coalesce(hourly.likes, 0)
       OR coalesce(truth.dislikes, 0) <> coalesce(hourly.dislikes, 0)
)
INSERT INTO hourly_votes SELECT * FROM wrong
ON CONFLICT (hour, model_version, answer, is_demo)
DO UPDATE SET likes = excluded.likes, dislikes = excluded.dislikes;

-- name: recount_sources!
-- Make the hourly counts by source what the rows say.
WITH made AS (
    SELECT hour_of(made_at) AS hour, CAST(model_version AS text) AS model_version, answer, source, is_demo,
           count(*) AS predictions
    FROM predictions GROUP BY 1, 2, 3, 4, 5
), said AS (
    SELECT hour_of(votes.cast_at) AS hour, CAST(model_version AS text) AS model_version, answer, source, is_demo,
           count(*) FILTER (WHERE liked) AS likes, count(*) FILTER (WHERE NOT liked) AS dislikes
    FROM votes JOIN predictions ON predictions.id = votes.prediction_id
    WHERE liked IS NOT NULL GROUP BY 1, 2, 3, 4, 5
), wrong AS (
    SELECT hour, model_version, answer, source, is_demo, coalesce(made.predictions, 0) AS predictions,
           coalesce(said.likes, 0) AS likes, coalesce(said.dislikes, 0) AS dislikes
    FROM made FULL JOIN said USING (hour, model_version, answer, source, is_demo)
    FULL JOIN hourly_sources AS hourly USING (hour, model_version, answer, source, is_demo)
    WHERE coalesce(made.predictions, 0) <> coalesce(hourly.predictions, 0)
       OR coalesce(said.likes, 0) <> coalesce(hourly.likes, 0)
       OR coalesce(said.dislikes, 0) <> coalesce(hourly.dislikes, 0)
)
INSERT INTO hourly_sources SELECT * FROM wrong
ON CONFLICT (hour, model_version, answer, source, is_demo)
DO UPDATE SET predictions = excluded.predictions, likes = excluded.likes, dislikes = excluded.dislikes;

-- name: recount_corrections!
-- Make the hourly counts of corrections what the rows say.
WITH truth AS (
    SELECT hour_of(given_at) AS hour, CAST(model_version AS text) AS model_version, answer, label, is_demo,
           count(*) AS corrections
    FROM corrections JOIN predictions ON predictions.id = corrections.prediction_id
    WHERE label IS NOT NULL GROUP BY 1, 2, 3, 4, 5
), wrong AS (
    SELECT hour, model_version, answer, label, is_demo, coalesce(truth.corrections, 0) AS corrections
    FROM truth FULL JOIN hourly_corrections AS hourly USING (hour, model_version, answer, label, is_demo)
    WHERE coalesce(truth.corrections, 0) <> coalesce(hourly.corrections, 0)
)
INSERT INTO hourly_corrections SELECT * FROM wrong
ON CONFLICT (hour, model_version, answer, label, is_demo)
DO UPDATE SET corrections = excluded.corrections;
