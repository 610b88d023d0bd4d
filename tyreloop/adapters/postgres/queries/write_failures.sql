-- name: add_write_failure!
-- Tell of writes that did not arrive at once.
INSERT INTO write_failures (failed_at, stage, error, writes) VALUES (:failed_at, :stage, :error, :writes);
