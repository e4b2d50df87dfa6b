-- +goose Up

-- The first 16 bytes of the SHA-256 of the secret that the event was sent with, by which its sender
-- is known when they send it again. NULL for what was sent without one.
ALTER TABLE receipts ADD COLUMN sender bytea;

-- One row: when old receipts were last looked for, by a clock that could be believed.
CREATE TABLE last_purge (
  id   smallint PRIMARY KEY CHECK (id = 1),
  time timestamptz NOT NULL
);

-- The tables whose files still hold something of what was erased from them.
CREATE TABLE scrubs (
  relation text PRIMARY KEY,
  erased   xid8 NOT NULL,        -- the last transaction that erased something there
  since    timestamptz NOT NULL  -- when the first did, since it was last rewritten
);
