package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/server/postgres/pgtest"
)

// command runs the program in this process.
func command(t *testing.T, args ...string) (code int, said string) {
	t.Helper()
	var out bytes.Buffer
	code = run(context.Background(), args, strings.NewReader(""), &out, &out)
	return code, out.String()
}

// TestALiveDeploymentMovesToPostgreSQLAndBack moves as the manual says: while
// the server runs, and once more when it has stopped. It backs up and restores on the way.
func TestALiveDeploymentMovesToPostgreSQLAndBack(t *testing.T) {
	data, database := t.TempDir(), pgtest.Database(t)
	p := serve(t, data, "--public-url", "https://privacy.example.org")
	edition, answers := question(t, p.url)
	type receipt struct{ Receipt, Token string }
	choose := func(n int) (last receipt) {
		for range n {
			require.True(t, send(p.url+"/api/receipts", map[string]any{
				"event": uuid.NewString(), "site": "connect", "edition": edition, "answers": answers, "method": "reject-all", "gpc": false, "age": 0,
			}, &last))
		}
		return last
	}
	first := choose(20)
	t.Setenv("LATCHKEY_DATABASE", database)
	move := []string{"migrate", "--from", "sqlite", "--to", "postgres", "--data", data}
	code, said := command(t, move...)
	require.Zero(t, code, said)
	assert.Contains(t, said, "not in service yet")

	second := choose(20)
	require.Zero(t, p.stop(syscall.SIGTERM), p.log())
	code, said = command(t, append(move, "--finish")...)
	require.Zero(t, code, said)
	assert.Contains(t, said, "Checked in the target: 40 receipts; a log of ")
	assert.Contains(t, said, "start the server with --database, or LATCHKEY_DATABASE in its environment")

	p = serve(t, data, "--public-url", "https://privacy.example.org") // with the database in the environment
	for _, r := range []receipt{first, second} {
		req, err := http.NewRequest("GET", p.url+"/api/receipts/"+r.Receipt, nil)
		require.NoError(t, err)
		req.Header.Set("Authorization", "Bearer "+r.Token)
		res, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		res.Body.Close()
		assert.Equal(t, http.StatusOK, res.StatusCode, "a receipt opens with its token")
	}
	choose(5)
	file := filepath.Join(t.TempDir(), "latchkey.backup")
	code, said = command(t, "backup", "--data", data, file)
	require.Zero(t, code, said)
	require.Zero(t, p.stop(syscall.SIGTERM), p.log())
	keys := "@" + filepath.Join(data, "keys", "log.pub")
	code, said = command(t, "verify", "log", "--key", keys)
	require.Zero(t, code, said)
	assert.Contains(t, said, "45, each checked against its leaf")

	back := t.TempDir()
	code, said = command(t, "migrate", "--from", "postgres", "--to", back, "--data", data, "--finish")
	require.Zero(t, code, said)
	code, said = command(t, "verify", "log", back, "--key", keys)
	require.Zero(t, code, said)

	t.Setenv("LATCHKEY_DATABASE", pgtest.Database(t))
	restored := filepath.Join(t.TempDir(), "data")
	code, said = command(t, "restore", file, "--data", restored, "--key", keys)
	require.Zero(t, code, said)
	assert.Contains(t, said, "45 receipts")
	_, err := os.Stat(filepath.Join(restored, "latchkey.db"))
	require.ErrorIs(t, err, os.ErrNotExist)
	code, said = command(t, "receipts", "list", "--limit", "0")
	require.Zero(t, code, said)
	assert.Equal(t, 45, strings.Count(said, " connect "))
}

