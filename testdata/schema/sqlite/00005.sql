PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE editions (
  key   INTEGER PRIMARY KEY,
  id    TEXT NOT NULL UNIQUE,
  site  TEXT NOT NULL,
  shown TEXT NOT NULL REFERENCES texts (hash),
  body  TEXT NOT NULL -- consent.Edition
) STRICT;
INSERT INTO editions VALUES(1,'edition-of-reside','reside','5b0e','{"id":"edition-of-reside","site":"reside","layer":2,"language":"cy","shown":"5b0e","controller":{"entity":"reside-entity","name":"Reside Housing Association","ico":"Z8893471","contact":"0333 320 4555"},"purposes":[{"id":"necessary","basis":"essential"},{"id":"statistics","basis":"statistics-exempt"},{"id":"marketing","basis":"consent"}],"revision":"0a1b2c3d","notice":{"id":"reside","version":"2026-10-01","hash":"0c"},"config":"0d","loader":"1.0.0"}');
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
, sender BLOB) STRICT;
INSERT INTO entries VALUES(1,X'1e62152d5868e3e7a01356811bfa536243491bddd8d17c31501b7d18f2b00fc8',X'3261b4a8fbe54b47c0109b1cc71a9cb5',X'00000000000040008000000000000001',X'00000000000040009000000000000001',1795428990250,1,'{"answers":{"marketing":"yes","statistics":"no"},"method":"save","gpc":true,"previous":"00000000-0000-4000-8000-00000000ffff","age":3}',NULL,NULL);
CREATE TABLE goose_db_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO goose_db_version VALUES(1,0,1,'2026-11-23 08:01:32');
INSERT INTO goose_db_version VALUES(2,1,1,'2026-11-23 08:01:32');
INSERT INTO goose_db_version VALUES(3,2,1,'2026-11-23 08:01:32');
INSERT INTO goose_db_version VALUES(4,3,1,'2026-11-23 09:39:21');
INSERT INTO goose_db_version VALUES(5,4,1,'2026-11-23 13:45:00');
INSERT INTO goose_db_version VALUES(6,5,1,'2026-11-30 07:31:59');
CREATE TABLE log_head (
  id         INTEGER PRIMARY KEY CHECK (id = 1),
  size       INTEGER NOT NULL,
  checkpoint TEXT NOT NULL
) STRICT;
INSERT INTO log_head VALUES(1,1,replace('privacy.example.org\n1\nRKFfRD728IkyjJS85eJE9cpPAx1tYGEZB6QVrhcHMFo=\n\n— privacy.example.org ofiMti8hg+dqitrp5nyKtXDDNe4TS1TRoSQVQZGScVCh3LSZHWH9p5PoA5eXZKLgo111qCz5oQnlbg720Csk1XPmxgQ=\n','\n',char(10)));
CREATE TABLE log_tiles (
  level  INTEGER NOT NULL,
  n      INTEGER NOT NULL,
  hashes BLOB NOT NULL,
  PRIMARY KEY (level, n)
) STRICT, WITHOUT ROWID;
INSERT INTO log_tiles VALUES(0,0,X'44a15f443ef6f089328c94bce5e244f5ca4f031d6d60611907a415ae1707305a');
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
INSERT INTO messages VALUES(1,'LK-TEST-0001','acknowledgement','sian@example.org','Eich cais – LK-TEST-0001',replace('Diolch.\n','\n',char(10)),'cy',0,1795428990250,NULL,NULL);
INSERT INTO messages VALUES(2,'LK-TEST-0001','team','team@example.org','Request LK-TEST-0001',replace('See it.\n','\n',char(10)),'en-GB',0,1795432590250,NULL,NULL);
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
INSERT INTO notices VALUES(1,'progress','reside','2026-10-01','cy',1795428930250,'reside2026-10-01cy',X'487964726566');
CREATE TABLE probe (
  id    INTEGER PRIMARY KEY CHECK (id = 1),
  count INTEGER NOT NULL
) STRICT;
INSERT INTO probe VALUES(1,1);
CREATE TABLE request_entities (
  entity  TEXT NOT NULL,
  request INTEGER NOT NULL REFERENCES requests (seq),
  PRIMARY KEY (entity, request)
) STRICT, WITHOUT ROWID;
INSERT INTO request_entities VALUES('progress-housing-group',1);
INSERT INTO request_entities VALUES('reside',1);
CREATE TABLE requests (
  seq       INTEGER PRIMARY KEY,
  reference TEXT NOT NULL UNIQUE,
  key       TEXT NOT NULL UNIQUE,
  digest    TEXT NOT NULL,
  site      TEXT NOT NULL,
  received  INTEGER NOT NULL,
  body      TEXT NOT NULL -- rights.Record
) STRICT;
INSERT INTO requests VALUES(1,'LK-TEST-0001','key-1','digest-1','reside',1795428990250,'{"reference":"LK-TEST-0001","group":"progress","site":"reside","received":"2026-11-23T10:16:30.25Z","start":"identity-and-detail","due":"2026-12-23","request":{"kind":"access","entities":["reside","progress-housing-group"],"other":true,"subject":"Gwen Ellis","authority":"other-authority","authorityIs":"neighbour","what":"Everything since May.\nAnd the letters.","period":"2026","format":"paper","name":"Siân Ó Briain","reply":"post","email":"sian@example.org","phone":"+44 1772 000000","address":"1 High Street\nLeyland","safe":"Never by phone","adjustments":"Large print","reference":"T-1","language":"cy"}}');
CREATE TABLE texts (
  hash TEXT NOT NULL PRIMARY KEY,
  text TEXT NOT NULL
) STRICT;
INSERT INTO texts VALUES('5b0e',replace('Cookies on this website\nWe’d like to use some.','\n',char(10)));
CREATE TABLE moving (
  id    INTEGER PRIMARY KEY CHECK (id = 1),
  state TEXT NOT NULL CHECK (state IN ('filling', 'left'))
) STRICT;
CREATE TABLE last_purge (
  id   INTEGER PRIMARY KEY CHECK (id = 1),
  time INTEGER NOT NULL
) STRICT;
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('goose_db_version',6);
CREATE INDEX requests_by_time ON requests (received);
CREATE INDEX messages_due ON messages (due) WHERE sent IS NULL;
CREATE TRIGGER texts_no_update BEFORE UPDATE ON texts BEGIN SELECT RAISE(ABORT, 'texts are append-only'); END;
CREATE TRIGGER texts_no_delete BEFORE DELETE ON texts BEGIN SELECT RAISE(ABORT, 'texts are append-only'); END;
CREATE TRIGGER notices_no_update BEFORE UPDATE ON notices BEGIN SELECT RAISE(ABORT, 'notices are append-only'); END;
CREATE TRIGGER notices_no_delete BEFORE DELETE ON notices BEGIN SELECT RAISE(ABORT, 'notices are append-only'); END;
CREATE TRIGGER requests_no_update BEFORE UPDATE ON requests BEGIN SELECT RAISE(ABORT, 'requests are append-only'); END;
CREATE TRIGGER requests_no_delete BEFORE DELETE ON requests BEGIN SELECT RAISE(ABORT, 'requests are append-only'); END;
CREATE TRIGGER request_entities_no_update BEFORE UPDATE ON request_entities BEGIN SELECT RAISE(ABORT, 'request_entities are append-only'); END;
CREATE TRIGGER request_entities_no_delete BEFORE DELETE ON request_entities BEGIN SELECT RAISE(ABORT, 'request_entities are append-only'); END;
CREATE TRIGGER messages_no_update BEFORE UPDATE OF id, request, kind, recipient, subject, body, language ON messages BEGIN SELECT RAISE(ABORT, 'messages are written once'); END;
CREATE TRIGGER messages_no_delete BEFORE DELETE ON messages BEGIN SELECT RAISE(ABORT, 'messages are not deleted'); END;
CREATE TRIGGER editions_no_update BEFORE UPDATE ON editions BEGIN SELECT RAISE(ABORT, 'editions are append-only'); END;
CREATE TRIGGER editions_no_delete BEFORE DELETE ON editions BEGIN SELECT RAISE(ABORT, 'editions are append-only'); END;
CREATE TRIGGER entries_no_delete BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END;
CREATE INDEX entries_by_previous ON entries (choice ->> 'previous') WHERE choice ->> 'previous' IS NOT NULL;
CREATE INDEX entries_by_time ON entries (edition, time) WHERE edition IS NOT NULL;
CREATE TRIGGER entries_only_erased BEFORE UPDATE ON entries
WHEN NEW.seq IS NOT OLD.seq OR NEW.commitment IS NOT OLD.commitment OR NEW.act IS NOT OLD.act
  OR coalesce(NEW.salt, NEW.id, NEW.event, NEW.time, NEW.edition, NEW.choice, NEW.sender) IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END;
COMMIT;
