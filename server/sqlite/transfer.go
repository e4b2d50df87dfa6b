package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"latchkey/app/auditlog"
	"latchkey/server/receiptlog/audit"
	"latchkey/server/transfer"
)

// source reads all that a database holds.
type source struct{ auditor }

// AuditLog is the audit log of the same moment.
func (s source) AuditLog() transfer.AuditSource { return requestAuditor{s.db} }

// snapshot is a database as one transaction sees it.
type snapshot struct {
	source
	reader *Reader
	tx     *sql.Tx
}

// snapshot begins a transaction, over which r is closed.
func (r *Reader) snapshot(ctx context.Context) (snapshot, error) {
	tx, err := begin(ctx, r.db)
	if err != nil {
		return snapshot{}, err
	}
	return snapshot{source{auditor{tx}}, r, tx}, nil
}

func (s snapshot) Close() error {
	return errors.Join(transaction{s.tx}.Close(), s.reader.Close())
}

// Put stores a part.
func (t *Target) Put(ctx context.Context, p transfer.Part) error {
	tx, err := t.writing.BeginTx(ctx, nil)
	if err != nil {
		return kind(err)
	}
	defer tx.Rollback() // without effect after Commit
	if err := put(ctx, tx, p); err != nil {
		return kind(err)
	}
	return kind(tx.Commit())
}

func put(ctx context.Context, tx *sql.Tx, p transfer.Part) error {
	for _, t := range p.Texts {
		if _, err := tx.ExecContext(ctx, `INSERT INTO texts (hash, text) VALUES (?, ?) ON CONFLICT DO NOTHING`, t.Hash, t.Text); err != nil {
			return fmt.Errorf("text %s: %w", t.Hash, err)
		}
	}
	for _, e := range p.Editions {
		_, err := tx.ExecContext(ctx, `INSERT INTO editions (key, id, site, shown, body) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
			e.Key, e.ID, e.Site, e.Shown, string(e.Body))
		if err != nil {
			return fmt.Errorf("edition %s: %w", e.ID, err)
		}
	}
	for _, n := range p.Notices {
		_, err := tx.ExecContext(ctx, `INSERT INTO notices (group_id, id, version, language, effective, hash, source) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
			n.Group, n.ID, n.Version, n.Language, toMillis(n.Effective), n.Hash, n.Source)
		if err != nil {
			return fmt.Errorf("notice %s version %s in %s: %w", n.ID, n.Version, n.Language, err)
		}
	}
	for _, r := range p.Requests {
		if err := putRequest(ctx, tx, r); err != nil {
			return fmt.Errorf("request %s: %w", r.Reference, err)
		}
	}
	for _, m := range p.Messages {
		sent := optionalMillis(m.Sent)
		_, err := tx.ExecContext(ctx, `INSERT INTO messages (id, request, kind, recipient, subject, body, language, attempts, due, sent, failure)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (id) DO UPDATE SET attempts = excluded.attempts, due = excluded.due, sent = excluded.sent, failure = excluded.failure`,
			m.ID, m.Request, m.Kind, m.To, m.Subject, m.Body, m.Language, m.Attempts, toMillis(m.Due), sent, m.Failure)
		if err != nil {
			return fmt.Errorf("message %d: %w", m.ID, err)
		}
	}
	if err := putAudit(ctx, tx, p.Audit); err != nil {
		return err
	}
	return putLog(ctx, tx, p)
}

func optionalMillis(t *time.Time) *int64 {
	if t == nil {
		return nil
	}
	return new(toMillis(*t))
}

