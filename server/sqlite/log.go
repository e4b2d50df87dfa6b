package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"latchkey/app/fault"
	"latchkey/server/receiptlog"
)

// merkle is a log in this database: the statements that read and write its tables.
type merkle struct {
	selectTile, selectCommitments, selectHead, selectLast, putTile, putHead string
}

func merkleOf(entries, log string) merkle {
	return merkle{
		selectTile:        `SELECT hashes FROM ` + log + `_tiles WHERE level = ? AND n = ?`,
		selectCommitments: `SELECT seq, commitment FROM ` + entries + ` WHERE seq > ? ORDER BY seq LIMIT ?`,
		selectHead:        `SELECT size, checkpoint FROM ` + log + `_head`,
		selectLast:        `SELECT max(seq) FROM ` + entries,
		putTile: `INSERT INTO ` + log + `_tiles (level, n, hashes) VALUES (?, ?, ?)
			ON CONFLICT (level, n) DO UPDATE SET hashes = excluded.hashes`,
		putHead: `INSERT INTO ` + log + `_head (id, size, checkpoint) VALUES (1, ?, ?)
			ON CONFLICT (id) DO UPDATE SET size = excluded.size, checkpoint = excluded.checkpoint`,
	}
}

var (
	receiptsLog = merkleOf("entries", "log")
	auditLog    = merkleOf("audit_entries", "audit")
)

const selectSeq = `SELECT seq FROM entries WHERE id = ? AND seq <= (SELECT size FROM log_head)`

// Extend makes the log of receipts longer; see receiptlog.TreeStore.
func (s *Store) Extend(ctx context.Context, limit int, extend func(receiptlog.Head, [][]byte) (receiptlog.Extension, error)) (n int, err error) {
	return s.extend(ctx, receiptsLog, limit, extend)
}

// extend runs in a transaction of the one writing connection, so no other can run beside it.
func (s *Store) extend(ctx context.Context, log merkle, limit int, extend func(receiptlog.Head, [][]byte) (receiptlog.Extension, error)) (n int, err error) {
	err = s.writer.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		head := receiptlog.Head{Tile: func(level int, n int64) ([]byte, error) { return log.tile(ctx, tx, level, n) }}
		err := tx.QueryRowContext(ctx, log.selectHead).Scan(&head.Size, &head.Checkpoint)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		pending, err := log.commitments(ctx, tx, head.Size, limit)
		if n = len(pending); err != nil || n == 0 {
			return err
		}
		ext, err := extend(head, pending)
		if err != nil {
			return err
		}
		for _, t := range ext.Tiles {
			if err := log.setTile(ctx, tx, t); err != nil {
				return err
			}
		}
		return log.setHead(ctx, tx, head.Size+int64(n), ext.Checkpoint)
	})
	if err != nil {
		return 0, fmt.Errorf("extend the log: %w", err)
	}
	return n, nil
}

// setTile stores a tile. Of one that had grown less far, this is the rest.
func (m merkle) setTile(ctx context.Context, tx *sql.Tx, t receiptlog.Tile) error {
	_, err := tx.ExecContext(ctx, m.putTile, t.Level, t.N, t.Hashes)
	return err
}

func (m merkle) setHead(ctx context.Context, tx *sql.Tx, size int64, checkpoint string) error {
	_, err := tx.ExecContext(ctx, m.putHead, size, checkpoint)
	return err
}

// head returns the number of leaves and the signed checkpoint of that size; [fault.NotFound] before the first.
func (m merkle) head(ctx context.Context, db queryer) (size int64, checkpoint string, err error) {
	if err := db.QueryRowContext(ctx, m.selectHead).Scan(&size, &checkpoint); err != nil {
		return 0, "", fmt.Errorf("head of the log: %w", found(err))
	}
	return size, checkpoint, nil
}

// last returns the index of the last entry; -1 if there is none.
func (m merkle) last(ctx context.Context, db queryer) (int64, error) {
	var seq sql.NullInt64
	if err := db.QueryRowContext(ctx, m.selectLast).Scan(&seq); err != nil {
		return 0, fmt.Errorf("last entry: %w", found(err))
	}
	return seq.Int64 - 1, nil
}

func (m merkle) tile(ctx context.Context, db queryer, level int, n int64) ([]byte, error) {
	var hashes []byte
	if err := db.QueryRowContext(ctx, m.selectTile, level, n).Scan(&hashes); err != nil {
		return nil, fmt.Errorf("tile %d of level %d: %w", n, level, found(err))
	}
	return hashes, nil
}

// Checkpoint returns the newest signed checkpoint of the receipts' log.
func (r *Reader) Checkpoint(ctx context.Context) (string, error) {
	_, text, err := receiptsLog.head(ctx, r.db)
	return text, err
}

// Tile returns the hashes of a tile of the receipts' log as far as it has grown.
func (r *Reader) Tile(ctx context.Context, level int, n int64) ([]byte, error) {
	return receiptsLog.tile(ctx, r.db, level, n)
}

// Commitments returns what the leaves from index first hold.
func (r *Reader) Commitments(ctx context.Context, first int64, n int) ([][]byte, error) {
	var size int64
	err := r.db.QueryRowContext(ctx, `SELECT size FROM log_head`).Scan(&size)
	if errors.Is(err, sql.ErrNoRows) || err == nil && first >= size {
		return nil, nil
	}
	var held [][]byte
	if err == nil {
		held, err = receiptsLog.commitments(ctx, r.db, first, int(min(int64(n), size-first)))
	}
	if err != nil {
		return nil, fmt.Errorf("leaves from %d: %w", first, err)
	}
	return held, nil
}

// Index returns the leaf of a receipt.
func (r *Reader) Index(ctx context.Context, receipt string) (int64, error) {
	id, err := uuid.Parse(receipt)
	if err != nil {
		return 0, fmt.Errorf("leaf of receipt %q: %w", receipt, fault.NotFound)
	}
	var seq int64
	err = r.db.QueryRowContext(ctx, selectSeq, id[:]).Scan(&seq)
	if err != nil {
		return 0, fmt.Errorf("leaf of receipt %q: %w", receipt, found(err))
	}
	return seq - 1, nil
}

// commitments reads up to limit commitments from the entry of leaf first on.
func (m merkle) commitments(ctx context.Context, db querier, first int64, limit int) ([][]byte, error) {
	rs, err := db.QueryContext(ctx, m.selectCommitments, first, limit)
	if err != nil {
		return nil, err
	}
	defer rs.Close()
	var held [][]byte
	for rs.Next() {
		var seq int64
		var c []byte
		if err := rs.Scan(&seq, &c); err != nil {
			return nil, err
		}
		if want := first + int64(len(held)) + 1; seq != want {
			return nil, fmt.Errorf("entry %d is missing: the next one is %d", want, seq)
		}
		held = append(held, c)
	}
	return held, rs.Err()
}
