-- +goose Up

-- Leads to the old receipts of a month, of which a purge looks at no others. It
-- has an entry for every 32 pages and no more, because receipts come in the order of
-- time. New partitions are made like receipts, and so have it.
CREATE INDEX receipts_by_time ON receipts USING brin (time) WITH (pages_per_range = 32, autosummarize = on);
