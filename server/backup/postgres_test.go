package backup_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/fault"
	"latchkey/server/backup"
	"latchkey/server/postgres"
	"latchkey/server/postgres/pgtest"
	"latchkey/server/receiptlog"
	"latchkey/server/receiptlog/audit"
	"latchkey/server/sqlite"
	"latchkey/server/storetest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main{Tests: m}.Run()) }

// restoreTo restores a backup into a new folder and a new PostgreSQL.
func restoreTo(t *testing.T, file string, keys []string) (dir, url string, err error) {
	t.Helper()
	dir, url = filepath.Join(t.TempDir(), "data"), pgtest.Database(t)
	target, err := postgres.OpenTarget(t.Context(), url)
	require.NoError(t, err)
	defer target.Close()
	_, _, err = backup.Restore(t.Context(), file, dir, backup.RestoreOptions{Keys: keys, Database: target})
	return dir, url, err
}

// TestOneFormServesBothStores takes a backup of SQLite to PostgreSQL, and one of
// that to SQLite again.
func TestOneFormServesBothStores(t *testing.T) {
	d := deploy(t)
	file, _ := d.backup(t, false)
	dir, url, err := restoreTo(t, file, d.keys.Public)
	require.NoError(t, err)
	only(t, dir, "keys", "loaders", "outbox")

	store, err := postgres.Open(t.Context(), url)
	require.NoError(t, err)
	defer store.Close()
	log, err := receiptlog.New(t.Context(), store, d.keys, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	require.NoError(t, log.Integrate(t.Context()), "the log goes on from there")

	second := filepath.Join(t.TempDir(), "second.backup")
	var found *audit.Report
	m, err := backup.Create(t.Context(), second, backup.Options{
		Data: dir, Keys: d.keys, Now: at, Database: postgres.Origin{URL: url}, Report: func(r *audit.Report) { found = r },
	})
	require.NoError(t, err)
	require.NotNil(t, found)
	assert.True(t, found.Holds(), "%v", found.Problems)
	only(t, filepath.Dir(second), "second.backup")
	checkpoint, err := store.Checkpoint(t.Context())
	require.NoError(t, err)
	assert.Equal(t, checkpoint, m.Checkpoint)

	again := filepath.Join(t.TempDir(), "data")
	_, report, err := backup.Restore(t.Context(), second, again, backup.RestoreOptions{Keys: d.keys.Public})
	require.NoError(t, err)
	assert.EqualValues(t, 302, report.Checkpoint.Size)
	assert.EqualValues(t, 298, report.Receipts)
	restored, err := sqlite.Open(t.Context(), filepath.Join(again, sqlite.FileName))
	require.NoError(t, err)
	defer restored.Close()
	want, err := d.store.Receipt(t.Context(), storetest.Receipt("", 299).ID)
	require.NoError(t, err)
	got, err := restored.Receipt(t.Context(), want.ID)
	require.NoError(t, err)
	assert.Equal(t, want, got)
}

func TestARefusedBackupLeavesTheDatabaseOutOfService(t *testing.T) {
	d := deploy(t)
	file, _ := d.backup(t, false)
	other, _, err := noteKeys(t)
	require.NoError(t, err)
	dir, url, err := restoreTo(t, file, []string{other})
	require.ErrorIs(t, err, fault.Forbidden)
	_, err = os.Stat(dir)
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = postgres.Open(t.Context(), url)
	require.ErrorIs(t, err, fault.Conflict)
}

// TestWhatWasMovedElsewhereIsNotBackedUp holds a nightly job to the database that servers use.
func TestWhatWasMovedElsewhereIsNotBackedUp(t *testing.T) {
	d := deploy(t)
	require.NoError(t, sqlite.Origin{Path: filepath.Join(d.data, sqlite.FileName)}.Leave(t.Context()))
	_, err := backup.Create(t.Context(), filepath.Join(t.TempDir(), "x.backup"), backup.Options{Data: d.data, Keys: d.keys, Now: at})
	require.ErrorIs(t, err, fault.Conflict)

	url := pgtest.Database(t)
	target, err := postgres.OpenTarget(t.Context(), url)
	require.NoError(t, err)
	require.NoError(t, target.Close())
	_, err = backup.Create(t.Context(), filepath.Join(t.TempDir(), "x.backup"), backup.Options{Data: d.data, Keys: d.keys, Now: at, Database: postgres.Origin{URL: url}})
	require.ErrorIs(t, err, fault.Conflict)
}
