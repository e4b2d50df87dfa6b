package main

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/server/postgres/pgtest"
	"latchkey/server/sqlite"
	"latchkey/server/storetest"
)

// personal is what a request of the tests below says: long enough for pages of its own in the database.
type personal struct{ name, email, phone, what, reference string }

func (p personal) traces() []string {
	return []string{p.name, p.email, p.phone, p.what[:40], p.what[len(p.what)-40:]}
}

func newPersonal(n int) personal {
	return personal{
		name: fmt.Sprintf("Angharad Testperson-%04d", n), email: fmt.Sprintf("angharad.%04d@tenant.example", n), phone: fmt.Sprintf("01772 55%04d", n),
		what: fmt.Sprintf("Beginning-%04d of what I want to know. ", n) + strings.Repeat(fmt.Sprintf("Why was flat %04d flooded? ", n), 150+n) + fmt.Sprintf("And that is the end of %04d, thank you all.", n),
	}
}

// ask sends a request over the API and returns its reference.
func (p *program) ask(who *personal) {
	p.t.Helper()
	body := fmt.Sprintf(`{"key":%q,"site":"reside","request":{"kind":"access","entities":["reside"],"what":%q,"name":%q,"reply":"email","email":%q,"phone":%q}}`,
		uuid.NewString(), who.what, who.name, who.email, who.phone)
	req, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, p.url+"/api/requests", strings.NewReader(body))
	require.NoError(p.t, err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Origin", demoOrigin)
	res, err := http.DefaultClient.Do(req)
	require.NoError(p.t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	require.NoError(p.t, err)
	require.Equal(p.t, http.StatusCreated, res.StatusCode, string(text))
	_, rest, _ := strings.Cut(string(text), `"reference":"`)
	who.reference, _, _ = strings.Cut(rest, `"`)
	require.NotEmpty(p.t, who.reference)
}

// found lists the files below a folder that have something of a person in them.
func found(t *testing.T, dir string, who personal) (where []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) || err == nil && !e.Type().IsRegular() {
			return nil // a database makes files and takes them away
		}
		if err != nil {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		for _, trace := range who.traces() {
			if bytes.Contains(b, []byte(trace)) {
				where = append(where, filepath.Base(path)+": "+trace)
			}
		}
		return nil
	})
	require.NoError(t, err)
	return where
}

// TestWhatWasErasedOfARequestIsInNoFile searches every file of a data folder for every byte of what a person said:
// the database, its write-ahead log, the outbox, while a server runs, and after it was killed and started again.
func TestWhatWasErasedOfARequestIsInNoFile(t *testing.T) {
	data := t.TempDir()
	p := serve(t, data, "--public-url", "https://privacy.example.org")
	var people []personal
	for n := range 12 {
		people = append(people, newPersonal(n))
		p.ask(&people[n])
	}
	mailed := func(reference string) int {
		files, err := filepath.Glob(filepath.Join(data, "outbox", reference+"-*.eml"))
		require.NoError(t, err)
		return len(files)
	}
	until(t, "all mail to be in the outbox", func() bool { return mailed(people[11].reference) == 2 })
	erased := []int{0, 5, 11}
	for _, n := range erased {
		require.NotEmpty(t, found(t, data, people[n]))
		out := latchkey(t, "requests", "erase", people[n].reference, "--data", data, "--yes")
		assert.Contains(t, out, "2 files of its mail are deleted")
	}
	gone := func(when string) {
		t.Helper()
		for n, who := range people {
			where := found(t, data, who)
			switch n {
			case 0, 5, 11:
				assert.Empty(t, where, "of request %d %s", n, when)
				assert.Zero(t, mailed(who.reference))
			default:
				assert.NotEmpty(t, where, "request %d stays", n)
			}
		}
	}
	gone("while the server runs")
	more := newPersonal(99)
	p.ask(&more)
	gone("after more came")
	require.NoError(t, p.cmd.Process.Kill())
	p.cmd.Wait()
	gone("after the server was killed")
	p = serve(t, data, "--public-url", "https://privacy.example.org")
	gone("after it was started again")

	// What was written to a file at the last moment, or by a server elsewhere, goes at the next start.
	late := filepath.Join(data, "outbox", people[5].reference+"-acknowledgement-99.eml")
	require.Zero(t, p.stop(syscall.SIGTERM))
	require.NoError(t, os.WriteFile(late, []byte(people[5].name), 0o600))
	p = serve(t, data, "--public-url", "https://privacy.example.org")
	until(t, "the outbox to be swept", func() bool {
		_, err := os.Stat(late)
		return os.IsNotExist(err)
	})
	require.Zero(t, p.stop(syscall.SIGTERM))
	gone("after it was stopped")
	require.Zero(t, verifies(t, data))
}

