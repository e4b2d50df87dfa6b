package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"latchkey/server/transfer"
)

// Origin is a database that is moved elsewhere. Its error values are those of [OpenReader].
type Origin struct{ URL string }

// Snapshot returns what the database holds at this moment. While it is open,
// the database keeps what was changed since.
func (o Origin) Snapshot(ctx context.Context) (transfer.Source, error) {
	r, err := OpenReader(ctx, o.URL)
	if err != nil {
		return nil, err
	}
	s, err := r.snapshot(ctx)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("snapshot of the database: %w", kind(err)), r.Close())
	}
	return s, nil
}

// InService reports, by an error that wraps fault.Conflict, that no server may use the database.
func (o Origin) InService(ctx context.Context) error {
	r, err := OpenReader(ctx, o.URL)
	if err != nil {
		return err
	}
	if err := errors.Join(checkMoving(ctx, r.pool), r.Close()); err != nil {
		return fmt.Errorf("database: %w", err)
	}
	return nil
}

// Leave keeps servers from starting on the database.
func (o Origin) Leave(ctx context.Context) error {
	return o.set(ctx, `INSERT INTO moving (id, state) VALUES (1, 'left') ON CONFLICT DO NOTHING`)
}

// Return lets servers start on the database again.
func (o Origin) Return(ctx context.Context) error {
	return o.set(ctx, `DELETE FROM moving WHERE state = 'left'`)
}

func (o Origin) set(ctx context.Context, statement string) error {
	c, err := parse(o.URL)
	if err != nil {
		return err
	}
	pool, err := c.pool(ctx, 2, forMigrating)
	if err != nil {
		return c.failed(err)
	}
	defer pool.Close()
	err = checkVersion(ctx, pool)
	if err == nil {
		_, err = pool.Exec(ctx, statement)
	}
	if err != nil {
		return c.failed(err)
	}
	return nil
}

// checkMoving refuses a database that is being moved, or was. The error wraps fault.Conflict.
func checkMoving(ctx context.Context, db queryer) error {
	state, err := moving(ctx, db)
	if err == nil {
		err = transfer.InService(state)
	}
	return err
}

// moving returns how far a database is on its way; empty if it is on none.
func moving(ctx context.Context, db queryer) (state string, err error) {
	err = db.QueryRow(ctx, `SELECT state FROM moving`).Scan(&state)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", nil
	}
	return state, kind(err)
}

// Target is a database that is filled from another one.
type Target struct {
	source
	pool   *pgxpool.Pool
	months months
}

// OpenTarget connects to a database to be filled, and makes its schema. One
// that servers have used, or that was left, is refused with an error that wraps
// fault.Conflict; the others are those of [Open].
func OpenTarget(ctx context.Context, url string) (*Target, error) {
	c, err := parse(url)
	if err != nil {
		return nil, err
	}
	if err := prepare(ctx, c); err != nil {
		return nil, c.failed(err)
	}
	pool, err := c.pool(ctx, readers, forMigrating)
	if err != nil {
		return nil, c.failed(err)
	}
	t := &Target{source: source{auditor{pool}}, pool: pool}
	if err := t.claim(ctx); err != nil {
		pool.Close()
		return nil, c.failed(err)
	}
	return t, nil
}

// claim marks an empty database as one that is being filled.
func (t *Target) claim(ctx context.Context) error {
	state, err := moving(ctx, t.pool)
	if err != nil || state == transfer.Filling {
		return err
	}
	var used bool
	err = t.pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM texts UNION ALL SELECT FROM editions UNION ALL SELECT FROM notices
		UNION ALL SELECT FROM events UNION ALL SELECT FROM receipts UNION ALL SELECT FROM acts UNION ALL SELECT FROM log_pending
		UNION ALL SELECT FROM log_leaves UNION ALL SELECT FROM log_tiles UNION ALL SELECT FROM requests UNION ALL SELECT FROM messages
		UNION ALL SELECT FROM audit_entries UNION ALL SELECT FROM audit_tiles)`).Scan(&used)
	if err != nil {
		return err
	}
	if used || state != "" {
		return transfer.ErrUsed
	}
	_, err = t.pool.Exec(ctx, `INSERT INTO moving (id, state) VALUES (1, $1)`, transfer.Filling)
	return err
}

// finish makes new rows go on numbering where the source ended. Without its
// statistics, the database would read what has just come in as if it were little.
const finish = `
SELECT setval('entries', (SELECT coalesce(max(seq), 0) + 1 FROM log_leaves), false);
SELECT setval(pg_get_serial_sequence('editions', 'key'), (SELECT coalesce(max(key), 0) + 1 FROM editions), false);
SELECT setval(pg_get_serial_sequence('requests', 'seq'), (SELECT coalesce(max(seq), 0) + 1 FROM requests), false);
SELECT setval(pg_get_serial_sequence('audit_entries', 'seq'), (SELECT coalesce(max(seq), 0) + 1 FROM audit_entries), false);
SELECT setval(pg_get_serial_sequence('messages', 'id'), (SELECT coalesce(max(id), 0) + 1 FROM messages), false);
ANALYZE;
DELETE FROM moving`

// Finish gives the database over to servers.
func (t *Target) Finish(ctx context.Context) error {
	if _, err := t.pool.Exec(ctx, finish); err != nil {
		return fmt.Errorf("finish the database: %w", kind(err))
	}
	return nil
}

// Close closes the connections. A database that was not finished can be opened
// again to go on.
func (t *Target) Close() error {
	t.pool.Close()
	return nil
}
