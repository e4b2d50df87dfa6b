package sqlite_test

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/consent"
	"latchkey/app/evidence"
	"latchkey/server/receiptlog/audit"
	"latchkey/server/sqlite"
	"latchkey/server/storetest"
)

// dumps are the databases of every released schema, each with the samples of
// package storetest in it; see the README beside them.
const dumps = "../../testdata/schema/sqlite"

func TestEveryReleasedSchemaIsBroughtUpToDate(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(dumps, "*.sql"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), sqlite.FileName)
			load(t, path, file)
			want, edition := samples(t, path)
			s, err := sqlite.Open(t.Context(), path)
			require.NoError(t, err)
			defer s.Close()

			receipt, err := s.Receipt(t.Context(), storetest.Receipt("reside", 1).ID)
			require.NoError(t, err)
			assert.Equal(t, want, receipt.Event)
			e, err := s.Edition(t.Context(), receipt.Edition)
			require.NoError(t, err)
			sum, err := evidence.EditionHash(e)
			require.NoError(t, err)
			commitment, err := evidence.Commit(receipt.Salt, evidence.Record(receipt, sum))
			require.NoError(t, err)
			assert.Equal(t, commitment, receipt.Commitment)
			record, err := s.Request(t.Context(), storetest.Record("reside", 1).Reference)
			require.NoError(t, err)
			assert.Equal(t, storetest.Record("reside", 1), record)
			kept, err := s.Edition(t.Context(), edition.ID)
			require.NoError(t, err)
			assert.Equal(t, edition, kept)
			text, err := s.ShownText(t.Context(), edition.Shown)
			require.NoError(t, err)
			assert.Equal(t, storetest.ShownText, text)
			versions, err := s.NoticeVersions(t.Context(), "progress", "reside")
			require.NoError(t, err)
			assert.Equal(t, []consent.NoticeRef{{ID: "reside", Version: "2026-10-01", Hash: "reside2026-10-01cy"}}, versions)
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
			assert.Equal(t, schema(t, raw(t, path)), schema(t, fresh(t)), "an old database ends with the schema of a new one")
			require.NoError(t, s.MessageSent(t.Context(), messages[0].ID, time.UnixMilli(0)))
		})
	}
}

// samples are the receipt and the edition that a dump holds.
func samples(t *testing.T, path string) (event consent.Event, edition consent.Edition) {
	db := raw(t, path)
	var body string
	require.NoError(t, db.QueryRowContext(t.Context(), `SELECT body FROM editions ORDER BY rowid LIMIT 1`).Scan(&body))
	require.NoError(t, json.Unmarshal([]byte(body), &edition))
	if db.QueryRowContext(t.Context(), `SELECT body FROM receipts`).Scan(&body) != nil { // from schema 2 on the event is completed with its edition
		return storetest.Receipt("reside", 1).Event, edition
	}
	require.NoError(t, json.Unmarshal([]byte(body), &event))
	return event, edition
}

func TestTheNewestSchemaIsKept(t *testing.T) {
	var version int
	require.NoError(t, fresh(t).QueryRowContext(t.Context(), `SELECT max(version_id) FROM goose_db_version`).Scan(&version))
	path := filepath.Join(t.TempDir(), sqlite.FileName)
	load(t, path, filepath.Join(dumps, fmt.Sprintf("%05d.sql", version)))
	assert.Equal(t, schema(t, fresh(t)), schema(t, raw(t, path)), "a migration that was released is never edited")
}

// load makes a database from a dump.
func load(t *testing.T, path, dump string) {
	text, err := os.ReadFile(dump)
	require.NoError(t, err)
	_, err = raw(t, path).ExecContext(t.Context(), string(text))
	require.NoError(t, err)
}

// fresh is a database that was just made.
func fresh(t *testing.T) *sql.DB {
	_, path := open(t)
	return raw(t, path)
}

// schema lists what a database consists of, by name.
func schema(t *testing.T, db *sql.DB) map[string]string {
	rows, err := db.QueryContext(t.Context(), `SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\_%' ESCAPE '\'`)
	require.NoError(t, err)
	defer rows.Close()
	parts := map[string]string{}
	for rows.Next() {
		var name, text string
		require.NoError(t, rows.Scan(&name, &text))
		parts[name] = text
	}
	require.NoError(t, rows.Err())
	return parts
}