// TestTheMigrationLeavesNothingInTheFile brings a database of requests of the schema before the audit log up to date,
// and erases one of them: of the tables that were, nothing is left.
func TestTheMigrationLeavesNothingInTheFile(t *testing.T) {
	data := t.TempDir()
	path := filepath.Join(data, sqlite.FileName)
	dump, err := os.ReadFile("../../testdata/schema/sqlite/00005.sql")
	require.NoError(t, err)
	db, err := sql.Open("sqlite", path)
	require.NoError(t, err)
	_, err = db.Exec(string(dump))
	require.NoError(t, err)
	require.NoError(t, db.Close())
	s, err := sqlite.Open(t.Context(), path)
	require.NoError(t, err)
	require.NoError(t, s.Close())
	r := storetest.Record("reside", 1)
	latchkey(t, "requests", "erase", r.Reference, "--data", data, "--yes")
	file, err := os.ReadFile(path)
	require.NoError(t, err)
	for _, trace := range []string{r.Request.Name, r.Request.What, r.Request.Safe, "sian@example.org", "Eich cais", r.Digest} {
		assert.False(t, bytes.Contains(file, []byte(trace)), trace)
	}
}

// TestWhatWasErasedOfARequestIsInNoFileOfPostgreSQL searches every file of a cluster, its write-ahead log too.
func TestWhatWasErasedOfARequestIsInNoFileOfPostgreSQL(t *testing.T) {
	cluster := pgtest.Own(t, "wal_recycle=off")
	data, database := t.TempDir(), cluster.Database(t)
	p := serve(t, data, "--database", database, "--public-url", "https://privacy.example.org")
	var people []personal
	for n := range 6 {
		people = append(people, newPersonal(n))
		p.ask(&people[n])
	}
	until(t, "all mail to be in the outbox", func() bool {
		files, err := filepath.Glob(filepath.Join(data, "outbox", people[5].reference+"-*.eml"))
		require.NoError(t, err)
		return len(files) == 2
	})
	require.NotEmpty(t, found(t, cluster.Folder(), people[2]), "it is looked for in the right place")
	latchkey(t, "requests", "erase", people[2].reference, "--data", data, "--database", database, "--yes")
	until(t, "nothing to be left", func() bool { return len(found(t, cluster.Folder(), people[2])) == 0 })
	assert.Empty(t, found(t, data, people[2]))
	for _, n := range []int{0, 5} {
		assert.NotEmpty(t, found(t, cluster.Folder(), people[n]))
	}
	require.NoError(t, p.cmd.Process.Kill())
	p.cmd.Wait()
	assert.Empty(t, found(t, cluster.Folder(), people[2]))
}

// TestWhatRetentionHasErasedOfARequestIsInNoFile has a server purge by a clock that it can believe, and kills it.
func TestWhatRetentionHasErasedOfARequestIsInNoFile(t *testing.T) {
	const later = 37 * 31 * 24 * time.Hour
	cluster := pgtest.Own(t, "wal_recycle=off")
	for _, c := range []struct{ name, database, files string }{
		{"SQLite", "", ""},
		{"PostgreSQL", cluster.Database(t), cluster.Folder()},
	} {
		t.Run(c.name, func(t *testing.T) {
			data := t.TempDir()
			serving := func(ahead time.Duration) *program {
				return started(t, byClock(ahead, "serve", "--config", "../../testdata/groups", "--data", data, "--database", c.database, "--addr", "127.0.0.1:0"))
			}
			p := serving(0)
			gone := newPersonal(7)
			p.ask(&gone)
			until(t, "its mail to be in the outbox", func() bool {
				files, err := filepath.Glob(filepath.Join(data, "outbox", gone.reference+"-*.eml"))
				require.NoError(t, err)
				return len(files) == 2
			})
			require.Zero(t, p.stop(syscall.SIGTERM), p.log())
			store, err := openStore(t.Context(), c.database, data)
			require.NoError(t, err)
			require.NoError(t, store.KeepLastPurge(t.Context(), now().Add(later-24*time.Hour)), "as a server has that has run since")
			require.NoError(t, store.Close())
			p = serving(later)
			until(t, "the purge to be done", func() bool { return strings.Contains(p.log(), "requests were erased") })
			until(t, "nothing to be left", func() bool {
				return len(found(t, data, gone)) == 0 && (c.files == "" || len(found(t, c.files, gone)) == 0)
			})
			assert.Contains(t, p.log(), "group=progress requests=1")
			require.NoError(t, p.cmd.Process.Kill())
			p.cmd.Wait()
			assert.Empty(t, found(t, data, gone))
			out := latchkey(t, "requests", "show", gone.reference, "--data", data, "--database", c.database)
			assert.Contains(t, out, "What the person said is gone")
		})
	}
}
