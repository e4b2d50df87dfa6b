package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"latchkey/app/auditlog"
	"latchkey/server/receiptlog"
)

// takeAuditPending is takePending of the audit log.
const takeAuditPending = `
WITH ahead AS (
	SELECT index, commitment FROM audit_entries WHERE index >= $1 ORDER BY index LIMIT $2
), taken AS (
	SELECT seq, row_number() OVER (ORDER BY seq) AS n FROM (
		SELECT seq FROM audit_entries WHERE index IS NULL ORDER BY seq LIMIT (SELECT $2 - count(*) FROM ahead)
	) AS waiting
), placed AS (
	UPDATE audit_entries AS e SET index = $1 + (SELECT count(*) FROM ahead) + taken.n - 1 FROM taken WHERE e.seq = taken.seq
	RETURNING e.index, e.commitment
)
SELECT commitment FROM (SELECT * FROM ahead UNION ALL SELECT * FROM placed) AS leaves ORDER BY index`

const insertEntry = `INSERT INTO audit_entries (commitment, salt, kind, about, body) VALUES ($1, $2, $3, $4, $5)`

// AuditLog returns the log of requests and what was done with them.
func (s *Store) AuditLog() receiptlog.TreeStore { return auditTree{s} }

type auditTree struct{ s *Store }

func (a auditTree) Extend(ctx context.Context, limit int, extend func(receiptlog.Head, [][]byte) (receiptlog.Extension, error)) (n int, err error) {
	return a.s.extend(ctx, auditLog, limit, extend)
}

func (a auditTree) Checkpoint(ctx context.Context) (string, error) { return a.s.AuditCheckpoint(ctx) }

func (a auditTree) Tile(ctx context.Context, level int, n int64) ([]byte, error) {
	return auditLog.tile(ctx, a.s.pool, level, n)
}

// AuditCheckpoint returns the newest signed checkpoint of the audit log.
func (r *Reader) AuditCheckpoint(ctx context.Context) (string, error) {
	_, text, err := auditLog.head(ctx, r.pool)
	return text, err
}

// addEntries stores entries of the audit log, in the transaction of what they are about.
func addEntries(ctx context.Context, tx pgx.Tx, entries ...auditlog.Entry) error {
	var b pgx.Batch
	for _, e := range entries {
		row, err := auditlog.Seal(e)
		if err != nil {
			return err
		}
		b.Queue(insertEntry, row.Commitment, row.Salt, string(row.Kind), row.Of, textOf(row.Body))
	}
	return tx.SendBatch(ctx, &b).Close()
}

// textOf makes NULL of no bytes.
func textOf(b []byte) any {
	if b == nil {
		return nil
	}
	return string(b)
}
