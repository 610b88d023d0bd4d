-- Which datasets came from elsewhere: receipts say why a correction is not in one of them.

ALTER TABLE datasets ADD COLUMN is_imported boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN datasets.is_imported IS 'It came from elsewhere as it is, so it holds no corrections of this place.';

ALTER TABLE datasets DISABLE TRIGGER keep_snapshot;
UPDATE datasets SET is_imported = true WHERE EXISTS (
    SELECT FROM audit_log WHERE action = 'dataset_imported' AND subject = 'dataset:' || datasets.name
);
ALTER TABLE datasets ENABLE TRIGGER keep_snapshot;
