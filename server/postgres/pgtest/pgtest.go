// Package pgtest gives tests a PostgreSQL of their own: a temporary cluster of
// the server programs that are installed, on a port of the loopback interface,
// with a password. It is started by the first test of a package that needs it
// and removed after the last; each test gets a database of its own.
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"
)

// Main runs the tests of a package and then removes the cluster that they
// shared, if one was started. It is the m of a TestMain, or stands in for it.
type Main struct {
	Tests interface{ Run() int }
}

// Run runs the tests and returns the exit code.
func (m Main) Run() int {
	code := m.Tests.Run()
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if shared.cluster != nil {
		if err := shared.cluster.Remove(); err != nil {
			fmt.Fprintln(os.Stderr, "pgtest:", err)
			return 1
		}
	}
	return code
}

// shared is the cluster of this test binary.
var shared struct {
	mu      sync.Mutex
	cluster *Cluster
	err     error
}

// numbers name the databases of this test binary.
var numbers atomic.Int64

// Database returns the URL of a new, empty database, which is dropped when the
// test ends. Without PostgreSQL the test is skipped; where CI is set in the
// environment it fails.
func Database(t testing.TB) string {
	t.Helper()
	needed(t)
	shared.mu.Lock()
	if shared.cluster == nil && shared.err == nil {
		shared.cluster, shared.err = Start()
	}
	c, err := shared.cluster, shared.err
	shared.mu.Unlock()
	require.NoError(t, err)
	return c.Database(t)
}

// Own returns a cluster of the test's own, which it may stop and start, and
// which is removed when the test ends. Where PostgreSQL is missing it does as [Database].
func Own(t testing.TB, settings ...string) *Cluster {
	t.Helper()
	needed(t)
	c, err := Start(settings...)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Remove()) })
	return c
}

// Database returns the URL of a new, empty database of the cluster.
func (c *Cluster) Database(t testing.TB) string {
	t.Helper()
	return c.database(t, "")
}

func (c *Cluster) database(t testing.TB, options string) string {
	t.Helper()
	name := fmt.Sprintf("test_%d", numbers.Add(1))
	require.NoError(t, c.admin("CREATE DATABASE "+name+" TEMPLATE template0"+options))
	t.Cleanup(func() {
		// A cluster that the test has stopped or removed takes its databases with it.
		if c.running() {
			require.NoError(t, c.admin("DROP DATABASE "+name+" WITH (FORCE)"))
		}
	})
	return c.URL(name)
}

func (c *Cluster) admin(statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, c.URL("postgres"))
	for ; full(err); conn, err = pgx.Connect(ctx, c.URL("postgres")) {
		time.Sleep(10 * time.Millisecond) // a backend ends a little later than its connection
	}
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, statement)
	return err
}

// full reports whether the cluster refused a connection because it has too many.
func full(err error) bool {
	refused, ok := errors.AsType[*pgconn.PgError](err)
	return ok && refused.Code == "53300"
}

// needed fails the test if PostgreSQL is not installed: `make setup` installs it.
func needed(t testing.TB) {
	t.Helper()
	if _, err := binaries(); err != nil {
		t.Fatal(err)
	}
}

// binaries returns the folder of PostgreSQL's server programs, of the newest
// version if there are several.
func binaries() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // where Debian keeps them, outside of PATH
	if err != nil {
		return "", err
	}
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		if _, err := os.Stat(filepath.Join(dir, "initdb")); err == nil {
			found = append(found, filepath.Join(dir, "initdb"))
		}
	}
	if len(found) == 0 {
		return "", fmt.Errorf("PostgreSQL is missing, and without it nothing here is shown to work: apt-get install postgresql")
	}
	return filepath.Dir(slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) })), nil
}

// version reads the major version from a path of Debian's; 0 if there is none.
func version(path string) int {
	var n int
	if _, err := fmt.Sscanf(path, "/usr/lib/postgresql/%d/", &n); err != nil {
		return 0
	}
	return n
}
