package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// timed is a pool of which no statement takes longer than its limit, the
// waiting for a connection and the reading of the rows included. A network that
// swallows everything gives no error of its own.
type timed struct {
	*pgxpool.Pool
	limit time.Duration // 0: none
}

// begin returns a context that ends in time, and what is to be called with the
// error when the statement has ended.
func (p timed) begin(ctx context.Context) (context.Context, func(error)) {
	if p.limit == 0 {
		return ctx, func(error) {}
	}
	ctx, cancel := context.WithTimeout(ctx, p.limit)
	return ctx, func(err error) {
		p.ended(err)
		cancel()
	}
}

// ended is told how a statement ended. When time ran out, the other connections
// may lead nowhere too, as after a firewall forgot them; so they are made anew.
func (p timed) ended(err error) {
	if err != nil && timedOut(err) {
		p.Reset()
	}
}

// Exec runs a statement.
func (p timed) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	ctx, end := p.begin(ctx)
	tag, err := p.Pool.Exec(ctx, sql, args...)
	end(err)
	return tag, err
}

// Query runs a query. Its rows must be closed, also when they were all read.
func (p timed) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	ctx, end := p.begin(ctx)
	rows, err := p.Pool.Query(ctx, sql, args...)
	if err != nil {
		end(err)
		return nil, err
	}
	return timedRows{rows, end}, nil
}

// QueryRow runs a query for one row, which must be scanned.
func (p timed) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	ctx, end := p.begin(ctx)
	return timedRow{p.Pool.QueryRow(ctx, sql, args...), end}
}

type timedRows struct {
	pgx.Rows
	end func(error)
}

func (r timedRows) Close() {
	r.Rows.Close()
	r.end(r.Rows.Err())
}

type timedRow struct {
	pgx.Row
	end func(error)
}

func (r timedRow) Scan(dest ...any) error {
	err := r.Row.Scan(dest...)
	r.end(err)
	return err
}
