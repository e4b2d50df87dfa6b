package main

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/server/postgres/pgtest"
)

// TestEveryCommandTakesTheDatabaseFromTheEnvironment: on a command line anybody on the
// machine could read the password.
func TestEveryCommandTakesTheDatabaseFromTheEnvironment(t *testing.T) {
	parser, err := kong.New(&commandLine{}, paths, kong.DefaultEnvars("LATCHKEY"))
	require.NoError(t, err)
	var commands []string
	for _, leaf := range parser.Model.Leaves(true) {
		for _, flag := range leaf.Flags {
			if flag.Name == "database" {
				assert.Equal(t, []string{"LATCHKEY_DATABASE"}, flag.Envs, leaf.Path())
				assert.Contains(t, flag.Help, "environment", leaf.Path())
				name, _, _ := strings.Cut(strings.TrimPrefix(leaf.Path(), "latchkey "), " <")
				commands = append(commands, strings.TrimSpace(strings.Split(name, " [")[0]))
			}
		}
	}
	assert.ElementsMatch(t, []string{
		"serve", "backup", "restore", "migrate", "verify log",
		"receipts list", "receipts show", "receipts export", "receipts purge", "receipts scrub", "requests list", "requests show", "requests export",
	}, commands, "a new one belongs in TestThePasswordOfTheDatabaseIsNeverPrinted too")
}

// TestThePasswordOfTheDatabaseMayStandElsewhere leaves it out of the address,
// and gives it where other programs of PostgreSQL look for it.
func TestThePasswordOfTheDatabaseMayStandElsewhere(t *testing.T) {
	address, err := url.Parse(pgtest.Database(t))
	require.NoError(t, err)
	password, ok := address.User.Password()
	require.True(t, ok)
	address.User = url.User(address.User.Username())
	data, file := t.TempDir(), filepath.Join(t.TempDir(), "pgpass")
	require.NoError(t, os.WriteFile(file, []byte(address.Hostname()+":*:*:"+address.User.Username()+":"+password+"\n"), 0o600))
	t.Setenv("LATCHKEY_DATABASE", address.String())
	t.Setenv("PGPASSFILE", filepath.Join(data, "none"))
	for _, c := range []struct{ name, value string }{{"PGPASSFILE", file}, {"PGPASSWORD", password}} {
		t.Run(c.name, func(t *testing.T) {
			code, said := command(t, "receipts", "list")
			assert.Equal(t, 1, code, "without it there is no way in: %s", said)
			assert.Contains(t, said, "password")
			t.Setenv(c.name, c.value)
			p := serve(t, data)
			status, said := p.get("/readyz")
			assert.Equal(t, 200, status, said)
			require.Zero(t, p.stop(syscall.SIGTERM), p.log())
			assert.NotContains(t, p.log(), password)
			for _, args := range [][]string{{"receipts", "list"}, {"verify", "log", "--key", "@" + filepath.Join(data, "keys", "log.pub")}} {
				code, said = command(t, args...)
				assert.Zero(t, code, said)
			}
		})
	}
}
