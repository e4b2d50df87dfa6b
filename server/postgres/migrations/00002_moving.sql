-- +goose Up

-- The receipts that follow on one, without looking at all of them. New partitions
-- are made like receipts, and so have it.
CREATE INDEX receipts_by_previous ON receipts (previous) WHERE previous IS NOT NULL;

-- One row while "latchkey migrate" fills this database, or once it has moved
-- what is in it elsewhere: no server uses the database then.
CREATE TABLE moving (
  id    smallint PRIMARY KEY CHECK (id = 1),
  state text NOT NULL CHECK (state IN ('filling', 'left'))
);
