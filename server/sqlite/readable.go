package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"os"
)

// readable finds out whether a file is a database, and whether what it says of
// its own schema can be read. A migration would go wrong on one that is not, and
// say something else. It does not look at what the tables hold: that takes long,
// and whoever verifies the log does. The error of a damaged file wraps
// [fault.Damaged].
func readable(ctx context.Context, db *sql.DB) error {
	var versioned bool
	err := db.QueryRowContext(ctx, `SELECT count(*) > 0 FROM sqlite_schema WHERE name = 'goose_db_version'`).Scan(&versioned)
	if err == nil && versioned {
		var n int
		err = db.QueryRowContext(ctx, `SELECT count(*) FROM goose_db_version`).Scan(&n)
	}
	if err != nil {
		return fmt.Errorf("schema: %w", kind(err))
	}
	return nil
}

// forOwner takes a file from everybody but its owner, whose rights stay as
// they are: a database that was made read-only on purpose stays so.
func forOwner(path string) error {
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm()&0o077 == 0 {
		return err
	}
	return os.Chmod(path, info.Mode().Perm()&0o700)
}
