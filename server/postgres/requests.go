package postgres

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"latchkey/app/auditlog"
	"latchkey/app/fault"
	"latchkey/app/rights"
)

const requestColumns = `seq, received, key, digest, body, said, erased`

const (
	// insertRequest stores a request and what it asks of whom, unless its key or its reference is there.
	insertRequest = `
WITH request AS (
	INSERT INTO requests (reference, key, digest, site, received, body, said) VALUES ($1, $2, $3, $4, $5, $6, $7)
	ON CONFLICT DO NOTHING RETURNING seq
), asked AS (
	INSERT INTO request_entities (entity, request) SELECT entity, seq FROM request, unnest($8::text[]) AS entity
)
SELECT seq FROM request`

	insertMessage = `INSERT INTO messages (request, kind, recipient, subject, body, language, attempts, due) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id`

	isSpent = `SELECT EXISTS (SELECT FROM requests WHERE spent = $1)`
)

// AddRequest stores a request and its messages in one transaction, once for
// each Key; see the server's store interface. If the reference belongs to
// another request, the error wraps [fault.Unavailable]: another reference will do.
func (s *Store) AddRequest(ctx context.Context, r rights.Record, messages []rights.Message) (stored rights.Record, created bool, err error) {
	r.Received = toMillis(r.Received)
	bad := func(stored rights.Record, err error) (rights.Record, bool, error) {
		return stored, false, fmt.Errorf("request %s: %w", r.Reference, err)
	}
	created, err = s.insertRequest(ctx, r, messages)
	if err != nil {
		return bad(rights.Record{}, kind(err))
	}
	if created {
		return r, true, nil
	}
	var spent bool
	if err := s.writing.QueryRow(ctx, isSpent, auditlog.Spent(r.Key)).Scan(&spent); err != nil {
		return bad(rights.Record{}, kind(err))
	}
	if spent { // and the reference is there: another one would not help
		return bad(rights.Record{}, errSpent)
	}
	stored, err = scanRequest(s.writing.QueryRow(ctx, `SELECT `+requestColumns+` FROM requests WHERE key = $1`, r.Key), &requestCursor{})
	switch {
	case errors.Is(err, fault.NotFound):
		return bad(rights.Record{}, fmt.Errorf("the reference is taken: %w", fault.Unavailable))
	case err != nil:
		return bad(rights.Record{}, err)
	case stored.Digest != r.Digest:
		return bad(stored, fmt.Errorf("its key was used for %s, with other content: %w", stored.Reference, fault.Conflict))
	}
	return stored, false, nil
}

// insertRequest stores a request and its messages, and commits to them, all or nothing.
func (s *Store) insertRequest(ctx context.Context, record rights.Record, messages []rights.Message) (created bool, err error) {
	r, err := auditlog.OfRecord(record)
	if err != nil {
		return false, err
	}
	err = s.inTransaction(ctx, func(ctx context.Context, tx pgx.Tx) error {
		var b pgx.Batch
		var spent bool
		b.Queue(isSpent, auditlog.Spent(r.Key)).QueryRow(func(row pgx.Row) error { return row.Scan(&spent) })
		b.Queue(insertRequest, r.Reference, r.Key, r.Digest, r.Site, r.Received, r.Body, r.Said, r.Entities).QueryRow(func(row pgx.Row) error {
			err := row.Scan(&r.Seq)
			if created = err == nil; errors.Is(err, pgx.ErrNoRows) {
				return nil
			}
			return err
		})
		if err := tx.SendBatch(ctx, &b).Close(); err != nil || !created {
			return err
		}
		if spent {
			created = false
			return errSpent
		}
		entries := []auditlog.Entry{{Kind: auditlog.Received, Request: &r}}
		var letters pgx.Batch
		for _, message := range messages {
			m := auditlog.OfMessage(r.Reference, message)
			m.Due = toMillis(m.Due)
			letters.Queue(insertMessage, m.Request, m.Kind, m.To, m.Subject, m.Body, m.Language, m.Attempts, m.Due).QueryRow(func(row pgx.Row) error { return row.Scan(&m.ID) })
			entries = append(entries, auditlog.Entry{Kind: auditlog.Queued, Message: &m})
		}
		if err := tx.SendBatch(ctx, &letters).Close(); err != nil {
			return err
		}
		return addEntries(ctx, tx, entries...)
	})
	return created && err == nil, err
}

// Request returns the request with a reference.
func (r *Reader) Request(ctx context.Context, reference string) (rights.Record, error) {
	record, err := scanRequest(r.pool.QueryRow(ctx, `SELECT `+requestColumns+` FROM requests WHERE reference = $1`, reference), &requestCursor{})
	if err != nil {
		return rights.Record{}, fmt.Errorf("request %q: %w", reference, err)
	}
	return record, nil
}

// requestCursor is the place of a request in the order of receipt.
type requestCursor struct {
	received time.Time
	seq      int64
}

const (
	selectRequests = `SELECT ` + requestColumns + ` FROM requests
		WHERE (received, seq) > ($1, $2) AND ($3 = '' OR site = $3) AND ($4 = '' OR seq IN (SELECT request FROM request_entities WHERE entity = $4))
			AND received < $6 AND NOT ($7 AND erased IS NOT NULL)
		ORDER BY received, seq LIMIT $5`

	// The request before the newest $3 ones.
	selectRequestBefore = `SELECT received, seq FROM requests
		WHERE ($1 = '' OR site = $1) AND ($2 = '' OR seq IN (SELECT request FROM request_entities WHERE entity = $2))
			AND received < $4 AND NOT ($5 AND erased IS NOT NULL)
		ORDER BY received DESC, seq DESC OFFSET $3 LIMIT 1`
)

// Requests yields requests in the order of receipt.
func (r *Reader) Requests(ctx context.Context, f rights.Filter) iter.Seq2[rights.Record, error] {
	end := pgtype.Timestamptz{Time: toMillis(f.Before), Valid: true}
	if f.Before.IsZero() {
		end = pgtype.Timestamptz{InfinityModifier: pgtype.Infinity, Valid: true}
	}
	start := func() (before requestCursor, err error) {
		if f.Limit > 0 {
			err = r.pool.QueryRow(ctx, selectRequestBefore, f.Site, f.Entity, f.Limit, end, f.Kept).Scan(&before.received, &before.seq)
		}
		if errors.Is(err, pgx.ErrNoRows) {
			return requestCursor{}, nil
		}
		return before, err
	}
	fetch := func(after requestCursor, n int) ([]rights.Record, requestCursor, error) {
		rs, err := r.pool.Query(ctx, selectRequests, after.received, after.seq, f.Site, f.Entity, n, end, f.Kept)
		if err != nil {
			return nil, after, err
		}
		page, err := pgx.CollectRows(rs, func(row pgx.CollectableRow) (rights.Record, error) { return scanRequest(row, &after) })
		return page, after, err
	}
	return paged(f.Limit, start, fetch)
}

// scanRequest reads a row of requestColumns, and where it stands.
func scanRequest(row pgx.Row, at *requestCursor) (rights.Record, error) {
	var key, digest *string
	var body, said []byte
	var erased *time.Time
	if err := row.Scan(&at.seq, &at.received, &key, &digest, &body, &said, &erased); err != nil {
		return rights.Record{}, found(err)
	}
	if erased != nil {
		erased = new(erased.UTC())
	}
	r, err := rights.Join(body, said, erased)
	r.Key, r.Digest = or(key), or(digest)
	return r, err
}
