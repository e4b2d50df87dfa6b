-- From requests that stood alone to entries of the audit log. What the rows of
-- requests_5 and the others hold is moved by the program, which knows how to commit to it.

DROP TRIGGER requests_no_update;
DROP TRIGGER requests_no_delete;
DROP TRIGGER request_entities_no_update;
DROP TRIGGER request_entities_no_delete;
DROP TRIGGER messages_no_update;
DROP TRIGGER messages_no_delete;
DROP INDEX requests_by_time;
DROP INDEX messages_due;
ALTER TABLE messages RENAME TO messages_5;
ALTER TABLE request_entities RENAME TO request_entities_5;
ALTER TABLE requests RENAME TO requests_5;
CREATE INDEX messages_5_by_request ON messages_5 (request);
CREATE INDEX request_entities_5_by_request ON request_entities_5 (request);

-- Of a request that was erased, key, digest and said are NULL; erased says when, and
-- spent knows the same sending again.
CREATE TABLE requests (
  seq       INTEGER PRIMARY KEY,
  reference TEXT NOT NULL UNIQUE,
  site      TEXT NOT NULL,
  received  INTEGER NOT NULL,
  body      TEXT NOT NULL, -- rights.Record, without what the person said
  key       TEXT UNIQUE,
  digest    TEXT,
  said      TEXT, -- rights.Request
  erased    INTEGER,
  spent     TEXT UNIQUE -- SHA-256 of the key
) STRICT;
CREATE INDEX requests_by_time ON requests (received);

CREATE TABLE request_entities (
  entity  TEXT NOT NULL,
  request INTEGER NOT NULL REFERENCES requests (seq),
  PRIMARY KEY (entity, request)
) STRICT, WITHOUT ROWID;
CREATE INDEX request_entities_by_request ON request_entities (request);

-- E-mails to be delivered. Only the columns of delivery change. Those of a request go when it is erased.
CREATE TABLE messages (
  id        INTEGER PRIMARY KEY,
  request   TEXT NOT NULL REFERENCES requests (reference),
  kind      TEXT NOT NULL,
  recipient TEXT NOT NULL,
  subject   TEXT NOT NULL,
  body      TEXT NOT NULL,
  language  TEXT NOT NULL,
  attempts  INTEGER NOT NULL,
  due       INTEGER NOT NULL,
  sent      INTEGER, -- NULL until delivered
  failure   TEXT     -- why the last delivery failed
) STRICT;
CREATE INDEX messages_due ON messages (due) WHERE sent IS NULL;
CREATE INDEX messages_by_request ON messages (request);

-- Each row is what one leaf of the audit log commits to; the leaf's index is
-- seq - 1. Of what was erased, the commitment is left.
CREATE TABLE audit_entries (
  seq        INTEGER PRIMARY KEY, -- order of storing, from 1 and without a gap
  commitment BLOB NOT NULL,
  salt       BLOB,
  kind       TEXT,    -- auditlog.Kind
  about      INTEGER, -- requests.seq or messages.id, by the kind
  body       TEXT     -- what the entry says that stands in no other table
) STRICT;
CREATE INDEX audit_entries_by_row ON audit_entries (about, kind) WHERE about IS NOT NULL;

-- The Merkle tree of the audit log, as log_tiles and log_head are of the receipts'.
CREATE TABLE audit_tiles (
  level  INTEGER NOT NULL,
  n      INTEGER NOT NULL,
  hashes BLOB NOT NULL,
  PRIMARY KEY (level, n)
) STRICT, WITHOUT ROWID;
CREATE TABLE audit_head (
  id         INTEGER PRIMARY KEY CHECK (id = 1),
  size       INTEGER NOT NULL,
  checkpoint TEXT NOT NULL
) STRICT;

CREATE TRIGGER requests_only_erased BEFORE UPDATE ON requests
WHEN NEW.seq IS NOT OLD.seq OR NEW.reference IS NOT OLD.reference OR NEW.site IS NOT OLD.site OR NEW.received IS NOT OLD.received OR NEW.body IS NOT OLD.body
  OR coalesce(NEW.key, NEW.digest, NEW.said) IS NOT NULL OR OLD.erased IS NOT NULL OR NEW.erased IS NULL OR NEW.spent IS NULL
BEGIN SELECT RAISE(ABORT, 'requests are append-only'); END;
CREATE TRIGGER requests_no_delete BEFORE DELETE ON requests BEGIN SELECT RAISE(ABORT, 'requests are append-only'); END;
CREATE TRIGGER request_entities_no_update BEFORE UPDATE ON request_entities BEGIN SELECT RAISE(ABORT, 'request_entities are append-only'); END;
CREATE TRIGGER request_entities_no_delete BEFORE DELETE ON request_entities BEGIN SELECT RAISE(ABORT, 'request_entities are append-only'); END;
CREATE TRIGGER messages_no_update BEFORE UPDATE OF id, request, kind, recipient, subject, body, language ON messages BEGIN SELECT RAISE(ABORT, 'messages are written once'); END;
CREATE TRIGGER messages_only_erased BEFORE DELETE ON messages
WHEN NOT EXISTS (SELECT 1 FROM requests WHERE reference = OLD.request AND erased IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'messages are not deleted'); END;
CREATE TRIGGER audit_entries_only_erased BEFORE UPDATE ON audit_entries
WHEN NEW.seq IS NOT OLD.seq OR NEW.commitment IS NOT OLD.commitment OR coalesce(NEW.salt, NEW.kind, NEW.about, NEW.body) IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'audit_entries are append-only'); END;
CREATE TRIGGER audit_entries_no_delete BEFORE DELETE ON audit_entries BEGIN SELECT RAISE(ABORT, 'audit_entries are append-only'); END;
