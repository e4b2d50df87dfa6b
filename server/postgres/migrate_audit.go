package postgres

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"latchkey/app/auditlog"
	"latchkey/app/rights"
)

// toAuditLog is migration 5: every request and message gets an entry of the audit log.
func toAuditLog(ctx context.Context, tx *sql.Tx) error {
	if err := execFile(ctx, tx, "migrations/5/audit_log.sql"); err != nil {
		return err
	}
	var last int64
	for {
		var r auditlog.Request
		err := tx.QueryRowContext(ctx, `SELECT seq, reference, key, digest, site, received, body::text FROM requests WHERE seq > $1 ORDER BY seq LIMIT 1`, last).
			Scan(&r.Seq, &r.Reference, &r.Key, &r.Digest, &r.Site, &r.Received, &r.Body)
		if errors.Is(err, sql.ErrNoRows) {
			break
		}
		if err == nil {
			last = r.Seq
			err = moveRequest(ctx, tx, r)
		}
		if err != nil {
			return fmt.Errorf("request %d: %w", r.Seq, err)
		}
	}
	return execFile(ctx, tx, "migrations/5/guard.sql")
}

func execFile(ctx context.Context, tx *sql.Tx, name string) error {
	script, err := migrations.ReadFile(name)
	if err == nil {
		_, err = tx.ExecContext(ctx, string(script))
	}
	return err
}

// moveRequest splits the record of a request, and commits to it and to its messages as they are.
func moveRequest(ctx context.Context, tx *sql.Tx, r auditlog.Request) error {
	var record rights.Record
	err := json.Unmarshal([]byte(r.Body), &record)
	if err == nil {
		r.Body, r.Said, err = record.Split()
	}
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE requests SET body = $2, said = $3 WHERE seq = $1`, r.Seq, r.Body, r.Said); err != nil {
		return err
	}
	r.Received = r.Received.UTC()
	if r.Entities, err = rowsOfOne[string](ctx, tx, `SELECT entity FROM request_entities WHERE request = $1 ORDER BY entity COLLATE "C"`, r.Seq); err != nil {
		return err
	}
	entries := []auditlog.Entry{{Kind: auditlog.Received, Request: &r}}
	ids, err := rowsOfOne[int64](ctx, tx, `SELECT id FROM messages WHERE request = $1 ORDER BY id`, r.Reference)
	if err != nil {
		return err
	}
	for _, id := range ids {
		m := &auditlog.Message{}
		var sent sql.NullTime
		var failure sql.NullString
		err := tx.QueryRowContext(ctx, `SELECT id, request, kind, recipient, subject, body, language, attempts, due, sent, failure FROM messages WHERE id = $1`, id).
			Scan(&m.ID, &m.Request, &m.Kind, &m.To, &m.Subject, &m.Body, &m.Language, &m.Attempts, &m.Due, &sent, &failure)
		if err != nil {
			return err
		}
		m.Due = m.Due.UTC()
		if sent.Valid {
			m.Sent = new(sent.Time.UTC())
		}
		if failure.Valid {
			m.Failure = &failure.String
		}
		entries = append(entries, auditlog.Entry{Kind: auditlog.Queued, Message: m})
	}
	for _, e := range entries {
		row, err := auditlog.Seal(e)
		if err == nil {
			_, err = tx.ExecContext(ctx, insertEntry, row.Commitment, row.Salt, string(row.Kind), row.Of, textOf(row.Body))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// rowsOfOne returns the rows of a query for one column.
func rowsOfOne[T any](ctx context.Context, tx *sql.Tx, query string, args ...any) ([]T, error) {
	rs, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rs.Close()
	var vs []T
	for rs.Next() {
		var v T
		if err := rs.Scan(&v); err != nil {
			return nil, err
		}
		vs = append(vs, v)
	}
	return vs, rs.Err()
}
