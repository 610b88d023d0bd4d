-- A message remembers how grave it is, so that whoever reads it sees that by its colour.

SET LOCAL lock_timeout = '5s';
SET LOCAL statement_timeout = '10min';

ALTER TABLE alert_messages ADD COLUMN tone text NOT NULL DEFAULT 'info';
