package sqlite

import (
	"context"
	"fmt"
	"path/filepath"

	"latchkey/app/fault"
)

// CopyTo writes the database as it is at this moment into a new file at path,
// while others write to it. The copy holds nothing of what was erased. It is on
// the disk as far as the system has written it: syncing it is for the caller.
func (r *Reader) CopyTo(ctx context.Context, path string) error {
	path, err := filepath.Abs(path)
	if err != nil {
		return fmt.Errorf("copy of the database: %w", err)
	}
	if err := create(path); err != nil { // an empty file is taken, and keeps its mode
		return fmt.Errorf("copy of the database: %w", err)
	}
	if _, err := r.db.ExecContext(ctx, `VACUUM INTO ?`, path); err != nil {
		return fmt.Errorf("copy of the database: %w", kind(err))
	}
	return nil
}

// Check reads the whole file and reports what is damaged. The error wraps
// [fault.Invalid] and says where.
func (r *Reader) Check(ctx context.Context) error {
	rs, err := r.db.QueryContext(ctx, `PRAGMA integrity_check(5)`)
	if err != nil {
		return fmt.Errorf("database: %w: %w", err, fault.Invalid)
	}
	defer rs.Close()
	for rs.Next() {
		var found string
		if err := rs.Scan(&found); err != nil {
			return err
		}
		if found != "ok" {
			return fmt.Errorf("database: damaged: %s: %w", found, fault.Invalid)
		}
	}
	if err := rs.Err(); err != nil {
		return fmt.Errorf("database: %w: %w", err, fault.Invalid)
	}
	return nil
}
