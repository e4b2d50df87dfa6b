package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"latchkey/app/fault"
	"latchkey/server/receiptlog"
)

// extendSettings bound how long an extension waits for that of another process.
// One that has stopped answering is cut off by the database before that, and
// its work undone: see forWriting.
const extendSettings = `SET LOCAL lock_timeout = '15s'`

// takePending returns, in the order of the leaves, the commitments of up to $2
// leaves from index $1 on: of those that have their place already (see Erase),
// and then of what is waiting, which gets its place now.
const takePending = `
WITH ahead AS (
	SELECT index, commitment FROM log_leaves WHERE index >= $1 ORDER BY index LIMIT $2
), taken AS (
	DELETE FROM log_pending WHERE seq = ANY (ARRAY(SELECT seq FROM log_pending ORDER BY seq LIMIT (SELECT $2 - count(*) FROM ahead)))
	RETURNING seq, commitment
), placed AS (
	INSERT INTO log_leaves (index, seq, commitment)
	SELECT $1 + (SELECT count(*) FROM ahead) + row_number() OVER (ORDER BY seq) - 1, seq, commitment FROM taken
	RETURNING index, commitment
)
SELECT commitment FROM (SELECT * FROM ahead UNION ALL SELECT * FROM placed) AS leaves ORDER BY index`

// merkle is a log in this database: its lock, and the statements that read and write its tables.
type merkle struct {
	lock                                                                           int64 // held while leaves get their places
	takePending, selectTile, selectHead, selectHeadIn, putTiles, moveHead, setHead string
}

func merkleOf(lock int64, log, takePending string) merkle {
	return merkle{
		lock: lock, takePending: takePending,
		selectTile:   `SELECT hashes FROM ` + log + `_tiles WHERE level = $1 AND n = $2`,
		selectHead:   `SELECT size, checkpoint FROM ` + log + `_head WHERE checkpoint <> ''`,
		selectHeadIn: `SELECT size, checkpoint FROM ` + log + `_head`,
		// Of a tile that had grown less far, this is the rest.
		putTiles: `
INSERT INTO ` + log + `_tiles (level, n, hashes) SELECT * FROM unnest($1::smallint[], $2::bigint[], $3::bytea[])
ON CONFLICT (level, n) DO UPDATE SET hashes = excluded.hashes`,
		moveHead: `UPDATE ` + log + `_head SET size = $1, checkpoint = $2 WHERE size = $3`,
		setHead:  `UPDATE ` + log + `_head SET size = $1, checkpoint = $2 WHERE size <> $1`,
	}
}

var (
	receiptsLog = merkleOf(extendLock, "log", takePending)
	auditLog    = merkleOf(auditLock, "audit", takeAuditPending)
)

const (
	selectCommitments = `SELECT commitment FROM log_leaves WHERE index >= $1 AND index < (SELECT size FROM log_head) ORDER BY index LIMIT $2`
	selectIndex       = `SELECT l.index FROM receipts AS r JOIN log_leaves AS l ON l.seq = r.seq
		WHERE r.id = $1 AND l.index < (SELECT size FROM log_head)`
)

// Extend makes the log of receipts longer; see receiptlog.TreeStore.
func (s *Store) Extend(ctx context.Context, limit int, extend func(receiptlog.Head, [][]byte) (receiptlog.Extension, error)) (n int, err error) {
	return s.extend(ctx, receiptsLog, limit, extend)
}

// extend makes a log longer. A lock of the database lets one process in at a time. If it were ever to
// let in two, the second would find the head moved on and store nothing.
func (s *Store) extend(ctx context.Context, log merkle, limit int, extend func(receiptlog.Head, [][]byte) (receiptlog.Extension, error)) (n int, err error) {
	ctx, cancel := context.WithTimeout(ctx, 2*patience)
	defer cancel()
	err = pgx.BeginFunc(ctx, s.writing.Pool, func(tx pgx.Tx) error {
		var err error
		n, err = log.extendIn(ctx, tx, limit, extend)
		return err
	})
	if err != nil {
		s.writing.ended(err)
		return 0, fmt.Errorf("extend the log: %w", kind(err))
	}
	return n, nil
}

