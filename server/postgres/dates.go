package postgres

import (
	"context"
	"fmt"
	"time"
)

// selectNewest looks at the last receipts and acts by their number. A transaction that committed late may have a
// lower number than one before it, so it looks at some of them.
const selectNewest = `SELECT greatest(
	(SELECT max(time) FROM (SELECT time FROM receipts ORDER BY seq DESC LIMIT 1000) AS last),
	(SELECT max((act::json ->> 'time')::timestamptz) FROM (SELECT act FROM acts ORDER BY seq DESC LIMIT 1000) AS last),
	(SELECT max(received) FROM requests))`

// Newest returns the latest time at which something was stored; see the server's store interface.
func (r *Reader) Newest(ctx context.Context) (time.Time, error) {
	var newest *time.Time
	if err := r.pool.QueryRow(ctx, selectNewest).Scan(&newest); err != nil {
		return time.Time{}, fmt.Errorf("newest time in the store: %w", kind(err))
	}
	if newest == nil {
		return time.Time{}, nil
	}
	return newest.UTC(), nil
}

// LastPurge returns when old receipts were last looked for; see the server's store interface.
func (r *Reader) LastPurge(ctx context.Context) (at time.Time, err error) {
	if err := r.pool.QueryRow(ctx, `SELECT time FROM last_purge`).Scan(&at); err != nil {
		return time.Time{}, fmt.Errorf("last purge: %w", found(err))
	}
	return at.UTC(), nil
}

// KeepLastPurge remembers when old receipts were looked for.
func (s *Store) KeepLastPurge(ctx context.Context, at time.Time) error {
	_, err := s.writing.Exec(ctx, `INSERT INTO last_purge (id, time) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET time = excluded.time`, toMillis(at))
	if err != nil {
		return fmt.Errorf("last purge: %w", kind(err))
	}
	return nil
}

// CountReceipts counts the receipts of a site, up to a number.
func (r *Reader) CountReceipts(ctx context.Context, site string, most int) (n int, err error) {
	const query = `SELECT count(*) FROM (SELECT FROM receipts WHERE edition IN (SELECT key FROM editions WHERE site = $1) LIMIT $2) AS r`
	if err := r.pool.QueryRow(ctx, query, site, most).Scan(&n); err != nil {
		return 0, fmt.Errorf("receipts of %s: %w", site, kind(err))
	}
	return n, nil
}
