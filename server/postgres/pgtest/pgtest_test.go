package pgtest_test

import (
	"context"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/server/postgres/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main{Tests: m}.Run()) }

func query(t *testing.T, url, statement string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer conn.Close(context.WithoutCancel(t.Context()))
	var got string
	require.NoError(t, conn.QueryRow(t.Context(), statement).Scan(&got))
	return got
}

func TestEveryTestHasADatabaseOfItsOwn(t *testing.T) {
	a, b := pgtest.Database(t), pgtest.Database(t)
	assert.NotEqual(t, query(t, a, `SELECT current_database()`), query(t, b, `SELECT current_database()`))
	assert.Equal(t, "on", query(t, a, `SELECT current_setting('fsync')`), "what is acknowledged is durable in tests too")
}

func TestAnOwnClusterCrashesAndComesBack(t *testing.T) {
	c := pgtest.Own(t, "max_connections=7")
	url := c.Database(t)
	assert.Equal(t, "7", query(t, url, `SELECT current_setting('max_connections')`))
	query(t, url, `SELECT pg_advisory_lock(1)::text`)
	require.NoError(t, c.Crash())
	_, err := pgx.Connect(t.Context(), url)
	require.Error(t, err)
	require.NoError(t, c.Resume())
	query(t, url, `SELECT pg_advisory_lock(1)::text`)
}
