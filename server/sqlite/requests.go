package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"time"

	"latchkey/app/auditlog"
	"latchkey/app/fault"
	"latchkey/app/rights"
)

const requestColumns = `key, digest, body, said, erased`

// AddRequest stores a request and its messages in one transaction, once for
// each Key; see the server's store interface. If the reference belongs to
// another request, the error wraps [fault.Unavailable]: another reference will do.
func (s *Store) AddRequest(ctx context.Context, r rights.Record, messages []rights.Message) (stored rights.Record, created bool, err error) {
	r.Received = fromMillis(toMillis(r.Received))
	row, err := auditlog.OfRecord(r)
	if err != nil {
		return rights.Record{}, false, fmt.Errorf("request %s: %w", r.Reference, err)
	}
	err = s.writer.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		have, err := scanRequest(tx.QueryRowContext(ctx, `SELECT `+requestColumns+` FROM requests WHERE key = ?`, r.Key))
		if errors.Is(err, fault.NotFound) {
			stored, created = r, true
			return insertRequest(ctx, tx, row, messages)
		}
		if err != nil {
			return err
		}
		stored = have
		if have.Digest != r.Digest {
			return fmt.Errorf("its key was used for %s, with other content: %w", have.Reference, fault.Conflict)
		}
		return nil
	})
	switch {
	case errors.Is(err, errSpent):
		return rights.Record{}, false, fmt.Errorf("request %s: %w", r.Reference, err)
	case errors.Is(err, fault.Conflict):
		return stored, false, fmt.Errorf("request %s: %w", r.Reference, err)
	case err != nil:
		return rights.Record{}, false, fmt.Errorf("request %s: %w", r.Reference, err)
	}
	return stored, created, nil
}

// insertRequest stores a request and its messages, and commits to them.
func insertRequest(ctx context.Context, tx *sql.Tx, r auditlog.Request, messages []rights.Message) error {
	var spent bool
	if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM requests WHERE spent = ?)`, auditlog.Spent(r.Key)).Scan(&spent); err != nil {
		return err
	}
	if spent {
		return errSpent
	}
	result, err := tx.ExecContext(ctx,
		`INSERT INTO requests (reference, key, digest, site, received, body, said) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (reference) DO NOTHING`,
		r.Reference, r.Key, r.Digest, r.Site, toMillis(r.Received), r.Body, r.Said)
	free, err := changed(result, err)
	if err != nil {
		return err
	}
	if !free {
		return fmt.Errorf("the reference is taken: %w", fault.Unavailable)
	}
	if r.Seq, err = result.LastInsertId(); err != nil {
		return err
	}
	if err := addEntities(ctx, tx, r.Seq, r.Entities); err != nil {
		return err
	}
	if err := addEntry(ctx, tx, auditlog.Entry{Kind: auditlog.Received, Request: &r}); err != nil {
		return err
	}
	for _, m := range messages {
		if err := addMessage(ctx, tx, auditlog.OfMessage(r.Reference, m)); err != nil {
			return err
		}
	}
	return nil
}

// addMessage queues a message, and commits to it.
func addMessage(ctx context.Context, tx *sql.Tx, m auditlog.Message) error {
	m.Due = fromMillis(toMillis(m.Due))
	result, err := tx.ExecContext(ctx,
		`INSERT INTO messages (request, kind, recipient, subject, body, language, attempts, due) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		m.Request, m.Kind, m.To, m.Subject, m.Body, m.Language, m.Attempts, toMillis(m.Due))
	if err != nil {
		return err
	}
	if m.ID, err = result.LastInsertId(); err != nil {
		return err
	}
	return addEntry(ctx, tx, auditlog.Entry{Kind: auditlog.Queued, Message: &m})
}

// addEntities stores whom a request is for.
func addEntities(ctx context.Context, tx *sql.Tx, seq int64, entities []string) error {
	for _, entity := range entities {
		if _, err := tx.ExecContext(ctx, `INSERT INTO request_entities (entity, request) VALUES (?, ?)`, entity, seq); err != nil {
			return err
		}
	}
	return nil
}

