-- +goose Up

-- Leads to the receipts that follow on one, without looking at all of them.
CREATE INDEX entries_by_previous ON entries (choice ->> 'previous') WHERE choice ->> 'previous' IS NOT NULL;

-- One row while "latchkey migrate" fills this database, or once it has moved
-- what is in it elsewhere: no server uses the database then.
CREATE TABLE moving (
  id    INTEGER PRIMARY KEY CHECK (id = 1),
  state TEXT NOT NULL CHECK (state IN ('filling', 'left'))
) STRICT;
