package sqlite

import (
	"context"
	"fmt"
	"path/filepath"
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
