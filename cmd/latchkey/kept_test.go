package main

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/server/postgres/pgtest"
)

// TestALogIsNotBegunAnewInAnotherDatabase gives a server a database that is empty, and one that
// is older, in the place of its own, in both stores.
func TestALogIsNotBegunAnewInAnotherDatabase(t *testing.T) {
	const public = "https://privacy.example.org"
	for _, c := range []struct {
		name     string
		database func() string // a new one; empty for the file in the data folder
	}{
		{"SQLite", func() string { return "" }},
		{"PostgreSQL", func() string { return pgtest.Database(t) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			// with is a data folder with the keys as they are now; for SQLite, without a database.
			data := t.TempDir()
			with := func(dir string) string {
				require.NoError(t, os.RemoveAll(filepath.Join(dir, "keys")))
				require.NoError(t, os.CopyFS(filepath.Join(dir, "keys"), os.DirFS(filepath.Join(data, "keys"))))
				return dir
			}
			choose := func(p *program) {
				edition, answers := question(t, p.url)
				var r struct{ Receipt string }
				require.True(t, send(p.url+"/api/receipts", map[string]any{
					"event": uuid.NewString(), "site": "connect", "edition": edition, "answers": answers, "method": "reject-all", "gpc": false, "age": 0,
				}, &r))
				require.Zero(t, p.stop(syscall.SIGTERM), p.log())
			}
			refused := func(data, database, why string) {
				t.Helper()
				ctx, stop := context.WithTimeout(t.Context(), 30*time.Second) // one that serves does not end
				defer stop()
				out, err := exec.CommandContext(ctx, "latchkey", "serve", "--config", "../../testdata/groups", "--addr", "127.0.0.1:0", "--public-url", public,
					"--data", data, "--database", database).CombinedOutput()
				require.Error(t, err)
				assert.Contains(t, string(out), filepath.Join(data, "keys", "log.checkpoint")+" is of a log of 2 leaves, and the database "+why)
				assert.Contains(t, string(out), "look at --data and --database, or restore a newer backup")
			}

			own := c.database()
			choose(serve(t, data, "--database", own, "--public-url", public))
			file := filepath.Join(t.TempDir(), "older.backup")
			latchkey(t, "backup", "--data", data, "--database", own, file)
			choose(serve(t, data, "--database", own, "--public-url", public))

			refused(with(t.TempDir()), c.database(), "has none")
			older, restored := c.database(), filepath.Join(t.TempDir(), "data")
			latchkey(t, "restore", file, "--data", restored, "--database", older)
			require.Zero(t, serve(t, restored, "--database", older, "--public-url", public).stop(syscall.SIGTERM), "what was restored is served as it is")
			refused(with(restored), older, "has one of only 1")
			require.Zero(t, serve(t, data, "--database", own, "--public-url", public).stop(syscall.SIGTERM), "its own is served")

			// What is lost for good is given up, by moving the file away.
			require.NoError(t, os.Rename(filepath.Join(restored, "keys", "log.checkpoint"), filepath.Join(restored, "lost.checkpoint")))
			latchkey(t, "keys", "rotate", "--data", restored)
			choose(serve(t, restored, "--database", older, "--public-url", public))
			store := restored
			if older != "" {
				store = older
			}
			latchkey(t, "verify", "log", store, "--key", "@"+filepath.Join(restored, "keys", "log.pub"))
		})
	}
}

// TestADatabaseThatWasPutBackIsNoticed puts the database back to what it was two receipts ago, seconds
// after a server that was killed has published the log with these two.
func TestADatabaseThatWasPutBackIsNoticed(t *testing.T) {
	const public = "https://privacy.example.org"
	for _, c := range []struct {
		name     string
		database func() string
		keep     func(t *testing.T, data, database string) (putBack func() (older string))
	}{
		{"SQLite", func() string { return "" }, func(t *testing.T, data, _ string) func() string {
			copied := map[string][]byte{}
			for _, name := range []string{"latchkey.db", "latchkey.db-wal"} {
				b, err := os.ReadFile(filepath.Join(data, name))
				require.NoError(t, err)
				copied[name] = b
			}
			return func() string {
				require.NoError(t, os.Remove(filepath.Join(data, "latchkey.db-shm")))
				for name, b := range copied {
					require.NoError(t, os.WriteFile(filepath.Join(data, name), b, 0o600))
				}
				return ""
			}
		}},
		{"PostgreSQL", func() string { return pgtest.Database(t) }, func(t *testing.T, data, database string) func() string {
			file := filepath.Join(t.TempDir(), "older.backup")
			latchkey(t, "backup", "--data", data, "--database", database, file)
			return func() string {
				older := pgtest.Database(t)
				latchkey(t, "restore", file, "--data", filepath.Join(t.TempDir(), "data"), "--database", older)
				return older
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			data, database := t.TempDir(), c.database()
			p := serve(t, data, "--database", database, "--public-url", public)
			edition, answers := question(t, p.url)
			choose := func(leaves int) {
				t.Helper()
				require.Equal(t, http.StatusCreated, post(http.DefaultClient, p.url, edition, answers))
				until(t, "the log to have it", func() bool {
					status, text := p.get("/log/checkpoint")
					lines := strings.Split(text, "\n")
					return status == http.StatusOK && lines[1] == strconv.Itoa(leaves)
				})
			}
			choose(1)
			putBack := c.keep(t, data, database)
			choose(2)
			choose(3)
			require.NoError(t, p.cmd.Process.Kill())
			p.cmd.Wait()
			older := putBack()

			ctx, stop := context.WithTimeout(t.Context(), 30*time.Second) // one that serves does not end
			defer stop()
			out, err := exec.CommandContext(ctx, "latchkey", "serve", "--config", "../../testdata/groups", "--addr", "127.0.0.1:0", "--public-url", public,
				"--data", data, "--database", older).CombinedOutput()
			require.Error(t, err)
			assert.Contains(t, string(out), filepath.Join(data, "keys", "log.checkpoint")+" is of a log of 3 leaves, and the database has one of only 1")
		})
	}
}
