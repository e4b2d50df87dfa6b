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

// Erase erases receipts; see the server's store interface. A purge is many of these, and is
// scrubbed once at its end.
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
	if n > 0 && e.Purge == nil {
		s.scrubErased(ctx)
	}
	return n, nil
}

const eraseEntry = `UPDATE entries SET salt = NULL, id = NULL, event = NULL, time = NULL, edition = NULL, choice = NULL, sender = NULL`

const eraseReceipt = eraseEntry + ` WHERE id = ? RETURNING seq - 1`

// eraseOne erases a receipt and returns its leaf.
func eraseOne(ctx context.Context, tx *sql.Tx, id string) (leaf int64, err error) {
	key, err := uuid.Parse(id)
	if err != nil {
		return 0, sql.ErrNoRows // no receipt has such an id
	}
	err = tx.QueryRowContext(ctx, eraseReceipt, key[:]).Scan(&leaf)
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

// selectExpired reads what of a site is older than a time by the index over time, and looks by the
// index over previous for what follows on each: it costs what is old, however much is younger. Both
// indexes are named, because SQLite would choose them by figures that it may not have.
const selectExpired = `
WITH RECURSIVE
  of_site (key) AS (SELECT key FROM editions WHERE site = ?1),
  kept (id) AS (
    SELECT old.id FROM of_site CROSS JOIN entries AS old INDEXED BY entries_by_time
      WHERE old.edition = of_site.key AND old.time < ?2 AND EXISTS (
        SELECT 1 FROM entries AS later INDEXED BY entries_by_previous
        WHERE later.choice ->> 'previous' = lower(format('%s-%s-%s-%s-%s', hex(substr(old.id, 1, 4)), hex(substr(old.id, 5, 2)),
            hex(substr(old.id, 7, 2)), hex(substr(old.id, 9, 2)), hex(substr(old.id, 11))))
          AND later.choice ->> 'previous' IS NOT NULL AND later.time >= ?2 AND later.edition IN of_site)
    UNION
    SELECT unhex(replace(e.choice ->> 'previous', '-', '')) FROM kept CROSS JOIN entries AS e ON e.id = kept.id
      WHERE e.edition IN of_site AND e.time < ?2 AND e.choice ->> 'previous' IS NOT NULL
  )
SELECT old.id, old.time FROM of_site CROSS JOIN entries AS old INDEXED BY entries_by_time
  WHERE old.edition = of_site.key AND old.time < ?2 AND old.id NOT IN (SELECT id FROM kept WHERE id IS NOT NULL)
  ORDER BY old.seq`

// Expired yields the receipts of a site that were stored before a time, as was
// every receipt that followed on them.
//
// What later receipts keep is collected by the database, which puts it on the disk if it is much.
func (r *Reader) Expired(ctx context.Context, site string, before time.Time) iter.Seq2[consent.Expired, error] {
	return scanned(ctx, r.db, selectExpired, []any{site, toMillis(before)}, func(row scanner) (consent.Expired, error) {
		var id uuid.UUID
		var ms int64
		err := row.Scan(&id, &ms)
		return consent.Expired{ID: id.String(), Time: fromMillis(ms)}, err
	})
}
