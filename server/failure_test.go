package server_test

import (
	"database/sql"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/server"
	"latchkey/server/sqlite"
)

// What goes wrong under a running server, over HTTP and with the real database.
// The tests of package main add what needs a process of its own: a full disk and
// a database that can't be written.

// acknowledged sends receipts and returns what the server said it had stored.
func (r *running) acknowledged(t *testing.T, n int) []receiptAnswer {
	t.Helper()
	var all []receiptAnswer
	for range n {
		got := r.postReceipt(r.submission())
		require.Equal(t, http.StatusCreated, got.status, got.body)
		all = append(all, decode[receiptAnswer](t, got.body))
	}
	return all
}

// shown is the status with which a receipt is shown to its holder.
func (r *running) shown(a receiptAnswer) int {
	return r.do("GET", "/api/receipts/"+a.Receipt, "", "Authorization", "Bearer "+a.Token).status
}

// notReady asserts that a write is refused for a while, and that the probe says so too.
func (r *running) notReady(t *testing.T, says string) {
	t.Helper()
	refused := r.postReceipt(r.submission())
	assert.Equal(t, http.StatusServiceUnavailable, refused.status, refused.body)
	assert.NotEmpty(t, refused.header.Get("Retry-After"))
	assert.Contains(t, refused.body, says)
	probe := r.do("GET", "/readyz", "")
	assert.Equal(t, http.StatusServiceUnavailable, probe.status, probe.body)
	assert.Contains(t, probe.body, says)
	assert.Equal(t, http.StatusOK, r.do("GET", "/healthz", "").status, "the process itself is well")
	assert.Equal(t, http.StatusOK, r.do("GET", "/embed/progress-group.js", "").status, "and visitors can choose")
}

// readyAgain waits until the probe says that writes are taken: what it said before holds for a moment.
func (r *running) readyAgain(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool { return r.do("GET", "/readyz", "").status == http.StatusOK }, 10*time.Second, 10*time.Millisecond)
}

func TestAClockThatGoesBackDatesNothing(t *testing.T) {
	r := start(t)
	noon := r.clock.Now()
	first := r.acknowledged(t, 1)[0]

	r.clock.set(noon.Add(-5 * time.Second))
	second := r.acknowledged(t, 1)[0]
	assert.Equal(t, first.Time, second.Time, "a step back as the network sets clocks: the time stands still meanwhile")

	r.clock.set(noon.Add(-time.Hour))
	r.notReady(t, "clock went back by 1h0m0s")
	form := r.do("POST", "/reside/request", "to=kind", "Content-Type", "application/x-www-form-urlencoded")
	assert.Equal(t, http.StatusServiceUnavailable, form.status)
	assert.Equal(t, http.StatusOK, r.shown(first), "what is stored can be read")
	assert.Equal(t, 2, r.stored())

	r.clock.set(noon.Add(time.Second))
	third := r.acknowledged(t, 1)[0]
	assert.Greater(t, third.Time, second.Time)
	assert.Equal(t, http.StatusOK, r.do("GET", "/readyz", "").status)
}

func TestADatabaseThatAnotherProgramHoldsIsWaitedForAndThenRefused(t *testing.T) {
	dir := t.TempDir()
	r := startWith(t, dir, func(*server.Options) {})
	before := r.acknowledged(t, 1)[0]
	other, err := sql.Open("sqlite", "file:"+filepath.Join(dir, sqlite.FileName)+"?_txlock=immediate")
	require.NoError(t, err)
	defer other.Close()
	held, err := other.Begin()
	require.NoError(t, err)

	r.notReady(t, "locked")
	assert.Equal(t, http.StatusOK, r.shown(before), "what is stored can be read")

	require.NoError(t, held.Rollback())
	r.acknowledged(t, 1)
	r.readyAgain(t)
	assert.Equal(t, 2, r.stored(), "what was refused was not stored")
}

// damage overwrites the pages of a database that hold what the filter names.
func damage(t *testing.T, path, filter string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?mode=ro")
	require.NoError(t, err)
	defer db.Close()
	var size int64
	require.NoError(t, db.QueryRow("PRAGMA page_size").Scan(&size))
	rows, err := db.Query("SELECT rootpage FROM sqlite_schema WHERE rootpage > 0 AND " + filter)
	require.NoError(t, err)
	defer rows.Close()
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	require.NoError(t, err)
	defer file.Close()
	garbage := make([]byte, size)
	for i := range garbage {
		garbage[i] = byte(i*7 + 3)
	}
	n := 0
	for rows.Next() {
		var page int64
		require.NoError(t, rows.Scan(&page))
		_, err := file.WriteAt(garbage, (page-1)*size)
		require.NoError(t, err)
		n++
	}
	require.NoError(t, rows.Err())
	require.Positive(t, n, "pages overwritten")
}

// stop ends a server as an operator does, so that its database is one file.
func (r *running) stop() {
	r.t.Helper()
	r.Close()
	require.NoError(r.t, r.store.Close())
}

func TestADamagedPageStopsTheServerFromStoring(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, sqlite.FileName)
	r := startWith(t, dir, func(*server.Options) {})
	kept := r.acknowledged(t, 3)
	r.stop()
	damage(t, path, "tbl_name = 'entries'")
	before, err := os.ReadFile(path)
	require.NoError(t, err)

	r = startWith(t, dir, func(*server.Options) {})
	found := r.postReceipt(r.submission())
	assert.Equal(t, http.StatusServiceUnavailable, found.status, found.body)
	assert.Contains(t, found.body, "malformed")
	r.notReady(t, "the database is damaged and must be restored")
	for _, a := range kept {
		assert.GreaterOrEqual(t, r.shown(a), 500, "a receipt that can't be read is not said to be unknown")
	}
	form := r.do("POST", "/reside/request", "to=kind", "Content-Type", "application/x-www-form-urlencoded")
	assert.Equal(t, http.StatusServiceUnavailable, form.status, "no request is taken either")
	assert.Contains(t, form.body, "go back in a few minutes and send it again", "and the person knows what to do with their answers")
	assert.Contains(t, r.log.String(), "restore a backup", "the operator is told what to do")
	r.stop()

	after, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Len(t, after, len(before), "nothing was added to what is damaged")
}

func TestADatabaseThatIsNoneStartsNothing(t *testing.T) {
	for _, c := range []struct {
		name   string
		damage func(t *testing.T, path string)
		says   string
	}{
		{"its first page is overwritten", func(t *testing.T, path string) {
			f, err := os.OpenFile(path, os.O_RDWR, 0)
			require.NoError(t, err)
			_, err = f.WriteAt(make([]byte, 4096), 0)
			require.NoError(t, err)
			require.NoError(t, f.Close())
		}, "not a database"},
		{"the record of its schema is overwritten", func(t *testing.T, path string) {
			damage(t, path, "tbl_name = 'goose_db_version'")
		}, "malformed"},
		{"its end is missing", func(t *testing.T, path string) {
			require.NoError(t, os.Truncate(path, 8192))
		}, "malformed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, sqlite.FileName)
			r := startWith(t, dir, func(*server.Options) {})
			r.acknowledged(t, 1)
			r.stop()
			c.damage(t, path)
			store, err := sqlite.Open(t.Context(), path)
			if err == nil {
				store.Close()
			}
			require.ErrorContains(t, err, c.says)
			assert.ErrorContains(t, err, path, "the error names the file")
		})
	}
}
