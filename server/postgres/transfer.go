package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"latchkey/app/auditlog"
	"latchkey/app/consent"
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
	tx     pgx.Tx
}

// snapshot begins a transaction, over which r is closed.
func (r *Reader) snapshot(ctx context.Context) (snapshot, error) {
	tx, err := begin(ctx, r.pool)
	if err != nil {
		return snapshot{}, err
	}
	return snapshot{source{auditor{tx}}, r, tx}, nil
}

func (s snapshot) Close() error {
	return errors.Join(end(s.tx), s.reader.Close())
}

// Put stores a part.
func (t *Target) Put(ctx context.Context, p transfer.Part) error {
	receipts, err := rowsOf(p.Entries)
	if err != nil {
		return err
	}
	if err := t.months.prepare(ctx, timed{Pool: t.pool}, receipts); err != nil {
		return kind(err)
	}
	err = pgx.BeginFunc(ctx, t.pool, func(tx pgx.Tx) error {
		if err := putReferences(ctx, tx, p); err != nil {
			return err
		}
		if err := putEntries(ctx, tx, p.Entries, receipts); err != nil {
			return err
		}
		if slices.ContainsFunc(p.Requests, func(r auditlog.Request) bool { return r.Erased != nil }) {
			if err := erasedFrom(ctx, tx, "requests", "messages", "audit_entries"); err != nil {
				return err
			}
		}
		if err := putAudit(ctx, tx, p.Audit); err != nil {
			return err
		}
		return putLog(ctx, tx, p)
	})
	return kind(err)
}

