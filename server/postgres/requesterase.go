package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"latchkey/app/auditlog"
	"latchkey/app/fault"
)

const (
	// placeEntries gives those of a request's entries that have none their places.
	placeEntries = `
UPDATE audit_entries AS e SET index = (SELECT coalesce(max(index) + 1, 0) FROM audit_entries) + w.n - 1
FROM (SELECT seq, row_number() OVER (ORDER BY seq) AS n FROM audit_entries WHERE index IS NULL AND ` + ofRequest + `) AS w WHERE e.seq = w.seq`

	// ofRequest selects the entries of request $1 and of its messages $2.
	ofRequest = `(about = $1 AND kind = 'request' OR about = ANY ($2::bigint[]) AND kind IN ('message', 'delivery'))`

	selectPlaced = `SELECT index FROM audit_entries WHERE ` + ofRequest + ` ORDER BY index`

	blankEntries = `UPDATE audit_entries SET salt = NULL, kind = NULL, about = NULL, body = NULL WHERE ` + ofRequest

	blankRequest = `UPDATE requests SET key = NULL, digest = NULL, said = NULL, erased = $2, spent = $3 WHERE seq = $1`
)

// EraseRequests erases requests; see the server's store interface.
func (s *Store) EraseRequests(ctx context.Context, e auditlog.Erasing) (n int, err error) {
	ctx, cancel := context.WithTimeout(ctx, 2*patience)
	defer cancel()
	err = pgx.BeginFunc(ctx, s.writing.Pool, func(tx pgx.Tx) error {
		n = 0
		if err := auditLog.take(ctx, tx); err != nil {
			return err
		}
		for _, reference := range e.References {
			done, err := eraseRequest(ctx, tx, reference, e)
			if err != nil {
				return fmt.Errorf("%s: %w", reference, err)
			}
			if done {
				n++
			}
		}
		return nil
	})
	if err != nil {
		s.writing.ended(err)
		return 0, fmt.Errorf("erase requests: %w", kind(err))
	}
	return n, nil
}

// eraseRequest erases a request, if it is there and was not erased before.
func eraseRequest(ctx context.Context, tx pgx.Tx, reference string, e auditlog.Erasing) (done bool, err error) {
	var row requestRow
	err = tx.QueryRow(ctx, `SELECT `+storedRequest+` FROM requests AS r WHERE r.reference = $1 AND r.erased IS NULL FOR UPDATE`, reference).Scan(row.columns()...)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	r := row.stored()
	// Under this lock no delivery is noted any more, and what was noted before is seen.
	messages, err := collect[int64](ctx, tx, `SELECT id FROM messages WHERE request = $1 ORDER BY id FOR UPDATE`, reference)
	if err != nil {
		return false, err
	}
	if _, err := tx.Exec(ctx, placeEntries, r.Seq, messages); err != nil {
		return false, err
	}
	leaves, err := collect[int64](ctx, tx, selectPlaced, r.Seq, messages)
	if err != nil {
		return false, err
	}
	if err := erasedFrom(ctx, tx, "requests", "messages", "audit_entries"); err != nil {
		return false, err
	}
	spent := auditlog.Spent(r.Key)
	var b pgx.Batch
	b.Queue(blankEntries, r.Seq, messages)
	b.Queue(blankRequest, r.Seq, toMillis(e.Time), spent)
	b.Queue(`DELETE FROM messages WHERE request = $1`, reference)
	if err := tx.SendBatch(ctx, &b).Close(); err != nil {
		return false, err
	}
	return true, addEntries(ctx, tx, e.Of(r.Request, spent, leaves))
}

// errSpent is the answer to a sending whose request was erased since. It is not stored again.
var errSpent = fmt.Errorf("its key was used for a request that was erased since: %w", fault.Conflict)
