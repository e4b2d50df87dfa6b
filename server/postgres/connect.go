package postgres

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"latchkey/app/fault"
)

// address is a database's URL, taken apart.
type address struct {
	config *pgxpool.Config
	name   string // for people: no user, no password
	poolN  bool   // the URL says how many connections there are to be
}

// parse reads the URL of a database. What the driver says of a URL that it
// can't read may quote any part of it, so of that only the kind is told.
func parse(text string) (address, error) {
	bad := func(why string) (address, error) {
		return address{}, fmt.Errorf("address of the database: %s; want one such as postgres://USER:PASSWORD@HOST/NAME: %w", why, fault.Invalid)
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return bad("not a URL of PostgreSQL")
	}
	config, err := pgxpool.ParseConfig(text)
	if err != nil {
		why := "the part after the question mark, or the port, is not understood"
		if _, ok := errors.AsType[*pgconn.ParseConfigError](err); ok && u.RawQuery == "" {
			why = "the host or the port is not understood"
		}
		return bad(why)
	}
	c := config.ConnConfig
	return address{
		config: config,
		name:   fmt.Sprintf("database %s on %s:%d", c.Database, c.Host, c.Port),
		poolN:  u.Query().Has("pool_max_conns"),
	}, nil
}

// failed says which database an error is of, and all that is known of it: who
// starts a program may know.
func (a address) failed(err error) error {
	if t, ok := errors.AsType[trouble](kind(err)); ok {
		return fmt.Errorf("%s: %w: %w", a.name, t.cause, fault.Unavailable)
	}
	return fmt.Errorf("%s: %w", a.name, kind(err))
}

// pool returns a pool of at most n connections, each of which is set up with
// settings. It connects when it is used.
func (a address) pool(ctx context.Context, n int32, settings string) (*pgxpool.Pool, error) {
	config := a.config.Copy()
	if !a.poolN || settings != forReading {
		config.MaxConns = n
	}
	if config.ConnConfig.ConnectTimeout == 0 {
		config.ConnConfig.ConnectTimeout = patience / 2
	}
	if config.ConnConfig.RuntimeParams["application_name"] == "" {
		config.ConnConfig.RuntimeParams["application_name"] = "latchkey"
	}
	config.ConnConfig.DialFunc = (&net.Dialer{
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 15 * time.Second, Interval: 5 * time.Second, Count: 3},
	}).DialContext
	config.MaxConnIdleTime = 5 * time.Minute
	config.PingTimeout = patience / 5
	config.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, common+settings)
		return err
	}
	return pgxpool.NewWithConfig(ctx, config)
}

// common are settings of every connection, whatever the database or the role
// have as their default. A setting of synchronous_commit that waits for a standby too is
// left as it is. A peer that is gone without a word is noticed in about a
// minute, and its locks are free again.
const common = `
SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') NOT IN ('on', 'remote_apply');
SET default_transaction_isolation = 'read committed';
SET timezone = 'UTC';
SET tcp_keepalives_idle = 30;
SET tcp_keepalives_interval = 10;
SET tcp_keepalives_count = 3;
`

const (
	forReading = `SET default_transaction_read_only = on`

	// A process that stops in the middle of a transaction, because its machine is
	// paused or the network is cut, must not keep the others from what the transaction has
	// locked. The database ends it, and undoes it, when nothing comes for a while, when a
	// statement does not end, and when what was sent is not taken in. What a release of
	// PostgreSQL does not know yet is left out.
	forWriting = `
SET idle_in_transaction_session_timeout = '5s';
SET statement_timeout = '20s';
SET tcp_user_timeout = '20s';
SELECT set_config(name, '30s', false) FROM pg_settings WHERE name = 'transaction_timeout'`

	// A migration of a large database takes as long as it takes.
	forMigrating = `SET statement_timeout = 0`
)

// checkDurable refuses a database that may lose what it has acknowledged.
func checkDurable(ctx context.Context, pool *pgxpool.Pool) error {
	for _, setting := range []string{"fsync", "full_page_writes"} {
		var value string
		if err := pool.QueryRow(ctx, `SELECT coalesce(current_setting($1, true), 'on')`, setting).Scan(&value); err != nil {
			return err
		}
		if value != "on" {
			return fmt.Errorf("it runs with %s=%s, so that a power cut loses receipts that were acknowledged: %w", setting, value, fault.Invalid)
		}
	}
	return nil
}
