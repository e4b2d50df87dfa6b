package sqlite_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/consent"
	"latchkey/app/fault"
	"latchkey/server/sqlite"
	"latchkey/server/storetest"
)

// TestAFileThatIsNotInItsPlaceTakesNothing moves files of a database under an
// open store, and puts them back where that is possible.
func TestAFileThatIsNotInItsPlaceTakesNothing(t *testing.T) {
	rename := func(from, to string) func(*testing.T, string) {
		return func(t *testing.T, path string) { require.NoError(t, os.Rename(path+from, path+to)) }
	}
	other := func(suffix string) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			content, err := os.ReadFile(path + suffix)
			require.NoError(t, err)
			require.NoError(t, os.Rename(path+suffix, path+suffix+".old"))
			require.NoError(t, os.WriteFile(path+suffix, content, 0o600))
		}
	}
	for _, c := range []struct {
		name       string
		move, back func(t *testing.T, path string) // back is nil if what was there is gone
	}{
		{"the database was moved", rename("", ".old"), rename(".old", "")},
		{"the database was deleted", func(t *testing.T, path string) { require.NoError(t, os.Remove(path)) }, nil},
		{"the database was replaced by a copy", other(""), rename(".old", "")},
		{"the write-ahead log was moved", rename("-wal", "-wal.old"), rename("-wal.old", "-wal")},
		{"the write-ahead log was deleted", func(t *testing.T, path string) { require.NoError(t, os.Remove(path+"-wal")) }, nil},
		{"the write-ahead log was replaced by a copy", other("-wal"), rename("-wal.old", "-wal")},
		{"the folder was moved", func(t *testing.T, path string) {
			require.NoError(t, os.Rename(filepath.Dir(path), filepath.Dir(path)+".old"))
		}, func(t *testing.T, path string) {
			require.NoError(t, os.Rename(filepath.Dir(path)+".old", filepath.Dir(path)))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, path := open(t)
			require.NoError(t, s.AddEdition(t.Context(), storetest.Edition("reside"), storetest.ShownText))
			_, _, err := s.AddReceipt(t.Context(), new(storetest.Receipt("reside", 1)))
			require.NoError(t, err)

			c.move(t, path)
			for n := range 3 {
				_, _, err = s.AddReceipt(t.Context(), new(storetest.Receipt("reside", 2+n)))
				require.ErrorIs(t, err, fault.Unavailable)
				assert.ErrorContains(t, err, "deleted, moved or replaced")
				assert.NotContains(t, err.Error(), filepath.Base(filepath.Dir(path)))
				require.ErrorIs(t, s.Ready(t.Context()), fault.Unavailable)
			}
			if c.back == nil {
				return
			}
			c.back(t, path)
			require.NoError(t, s.Ready(t.Context()), "it is the same file again")
			_, _, err = s.AddReceipt(t.Context(), new(storetest.Receipt("reside", 9)))
			require.NoError(t, err)
			require.NoError(t, s.Close())
			assert.Equal(t, []string{storetest.Receipt("", 1).ID, storetest.Receipt("", 9).ID}, idsIn(t, path), "what was refused is not there")
		})
	}
}

// TestAFileBehindALinkIsInItsPlace: SQLite keeps its other files beside what the link leads to.
func TestAFileBehindALinkIsInItsPlace(t *testing.T) {
	dir := t.TempDir()
	real, link := filepath.Join(dir, "volume", sqlite.FileName), filepath.Join(dir, sqlite.FileName)
	s, err := sqlite.Open(t.Context(), real)
	require.NoError(t, err)
	require.NoError(t, s.Close())
	require.NoError(t, os.Symlink(real, link))
	s, err = sqlite.Open(t.Context(), link)
	require.NoError(t, err)
	defer s.Close()
	require.NoError(t, s.Ready(t.Context()))
	require.NoError(t, os.Rename(real, real+".old"))
	require.ErrorIs(t, s.Ready(t.Context()), fault.Unavailable)
}

// idsIn are the receipts of a database file.
func idsIn(t *testing.T, path string) (ids []string) {
	t.Helper()
	r, err := sqlite.OpenReader(t.Context(), path)
	require.NoError(t, err)
	defer r.Close()
	for stored, err := range r.Receipts(t.Context(), consent.ReceiptFilter{}) {
		require.NoError(t, err)
		ids = append(ids, stored.ID)
	}
	return ids
}
