package sqlite

import (
	"context"
	"database/sql"

	"latchkey/app/auditlog"
	"latchkey/server/receiptlog"
)

// AuditLog returns the log of requests and what was done with them.
func (s *Store) AuditLog() receiptlog.TreeStore { return auditTree{s} }

type auditTree struct{ s *Store }

func (a auditTree) Extend(ctx context.Context, limit int, extend func(receiptlog.Head, [][]byte) (receiptlog.Extension, error)) (n int, err error) {
	return a.s.extend(ctx, auditLog, limit, extend)
}

func (a auditTree) Checkpoint(ctx context.Context) (string, error) {
	return a.s.AuditCheckpoint(ctx)
}

func (a auditTree) Tile(ctx context.Context, level int, n int64) ([]byte, error) {
	return auditLog.tile(ctx, a.s.db, level, n)
}

// AuditCheckpoint returns the newest signed checkpoint of the audit log.
func (r *Reader) AuditCheckpoint(ctx context.Context) (string, error) {
	_, text, err := auditLog.head(ctx, r.db)
	return text, err
}

// addEntry stores an entry of the audit log, in the transaction of what it is about.
func addEntry(ctx context.Context, tx *sql.Tx, e auditlog.Entry) error {
	row, err := auditlog.Seal(e)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO audit_entries (commitment, salt, kind, about, body) VALUES (?, ?, ?, ?, ?)`,
		row.Commitment, row.Salt, string(row.Kind), row.Of, textOf(row.Body))
	return err
}

// textOf makes NULL of no bytes.
func textOf(b []byte) any {
	if b == nil {
		return nil
	}
	return string(b)
}