// TestThePasswordOfTheDatabaseIsNeverPrinted gives each command the database in the environment and
// as a flag, with the mistakes that people make in URLs.
func TestThePasswordOfTheDatabaseIsNeverPrinted(t *testing.T) {
	const password = "hunter2-geheim"
	data := t.TempDir()
	serve(t, data).stop(syscall.SIGTERM)
	keys := "@" + filepath.Join(data, "keys", "log.pub")
	file := filepath.Join(t.TempDir(), "x.backup")
	code, said := command(t, "backup", "--data", data, file)
	require.Zero(t, code, said)
	commands := [][]string{
		{"serve", "--config", "../../testdata/groups", "--data", data, "--addr", "127.0.0.1:0"},
		{"receipts", "list"},
		{"receipts", "show", uuid.NewString()},
		{"receipts", "export"},
		{"receipts", "purge", "--site", "connect", "--months", "24"},
		{"receipts", "scrub"},
		{"requests", "list"},
		{"requests", "export"},
		{"requests", "show", "LK-TEST-0001"},
		{"verify", "log", "--key", keys},
		{"backup", "--data", data, filepath.Join(t.TempDir(), "new")},
		{"restore", file, "--data", filepath.Join(t.TempDir(), "new")},
		{"migrate", "--from", "sqlite", "--to", "postgres", "--data", data},
		{"migrate", "--from", "postgres", "--to", "sqlite", "--data", data},
	}
	for _, url := range []string{
		"postgres://latchkey:%s@127.0.0.1:1/none",
		"postgres://latchkey:%s@127.0.0.1:1/none?sslmode=what",
		"postgres://latchkey:%s@[::1/none",
		"postgre://latchkey:%s@127.0.0.1/none",
		"postgres:latchkey:%s@127.0.0.1/none",
		"postgres://latchkey:%%zz%s@127.0.0.1/none",
	} {
		url := fmt.Sprintf(url, password)
		for _, args := range commands {
			t.Setenv("LATCHKEY_DATABASE", url)
			code, said := command(t, args...)
			assert.NotZero(t, code, args)
			assert.NotContains(t, said, password, args)
			assert.Contains(t, said, "database", "%v: it was taken from the environment", args)
			t.Setenv("LATCHKEY_DATABASE", "")
			code, said = command(t, append(args, "--database", url)...)
			assert.NotZero(t, code, args)
			assert.NotContains(t, said, password, args)
		}
		for _, args := range [][]string{
			{"verify", "log", url, "--key", keys},
			{"migrate", "--from", url, "--to", data, "--key", keys},
			{"migrate", "--from", data, "--to", url},
			{"serve", "--config", "../../testdata/groups", "--data", url},
			{"serve", "--config", url, "--data", data},
			{"receipts", "list", "--data", url},
			{"verify", "log", data, "--key", keys, "--from", url},
			{"backup", "--data", url, "new"},
			{"backup", "--data", data, url},
			{"restore", file, "--data", url},
			{"restore", url, "--data", data},
			{"keys", "show", "--data", url},
		} {
			code, said := command(t, args...)
			assert.NotZero(t, code, args)
			assert.NotContains(t, said, password, args)
		}
		t.Setenv("LATCHKEY_DATA", url)
		code, said := command(t, "receipts", "list")
		assert.NotZero(t, code)
		assert.NotContains(t, said, password)
		assert.Contains(t, said, "--database")
		require.NoError(t, os.Unsetenv("LATCHKEY_DATA"))
	}
}

func TestFromMeansOneThingInTheEnvironment(t *testing.T) {
	data := t.TempDir()
	serve(t, data).stop(syscall.SIGTERM)
	keys := "@" + filepath.Join(data, "keys", "log.pub")
	t.Setenv("LATCHKEY_FROM", filepath.Join(data, "latchkey.db"))
	code, said := command(t, "verify", "log", data, "--key", keys)
	assert.Zero(t, code, said)
	code, said = command(t, "migrate", "--to", t.TempDir(), "--data", data)
	assert.Equal(t, 2, code)
	assert.Contains(t, said, "--from")

	t.Setenv("LATCHKEY_MIGRATE_FROM", "sqlite")
	t.Setenv("LATCHKEY_MIGRATE_TO", t.TempDir())
	code, said = command(t, "migrate", "--data", data)
	assert.Zero(t, code, said)
	t.Setenv("LATCHKEY_VERIFY_FROM", filepath.Join(data, "nothing"))
	code, said = command(t, "verify", "log", data, "--key", keys)
	assert.Equal(t, 2, code)
	assert.Contains(t, said, "--from")
}

func TestAFolderInTheEnvironmentIsLookedForOnlyByWhoNeedsIt(t *testing.T) {
	data := t.TempDir()
	serve(t, data).stop(syscall.SIGTERM)
	for name, missing := range map[string]string{"a folder that is not there": filepath.Join(data, "nothing"), "a URL": "postgres://127.0.0.1:1/none"} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("LATCHKEY_DATA", missing)
			code, said := command(t, "check", "--config", "../../testdata/groups")
			assert.Zero(t, code, said)
			code, said = command(t, "receipts", "list", "--data", data)
			assert.Zero(t, code, said)
			code, said = command(t, "receipts", "list")
			assert.Equal(t, 2, code)
			assert.Contains(t, said, "--data")
			code, said = command(t, "receipts", "list", "--data", filepath.Join(data, "latchkey.db"))
			assert.Equal(t, 2, code)
			assert.Contains(t, said, "want a folder")
		})
	}
}

func TestWhatCannotBeMovedIsSaid(t *testing.T) {
	data := t.TempDir()
	serve(t, data).stop(syscall.SIGTERM)
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"--from", "sqlite", "--to", "postgres", "--data", data}, 2, "LATCHKEY_DATABASE"},
		{[]string{"--from", "sqlite", "--to", "x"}, 2, "want --data=DIR"},
		{[]string{"--from", data}, 2, "want --to"},
		{[]string{"--from", data, "--to", data}, 1, "there is something in it already"},
		{[]string{"--from", t.TempDir(), "--to", t.TempDir(), "--data", data}, 1, "not found"},
	} {
		code, said := command(t, append([]string{"migrate"}, c.args...)...)
		assert.Equal(t, c.code, code, said)
		assert.Contains(t, said, c.want)
	}
	// Out of service, and in again.
	to := t.TempDir()
	code, said := command(t, "migrate", "--from", data, "--to", to, "--finish")
	require.Zero(t, code, said)
	assert.Contains(t, said, "--data "+to)
	code, said = command(t, "serve", "--config", "../../testdata/groups", "--data", data, "--addr", "127.0.0.1:0")
	assert.Equal(t, 1, code)
	assert.Contains(t, said, "--reopen")
	code, said = command(t, "migrate", "--from", data, "--reopen")
	require.Zero(t, code, said)
	require.Zero(t, serve(t, data).stop(syscall.SIGTERM))
}
