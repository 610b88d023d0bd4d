-- A message remembers how grave it is, so that whoever reads it sees that by its colour.

ALTER TABLE alert_messages ADD COLUMN tone text NOT NULL DEFAULT 'info';
