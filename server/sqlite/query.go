package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"iter"
	"strings"

	"latchkey/app/fault"
)

// query is a SELECT that can be cut to its newest rows.
type query struct {
	columns    string
	from       string
	order      []string // columns, oldest row first; all are among columns
	limit      int      // at most so many, the newest; 0 for all
	conditions []string
	args       []any
}

func (q *query) where(condition string, arg any) {
	q.conditions = append(q.conditions, condition)
	q.args = append(q.args, arg)
}

func (q *query) sql() (string, []any) {
	inner := "SELECT " + q.columns + " FROM " + q.from
	if len(q.conditions) > 0 {
		inner += " WHERE " + strings.Join(q.conditions, " AND ")
	}
	oldestFirst := " ORDER BY " + strings.Join(q.order, ", ")
	if q.limit <= 0 {
		return inner + oldestFirst, q.args
	}
	newestFirst := " ORDER BY " + strings.Join(q.order, " DESC, ") + " DESC"
	return "SELECT * FROM (" + inner + newestFirst + " LIMIT ?)" + oldestFirst, append(q.args, q.limit)
}

// queryer is a *sql.DB or *sql.Tx, for one row.
type queryer interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// querier is a *sql.DB or *sql.Tx.
type querier interface {
	queryer
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// scanner is a *sql.Row or *sql.Rows.
type scanner interface{ Scan(dest ...any) error }

// rows runs a query when it is ranged over, and yields its rows one by one as
// the database finds them. An error is yielded last.
func rows[T any](ctx context.Context, db querier, q query, scan func(scanner) (T, error)) iter.Seq2[T, error] {
	text, args := q.sql()
	return scanned(ctx, db, text, args, scan)
}

// scanned is rows for a statement in words.
func scanned[T any](ctx context.Context, db querier, text string, args []any, scan func(scanner) (T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		rs, err := db.QueryContext(ctx, text, args...)
		if err != nil {
			yield(zero, kind(err))
			return
		}
		defer rs.Close()
		for rs.Next() {
			v, err := scan(rs)
			if err != nil {
				yield(zero, kind(err))
				return
			}
			if !yield(v, nil) {
				return
			}
		}
		if err := rs.Err(); err != nil {
			yield(zero, kind(err))
		}
	}
}

// changed reports whether a statement changed or added a row.
func changed(result sql.Result, err error) (bool, error) {
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n > 0, err
}

// found turns the driver's words for "no row" and for other troubles into ours.
func found(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return fault.NotFound
	}
	return kind(err)
}