func (m merkle) extendIn(ctx context.Context, tx pgx.Tx, limit int, extend func(receiptlog.Head, [][]byte) (receiptlog.Extension, error)) (int, error) {
	if err := m.take(ctx, tx); err != nil {
		return 0, err
	}
	// Under the lock, and in a statement of its own, so that what was committed by
	// the one that had the lock before is seen.
	head := receiptlog.Head{Tile: func(level int, n int64) ([]byte, error) { return m.tile(ctx, tx, level, n) }}
	if err := tx.QueryRow(ctx, m.selectHeadIn).Scan(&head.Size, &head.Checkpoint); err != nil {
		return 0, err
	}
	rs, err := tx.Query(ctx, m.takePending, head.Size, limit)
	if err != nil {
		return 0, err
	}
	pending, err := pgx.CollectRows(rs, pgx.RowTo[[]byte])
	if err != nil || len(pending) == 0 {
		return 0, err
	}
	ext, err := extend(head, pending)
	if err != nil {
		return 0, err
	}
	return len(pending), m.put(ctx, tx, head.Size, head.Size+int64(len(pending)), ext)
}

// take waits until no other transaction gives leaves their places.
func (m merkle) take(ctx context.Context, tx pgx.Tx) error {
	if _, err := tx.Exec(ctx, extendSettings); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, m.lock)
	return err
}

// put stores an extension of the log from one size to another.
func (m merkle) put(ctx context.Context, tx pgx.Tx, from, to int64, ext receiptlog.Extension) error {
	if err := m.storeTiles(ctx, tx, ext.Tiles); err != nil {
		return err
	}
	moved, err := tx.Exec(ctx, m.moveHead, to, ext.Checkpoint, from)
	if err != nil {
		return err
	}
	if moved.RowsAffected() != 1 {
		return fmt.Errorf("the log is no longer of size %d; another process has extended it: %w", from, fault.Conflict)
	}
	return nil
}

func (m merkle) storeTiles(ctx context.Context, tx pgx.Tx, tiles []receiptlog.Tile) error {
	var levels []int16
	var ns []int64
	var hashes [][]byte
	for _, t := range tiles {
		levels, ns, hashes = append(levels, int16(t.Level)), append(ns, t.N), append(hashes, t.Hashes)
	}
	_, err := tx.Exec(ctx, m.putTiles, levels, ns, hashes)
	return err
}

// head returns the number of leaves and the signed checkpoint of that size; [fault.NotFound] before the first.
func (m merkle) head(ctx context.Context, db queryer) (size int64, checkpoint string, err error) {
	if err := db.QueryRow(ctx, m.selectHead).Scan(&size, &checkpoint); err != nil {
		return 0, "", fmt.Errorf("head of the log: %w", found(err))
	}
	return size, checkpoint, nil
}

// Checkpoint returns the newest signed checkpoint of the receipts' log.
func (r *Reader) Checkpoint(ctx context.Context) (string, error) {
	_, text, err := receiptsLog.head(ctx, r.pool)
	return text, err
}

// queryer is a pool or a transaction, for one row.
type queryer interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// querier is a pool or a transaction.
type querier interface {
	queryer
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// Tile returns the hashes of a tile of the receipts' log as far as it has grown.
func (r *Reader) Tile(ctx context.Context, level int, n int64) ([]byte, error) {
	return receiptsLog.tile(ctx, r.pool, level, n)
}

func (m merkle) tile(ctx context.Context, db queryer, level int, n int64) ([]byte, error) {
	var hashes []byte
	if err := db.QueryRow(ctx, m.selectTile, level, n).Scan(&hashes); err != nil {
		return nil, fmt.Errorf("tile %d of level %d: %w", n, level, found(err))
	}
	return hashes, nil
}

// Commitments returns what the leaves from index first hold.
func (r *Reader) Commitments(ctx context.Context, first int64, n int) ([][]byte, error) {
	rs, err := r.pool.Query(ctx, selectCommitments, first, n)
	var held [][]byte
	if err == nil {
		held, err = pgx.CollectRows(rs, pgx.RowTo[[]byte])
	}
	if err != nil {
		return nil, fmt.Errorf("leaves from %d: %w", first, kind(err))
	}
	return held, nil
}

// Index returns the leaf of a receipt.
func (r *Reader) Index(ctx context.Context, receipt string) (int64, error) {
	id, err := parseUUID(receipt)
	if err != nil {
		return 0, fmt.Errorf("leaf of receipt %q: %w", receipt, fault.NotFound)
	}
	var index int64
	err = r.pool.QueryRow(ctx, selectIndex, id).Scan(&index)
	if err != nil {
		return 0, fmt.Errorf("leaf of receipt %q: %w", receipt, found(err))
	}
	return index, nil
}
