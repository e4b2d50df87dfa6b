package postgres_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/consent"
	"latchkey/app/evidence"
	"latchkey/server/postgres"
	"latchkey/server/postgres/pgtest"
	"latchkey/server/receiptlog/audit"
	"latchkey/server/storetest"
)

// dumps are the databases of every released schema, each with the samples of
// package storetest in it; see the README beside them.
const dumps = "../../testdata/schema/postgres"

func TestEveryReleasedSchemaIsBroughtUpToDate(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(dumps, "*.sql"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			url := load(t, file)
			s := open(t, url)
			assert.Equal(t, schema(t, fresh(t)), schema(t, url), "an old database ends with the schema of a new one")

			receipt, err := s.Receipt(t.Context(), storetest.Receipt("reside", 1).ID)
			require.NoError(t, err)
			assert.Equal(t, storetest.Receipt("reside", 1), receipt)
			index, err := s.Index(t.Context(), receipt.ID)
			require.NoError(t, err)
			assert.Zero(t, index)
			checkpoint, err := s.Checkpoint(t.Context())
			require.NoError(t, err)
			assert.Contains(t, checkpoint, "privacy.example.org\n1\n")
			edition, err := s.Edition(t.Context(), receipt.Edition)
			require.NoError(t, err)
			assert.Equal(t, storetest.Edition("reside"), edition)
			text, err := s.ShownText(t.Context(), edition.Shown)
			require.NoError(t, err)
			assert.Equal(t, storetest.ShownText, text)
			versions, err := s.NoticeVersions(t.Context(), "progress", "reside")
			require.NoError(t, err)
			assert.Equal(t, []consent.NoticeRef{{ID: "reside", Version: "2026-10-01", Hash: "reside2026-10-01cy"}}, versions)
			record, err := s.Request(t.Context(), storetest.Record("reside", 1).Reference)
			require.NoError(t, err)
			assert.Equal(t, storetest.Record("reside", 1), record)
			messages, err := s.DueMessages(t.Context(), storetest.Start.AddDate(1, 0, 0), 10)
			require.NoError(t, err)
			assert.Len(t, messages, 2)
			requests, err := s.AuditRequests(t.Context())
			require.NoError(t, err)
			report, err := audit.Requests(t.Context(), requests, audit.Options{})
			require.NoError(t, err)
			require.NoError(t, requests.Close())
			assert.Empty(t, report.Problems, "what was there is committed to")
			assert.EqualValues(t, 3, report.Checkpoint.Size+report.Pending)

			// It goes on from there: numbers, months and the log.
			add(t, s, at(2, storetest.Start.AddDate(0, 5, 0)))
			next := storetest.Record("reside", 2)
			_, _, err = s.AddRequest(t.Context(), next, storetest.Messages(next))
			require.NoError(t, err)
			n, err := s.Erase(t.Context(), evidence.Erasure{Receipts: []string{receipt.ID}, Reason: evidence.ByVisitor, Time: storetest.Start.Add(time.Hour)})
			require.NoError(t, err)
			assert.Equal(t, 1, n)
		})
	}
}

func TestTheNewestSchemaIsKept(t *testing.T) {
	url := fresh(t)
	version := value[int](t, url, `SELECT max(version_id) FROM goose_db_version`)
	kept := load(t, filepath.Join(dumps, fmt.Sprintf("%05d.sql", version)))
	assert.Equal(t, schema(t, url), schema(t, kept), "a migration that was released is never edited")
}

// TestReceiptsThatFollowAreFoundByAnIndex holds the index over previous to
// every month, those that come later included.
func TestReceiptsThatFollowAreFoundByAnIndex(t *testing.T) {
	url := load(t, filepath.Join(dumps, "00001.sql"))
	s, err := postgres.Open(t.Context(), url)
	require.NoError(t, err)
	defer s.Close()
	add(t, s, at(2, storetest.Start.AddDate(0, 5, 0)))
	missing, err := raw(t, url).Query(t.Context(), `SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'receipts'::regclass AND NOT EXISTS (
		SELECT FROM pg_index WHERE indrelid = inhrelid AND pg_get_indexdef(indexrelid) LIKE '%(previous) WHERE (previous IS NOT NULL)')`)
	require.NoError(t, err)
	without, err := pgx.CollectRows(missing, pgx.RowTo[string])
	require.NoError(t, err)
	assert.Empty(t, without)
	assert.Len(t, partitions(t, url), 6)
}

// load makes a database from a dump.
func load(t *testing.T, dump string) (url string) {
	t.Helper()
	text, err := os.ReadFile(dump)
	require.NoError(t, err)
	url = pgtest.Database(t)
	exec(t, url, string(text))
	return url
}

// fresh is a database that was just made, with the partitions of the samples.
func fresh(t *testing.T) (url string) {
	t.Helper()
	url = pgtest.Database(t)
	add(t, stocked(t, url), storetest.Receipt("reside", 1))
	return url
}

// schema lists what a database consists of, by name.
func schema(t *testing.T, url string) map[string]string {
	t.Helper()
	rs, err := raw(t, url).Query(t.Context(), `
SELECT 'column ' || attrelid::regclass::text || '.' || attname, format_type(atttypid, atttypmod) || ' ' || attnotnull::text || ' ' || attidentity::text || ' ' || attstorage::text || ' ' || coalesce(pg_get_expr(adbin, adrelid), '')
	FROM pg_attribute JOIN pg_class AS c ON c.oid = attrelid LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
	WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'S') AND attnum > 0 AND NOT attisdropped
UNION ALL SELECT 'table ' || oid::regclass::text, relkind::text || ' ' || coalesce(array_to_string(reloptions, ' '), '') || ' ' || coalesce(pg_get_expr(relpartbound, oid), '') FROM pg_class
	WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
UNION ALL SELECT 'index ' || indexrelid::regclass, pg_get_indexdef(indexrelid) FROM pg_index JOIN pg_class AS c ON c.oid = indrelid WHERE relnamespace = 'public'::regnamespace
UNION ALL SELECT 'constraint ' || conname || ' of ' || conrelid::regclass, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT 'trigger ' || tgname || ' of ' || tgrelid::regclass, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT 'function ' || oid::regprocedure, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace`)
	require.NoError(t, err)
	parts := map[string]string{}
	var name, text string
	_, err = pgx.ForEachRow(rs, []any{&name, &text}, func() error {
		parts[name] = text
		return nil
	})
	require.NoError(t, err)
	return parts
}