// putReferences stores what stands beside the log.
func putReferences(ctx context.Context, tx pgx.Tx, p transfer.Part) error {
	var b pgx.Batch
	for _, t := range p.Texts {
		b.Queue(`INSERT INTO texts (hash, text) VALUES ($1, $2) ON CONFLICT DO NOTHING`, t.Hash, t.Text)
	}
	for _, e := range p.Editions {
		var body consent.Edition
		_ = json.Unmarshal(e.Body, &body) // one that can't be read is the auditor's to report
		b.Queue(`INSERT INTO editions (key, id, site, controller, shown, body) OVERRIDING SYSTEM VALUE VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
			e.Key, e.ID, e.Site, body.Controller.Entity, e.Shown, string(e.Body))
	}
	for _, n := range p.Notices {
		// Without the condition every run would use up numbers.
		b.Queue(`INSERT INTO notices (group_id, id, version, language, effective, hash, source)
			SELECT $1, $2, $3, $4, $5, $6, $7 WHERE NOT EXISTS (SELECT FROM notices WHERE group_id = $1 AND id = $2 AND version = $3 AND language = $4)`,
			n.Group, n.ID, n.Version, n.Language, toMillis(n.Effective), n.Hash, n.Source)
	}
	for _, r := range p.Requests {
		queueRequest(&b, r)
	}
	for _, m := range p.Messages {
		b.Queue(`INSERT INTO messages (id, request, kind, recipient, subject, body, language, attempts, due, sent, failure) OVERRIDING SYSTEM VALUE
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
			ON CONFLICT (id) DO UPDATE SET attempts = excluded.attempts, due = excluded.due, sent = excluded.sent, failure = excluded.failure`,
			m.ID, m.Request, m.Kind, m.To, m.Subject, m.Body, m.Language, m.Attempts, toMillis(m.Due), m.Sent, m.Failure)
	}
	return tx.SendBatch(ctx, &b).Close()
}

// queueRequest stores a request, or erases it if it was erased since.
func queueRequest(b *pgx.Batch, r auditlog.Request) {
	const insert = `WITH request AS (
			INSERT INTO requests (seq, reference, site, received, body, key, digest, said, erased, spent) OVERRIDING SYSTEM VALUE
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING RETURNING seq
		) INSERT INTO request_entities (entity, request) SELECT entity, seq FROM request, unnest($11::text[]) AS entity`
	if r.Erased == nil {
		b.Queue(insert, r.Seq, r.Reference, r.Site, toMillis(r.Received), r.Body, r.Key, r.Digest, r.Said, nil, nil, r.Entities)
		return
	}
	at := toMillis(*r.Erased)
	b.Queue(insert, r.Seq, r.Reference, r.Site, toMillis(r.Received), r.Body, nil, nil, nil, at, r.Spent, r.Entities)
	b.Queue(blankRequest+` AND erased IS NULL`, r.Seq, at, r.Spent)
	b.Queue(`DELETE FROM messages WHERE request = $1`, r.Reference)
}

// putAudit stores a part of the audit log. An entry of which nothing is left is blanked where it is there.
func putAudit(ctx context.Context, tx pgx.Tx, p transfer.AuditPart) error {
	var b pgx.Batch
	for _, r := range p.Rows {
		columns := []any{r.Index + 1, r.Index, r.Commitment, nil, nil, nil, nil}
		if !r.Blank() {
			columns = []any{r.Index + 1, r.Index, r.Commitment, r.Salt, string(r.Kind), r.Of, textOf(r.Body)}
		}
		b.Queue(`INSERT INTO audit_entries (seq, index, commitment, salt, kind, about, body) OVERRIDING SYSTEM VALUE VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT (seq) DO UPDATE SET salt = NULL, kind = NULL, about = NULL, body = NULL WHERE excluded.salt IS NULL`, columns...)
	}
	if err := tx.SendBatch(ctx, &b).Close(); err != nil {
		return fmt.Errorf("audit log: %w", err)
	}
	if len(p.Tiles) > 0 {
		if err := auditLog.storeTiles(ctx, tx, p.Tiles); err != nil {
			return err
		}
	}
	if p.Head == nil {
		return nil
	}
	_, err := tx.Exec(ctx, auditLog.setHead, p.Head.Size, p.Head.Checkpoint)
	return err
}

// rowsOf returns the receipts among entries as rows. The number of an entry is one more than its leaf.
func rowsOf(entries []audit.Entry) ([]row, error) {
	var rows []row
	for _, e := range entries {
		if e.Receipt == "" {
			continue
		}
		r, err := rowOf(e.Receipt, e.Choice)
		if err != nil {
			return nil, fmt.Errorf("leaf %d: %w", e.Index, err)
		}
		r.seq, r.time, r.edition, r.salt, r.commitment, r.sender = e.Index+1, toMillis(e.Time), int32(e.Edition), e.Salt, e.Commitment, e.Sender
		rows = append(rows, r)
	}
	return rows, nil
}

// putEntries stores entries, of which the receipts are made into rows already. Each gets
// its place among the leaves, whether or not the log has come so far: its order is kept.
func putEntries(ctx context.Context, tx pgx.Tx, entries []audit.Entry, receipts []row) error {
	copyIn := func(table string, columns []string, n int, values func(i int) ([]any, error)) error {
		if n == 0 {
			return nil
		}
		_, err := tx.CopyFrom(ctx, pgx.Identifier{table}, columns, pgx.CopyFromSlice(n, values))
		return err
	}
	err := copyIn("events", []string{"event", "seq", "time"}, len(receipts), func(i int) ([]any, error) {
		return []any{receipts[i].event, receipts[i].seq, receipts[i].time}, nil
	})
	if err != nil {
		return err
	}
	columns := []string{"seq", "time", "id", "event", "previous", "edition", "age", "gpc", "method", "salt", "commitment", "answers", "sender"}
	err = copyIn("receipts", columns, len(receipts), func(i int) ([]any, error) {
		r := receipts[i]
		return []any{r.seq, r.time, r.id, r.event, r.previous, r.edition, r.age, r.gpc, r.method, r.salt, r.commitment, r.answers, r.sender}, nil
	})
	if err != nil {
		return err
	}
	acts := slices.DeleteFunc(slices.Clone(entries), func(e audit.Entry) bool { return e.Act == nil })
	err = copyIn("acts", []string{"seq", "salt", "commitment", "act"}, len(acts), func(i int) ([]any, error) {
		return []any{acts[i].Index + 1, acts[i].Salt, acts[i].Commitment, string(acts[i].Act)}, nil
	})
	if err != nil {
		return err
	}
	return copyIn("log_leaves", []string{"index", "seq", "commitment"}, len(entries), func(i int) ([]any, error) {
		return []any{entries[i].Index, entries[i].Index + 1, entries[i].Commitment}, nil
	})
}

const eraseLeaves = `
WITH receipt AS (
	DELETE FROM receipts WHERE seq IN (SELECT seq FROM log_leaves WHERE index = ANY ($1)) RETURNING event, tableoid::regclass::text AS relation
), event AS (
	DELETE FROM events WHERE event IN (SELECT event FROM receipt)
)
SELECT DISTINCT relation FROM receipt`

// putLog erases what was erased since, and stores the tree.
func putLog(ctx context.Context, tx pgx.Tx, p transfer.Part) error {
	if len(p.Erased) > 0 {
		if _, err := tx.Exec(ctx, `SET LOCAL latchkey.erasing = 'on'`); err != nil {
			return err
		}
		relations, err := collect[string](ctx, tx, eraseLeaves, p.Erased)
		if err != nil {
			return err
		}
		if len(relations) > 0 {
			if err := erasedFrom(ctx, tx, append(relations, "events")...); err != nil {
				return err
			}
		}
	}
	if len(p.Tiles) > 0 {
		if err := receiptsLog.storeTiles(ctx, tx, p.Tiles); err != nil {
			return err
		}
	}
	if p.Head == nil {
		return nil
	}
	_, err := tx.Exec(ctx, `UPDATE log_head SET size = $1, checkpoint = $2`, p.Head.Size, p.Head.Checkpoint)
	return err
}
