-- +goose Up

-- The first 16 bytes of the SHA-256 of the secret that the event was sent with, by which its sender
-- is known when they send it again. NULL for what was sent without one.
ALTER TABLE receipts ADD COLUMN sender bytea;

-- One row: when old receipts were last looked for, by a clock that could be believed.
CREATE TABLE last_purge (
  id   smallint PRIMARY KEY CHECK (id = 1),
  time timestamptz NOT NULL
);

-- Filled, and that undone, to find out whether the disk has room for what comes. What stands in the rows of a
-- table that was filled before would not show that.
CREATE UNLOGGED TABLE room (filler bytea);
ALTER TABLE room ALTER COLUMN filler SET STORAGE PLAIN;

-- The tables whose files still hold something of what was erased from them.
CREATE TABLE scrubs (
  relation text PRIMARY KEY,
  erased   xid8 NOT NULL,        -- the last transaction that erased something there
  since    timestamptz NOT NULL  -- when the first did, since it was last rewritten
);
