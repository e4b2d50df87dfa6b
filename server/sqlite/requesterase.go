package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"latchkey/app/auditlog"
	"latchkey/app/fault"
)

// EraseRequests erases requests; see the server's store interface.
func (s *Store) EraseRequests(ctx context.Context, e auditlog.Erasing) (n int, err error) {
	err = s.writer.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		n = 0
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
		return 0, fmt.Errorf("erase requests: %w", err)
	}
	if n > 0 {
		s.scrubErased(ctx)
	}
	return n, nil
}

const (
	// entriesOf are the entries of a request and of its messages.
	entriesOf = `SELECT seq FROM audit_entries WHERE about = ?1 AND kind = 'request'
		UNION ALL SELECT e.seq FROM messages AS m JOIN audit_entries AS e ON e.about = m.id AND e.kind IN ('message', 'delivery') WHERE m.request = ?2`

	blankEntry = `UPDATE audit_entries SET salt = NULL, kind = NULL, about = NULL, body = NULL WHERE seq = ?`
)

// eraseRequest erases a request, if it is there and was not erased before.
func eraseRequest(ctx context.Context, tx *sql.Tx, reference string, e auditlog.Erasing) (done bool, err error) {
	var row requestRow
	err = tx.QueryRowContext(ctx, `SELECT `+storedRequest+` FROM requests AS r WHERE r.reference = ? AND r.erased IS NULL`, reference).Scan(row.columns()...)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	r := row.stored()
	var leaves []int64
	for leaf, err := range scanned(ctx, tx, entriesOf, []any{r.Seq, reference}, func(row scanner) (seq int64, err error) { return seq, row.Scan(&seq) }) {
		if err != nil {
			return false, err
		}
		leaves = append(leaves, leaf-1)
	}
	slices.Sort(leaves)
	for _, leaf := range leaves {
		if _, err := tx.ExecContext(ctx, blankEntry, leaf+1); err != nil {
			return false, err
		}
	}
	spent := auditlog.Spent(r.Key)
	if err := blankRequest(ctx, tx, r.Seq, reference, toMillis(e.Time), spent); err != nil {
		return false, err
	}
	return true, addEntry(ctx, tx, e.Of(r.Request, spent, leaves))
}

// blankRequest leaves the tally of a request.
func blankRequest(ctx context.Context, tx *sql.Tx, seq int64, reference string, at int64, spent string) error {
	_, err := tx.ExecContext(ctx, `UPDATE requests SET key = NULL, digest = NULL, said = NULL, erased = ?, spent = ? WHERE seq = ?`, at, spent, seq)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM messages WHERE request = ?`, reference)
	return err
}

// errSpent is the answer to a sending whose request was erased since. It is not stored again.
var errSpent = fmt.Errorf("its key was used for a request that was erased since: %w", fault.Conflict)
