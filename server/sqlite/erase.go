package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/google/uuid"

	"latchkey/app/consent"
	"latchkey/app/evidence"
)

// Erase erases receipts; see the server's store interface. What stood in the file is overwritten
// (secure_delete), and so is what the write-ahead log holds of it, by the writes that follow.
func (s *Store) Erase(ctx context.Context, e evidence.Erasure) (n int, err error) {
	err = s.writer.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		n = 0
		for _, id := range e.Receipts {
			leaf, err := eraseOne(ctx, tx, id)
			if errors.Is(err, sql.ErrNoRows) {
				continue
			}
			if err == nil {
				err = act(ctx, tx, e.Of(leaf))
			}
			if err != nil {
				return err
			}
			n++
		}
		if n == 0 || e.Purge == nil {
			return nil
		}
		purge := *e.Purge
		purge.Count = n
		return act(ctx, tx, purge)
	})
	if err != nil {
		return 0, fmt.Errorf("erase receipts: %w", err)
	}
	return n, nil
}

const eraseEntry = `UPDATE entries SET salt = NULL, id = NULL, event = NULL, time = NULL, edition = NULL, choice = NULL`

// eraseOne erases a receipt and returns its leaf.
func eraseOne(ctx context.Context, tx *sql.Tx, id string) (leaf int64, err error) {
	key, err := uuid.Parse(id)
	if err != nil {
		return 0, sql.ErrNoRows // no receipt has such an id
	}
	err = tx.QueryRowContext(ctx, eraseEntry+` WHERE id = ? RETURNING seq - 1`, key[:]).Scan(&leaf)
	return leaf, err
}

// act stores an entry that is about receipts and is none itself.
func act(ctx context.Context, tx *sql.Tx, e evidence.Entry) error {
	sealed, err := evidence.Seal(e)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO entries (commitment, salt, act) VALUES (?, ?, ?)`, sealed.Commitment, sealed.Salt, string(sealed.Canonical))
	return err
}

// Expired yields the receipts of a site that were stored before a time, as was
// every receipt that followed on them.
//
// What later receipts keep is collected by the database, which puts it on the disk if it is much.
func (r *Reader) Expired(ctx context.Context, site string, before time.Time) iter.Seq2[consent.Expired, error] {
	const text = `
WITH RECURSIVE
  of_site (key) AS (SELECT key FROM editions WHERE site = ?1),
  old (id) AS MATERIALIZED (SELECT id FROM entries WHERE edition IN of_site AND time < ?2),
  kept (id) AS (
    SELECT unhex(replace(choice ->> 'previous', '-', '')) AS previous FROM entries
      WHERE edition IN of_site AND time >= ?2 AND previous IN (SELECT id FROM old)
    UNION
    SELECT unhex(replace(e.choice ->> 'previous', '-', '')) FROM kept JOIN entries AS e ON e.id = kept.id
      WHERE e.edition IN of_site AND e.time < ?2 AND e.choice ->> 'previous' IS NOT NULL
  )
SELECT id, time FROM entries
  WHERE edition IN of_site AND time < ?2 AND id NOT IN (SELECT id FROM kept WHERE id IS NOT NULL)
  ORDER BY seq`
	return scanned(ctx, r.db, text, []any{site, toMillis(before)}, func(row scanner) (consent.Expired, error) {
		var id uuid.UUID
		var ms int64
		err := row.Scan(&id, &ms)
		return consent.Expired{ID: id.String(), Time: fromMillis(ms)}, err
	})
}
