-- +goose Up

-- The first 16 bytes of the SHA-256 of the secret that the event was sent with, by which its sender
-- is known when they send it again. NULL for what was sent without one.
ALTER TABLE entries ADD COLUMN sender BLOB;

-- It goes with the receipt.
DROP TRIGGER entries_only_erased;
-- +goose StatementBegin
CREATE TRIGGER entries_only_erased BEFORE UPDATE ON entries
WHEN NEW.seq IS NOT OLD.seq OR NEW.commitment IS NOT OLD.commitment OR NEW.act IS NOT OLD.act
  OR coalesce(NEW.salt, NEW.id, NEW.event, NEW.time, NEW.edition, NEW.choice, NEW.sender) IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END;
-- +goose StatementEnd

-- One row: when old receipts were last looked for, by a clock that could be believed.
CREATE TABLE last_purge (
  id   INTEGER PRIMARY KEY CHECK (id = 1),
  time INTEGER NOT NULL
) STRICT;
