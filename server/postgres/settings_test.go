package postgres

import (
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/server/postgres/pgtest"
)

func TestEveryConnectionHasItsSettings(t *testing.T) {
	for _, c := range []struct{ name, of, want string }{
		{"a commit is synced, whatever the database has as its default", "off", "on"},
		{"on the server itself, not only sent to a standby", "remote_write", "on"},
		{"what waits for a standby too is left", "remote_apply", "remote_apply"},
	} {
		t.Run(c.name, func(t *testing.T) {
			url := pgtest.Database(t)
			admin, err := pgxpool.New(t.Context(), url)
			require.NoError(t, err)
			defer admin.Close()
			_, err = admin.Exec(t.Context(), `DO $$ BEGIN EXECUTE 'ALTER DATABASE ' || current_database() || ' SET synchronous_commit = `+c.of+`'; END $$`)
			require.NoError(t, err)
			s, err := Open(t.Context(), url)
			require.NoError(t, err)
			defer s.Close()
			for pool, settings := range map[*pgxpool.Pool]map[string]string{
				s.writing.Pool: {"synchronous_commit": c.want, "transaction_isolation": "read committed", "default_transaction_read_only": "off", "tcp_keepalives_idle": "30", "application_name": "latchkey",
					"idle_in_transaction_session_timeout": "5s", "statement_timeout": "20s", "tcp_user_timeout": "20000"},
				s.pool.Pool: {"default_transaction_read_only": "on", "TimeZone": "UTC"},
			} {
				var held []*pgxpool.Conn // so that each is another connection
				for range 3 {
					conn, err := pool.Acquire(t.Context())
					require.NoError(t, err)
					held = append(held, conn)
					for setting, want := range settings {
						var got string
						require.NoError(t, conn.QueryRow(t.Context(), `SELECT current_setting($1)`, setting).Scan(&got))
						assert.Equal(t, want, got, setting)
					}
				}
				for _, conn := range held {
					conn.Release()
				}
			}
		})
	}
}
