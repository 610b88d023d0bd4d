-- The heat of a corrected answer, so that its receipt can show what the model of then looked at.

CREATE TABLE heats (
    prediction_id uuid PRIMARY KEY REFERENCES predictions (id) ON DELETE CASCADE,
    heat jsonb NOT NULL
);
COMMENT ON TABLE heats IS 'Where the model looked, for answers that somebody corrected: another model may answer by now.';
GRANT SELECT, INSERT ON heats TO tyreloop_app;
