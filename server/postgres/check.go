package postgres

import (
	"context"
	"fmt"
)

// Check is nil: PostgreSQL itself finds pages that were damaged, if they have checksums (see [Reader.Checksums]),
// whenever one is read. Whether a row says what it said when it was written is for package audit.
func (r *Reader) Check(context.Context) error { return nil }

// QuickCheck is nil, too.
func (r *Reader) QuickCheck(context.Context) error { return nil }

// Checksums reports whether the pages of the database have checksums, without which damage to a disk may go
// unnoticed as long as it hits nothing that is committed to.
func (r *Reader) Checksums(ctx context.Context) (on bool, err error) {
	if err := r.pool.QueryRow(ctx, `SELECT coalesce(current_setting('data_checksums', true), 'off') = 'on'`).Scan(&on); err != nil {
		return false, fmt.Errorf("checksums of pages: %w", kind(err))
	}
	return on, nil
}

// CheckSchema is nil: what a database of this schema looks like is known to a new one only.
func (r *Reader) CheckSchema(context.Context) error { return nil }
