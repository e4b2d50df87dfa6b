package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"latchkey/app/auditlog"
	"latchkey/app/rights"
)

// toAuditLog is migration 6: every request and message gets an entry of the audit log.
func toAuditLog(ctx context.Context, tx *sql.Tx) error {
	script, err := migrations.ReadFile("migrations/6/audit_log.sql")
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, string(script)); err != nil {
		return err
	}
	var last int64
	for {
		var key, digest, body string
		var r rights.Record
		err := tx.QueryRowContext(ctx, `SELECT seq, key, digest, body FROM requests_5 WHERE seq > ? ORDER BY seq LIMIT 1`, last).Scan(&last, &key, &digest, &body)
		if err == sql.ErrNoRows {
			break
		}
		if err == nil {
			err = json.Unmarshal([]byte(body), &r)
		}
		if err != nil {
			return fmt.Errorf("request %d: %w", last, err)
		}
		r.Key, r.Digest = key, digest
		row, err := auditlog.OfRecord(r)
		if err == nil {
			row.Seq = last
			err = moveRequest(ctx, tx, row)
		}
		if err != nil {
			return fmt.Errorf("request %d: %w", last, err)
		}
	}
	_, err = tx.ExecContext(ctx, `DROP TABLE messages_5; DROP TABLE request_entities_5; DROP TABLE requests_5`)
	return err
}

// moveRequest moves a request, what it is found by, and its messages to the new tables, and commits to them as they are.
func moveRequest(ctx context.Context, tx *sql.Tx, r auditlog.Request) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO requests (seq, reference, key, digest, site, received, body, said) SELECT seq, reference, key, digest, site, received, ?, ? FROM requests_5 WHERE seq = ?`,
		r.Body, r.Said, r.Seq)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO request_entities (entity, request) SELECT entity, request FROM request_entities_5 WHERE request = ?`, r.Seq); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO messages SELECT * FROM messages_5 WHERE request = (SELECT reference FROM requests WHERE seq = ?)`, r.Seq); err != nil {
		return err
	}
	// What is committed to is what stands there: the columns may say other than the record does.
	var row requestRow
	if err := tx.QueryRowContext(ctx, `SELECT `+storedRequest+` FROM requests AS r WHERE r.seq = ?`, r.Seq).Scan(row.columns()...); err != nil {
		return err
	}
	stored := row.stored().Request
	if err := addEntry(ctx, tx, auditlog.Entry{Kind: auditlog.Received, Request: &stored}); err != nil {
		return err
	}
	var messages []auditlog.Message
	for m, err := range scanned(ctx, tx, `SELECT `+storedMessage+` FROM messages AS m WHERE m.request = ? ORDER BY m.id`, []any{stored.Reference}, func(row scanner) (auditlog.Message, error) {
		var m messageRow
		err := row.Scan(m.columns()...)
		return m.stored(), err
	}) {
		if err != nil {
			return err
		}
		messages = append(messages, m)
	}
	for _, m := range messages {
		if err := addEntry(ctx, tx, auditlog.Entry{Kind: auditlog.Queued, Message: &m}); err != nil {
			return err
		}
	}
	return nil
}
