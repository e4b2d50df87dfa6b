-- A body is the JSON of the Go type named beside it; the columns around it are
-- what is searched for or kept unique. What is evidence can be added to and
-- read, never changed: triggers refuse every UPDATE, and every DELETE but one
-- that erases a receipt and says so in the log.

-- +goose Up

-- What was shown to people, each text once, by its SHA-256.
CREATE TABLE texts (
  hash text PRIMARY KEY,
  text text NOT NULL
);

CREATE TABLE editions (
  key        integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- stands for the id in each receipt
  id         text NOT NULL UNIQUE,
  site       text NOT NULL,
  controller text NOT NULL, -- id of the entity
  shown      text NOT NULL REFERENCES texts (hash),
  body       json NOT NULL -- consent.Edition
);
CREATE INDEX editions_by_site ON editions (site);

CREATE TABLE notices (
  seq       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- order of publication
  group_id  text NOT NULL,
  id        text NOT NULL,
  version   text NOT NULL,
  language  text NOT NULL,
  effective timestamptz NOT NULL,
  hash      text NOT NULL,
  source    bytea NOT NULL,
  UNIQUE (group_id, id, version, language)
);

-- Receipts are kept by month, so that old months can be backed up and moved as
-- tables of their own. A unique constraint across months is not to be had; so
-- what keeps an event from being stored twice is this table, which also leads
-- to its receipt. seq numbers the receipts in the order of storing, with gaps;
-- a transaction that commits late may have a number lower than one before it.
CREATE SEQUENCE entries;
CREATE TABLE events (
  event uuid PRIMARY KEY,
  seq   bigint NOT NULL DEFAULT nextval('entries'),
  time  timestamptz NOT NULL
);

-- What of a receipt its edition does not say. The server makes the partitions.
-- The edition is no foreign key: every receipt would lock its row, of which
-- there are few, and editions are never deleted.
CREATE TABLE receipts (
  seq        bigint NOT NULL,
  time       timestamptz NOT NULL, -- whole milliseconds
  id         uuid NOT NULL,
  event      uuid NOT NULL,
  previous   uuid,
  edition    integer NOT NULL, -- editions.key
  age        integer NOT NULL, -- seconds
  gpc        boolean NOT NULL,
  method     text NOT NULL,
  salt       bytea NOT NULL,
  commitment bytea NOT NULL,
  answers    jsonb NOT NULL, -- of the consent.Submission
  PRIMARY KEY (seq, time)
) PARTITION BY RANGE (time);
CREATE INDEX receipts_by_id ON receipts (id);
CREATE INDEX receipts_by_edition ON receipts (edition, seq);

-- Acts upon receipts, which are entries of the log too.
CREATE TABLE acts (
  seq        bigint PRIMARY KEY DEFAULT nextval('entries'),
  salt       bytea NOT NULL,
  commitment bytea NOT NULL,
  act        text NOT NULL -- canonical form of the evidence.Entry
);

-- Commitments that are not in the log yet. A row is written with its receipt,
-- and is deleted when it becomes a leaf: whenever a receipt's transaction
-- commits, it is not passed over.
CREATE TABLE log_pending (
  seq        bigint PRIMARY KEY, -- of the receipt or the act
  commitment bytea NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000);

-- What the leaves hold. Those from log_head.size on have their place, and are
-- not in the tree yet. Of a receipt that was erased, this is what is left.
CREATE TABLE log_leaves (
  index      bigint PRIMARY KEY, -- from 0, without a gap
  seq        bigint NOT NULL UNIQUE, -- of the receipt or the act
  commitment bytea NOT NULL
);

-- The Merkle tree: runs of up to 256 hashes of 32 bytes. Only the last tile of a level grows.
CREATE TABLE log_tiles (
  level  smallint NOT NULL,
  n      bigint NOT NULL,
  hashes bytea NOT NULL,
  PRIMARY KEY (level, n)
);
ALTER TABLE log_tiles ALTER COLUMN hashes SET STORAGE EXTERNAL; -- hashes can't be compressed

-- One row: how many leaves there are, and the signed checkpoint of that size.
CREATE TABLE log_head (
  id         smallint PRIMARY KEY CHECK (id = 1),
  size       bigint NOT NULL,
  checkpoint text NOT NULL -- empty for size 0
) WITH (fillfactor = 50);
INSERT INTO log_head (id, size, checkpoint) VALUES (1, 0, '');

CREATE TABLE requests (
  seq       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  reference text NOT NULL UNIQUE,
  key       text NOT NULL UNIQUE,
  digest    text NOT NULL,
  site      text NOT NULL,
  received  timestamptz NOT NULL,
  body      json NOT NULL -- rights.Record
);
CREATE INDEX requests_by_time ON requests (received, seq);

CREATE TABLE request_entities (
  entity  text NOT NULL,
  request bigint NOT NULL REFERENCES requests (seq),
  PRIMARY KEY (entity, request)
);

-- E-mails to be delivered. Only the columns of delivery change.
CREATE TABLE messages (
  id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  request   text NOT NULL REFERENCES requests (reference),
  kind      text NOT NULL,
  recipient text NOT NULL,
  subject   text NOT NULL,
  body      text NOT NULL,
  language  text NOT NULL,
  attempts  integer NOT NULL,
  due       timestamptz NOT NULL,
  sent      timestamptz, -- NULL until delivered
  failure   text         -- why the last delivery failed
);
CREATE INDEX messages_due ON messages (due, id) WHERE sent IS NULL;

