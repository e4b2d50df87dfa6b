package postgres

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"latchkey/app/auditlog"
	"latchkey/server/receiptlog/audit"
)

// AuditRequests returns the audit log as it lies there at this moment, with all that stands behind
// it, for whoever checks it. While it is open, the database keeps what was changed since.
func (r *Reader) AuditRequests(ctx context.Context) (audit.RequestSnapshot, error) {
	tx, err := begin(ctx, r.pool)
	if err != nil {
		return nil, fmt.Errorf("audit log: %w", kind(err))
	}
	return auditSnapshot{requestAuditor{tx}, transaction{tx}}, nil
}

// AuditReceipts is [Reader.Audit] of this moment.
func (r *Reader) AuditReceipts(ctx context.Context) (audit.Snapshot, error) {
	tx, err := begin(ctx, r.pool)
	if err != nil {
		return nil, fmt.Errorf("log of receipts: %w", kind(err))
	}
	return receiptSnapshot{auditor{tx}, transaction{tx}}, nil
}

// begin begins a transaction that sees the database as it is at this moment, and that may last.
func begin(ctx context.Context, pool timed) (pgx.Tx, error) {
	tx, err := pool.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return nil, err
	}
	// The first thing that is read says which moment it is.
	_, err = tx.Exec(ctx, `SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL statement_timeout = 0; SELECT FROM log_head`)
	if err != nil {
		return nil, errors.Join(err, tx.Rollback(ctx))
	}
	return tx, nil
}

