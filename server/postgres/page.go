package postgres

import (
	"context"
	"iter"

	"github.com/jackc/pgx/v5"
)

// pageSize is how many rows of a long list are read at a time.
const pageSize = 1000

// paged yields what fetch returns, page by page: fetch gets the cursor of the
// last row before (that of start, for the first page) and how many rows are wanted, and
// returns the rows with their cursors. Between pages no connection is held and no snapshot is
// kept open, however slow the reader. With a limit of more than 0 at most so
// many are yielded. An error is yielded last.
func paged[T, C any](limit int, start func() (C, error), fetch func(after C, n int) ([]T, C, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		after, err := start()
		for left := limit; err == nil; {
			n := pageSize
			if limit > 0 {
				n = min(n, left)
			}
			var rows []T
			if rows, after, err = fetch(after, n); err != nil {
				break
			}
			for _, row := range rows {
				if !yield(row, nil) {
					return
				}
			}
			left -= len(rows)
			if len(rows) < n || limit > 0 && left == 0 {
				return
			}
		}
		yield(zero, kind(err))
	}
}

// streamed yields the rows of a query one by one, over a connection of their own.
func streamed[T any](ctx context.Context, db querier, query string, scan func(pgx.Rows) (T, error), args ...any) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		if pool, ok := db.(timed); ok && pool.limit != 0 {
			pool.limit = streaming
			db = pool
		}
		rs, err := db.Query(ctx, query, args...)
		if err != nil {
			yield(zero, kind(err))
			return
		}
		defer rs.Close()
		for rs.Next() {
			v, err := scan(rs)
			if err != nil {
				yield(zero, err)
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
