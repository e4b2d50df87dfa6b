-- +goose Up

-- Leads to the old receipts of a site, without looking at those that stay. It
-- stands in for the index over the edition alone.
CREATE INDEX entries_by_time ON entries (edition, time) WHERE edition IS NOT NULL;
DROP INDEX entries_by_edition;