// Request returns the request with a reference.
func (r *Reader) Request(ctx context.Context, reference string) (rights.Record, error) {
	record, err := scanRequest(r.db.QueryRowContext(ctx, `SELECT `+requestColumns+` FROM requests WHERE reference = ?`, reference))
	if err != nil {
		return rights.Record{}, fmt.Errorf("request %q: %w", reference, err)
	}
	return record, nil
}

// Requests yields requests in the order of receipt.
func (r *Reader) Requests(ctx context.Context, f rights.Filter) iter.Seq2[rights.Record, error] {
	q := query{columns: "received, seq, " + requestColumns, from: "requests", order: []string{"received", "seq"}, limit: f.Limit}
	if f.Site != "" {
		q.where("site = ?", f.Site)
	}
	if f.Entity != "" {
		q.where("seq IN (SELECT request FROM request_entities WHERE entity = ?)", f.Entity)
	}
	if !f.Before.IsZero() {
		q.where("received < ?", toMillis(f.Before))
	}
	if f.Kept {
		q.conditions = append(q.conditions, "erased IS NULL")
	}
	return rows(ctx, r.db, q, func(row scanner) (rights.Record, error) {
		var received, seq int64
		return scanRequest(row, &received, &seq)
	})
}

// DueMessages returns up to limit undelivered messages whose Due is not after
// now, the longest due first.
func (r *Reader) DueMessages(ctx context.Context, now time.Time, limit int) ([]rights.Message, error) {
	q := query{
		columns: "id, request, kind, recipient, subject, body, language, attempts, due",
		from:    "messages",
		order:   []string{"due", "id"},
	}
	q.where("sent IS NULL AND due <= ?", toMillis(now))
	var due []rights.Message
	for m, err := range rows(ctx, r.db, q, func(row scanner) (rights.Message, error) { return scanMessage(row) }) {
		if err != nil {
			return nil, fmt.Errorf("due messages: %w", err)
		}
		if len(due) == limit {
			break
		}
		due = append(due, m)
	}
	return due, nil
}

// MessageSent marks a message delivered.
func (s *Store) MessageSent(ctx context.Context, id int64, now time.Time) error {
	return s.updateMessage(ctx, id, `SET sent = ?, attempts = attempts + 1, failure = NULL WHERE id = ?`, toMillis(now), id)
}

// MessageFailed counts a failed delivery and says when to try again.
func (s *Store) MessageFailed(ctx context.Context, id int64, next time.Time, why string) error {
	return s.updateMessage(ctx, id, `SET due = ?, attempts = attempts + 1, failure = ? WHERE id = ?`, toMillis(next), why, id)
}

// updateMessage changes the state of a message, and commits to the new one.
func (s *Store) updateMessage(ctx context.Context, id int64, update string, args ...any) error {
	err := s.writer.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		var attempts, due int64
		var sent sql.NullInt64
		var failure sql.NullString
		err := tx.QueryRowContext(ctx, `UPDATE messages `+update+` RETURNING attempts, due, sent, failure`, args...).Scan(&attempts, &due, &sent, &failure)
		if err != nil {
			return found(err)
		}
		return addEntry(ctx, tx, auditlog.Entry{Kind: auditlog.Delivered, Delivery: &auditlog.Delivery{Message: id, State: stateOf(attempts, due, sent, failure)}})
	})
	if err != nil {
		return fmt.Errorf("message %d: %w", id, err)
	}
	return nil
}

// scanRequest reads a row of first and then requestColumns.
func scanRequest(row scanner, first ...any) (rights.Record, error) {
	var key, digest sql.NullString
	var body, said []byte
	var erased sql.NullInt64
	if err := row.Scan(append(first, &key, &digest, &body, &said, &erased)...); err != nil {
		return rights.Record{}, found(err)
	}
	var at *time.Time
	if erased.Valid {
		at = new(fromMillis(erased.Int64))
	}
	r, err := rights.Join(body, said, at)
	r.Key, r.Digest = key.String, digest.String
	return r, err
}

// scanMessage reads a row of a message, and what stands after it.
func scanMessage(row scanner, more ...any) (rights.Message, error) {
	var m rights.Message
	var due int64
	err := row.Scan(append([]any{&m.ID, &m.Request, &m.Kind, &m.To, &m.Subject, &m.Body, &m.Language, &m.Attempts, &due}, more...)...)
	m.Due = fromMillis(due)
	return m, err
}
