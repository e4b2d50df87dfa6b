package sqlite

import (
	"database/sql"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/evidence"
	"latchkey/server/storetest"
)

// acts reads the entries that are no receipts, after checking that each is committed to.
func acts(t *testing.T, db *sql.DB) []evidence.Entry {
	t.Helper()
	rs, err := db.QueryContext(t.Context(), `SELECT commitment, salt, act FROM entries WHERE act IS NOT NULL ORDER BY seq`)
	require.NoError(t, err)
	defer rs.Close()
	var found []evidence.Entry
	for rs.Next() {
		var commitment, salt []byte
		var text string
		var e evidence.Entry
		require.NoError(t, rs.Scan(&commitment, &salt, &text))
		require.NoError(t, json.Unmarshal([]byte(text), &e))
		canonical, err := evidence.Canonical(e)
		require.NoError(t, err)
		assert.Equal(t, string(canonical), text)
		want, err := evidence.Commit(salt, e)
		require.NoError(t, err)
		assert.Equal(t, want, commitment)
		found = append(found, e)
	}
	require.NoError(t, rs.Err())
	return found
}

func TestAnErasureIsRecordedWithItsLeafAndLeavesNothingInTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	s, err := Open(t.Context(), path)
	require.NoError(t, err)
	defer s.Close()
	require.NoError(t, s.AddEdition(t.Context(), storetest.Edition("reside"), storetest.ShownText))
	for n := range 300 {
		_, _, err := s.AddReceipt(t.Context(), new(storetest.Receipt("reside", n)))
		require.NoError(t, err)
	}
	gone := storetest.Receipt("reside", 123)
	at := time.Date(2026, time.December, 1, 3, 0, 0, 0, time.UTC)
	before := at.AddDate(-2, 0, 0)
	purge := evidence.Entry{Kind: evidence.Purged, Time: at, Site: "reside", Before: &before, Checkpoint: "signed"}
	n, err := s.Erase(t.Context(), evidence.Erasure{Receipts: []string{gone.ID}, Reason: evidence.ByRetention, Time: at, Purge: &purge})
	require.NoError(t, err)
	require.Equal(t, 1, n)

	leaf := int64(123)
	assert.Equal(t, []evidence.Entry{
		{Kind: evidence.Erased, Time: at, Index: &leaf, Reason: "retention"},
		{Kind: evidence.Purged, Time: at, Site: "reside", Before: &before, Count: 1, Checkpoint: "signed"},
	}, acts(t, s.db))

	_, err = s.writer.db.ExecContext(t.Context(), `PRAGMA wal_checkpoint(TRUNCATE)`)
	require.NoError(t, err)
	file, err := os.ReadFile(path)
	require.NoError(t, err)
	id, event := uuid.MustParse(gone.ID), uuid.MustParse(gone.Event.ID)
	for what, secret := range map[string][]byte{"id": id[:], "event": event[:], "salt": gone.Salt} {
		assert.NotContains(t, string(file), string(secret), what)
	}
	assert.Contains(t, string(file), string(gone.Commitment))
}

func TestOnlyAWholeErasureIsPossible(t *testing.T) {
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), FileName))
	require.NoError(t, err)
	defer s.Close()
	require.NoError(t, s.AddEdition(t.Context(), storetest.Edition("reside"), storetest.ShownText))
	_, _, err = s.AddReceipt(t.Context(), new(storetest.Receipt("reside", 1)))
	require.NoError(t, err)
	for _, change := range []string{
		"salt = NULL", "choice = '{}'", "commitment = x'00'", "id = NULL, event = NULL", "seq = 9",
	} {
		_, err := s.writer.db.ExecContext(t.Context(), `UPDATE entries SET `+change)
		assert.ErrorContains(t, err, "append-only", change)
	}
}