// end ends such a transaction.
func end(tx pgx.Tx) error {
	err := tx.Rollback(context.Background())
	if errors.Is(err, pgx.ErrTxClosed) || lost(err) {
		return nil // it has ended either way
	}
	return err
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
type transaction struct{ tx pgx.Tx }

func (t transaction) Close() error { return end(t.tx) }

// requestAuditor reads the audit log of a database, or what a transaction sees of it.
type requestAuditor struct{ db querier }

func (a requestAuditor) Head(ctx context.Context) (size int64, checkpoint string, err error) {
	return auditLog.head(ctx, a.db)
}

func (a requestAuditor) Tile(ctx context.Context, level int, n int64) ([]byte, error) {
	return auditLog.tile(ctx, a.db, level, n)
}

// numbered are the entries with the index that each has, or will have.
const numbered = `
numbered AS (
	SELECT index AS leaf, * FROM audit_entries WHERE index IS NOT NULL
	UNION ALL
	SELECT (SELECT coalesce(max(index) + 1, 0) FROM audit_entries) + row_number() OVER (ORDER BY seq) - 1, * FROM audit_entries WHERE index IS NULL
)`

const (
	storedRequest = `r.seq, r.reference, r.site, r.received, r.body::text, r.key, r.digest, r.said::text, r.erased, r.spent,
		ARRAY(SELECT entity FROM request_entities WHERE request = r.seq)`
	storedMessage = `m.id, m.request, m.kind, m.recipient, m.subject, m.body, m.language, m.attempts, m.due, m.sent, m.failure`

	entryColumns = `e.leaf, e.commitment, e.salt, e.kind, e.about, e.body`

	selectEntries = `WITH` + numbered + ` SELECT ` + entryColumns + `, ` + storedRequest + `, ` + storedMessage + `
		FROM numbered AS e
		LEFT JOIN requests AS r ON e.kind = 'request' AND r.seq = e.about
		LEFT JOIN messages AS m ON e.kind = 'message' AND m.id = e.about
		WHERE e.leaf >= $1 AND e.leaf < $2 ORDER BY e.leaf`
)

func (a requestAuditor) Last(ctx context.Context) (last int64, err error) {
	if err := a.db.QueryRow(ctx, `WITH`+numbered+` SELECT coalesce(max(leaf), -1) FROM numbered`).Scan(&last); err != nil {
		return 0, fmt.Errorf("last entry of the audit log: %w", kind(err))
	}
	return last, nil
}

func (a requestAuditor) Entries(ctx context.Context, first int64, n int) ([]audit.RequestEntry, error) {
	rs, err := a.db.Query(ctx, selectEntries, first, first+int64(n))
	if err != nil {
		return nil, kind(err)
	}
	entries, err := pgx.CollectRows(rs, func(row pgx.CollectableRow) (audit.RequestEntry, error) {
		var e audit.RequestEntry
		var r requestRow
		var m messageRow
		entry, to := entryRow()
		if err := row.Scan(slices.Concat(to, r.columns(), m.columns())...); err != nil {
			return e, err
		}
		e.Row = entry()
		if r.seq != nil {
			stored := r.stored()
			e.Request = &stored
		}
		if m.id != nil {
			stored := m.stored()
			e.Message = &stored
		}
		return e, nil
	})
	return entries, kind(err)
}

// entryRow returns where the columns of an entry go, and a function that makes the entry of them.
func entryRow() (entry func() auditlog.Row, to []any) {
	var row auditlog.Row
	var kind, body *string
	var about *int64
	return func() auditlog.Row {
		row.Kind, row.Of = auditlog.Kind(or(kind)), or(about)
		if body != nil {
			row.Body = []byte(*body)
		}
		return row
	}, []any{&row.Index, &row.Commitment, &row.Salt, &kind, &about, &body}
}

// or is what p points to; the zero value if that is nothing.
func or[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// Rows yields the entries of the audit log as they are stored, in order.
func (a requestAuditor) Rows(ctx context.Context) iter.Seq2[auditlog.Row, error] {
	return streamed(ctx, a.db, `WITH`+numbered+` SELECT `+entryColumns+` FROM numbered AS e ORDER BY leaf`, func(rs pgx.Rows) (auditlog.Row, error) {
		entry, to := entryRow()
		err := rs.Scan(to...)
		return entry(), err
	})
}

func (a requestAuditor) Requests(ctx context.Context) iter.Seq2[audit.StoredRequest, error] {
	return streamed(ctx, a.db, `SELECT `+storedRequest+` FROM requests AS r ORDER BY r.seq`, func(rs pgx.Rows) (audit.StoredRequest, error) {
		var r requestRow
		if err := rs.Scan(r.columns()...); err != nil {
			return audit.StoredRequest{}, err
		}
		return r.stored(), nil
	})
}

func (a requestAuditor) Messages(ctx context.Context) iter.Seq2[auditlog.Message, error] {
	return streamed(ctx, a.db, `SELECT `+storedMessage+` FROM messages AS m ORDER BY m.id`, func(rs pgx.Rows) (auditlog.Message, error) {
		var m messageRow
		if err := rs.Scan(m.columns()...); err != nil {
			return auditlog.Message{}, err
		}
		return m.stored(), nil
	})
}

// requestRow is a row of storedRequest.
type requestRow struct {
	seq                                             *int64
	received, erased                                *time.Time
	reference, site, body, key, digest, said, spent *string
	entities                                        []string
}

func (r *requestRow) columns() []any {
	return []any{&r.seq, &r.reference, &r.site, &r.received, &r.body, &r.key, &r.digest, &r.said, &r.erased, &r.spent, &r.entities}
}

func (r *requestRow) stored() audit.StoredRequest {
	s := audit.StoredRequest{Request: auditlog.Request{
		Seq: or(r.seq), Reference: or(r.reference), Key: or(r.key), Digest: or(r.digest), Site: or(r.site),
		Received: or(r.received).UTC(), Body: or(r.body), Said: or(r.said), Spent: or(r.spent), Entities: r.entities,
	}}
	if r.erased != nil {
		s.Erased = new(r.erased.UTC())
	}
	slices.Sort(s.Entities) // whatever the database's idea of an order is
	said := r.key != nil && r.digest != nil && r.said != nil
	nothing := r.key == nil && r.digest == nil && r.said == nil
	if r.erased != nil && (!nothing || r.spent == nil) || r.erased == nil && (!said || r.spent != nil) {
		s.Bad = errors.New("a part of it is missing, or too much is there")
	}
	return s
}

// messageRow is a row of storedMessage.
type messageRow struct {
	id                                                  *int64
	attempts                                            *int
	due, sent                                           *time.Time
	request, kind, to, subject, body, language, failure *string
}

func (m *messageRow) columns() []any {
	return []any{&m.id, &m.request, &m.kind, &m.to, &m.subject, &m.body, &m.language, &m.attempts, &m.due, &m.sent, &m.failure}
}

func (m *messageRow) stored() auditlog.Message {
	return auditlog.Message{
		ID: or(m.id), Request: or(m.request), Kind: or(m.kind), To: or(m.to), Subject: or(m.subject),
		Body: or(m.body), Language: or(m.language), State: stateOf(or(m.attempts), or(m.due), m.sent, m.failure),
	}
}

// stateOf is the state of a message's delivery.
func stateOf(attempts int, due time.Time, sent *time.Time, failure *string) auditlog.State {
	s := auditlog.State{Attempts: attempts, Due: due.UTC(), Failure: failure}
	if sent != nil {
		s.Sent = new(sent.UTC())
	}
	return s
}
