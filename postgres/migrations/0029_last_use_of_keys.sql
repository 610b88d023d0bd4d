-- Whoever gives keys sees which ones nobody uses.

SET LOCAL lock_timeout = '5s';
SET LOCAL statement_timeout = '10min';

ALTER TABLE api_keys ADD COLUMN last_used_on date;
COMMENT ON COLUMN api_keys.last_used_on IS 'The last day, by UTC, on which it opened something.';
GRANT UPDATE (last_used_on) ON api_keys TO tyreloop_app;
