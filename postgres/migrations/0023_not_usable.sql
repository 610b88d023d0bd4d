-- A photo that is too dark, blurred or far away has a label of its own: neither damaged nor good, and no riddle either.

SET LOCAL lock_timeout = '5s';
SET LOCAL statement_timeout = '10min';

ALTER TABLE corrections DROP CONSTRAINT corrections_label_check;
ALTER TABLE corrections ADD CONSTRAINT corrections_label_check
    CHECK (label IN ('good', 'defective', 'not_a_tyre', 'unusable', 'unknown')) NOT VALID;
ALTER TABLE reviews DROP CONSTRAINT reviews_label_check;
ALTER TABLE reviews ADD CONSTRAINT reviews_label_check
    CHECK (label IN ('good', 'defective', 'not_a_tyre', 'unusable', 'unknown')) NOT VALID;
ALTER TABLE dataset_items DROP CONSTRAINT dataset_items_label_check;
ALTER TABLE dataset_items ADD CONSTRAINT dataset_items_label_check
    CHECK (label IN ('good', 'defective', 'not_a_tyre', 'unusable')) NOT VALID;
ALTER TABLE corrections VALIDATE CONSTRAINT corrections_label_check;
ALTER TABLE reviews VALIDATE CONSTRAINT reviews_label_check;
ALTER TABLE dataset_items VALIDATE CONSTRAINT dataset_items_label_check;
