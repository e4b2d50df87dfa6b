package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
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

// failed says which database an error is of.
func (a address) failed(err error) error { return fmt.Errorf("%s: %w", a.name, kind(err)) }

// pool returns a pool of at most n connections. It connects when it is used.
func (a address) pool(ctx context.Context, n int32, readOnly bool) (*pgxpool.Pool, error) {
	config := a.config.Copy()
	if !a.poolN || !readOnly {
		config.MaxConns = n
	}
	if config.ConnConfig.ConnectTimeout == 0 {
		config.ConnConfig.ConnectTimeout = patience / 2
	}
	if config.ConnConfig.RuntimeParams["application_name"] == "" {
		config.ConnConfig.RuntimeParams["application_name"] = "latchkey"
	}
	config.MaxConnIdleTime = 5 * time.Minute
	config.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, settings)
		if err == nil && readOnly {
			_, err = conn.Exec(ctx, `SET default_transaction_read_only = on`)
		}
		return err
	}
	return pgxpool.NewWithConfig(ctx, config)
}

// settings are of every connection, whatever the database or the role have as
// their default. A setting of synchronous_commit that waits for a standby too is
// left as it is. A peer that is gone without a word is noticed in about a
// minute, and its locks are free again.
const settings = `
SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') NOT IN ('on', 'remote_apply');
SET default_transaction_isolation = 'read committed';
SET timezone = 'UTC';
SET tcp_keepalives_idle = 30;
SET tcp_keepalives_interval = 10;
SET tcp_keepalives_count = 3`

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

// kind marks the errors that may be gone when it is tried again (the database
// is not reached, not writable or full, or the statement lost its turn) and
// those that say that it is damaged.
func kind(err error) error {
	if err == nil || errors.Is(err, fault.Unavailable) {
		return err
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch {
		case passing(e.Code):
			return fmt.Errorf("%w: %w", err, fault.Unavailable)
		case e.Code == "XX001" || e.Code == "XX002": // a table's or an index's page
			return fmt.Errorf("%w: %w", err, fault.Damaged)
		}
		return err
	}
	if lost(err) {
		return fmt.Errorf("%w: %w", err, fault.Unavailable)
	}
	return err
}

// passing reports whether an error of this SQLSTATE may be gone later; see
// appendix A of PostgreSQL's manual.
func passing(code string) bool {
	for _, class := range []string{
		"08",    // connection
		"28",    // password or role refused: they are being changed
		"40",    // deadlock, serialization
		"53",    // out of disk, memory or connections
		"57",    // shut down, cancelled
		"58",    // the disk's own errors
		"25006", // read-only transaction
		"25P03", // idle for too long in a transaction
		"55P03", // a lock was not to be had
	} {
		if strings.HasPrefix(code, class) {
			return true
		}
	}
	return false
}

// lost reports whether an error says that the connection broke, or that there
// was none: what was asked for may have been done all the same.
func lost(err error) bool {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return strings.HasPrefix(e.Code, "08") || strings.HasPrefix(e.Code, "57P")
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return true
	}
	return errors.Is(err, pgconn.ErrConnClosed) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, context.DeadlineExceeded) || pgconn.SafeToRetry(err) || pgconn.Timeout(err)
}

// found turns the driver's word for "no row" into ours, and marks the rest.
func found(err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return fault.NotFound
	}
	return kind(err)
}
