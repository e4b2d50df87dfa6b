package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"latchkey/app/fault"
	"latchkey/app/rights"
)

const requestColumns = `seq, received, key, digest, body`

// insertRequest stores a request, what it asks of whom, and its messages, all
// or nothing, unless its key or its reference is there.
const insertRequest = `
WITH request AS (
	INSERT INTO requests (reference, key, digest, site, received, body) VALUES ($1, $2, $3, $4, $5, $6)
	ON CONFLICT DO NOTHING RETURNING seq, reference
), asked AS (
	INSERT INTO request_entities (entity, request) SELECT entity, seq FROM request, unnest($7::text[]) AS entity
), letters AS (
	INSERT INTO messages (request, kind, recipient, subject, body, language, attempts, due)
	SELECT reference, kind, recipient, subject, body, language, attempts, due
	FROM request, unnest($8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::integer[], $14::timestamptz[])
		WITH ORDINALITY AS m (kind, recipient, subject, body, language, attempts, due, n)
	ORDER BY n
)
SELECT seq FROM request`

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

func (s *Store) insertRequest(ctx context.Context, r rights.Record, messages []rights.Message) (created bool, err error) {
	body, err := json.Marshal(r)
	if err != nil {
		return false, err
	}
	var kinds, recipients, subjects, bodies, languages []string
	var attempts []int32
	var due []time.Time
	for _, m := range messages {
		kinds, recipients, subjects = append(kinds, m.Kind), append(recipients, m.To), append(subjects, m.Subject)
		bodies, languages = append(bodies, m.Body), append(languages, m.Language)
		attempts, due = append(attempts, int32(m.Attempts)), append(due, toMillis(m.Due))
	}
	var seq int64
	err = s.writing.QueryRow(ctx, insertRequest, r.Reference, r.Key, r.Digest, r.Site, r.Received, string(body),
		slices.Compact(slices.Sorted(slices.Values(r.Request.Entities))),
		kinds, recipients, subjects, bodies, languages, attempts, due).Scan(&seq)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
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
		ORDER BY received, seq LIMIT $5`

	// The request before the newest $3 ones.
	selectRequestBefore = `SELECT received, seq FROM requests
		WHERE ($1 = '' OR site = $1) AND ($2 = '' OR seq IN (SELECT request FROM request_entities WHERE entity = $2))
		ORDER BY received DESC, seq DESC OFFSET $3 LIMIT 1`
)

// Requests yields requests in the order of receipt.
func (r *Reader) Requests(ctx context.Context, f rights.Filter) iter.Seq2[rights.Record, error] {
	start := func() (before requestCursor, err error) {
		if f.Limit > 0 {
			err = r.pool.QueryRow(ctx, selectRequestBefore, f.Site, f.Entity, f.Limit).Scan(&before.received, &before.seq)
		}
		if errors.Is(err, pgx.ErrNoRows) {
			return requestCursor{}, nil
		}
		return before, err
	}
	fetch := func(after requestCursor, n int) ([]rights.Record, requestCursor, error) {
		rs, err := r.pool.Query(ctx, selectRequests, after.received, after.seq, f.Site, f.Entity, n)
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
	var r rights.Record
	var key, digest string
	var body []byte
	if err := row.Scan(&at.seq, &at.received, &key, &digest, &body); err != nil {
		return rights.Record{}, found(err)
	}
	if err := json.Unmarshal(body, &r); err != nil {
		return rights.Record{}, fmt.Errorf("stored request: %w", err)
	}
	r.Key, r.Digest = key, digest
	return r, nil
}
