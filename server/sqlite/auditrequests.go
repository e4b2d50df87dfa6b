package sqlite

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"latchkey/app/auditlog"
	"latchkey/server/receiptlog/audit"
)

// AuditRequests returns the audit log as it lies there at this moment, with all that stands behind
// it, for whoever checks it. While it is open, the file's write-ahead log grows.
func (r *Reader) AuditRequests(ctx context.Context) (audit.RequestSnapshot, error) {
	tx, err := begin(ctx, r.db)
	if err != nil {
		return nil, fmt.Errorf("audit log: %w", kind(err))
	}
	return auditSnapshot{requestAuditor{tx}, transaction{tx}}, nil
}

// AuditReceipts is [Reader.Audit] of this moment.
func (r *Reader) AuditReceipts(ctx context.Context) (audit.Snapshot, error) {
	tx, err := begin(ctx, r.db)
	if err != nil {
		return nil, fmt.Errorf("log of receipts: %w", kind(err))
	}
	return receiptSnapshot{auditor{tx}, transaction{tx}}, nil
}

// begin begins a transaction that sees the database as it is at this moment.
func begin(ctx context.Context, db *sql.DB) (*sql.Tx, error) {
	tx, err := db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	// The first thing that is read says which moment it is.
	var n int
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM log_head`).Scan(&n); err != nil {
		return nil, errors.Join(err, tx.Rollback())
	}
	return tx, nil
}

type auditSnapshot struct {
	requestAuditor
	transaction
}

type receiptSnapshot struct {
	auditor
	transaction
}

// transaction is what a snapshot sees the database through.
type transaction struct{ tx *sql.Tx }

func (t transaction) Close() error {
	if err := t.tx.Rollback(); !errors.Is(err, sql.ErrTxDone) { // its context has ended
		return err
	}
	return nil
}

// requestAuditor reads the audit log of a database, or what a transaction sees of it.
type requestAuditor struct{ db querier }

func (a requestAuditor) Head(ctx context.Context) (size int64, checkpoint string, err error) {
	return auditLog.head(ctx, a.db)
}

func (a requestAuditor) Last(ctx context.Context) (int64, error) { return auditLog.last(ctx, a.db) }

func (a requestAuditor) Tile(ctx context.Context, level int, n int64) ([]byte, error) {
	return auditLog.tile(ctx, a.db, level, n)
}

const (
	storedRequest = `r.seq, r.reference, r.site, r.received, r.body, r.key, r.digest, r.said, r.erased, r.spent,
		(SELECT group_concat(hex(entity), ' ') FROM request_entities WHERE request = r.seq)`
	storedMessage = `m.id, m.request, m.kind, m.recipient, m.subject, m.body, m.language, m.attempts, m.due, m.sent, m.failure`

	selectEntries = `SELECT e.seq, e.commitment, e.salt, e.kind, e.about, e.body, ` + storedRequest + `, ` + storedMessage + `
		FROM audit_entries AS e
		LEFT JOIN requests AS r ON e.kind = 'request' AND r.seq = e.about
		LEFT JOIN messages AS m ON e.kind = 'message' AND m.id = e.about
		WHERE e.seq > ? AND e.seq <= ? ORDER BY e.seq`
)

func (a requestAuditor) Entries(ctx context.Context, first int64, n int) ([]audit.RequestEntry, error) {
	rs, err := a.db.QueryContext(ctx, selectEntries, first, first+int64(n))
	if err != nil {
		return nil, kind(err)
	}
	defer rs.Close()
	entries := make([]audit.RequestEntry, 0, n)
	for rs.Next() {
		var e audit.RequestEntry
		var r requestRow
		var m messageRow
		row, to := entryRow()
		if err := rs.Scan(slices.Concat(to, r.columns(), m.columns())...); err != nil {
			return nil, kind(err)
		}
		e.Row = row()
		if r.seq.Valid {
			stored := r.stored()
			e.Request = &stored
		}
		if m.id.Valid {
			stored := m.stored()
			e.Message = &stored
		}
		entries = append(entries, e)
	}
	return entries, kind(rs.Err())
}

// entryRow returns where the columns of an entry go, and a function that makes the entry of them.
func entryRow() (entry func() auditlog.Row, to []any) {
	var seq int64
	var commitment, salt []byte
	var kind, body sql.NullString
	var about sql.NullInt64
	return func() auditlog.Row {
		row := auditlog.Row{Index: seq - 1, Commitment: commitment, Salt: salt, Kind: auditlog.Kind(kind.String), Of: about.Int64}
		if body.Valid {
			row.Body = []byte(body.String)
		}
		return row
	}, []any{&seq, &commitment, &salt, &kind, &about, &body}
}

// Rows yields the entries of the audit log as they are stored, in order.
func (a requestAuditor) Rows(ctx context.Context) iter.Seq2[auditlog.Row, error] {
	const text = `SELECT seq, commitment, salt, kind, about, body FROM audit_entries ORDER BY seq`
	return scanned(ctx, a.db, text, nil, func(row scanner) (auditlog.Row, error) {
		entry, to := entryRow()
		err := row.Scan(to...)
		return entry(), err
	})
}

func (a requestAuditor) Requests(ctx context.Context) iter.Seq2[audit.StoredRequest, error] {
	return scanned(ctx, a.db, `SELECT `+storedRequest+` FROM requests AS r ORDER BY r.seq`, nil, func(row scanner) (audit.StoredRequest, error) {
		var r requestRow
		err := row.Scan(r.columns()...)
		return r.stored(), err
	})
}

func (a requestAuditor) Messages(ctx context.Context) iter.Seq2[auditlog.Message, error] {
	return scanned(ctx, a.db, `SELECT `+storedMessage+` FROM messages AS m ORDER BY m.id`, nil, func(row scanner) (auditlog.Message, error) {
		var m messageRow
		err := row.Scan(m.columns()...)
		return m.stored(), err
	})
}

// requestRow is a row of storedRequest.
type requestRow struct {
	seq, received, erased                                     sql.NullInt64
	reference, site, body, key, digest, said, spent, entities sql.NullString
}

func (r *requestRow) columns() []any {
	return []any{&r.seq, &r.reference, &r.site, &r.received, &r.body, &r.key, &r.digest, &r.said, &r.erased, &r.spent, &r.entities}
}

func (r *requestRow) stored() audit.StoredRequest {
	s := audit.StoredRequest{Request: auditlog.Request{
		Seq: r.seq.Int64, Reference: r.reference.String, Key: r.key.String, Digest: r.digest.String, Site: r.site.String,
		Received: fromMillis(r.received.Int64), Body: r.body.String, Said: r.said.String, Spent: r.spent.String,
	}}
	if r.erased.Valid {
		at := fromMillis(r.erased.Int64)
		s.Erased = &at
	}
	for word := range strings.FieldsSeq(r.entities.String) {
		entity, err := hex.DecodeString(word)
		if err != nil {
			s.Bad = fmt.Errorf("an organisation: %w", err)
		}
		s.Entities = append(s.Entities, string(entity))
	}
	slices.Sort(s.Entities)
	said := r.key.Valid && r.digest.Valid && r.said.Valid
	nothing := !r.key.Valid && !r.digest.Valid && !r.said.Valid
	if r.erased.Valid && (!nothing || !r.spent.Valid) || !r.erased.Valid && (!said || r.spent.Valid) {
		s.Bad = errors.New("a part of it is missing, or too much is there")
	}
	return s
}

// messageRow is a row of storedMessage.
type messageRow struct {
	id, attempts, due, sent                             sql.NullInt64
	request, kind, to, subject, body, language, failure sql.NullString
}

func (m *messageRow) columns() []any {
	return []any{&m.id, &m.request, &m.kind, &m.to, &m.subject, &m.body, &m.language, &m.attempts, &m.due, &m.sent, &m.failure}
}

func (m *messageRow) stored() auditlog.Message {
	return auditlog.Message{
		ID: m.id.Int64, Request: m.request.String, Kind: m.kind.String, To: m.to.String, Subject: m.subject.String,
		Body: m.body.String, Language: m.language.String, State: stateOf(m.attempts.Int64, m.due.Int64, m.sent, m.failure),
	}
}

// stateOf is the state of a message's delivery.
func stateOf(attempts, due int64, sent sql.NullInt64, failure sql.NullString) auditlog.State {
	s := auditlog.State{Attempts: int(attempts), Due: fromMillis(due)}
	if sent.Valid {
		at := fromMillis(sent.Int64)
		s.Sent = &at
	}
	if failure.Valid {
		s.Failure = &failure.String
	}
	return s
}
