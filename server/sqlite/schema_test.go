package sqlite_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/consent"
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
			s, err := sqlite.Open(t.Context(), path)
			require.NoError(t, err)
			defer s.Close()

			receipt, err := s.Receipt(t.Context(), storetest.Receipt("reside", 1).ID)
			require.NoError(t, err)
			assert.Equal(t, storetest.Receipt("reside", 1), receipt)
			record, err := s.Request(t.Context(), storetest.Record("reside", 1).Reference)
			require.NoError(t, err)
			assert.Equal(t, storetest.Record("reside", 1), record)
			edition, err := s.Edition(t.Context(), storetest.Edition("reside").ID)
			require.NoError(t, err)
			assert.Equal(t, storetest.Edition("reside"), edition)
			text, err := s.ShownText(t.Context(), edition.Shown)
			require.NoError(t, err)
			assert.Equal(t, storetest.ShownText, text)
			versions, err := s.NoticeVersions(t.Context(), "progress", "reside")
			require.NoError(t, err)
			assert.Equal(t, []consent.NoticeRef{{ID: "reside", Version: "2026-10-01", Hash: "reside2026-10-01cy"}}, versions)
			messages, err := s.DueMessages(t.Context(), storetest.Start.AddDate(1, 0, 0), 10)
			require.NoError(t, err)
			assert.Len(t, messages, 2)
			assert.Equal(t, schema(t, raw(t, path)), schema(t, fresh(t)), "an old database ends with the schema of a new one")
			require.NoError(t, s.MessageSent(t.Context(), messages[0].ID, time.UnixMilli(0)))
		})
	}
}

func TestTheNewestSchemaIsKept(t *testing.T) {
	migrations, err := filepath.Glob("migrations/*.sql")
	require.NoError(t, err)
	for _, m := range migrations {
		number, _, _ := strings.Cut(filepath.Base(m), "_")
		assert.FileExists(t, filepath.Join(dumps, number+".sql"))
	}
	newest, _, _ := strings.Cut(filepath.Base(migrations[len(migrations)-1]), "_")
	path := filepath.Join(t.TempDir(), sqlite.FileName)
	load(t, path, filepath.Join(dumps, newest+".sql"))
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
