-- Read again, an answer says whether a model for demonstration gave it.

SET LOCAL lock_timeout = '5s';
SET LOCAL statement_timeout = '10min';

ALTER TABLE predictions ADD COLUMN demo_model boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN predictions.demo_model IS
    'Whether the model that answered was one for demonstration, trained on drawn tyres.';
