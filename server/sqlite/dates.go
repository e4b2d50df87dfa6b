package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"latchkey/app/evidence"
)

const (
	// Of each edition the newest is at the end of an index.
	selectNewest = `SELECT max(time) FROM (
		SELECT (SELECT max(time) FROM entries WHERE edition = key) AS time FROM editions UNION ALL SELECT max(received) FROM requests)`

	// Acts are few, and among the last entries there is one of the time of the last ones.
	selectLastActs = `SELECT act FROM entries WHERE seq > (SELECT max(seq) - 1000 FROM entries) AND act IS NOT NULL`
)

// Newest returns the latest time at which something was stored; see the server's store interface.
func (r *Reader) Newest(ctx context.Context) (time.Time, error) {
	var ms sql.NullInt64
	if err := r.db.QueryRowContext(ctx, selectNewest).Scan(&ms); err != nil {
		return time.Time{}, fmt.Errorf("newest time in the store: %w", kind(err))
	}
	var newest time.Time
	if ms.Valid {
		newest = fromMillis(ms.Int64)
	}
	for act, err := range scanned(ctx, r.db, selectLastActs, nil, scanAct) {
		if err != nil {
			return time.Time{}, fmt.Errorf("newest time in the store: %w", err)
		}
		if act.Time.After(newest) {
			newest = act.Time
		}
	}
	return newest, nil
}

// scanAct reads what an entry says that is no receipt. Whether it can be read is for an audit to say.
func scanAct(row scanner) (evidence.Entry, error) {
	var text []byte
	var e evidence.Entry
	if err := row.Scan(&text); err != nil {
		return e, err
	}
	_ = json.Unmarshal(text, &e)
	return e, nil
}

// LastPurge returns when old receipts were last looked for; see the server's store interface.
func (r *Reader) LastPurge(ctx context.Context) (time.Time, error) {
	var ms int64
	if err := r.db.QueryRowContext(ctx, `SELECT time FROM last_purge`).Scan(&ms); err != nil {
		return time.Time{}, fmt.Errorf("last purge: %w", found(err))
	}
	return fromMillis(ms), nil
}

// KeepLastPurge remembers when old receipts were looked for.
func (s *Store) KeepLastPurge(ctx context.Context, at time.Time) error {
	err := s.writer.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO last_purge (id, time) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET time = excluded.time`, toMillis(at))
		return err
	})
	if err != nil {
		return fmt.Errorf("last purge: %w", err)
	}
	return nil
}

// CountReceipts counts the receipts of a site, up to a number.
func (r *Reader) CountReceipts(ctx context.Context, site string, most int) (n int, err error) {
	const text = `SELECT count(*) FROM (SELECT 1 FROM entries WHERE edition IN (SELECT key FROM editions WHERE site = ?) LIMIT ?)`
	if err := r.db.QueryRowContext(ctx, text, site, most).Scan(&n); err != nil {
		return 0, fmt.Errorf("receipts of %s: %w", site, kind(err))
	}
	return n, nil
}
