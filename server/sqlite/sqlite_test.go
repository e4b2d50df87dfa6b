package sqlite_test

import (
	"database/sql"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/consent"
	"latchkey/app/fault"
	"latchkey/server"
	"latchkey/server/sqlite"
	"latchkey/server/storetest"
)

var _ server.Store = (*sqlite.Store)(nil)

func TestStore(t *testing.T) {
	folders := map[*testing.T]string{}
	storetest.Run(t, func(t *testing.T) server.Store {
		if folders[t] == "" {
			folders[t] = t.TempDir()
		}
		s, err := sqlite.Open(t.Context(), filepath.Join(folders[t], sqlite.FileName))
		require.NoError(t, err)
		return s
	})
}

// open makes a store in a folder of its own and returns its path.
func open(t *testing.T) (*sqlite.Store, string) {
	path := filepath.Join(t.TempDir(), "data #1?", sqlite.FileName)
	s, err := sqlite.Open(t.Context(), path)
	require.NoError(t, err)
	t.Cleanup(func() { s.Close() })
	return s, path
}

// raw connects to a database as any other program would.
func raw(t *testing.T, path string) *sql.DB {
	name := url.URL{Scheme: "file", Path: path}
	db, err := sql.Open("sqlite", name.String())
	require.NoError(t, err)
	t.Cleanup(func() { db.Close() })
	return db
}

func TestEvidenceIsAppendOnly(t *testing.T) {
	s, path := open(t)
	require.NoError(t, s.AddEdition(t.Context(), storetest.Edition("reside"), storetest.ShownText))
	_, _, err := s.AddReceipt(t.Context(), new(storetest.Receipt("reside", 1)))
	require.NoError(t, err)
	record := storetest.Record("reside", 1)
	_, _, err = s.AddRequest(t.Context(), record, storetest.Messages(record))
	require.NoError(t, err)
	require.NoError(t, s.PublishNotice(t.Context(), "progress", storetest.Notice("reside", "1", "cy", storetest.Start), []byte("x")))

	db := raw(t, path)
	for _, statement := range []string{
		`UPDATE entries SET choice = '{}'`,
		`UPDATE entries SET time = 0`,
		`UPDATE entries SET commitment = x''`,
		`UPDATE entries SET salt = NULL`, // erasing takes all or nothing
		`DELETE FROM entries`,
		`UPDATE requests SET received = 0`,
		`DELETE FROM requests`,
		`UPDATE request_entities SET entity = 'x'`,
		`DELETE FROM request_entities`,
		`UPDATE editions SET body = '{}'`,
		`DELETE FROM editions`,
		`UPDATE texts SET text = ''`,
		`DELETE FROM texts`,
		`UPDATE notices SET source = x''`,
		`DELETE FROM notices`,
		`UPDATE messages SET body = ''`,
		`UPDATE messages SET recipient = 'x'`,
		`DELETE FROM messages`,
	} {
		t.Run(statement, func(t *testing.T) {
			_, err := db.ExecContext(t.Context(), statement)
			require.Error(t, err)
			assert.Regexp(t, `append-only|written once|not deleted`, err.Error())
		})
	}
}

func TestTheFileIsForItsOwnerAlone(t *testing.T) {
	s, path := open(t)
	require.NoError(t, s.Ready(t.Context()))
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		info, err := os.Stat(name)
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o600), info.Mode().Perm(), name)
	}
	require.NoError(t, s.Close())

	require.NoError(t, os.Chmod(path, 0o644))
	s, err := sqlite.Open(t.Context(), path)
	require.NoError(t, err)
	defer s.Close()
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm(), "a file that was opened up is closed again")
}

func TestReadyFindsOutThatNothingCanBeWritten(t *testing.T) {
	s, path := open(t)
	require.NoError(t, s.Ready(t.Context()))
	db := raw(t, path)
	_, err := db.ExecContext(t.Context(), `CREATE TRIGGER full BEFORE UPDATE ON probe BEGIN SELECT RAISE(ABORT, 'no'); END`)
	require.NoError(t, err)
	require.ErrorIs(t, s.Ready(t.Context()), fault.Unavailable)
	_, err = db.ExecContext(t.Context(), `DROP TRIGGER full`)
	require.NoError(t, err)
	require.NoError(t, s.Ready(t.Context()))
}

func TestAFailedWriteLeavesTheOthersOfItsGroup(t *testing.T) {
	s, path := open(t)
	_, err := raw(t, path).ExecContext(t.Context(),
		`CREATE TRIGGER refuse AFTER INSERT ON entries
		 WHEN (SELECT site FROM editions WHERE key = NEW.edition) = 'bad' BEGIN SELECT RAISE(ABORT, 'refused'); END`)
	require.NoError(t, err)
	for _, site := range []string{"good", "bad"} {
		require.NoError(t, s.AddEdition(t.Context(), storetest.Edition(site), storetest.ShownText))
	}
	errs := make(chan error)
	const each = 50
	for n := range each {
		go func() { _, _, err := s.AddReceipt(t.Context(), new(storetest.Receipt("good", n))); errs <- err }()
		go func() { _, _, err := s.AddReceipt(t.Context(), new(storetest.Receipt("bad", each+n))); errs <- err }()
	}
	failed := 0
	for range 2 * each {
		if err := <-errs; err != nil {
			failed++
			assert.ErrorContains(t, err, "refused")
		}
	}
	assert.Equal(t, each, failed)
	stored := 0
	for r, err := range s.Receipts(t.Context(), consent.ReceiptFilter{}) {
		require.NoError(t, err)
		assert.Equal(t, "good", r.Event.Site)
		stored++
	}
	assert.Equal(t, each, stored)
}

func TestReaderReadsWhileTheServerRunsAndAfter(t *testing.T) {
	s, path := open(t)
	want := storetest.Receipt("reside", 1)
	require.NoError(t, s.AddEdition(t.Context(), storetest.Edition("reside"), storetest.ShownText))
	_, _, err := s.AddReceipt(t.Context(), &want)
	require.NoError(t, err)
	read := func(t *testing.T) {
		r, err := sqlite.OpenReader(t.Context(), path)
		require.NoError(t, err)
		defer r.Close()
		got, err := r.Receipt(t.Context(), want.ID)
		require.NoError(t, err)
		assert.Equal(t, want, got)
	}
	t.Run("beside an open store", read)
	require.NoError(t, s.Close())
	t.Run("alone", read)
	t.Run("and leaves nothing but the database", func(t *testing.T) {
		files, err := os.ReadDir(filepath.Dir(path))
		require.NoError(t, err)
		for _, f := range files {
			info, err := f.Info()
			require.NoError(t, err)
			assert.Equal(t, os.FileMode(0o600), info.Mode().Perm(), f.Name())
		}
	})
}

func TestReaderRefusesWhatItCannotRead(t *testing.T) {
	_, err := sqlite.OpenReader(t.Context(), filepath.Join(t.TempDir(), sqlite.FileName))
	assert.ErrorIs(t, err, fault.NotFound)

	s, path := open(t)
	require.NoError(t, s.Close())
	_, err = raw(t, path).ExecContext(t.Context(), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, 1)`)
	require.NoError(t, err)
	_, err = sqlite.OpenReader(t.Context(), path)
	assert.ErrorIs(t, err, fault.Conflict, "a newer schema")
	_, err = sqlite.Open(t.Context(), path)
	assert.ErrorIs(t, err, fault.Conflict, "a newer schema")
}
