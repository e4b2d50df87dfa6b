package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"latchkey/server/transfer"
)

// Origin is a database that is moved elsewhere. Its error values are those of [OpenReader].
type Origin struct{ Path string }

// Snapshot returns what the database holds at this moment. While it is open,
// the file's write-ahead log grows.
func (o Origin) Snapshot(ctx context.Context) (transfer.Source, error) {
	r, err := OpenReader(ctx, o.Path)
	if err != nil {
		return nil, err
	}
	s, err := r.snapshot(ctx)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("database %s: %w", o.Path, kind(err)), r.Close())
	}
	return s, nil
}

// InService reports, by an error that wraps fault.Conflict, that no server may use the database.
func (o Origin) InService(ctx context.Context) error {
	r, err := OpenReader(ctx, o.Path)
	if err != nil {
		return err
	}
	if err := errors.Join(checkMoving(ctx, r.db), r.Close()); err != nil {
		return fmt.Errorf("database %s: %w", o.Path, err)
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
	path, err := filepath.Abs(o.Path)
	if err != nil {
		return fmt.Errorf("database %s: %w", o.Path, err)
	}
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("database %s: %w", o.Path, err)
	}
	db, err := connect(path, writing(), 1)
	if err != nil {
		return fmt.Errorf("database %s: %w", o.Path, err)
	}
	if err := checkVersion(ctx, db); err != nil {
		return errors.Join(fmt.Errorf("database %s: %w", o.Path, err), db.Close())
	}
	_, err = db.ExecContext(ctx, statement)
	if err := errors.Join(kind(err), db.Close()); err != nil {
		return fmt.Errorf("database %s: %w", o.Path, err)
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
	err = db.QueryRowContext(ctx, `SELECT state FROM moving`).Scan(&state)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return state, kind(err)
}

// Target is a database that is filled from another one.
type Target struct {
	source
	writing, reading *sql.DB
}

// OpenTarget opens the database at path to be filled, and makes it if it is
// missing. One that servers have used, or that was left, is refused with an
// error that wraps fault.Conflict.
func OpenTarget(ctx context.Context, path string) (*Target, error) {
	db, reading, err := open(ctx, path)
	if err != nil {
		return nil, err
	}
	t := &Target{source: source{auditor{reading}}, writing: db, reading: reading}
	if err := t.claim(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("database %s: %w", path, err), t.Close())
	}
	return t, nil
}

// claim marks an empty database as one that is being filled.
func (t *Target) claim(ctx context.Context) error {
	state, err := moving(ctx, t.writing)
	if err != nil || state == transfer.Filling {
		return err
	}
	var used bool
	err = t.writing.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM texts UNION ALL SELECT 1 FROM editions UNION ALL SELECT 1 FROM notices UNION ALL SELECT 1 FROM entries
		UNION ALL SELECT 1 FROM log_tiles UNION ALL SELECT 1 FROM log_head UNION ALL SELECT 1 FROM requests UNION ALL SELECT 1 FROM messages
		UNION ALL SELECT 1 FROM audit_entries UNION ALL SELECT 1 FROM audit_tiles UNION ALL SELECT 1 FROM audit_head)`).Scan(&used)
	if err != nil {
		return kind(err)
	}
	if used || state != "" {
		return transfer.ErrUsed
	}
	_, err = t.writing.ExecContext(ctx, `INSERT INTO moving (id, state) VALUES (1, ?)`, transfer.Filling)
	return kind(err)
}

// Finish gives the database over to servers.
func (t *Target) Finish(ctx context.Context) error {
	if _, err := t.writing.ExecContext(ctx, `DELETE FROM moving`); err != nil {
		return fmt.Errorf("finish the database: %w", kind(err))
	}
	return nil
}

// Close closes the database. One that was not finished can be opened again to go on.
func (t *Target) Close() error { return errors.Join(t.reading.Close(), t.writing.Close()) }

// writing are the settings of a connection that writes.
func writing() url.Values {
	return url.Values{
		"_txlock": {"immediate"},
		// The ids of events are random, so each receipt changes another page of their
		// index: a longer journal and a larger cache write a page once for many of them.
		// recursive_triggers makes the append-only triggers see REPLACE; secure_delete overwrites what is erased.
		"_pragma": {"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "recursive_triggers(1)", "secure_delete(1)", "wal_autocheckpoint(10000)", "cache_size(-3000)"},
	}
}
