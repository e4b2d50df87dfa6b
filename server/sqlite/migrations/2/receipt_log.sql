-- From receipts that stood alone to entries of a log. What the rows of
-- receipts_1 hold is moved by the program, which knows how to commit to it.

DROP TRIGGER receipts_no_update;
DROP TRIGGER receipts_no_delete;
DROP TRIGGER editions_no_update;
DROP TRIGGER editions_no_delete;
DROP INDEX receipts_by_site;
ALTER TABLE receipts RENAME TO receipts_1;
ALTER TABLE editions RENAME TO editions_1;

CREATE TABLE editions (
  key   INTEGER PRIMARY KEY,
  id    TEXT NOT NULL UNIQUE,
  site  TEXT NOT NULL,
  shown TEXT NOT NULL REFERENCES texts (hash),
  body  TEXT NOT NULL -- consent.Edition
) STRICT;
INSERT INTO editions (id, site, shown, body) SELECT id, body ->> 'site', shown, body FROM editions_1 ORDER BY rowid;
DROP TABLE editions_1;

-- Each row is what one leaf of the log commits to; the leaf's index is seq - 1.
-- A receipt has the columns from id to choice. An act on receipts has only act.
-- Of what was erased, the commitment is left.
CREATE TABLE entries (
  seq        INTEGER PRIMARY KEY, -- order of storing, from 1 and without a gap
  commitment BLOB NOT NULL,
  salt       BLOB,
  id         BLOB UNIQUE, -- UUID of the receipt
  event      BLOB UNIQUE, -- UUID of the event
  time       INTEGER,
  edition    INTEGER REFERENCES editions (key),
  choice     TEXT, -- the rest of the consent.Submission
  act        TEXT  -- evidence.Entry
) STRICT;
CREATE INDEX entries_by_edition ON entries (edition) WHERE edition IS NOT NULL;

-- The Merkle tree: runs of up to 256 hashes of 32 bytes. Only the last tile of a level grows.
CREATE TABLE log_tiles (
  level  INTEGER NOT NULL,
  n      INTEGER NOT NULL,
  hashes BLOB NOT NULL,
  PRIMARY KEY (level, n)
) STRICT, WITHOUT ROWID;

-- One row: how many entries are leaves, and the signed checkpoint of that size.
CREATE TABLE log_head (
  id         INTEGER PRIMARY KEY CHECK (id = 1),
  size       INTEGER NOT NULL,
  checkpoint TEXT NOT NULL
) STRICT;

CREATE TRIGGER editions_no_update BEFORE UPDATE ON editions BEGIN SELECT RAISE(ABORT, 'editions are append-only'); END;
CREATE TRIGGER editions_no_delete BEFORE DELETE ON editions BEGIN SELECT RAISE(ABORT, 'editions are append-only'); END;
CREATE TRIGGER entries_only_erased BEFORE UPDATE ON entries
WHEN NEW.seq IS NOT OLD.seq OR NEW.commitment IS NOT OLD.commitment OR NEW.act IS NOT OLD.act
  OR coalesce(NEW.salt, NEW.id, NEW.event, NEW.time, NEW.edition, NEW.choice) IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END;
CREATE TRIGGER entries_no_delete BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END;
