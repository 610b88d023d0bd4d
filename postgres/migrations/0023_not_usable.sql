-- A photo that is too dark, blurred or far away has a label of its own: neither damaged nor good, and no riddle either.
-- Each check gives way to a wider one: nothing that was refused before is promised to anybody, and the tables are
-- validated at once, for they hold one row a photo that a person judged.

SET LOCAL lock_timeout = '5s';
SET LOCAL statement_timeout = '10min';

-- squawk-ignore ban-drop-constraint
ALTER TABLE corrections DROP CONSTRAINT corrections_label_check;
ALTER TABLE corrections ADD CONSTRAINT corrections_label_check
    CHECK (label IN ('good', 'defective', 'not_a_tyre', 'unusable', 'unknown')) NOT VALID;
-- squawk-ignore ban-drop-constraint
ALTER TABLE reviews DROP CONSTRAINT reviews_label_check;
ALTER TABLE reviews ADD CONSTRAINT reviews_label_check
    CHECK (label IN ('good', 'defective', 'not_a_tyre', 'unusable', 'unknown')) NOT VALID;
-- squawk-ignore ban-drop-constraint
ALTER TABLE dataset_items DROP CONSTRAINT dataset_items_label_check;
ALTER TABLE dataset_items ADD CONSTRAINT dataset_items_label_check
    CHECK (label IN ('good', 'defective', 'not_a_tyre', 'unusable')) NOT VALID;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE corrections VALIDATE CONSTRAINT corrections_label_check;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE reviews VALIDATE CONSTRAINT reviews_label_check;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE dataset_items VALIDATE CONSTRAINT dataset_items_label_check;
