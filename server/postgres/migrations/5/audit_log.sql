-- From requests that stood alone to entries of the audit log. What the rows
-- hold is changed by the program, which knows how to commit to it, between this
-- script and the one that guards them.

DROP TRIGGER append_only ON requests;
DROP TRIGGER not_deleted ON messages;

-- Of a request that was erased, key, digest and said are NULL; erased says when, and
-- spent knows the same sending again. The body is without what the person said.
ALTER TABLE requests
  ALTER key DROP NOT NULL,
  ALTER digest DROP NOT NULL,
  ADD said   json, -- rights.Request
  ADD erased timestamptz,
  ADD spent  text UNIQUE; -- SHA-256 of the key
CREATE INDEX request_entities_by_request ON request_entities (request);
CREATE INDEX messages_by_request ON messages (request);

-- Each row is what one leaf of the audit log commits to. Of what was erased, the
-- commitment is left.
CREATE TABLE audit_entries (
  seq        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- order of storing, with gaps
  index      bigint UNIQUE, -- of the leaf, from 0 without a gap; NULL until it has its place
  commitment bytea NOT NULL,
  salt       bytea,
  kind       text,   -- auditlog.Kind
  about      bigint, -- requests.seq or messages.id, by the kind
  body       text    -- what the entry says that stands in no other table
);
CREATE INDEX audit_entries_waiting ON audit_entries (seq) WHERE index IS NULL;
CREATE INDEX audit_entries_by_row ON audit_entries (about, kind) WHERE about IS NOT NULL;

-- The Merkle tree of the audit log, as log_tiles and log_head are of the receipts'.
CREATE TABLE audit_tiles (
  level  smallint NOT NULL,
  n      bigint NOT NULL,
  hashes bytea NOT NULL,
  PRIMARY KEY (level, n)
);
ALTER TABLE audit_tiles ALTER COLUMN hashes SET STORAGE EXTERNAL;
CREATE TABLE audit_head (
  id         smallint PRIMARY KEY CHECK (id = 1),
  size       bigint NOT NULL,
  checkpoint text NOT NULL -- empty for size 0
) WITH (fillfactor = 50);
INSERT INTO audit_head (id, size, checkpoint) VALUES (1, 0, '');