// putRequest stores a request, or erases it if it was erased since.
func putRequest(ctx context.Context, tx *sql.Tx, r auditlog.Request) error {
	insert, args := `INSERT INTO requests (seq, reference, site, received, body, key, digest, said) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		[]any{r.Seq, r.Reference, r.Site, toMillis(r.Received), r.Body, r.Key, r.Digest, r.Said}
	if r.Erased != nil {
		insert, args = `INSERT INTO requests (seq, reference, site, received, body, erased, spent) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
			[]any{r.Seq, r.Reference, r.Site, toMillis(r.Received), r.Body, toMillis(*r.Erased), r.Spent}
	}
	added, err := changed(tx.ExecContext(ctx, insert, args...))
	if err != nil {
		return err
	}
	if added {
		return addEntities(ctx, tx, r.Seq, r.Entities)
	}
	if r.Erased == nil {
		return nil
	}
	var live bool
	err = tx.QueryRowContext(ctx, `SELECT erased IS NULL FROM requests WHERE seq = ?`, r.Seq).Scan(&live)
	if err != nil || !live {
		return found(err)
	}
	return blankRequest(ctx, tx, r.Seq, r.Reference, toMillis(*r.Erased), r.Spent)
}

// putAudit stores a part of the audit log. An entry of which nothing is left is blanked where it is there.
func putAudit(ctx context.Context, tx *sql.Tx, p transfer.AuditPart) error {
	for _, r := range p.Rows {
		columns := []any{r.Index + 1, r.Commitment, nil, nil, nil, nil}
		if !r.Blank() {
			columns = []any{r.Index + 1, r.Commitment, r.Salt, string(r.Kind), r.Of, textOf(r.Body)}
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO audit_entries (seq, commitment, salt, kind, about, body) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT (seq) DO UPDATE SET salt = NULL, kind = NULL, about = NULL, body = NULL WHERE excluded.salt IS NULL`, columns...)
		if err != nil {
			return fmt.Errorf("entry %d of the audit log: %w", r.Index, err)
		}
	}
	for _, t := range p.Tiles {
		if err := auditLog.setTile(ctx, tx, t); err != nil {
			return fmt.Errorf("tile %d of level %d of the audit log: %w", t.N, t.Level, err)
		}
	}
	if p.Head == nil {
		return nil
	}
	return auditLog.setHead(ctx, tx, p.Head.Size, p.Head.Checkpoint)
}

func putLog(ctx context.Context, tx *sql.Tx, p transfer.Part) error {
	insert, err := tx.PrepareContext(ctx, `INSERT INTO entries (seq, commitment, salt, id, event, time, edition, choice, sender, act) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
	if err != nil {
		return err
	}
	defer insert.Close()
	for _, e := range p.Entries {
		columns, err := columnsOf(e)
		if err == nil {
			_, err = insert.ExecContext(ctx, columns...)
		}
		if err != nil {
			return fmt.Errorf("leaf %d: %w", e.Index, err)
		}
	}
	for _, leaf := range p.Erased {
		if _, err := tx.ExecContext(ctx, eraseEntry+` WHERE seq = ? AND act IS NULL`, leaf+1); err != nil {
			return fmt.Errorf("leaf %d: %w", leaf, err)
		}
	}
	for _, t := range p.Tiles {
		if err := receiptsLog.setTile(ctx, tx, t); err != nil {
			return fmt.Errorf("tile %d of level %d: %w", t.N, t.Level, err)
		}
	}
	if p.Head == nil {
		return nil
	}
	return receiptsLog.setHead(ctx, tx, p.Head.Size, p.Head.Checkpoint)
}

// columnsOf are the columns of an entry, of which those that it has not are null.
func columnsOf(e audit.Entry) ([]any, error) {
	columns := []any{e.Index + 1, e.Commitment, null(e.Salt), nil, nil, nil, nil, nil, null(e.Sender), nil}
	if e.Act != nil {
		columns[9] = string(e.Act)
	}
	if e.Receipt == "" {
		return columns, nil
	}
	id, err1 := uuid.Parse(e.Receipt)
	event, err2 := uuid.Parse(e.Choice.Event)
	rest, err3 := json.Marshal(choiceOf(e.Choice))
	columns[3], columns[4], columns[5], columns[6], columns[7] = id[:], event[:], toMillis(e.Time), e.Edition, string(rest)
	return columns, errors.Join(err1, err2, err3)
}

// null makes NULL of no bytes; the driver would store an empty BLOB.
func null(b []byte) any {
	if b == nil {
		return nil
	}
	return b
}