-- One row that is written to find out whether writing is possible.
CREATE TABLE probe (
  id    smallint PRIMARY KEY CHECK (id = 1),
  count bigint NOT NULL
) WITH (fillfactor = 50);

-- +goose StatementBegin
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '%', TG_ARGV[0]; END $$;
-- +goose StatementEnd

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON texts FOR EACH ROW EXECUTE FUNCTION refuse_change('texts are append-only');
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON editions FOR EACH ROW EXECUTE FUNCTION refuse_change('editions are append-only');
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON notices FOR EACH ROW EXECUTE FUNCTION refuse_change('notices are append-only');
CREATE TRIGGER append_only BEFORE UPDATE ON events FOR EACH ROW EXECUTE FUNCTION refuse_change('events are append-only');
CREATE TRIGGER only_erased BEFORE DELETE ON events FOR EACH ROW WHEN (current_setting('latchkey.erasing', true) IS DISTINCT FROM 'on')
  EXECUTE FUNCTION refuse_change('events are append-only');
CREATE TRIGGER append_only BEFORE UPDATE ON receipts FOR EACH ROW EXECUTE FUNCTION refuse_change('receipts are append-only');
CREATE TRIGGER only_erased BEFORE DELETE ON receipts FOR EACH ROW WHEN (current_setting('latchkey.erasing', true) IS DISTINCT FROM 'on')
  EXECUTE FUNCTION refuse_change('receipts are append-only');
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON acts FOR EACH ROW EXECUTE FUNCTION refuse_change('acts are append-only');
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON log_leaves FOR EACH ROW EXECUTE FUNCTION refuse_change('log_leaves are append-only');
CREATE TRIGGER written_once BEFORE UPDATE ON log_pending FOR EACH ROW EXECUTE FUNCTION refuse_change('log_pending is written once');
CREATE TRIGGER not_deleted BEFORE DELETE ON log_tiles FOR EACH ROW EXECUTE FUNCTION refuse_change('log_tiles are not deleted');
CREATE TRIGGER not_deleted BEFORE DELETE ON log_head FOR EACH ROW EXECUTE FUNCTION refuse_change('log_head is not deleted');
CREATE TRIGGER only_grows BEFORE UPDATE ON log_head FOR EACH ROW WHEN (NEW.id <> OLD.id OR NEW.size <= OLD.size)
  EXECUTE FUNCTION refuse_change('the log only grows');
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON requests FOR EACH ROW EXECUTE FUNCTION refuse_change('requests are append-only');
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON request_entities FOR EACH ROW EXECUTE FUNCTION refuse_change('request_entities are append-only');
CREATE TRIGGER written_once BEFORE UPDATE OF id, request, kind, recipient, subject, body, language ON messages
  FOR EACH ROW EXECUTE FUNCTION refuse_change('messages are written once');
CREATE TRIGGER not_deleted BEFORE DELETE ON messages FOR EACH ROW EXECUTE FUNCTION refuse_change('messages are not deleted');

-- TRUNCATE fires no trigger of a row.
CREATE TRIGGER not_emptied BEFORE TRUNCATE ON texts EXECUTE FUNCTION refuse_change('texts are append-only');
CREATE TRIGGER not_emptied BEFORE TRUNCATE ON editions EXECUTE FUNCTION refuse_change('editions are append-only');
CREATE TRIGGER not_emptied BEFORE TRUNCATE ON notices EXECUTE FUNCTION refuse_change('notices are append-only');
CREATE TRIGGER not_emptied BEFORE TRUNCATE ON events EXECUTE FUNCTION refuse_change('events are append-only');
CREATE TRIGGER not_emptied BEFORE TRUNCATE ON receipts EXECUTE FUNCTION refuse_change('receipts are append-only');
CREATE TRIGGER not_emptied BEFORE TRUNCATE ON acts EXECUTE FUNCTION refuse_change('acts are append-only');
CREATE TRIGGER not_emptied BEFORE TRUNCATE ON log_pending EXECUTE FUNCTION refuse_change('log_pending is not emptied');
CREATE TRIGGER not_emptied BEFORE TRUNCATE ON log_leaves EXECUTE FUNCTION refuse_change('log_leaves are append-only');
CREATE TRIGGER not_emptied BEFORE TRUNCATE ON log_tiles EXECUTE FUNCTION refuse_change('log_tiles are not deleted');
CREATE TRIGGER not_emptied BEFORE TRUNCATE ON log_head EXECUTE FUNCTION refuse_change('log_head is not deleted');
CREATE TRIGGER not_emptied BEFORE TRUNCATE ON requests EXECUTE FUNCTION refuse_change('requests are append-only');
CREATE TRIGGER not_emptied BEFORE TRUNCATE ON request_entities EXECUTE FUNCTION refuse_change('request_entities are append-only');
CREATE TRIGGER not_emptied BEFORE TRUNCATE ON messages EXECUTE FUNCTION refuse_change('messages are not deleted');
