-- Times are whole milliseconds since 1970, UTC. A body is the JSON of the Go
-- type named beside it; the columns around it are what is searched for or kept
-- unique. What is evidence can be added to and read, never changed: triggers
-- refuse every UPDATE and DELETE.

-- +goose Up

-- What was shown to people, each text once, by its SHA-256.
CREATE TABLE texts (
  hash TEXT NOT NULL PRIMARY KEY,
  text TEXT NOT NULL
) STRICT;

CREATE TABLE editions (
  id    TEXT NOT NULL PRIMARY KEY,
  shown TEXT NOT NULL REFERENCES texts (hash),
  body  TEXT NOT NULL -- consent.Edition
) STRICT;

CREATE TABLE notices (
  seq       INTEGER PRIMARY KEY, -- order of publication
  group_id  TEXT NOT NULL,
  id        TEXT NOT NULL,
  version   TEXT NOT NULL,
  language  TEXT NOT NULL,
  effective INTEGER NOT NULL,
  hash      TEXT NOT NULL,
  source    BLOB NOT NULL,
  UNIQUE (group_id, id, version, language)
) STRICT;

CREATE TABLE receipts (
  seq        INTEGER PRIMARY KEY, -- order of storing
  id         TEXT NOT NULL UNIQUE,
  event      TEXT NOT NULL UNIQUE,
  site       TEXT NOT NULL,
  controller TEXT NOT NULL,
  time       INTEGER NOT NULL,
  digest     TEXT NOT NULL,
  token      TEXT NOT NULL,
  body       TEXT NOT NULL -- consent.Event
) STRICT;
CREATE INDEX receipts_by_site ON receipts (site);

CREATE TABLE requests (
  seq       INTEGER PRIMARY KEY,
  reference TEXT NOT NULL UNIQUE,
  key       TEXT NOT NULL UNIQUE,
  digest    TEXT NOT NULL,
  site      TEXT NOT NULL,
  received  INTEGER NOT NULL,
  body      TEXT NOT NULL -- rights.Record
) STRICT;
CREATE INDEX requests_by_time ON requests (received);

CREATE TABLE request_entities (
  entity  TEXT NOT NULL,
  request INTEGER NOT NULL REFERENCES requests (seq),
  PRIMARY KEY (entity, request)
) STRICT, WITHOUT ROWID;

-- E-mails to be delivered. Only the columns of delivery change.
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

-- One row that is written to find out whether writing is possible.
CREATE TABLE probe (
  id    INTEGER PRIMARY KEY CHECK (id = 1),
  count INTEGER NOT NULL
) STRICT;

-- +goose StatementBegin
CREATE TRIGGER texts_no_update BEFORE UPDATE ON texts BEGIN SELECT RAISE(ABORT, 'texts are append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER texts_no_delete BEFORE DELETE ON texts BEGIN SELECT RAISE(ABORT, 'texts are append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER editions_no_update BEFORE UPDATE ON editions BEGIN SELECT RAISE(ABORT, 'editions are append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER editions_no_delete BEFORE DELETE ON editions BEGIN SELECT RAISE(ABORT, 'editions are append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER notices_no_update BEFORE UPDATE ON notices BEGIN SELECT RAISE(ABORT, 'notices are append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER notices_no_delete BEFORE DELETE ON notices BEGIN SELECT RAISE(ABORT, 'notices are append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER receipts_no_update BEFORE UPDATE ON receipts BEGIN SELECT RAISE(ABORT, 'receipts are append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER receipts_no_delete BEFORE DELETE ON receipts BEGIN SELECT RAISE(ABORT, 'receipts are append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER requests_no_update BEFORE UPDATE ON requests BEGIN SELECT RAISE(ABORT, 'requests are append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER requests_no_delete BEFORE DELETE ON requests BEGIN SELECT RAISE(ABORT, 'requests are append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER request_entities_no_update BEFORE UPDATE ON request_entities BEGIN SELECT RAISE(ABORT, 'request_entities are append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER request_entities_no_delete BEFORE DELETE ON request_entities BEGIN SELECT RAISE(ABORT, 'request_entities are append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER messages_no_update BEFORE UPDATE OF id, request, kind, recipient, subject, body, language ON messages BEGIN SELECT RAISE(ABORT, 'messages are written once'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER messages_no_delete BEFORE DELETE ON messages BEGIN SELECT RAISE(ABORT, 'messages are not deleted'); END;
-- +goose StatementEnd
