-- What a model says about kinds of damage, where it sees them and from where the photo was taken.

SET LOCAL lock_timeout = '5s';
SET LOCAL statement_timeout = '10min';

ALTER TABLE predictions
    ADD COLUMN kinds jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN outline jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN view text,
    ADD COLUMN unsure_reason text;
COMMENT ON COLUMN predictions.kinds IS
    'Of a damage: each kind that the model may speak of, its probability, and whether it is sure.';
COMMENT ON COLUMN predictions.outline IS 'Closed lines around the damage, in shares of the photo''s width and height.';
COMMENT ON COLUMN predictions.view IS 'From where the photo was taken: close_up, tread, sidewall or whole; null: not known.';
COMMENT ON COLUMN predictions.unsure_reason IS 'unfamiliar: far from all that the model has learned from; null: the probability alone.';
