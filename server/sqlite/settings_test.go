package sqlite

import (
	"database/sql"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestEveryConnectionHasItsSettings(t *testing.T) {
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), FileName))
	require.NoError(t, err)
	defer s.Close()
	for _, c := range []struct {
		name string
		db   *sql.DB
		want map[string]string
	}{
		{"the writing connection syncs at every commit", s.writer.db, map[string]string{
			"busy_timeout": "5000", "journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "recursive_triggers": "1", "secure_delete": "1", "query_only": "0",
		}},
		{"a reading connection cannot write", s.db, map[string]string{
			"busy_timeout": "5000", "journal_mode": "wal", "query_only": "1",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for pragma, want := range c.want {
				var got string
				require.NoError(t, c.db.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got))
				assert.Equal(t, want, got, pragma)
			}
		})
	}
}
