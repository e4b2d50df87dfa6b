package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/jackc/pgx/v5"

	"latchkey/app/consent"
	"latchkey/server/receiptlog/audit"
	"latchkey/server/transfer"
)

// source reads all that a database holds.
type source struct{ auditor }

func (s source) Requests(ctx context.Context) iter.Seq2[transfer.Request, error] {
	const query = `SELECT seq, reference, key, digest, site, received, body, ARRAY(SELECT entity FROM request_entities WHERE request = seq) FROM requests ORDER BY seq`
	return streamed(ctx, s.db, query, func(rs pgx.Rows) (transfer.Request, error) {
		var r transfer.Request
		err := rs.Scan(&r.Seq, &r.Reference, &r.Key, &r.Digest, &r.Site, &r.Received, &r.Body, &r.Entities)
		r.Received = r.Received.UTC()
		slices.Sort(r.Entities) // whatever the database's idea of an order is
		return r, err
	})
}

func (s source) Messages(ctx context.Context) iter.Seq2[transfer.Message, error] {
	const query = `SELECT id, request, kind, recipient, subject, body, language, attempts, due, sent, failure FROM messages ORDER BY id`
	return streamed(ctx, s.db, query, func(rs pgx.Rows) (transfer.Message, error) {
		var m transfer.Message
		err := rs.Scan(&m.ID, &m.Request, &m.Kind, &m.To, &m.Subject, &m.Body, &m.Language, &m.Attempts, &m.Due, &m.Sent, &m.Failure)
		m.Due = m.Due.UTC()
		if m.Sent != nil {
			at := m.Sent.UTC()
			m.Sent = &at
		}
		return m, err
	})
}

// snapshot is a database as one transaction sees it.
type snapshot struct {
	source
	reader *Reader
	tx     pgx.Tx
}

// snapshot begins a transaction, over which r is closed.
func (r *Reader) snapshot(ctx context.Context) (snapshot, error) {
	tx, err := r.pool.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return snapshot{}, err
	}
	// Between two parts the target is written to, for as long as that takes. The first
	// thing that is read says which moment it is.
	_, err = tx.Exec(ctx, `SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL statement_timeout = 0; SELECT FROM log_head`)
	if err != nil {
		return snapshot{}, errors.Join(err, tx.Rollback(ctx))
	}
	return snapshot{source{auditor{tx}}, r, tx}, nil
}

func (s snapshot) Close() error {
	err := s.tx.Rollback(context.Background())
	if errors.Is(err, pgx.ErrTxClosed) || lost(err) {
		err = nil // it has ended either way
	}
	return errors.Join(err, s.reader.Close())
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
		b.Queue(`WITH request AS (
				INSERT INTO requests (seq, reference, key, digest, site, received, body) OVERRIDING SYSTEM VALUE
				VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING seq
			) INSERT INTO request_entities (entity, request) SELECT entity, seq FROM request, unnest($8::text[]) AS entity`,
			r.Seq, r.Reference, r.Key, r.Digest, r.Site, toMillis(r.Received), string(r.Body), r.Entities)
	}
	for _, m := range p.Messages {
		b.Queue(`INSERT INTO messages (id, request, kind, recipient, subject, body, language, attempts, due, sent, failure) OVERRIDING SYSTEM VALUE
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
			ON CONFLICT (id) DO UPDATE SET attempts = excluded.attempts, due = excluded.due, sent = excluded.sent, failure = excluded.failure`,
			m.ID, m.Request, m.Kind, m.To, m.Subject, m.Body, m.Language, m.Attempts, toMillis(m.Due), m.Sent, m.Failure)
	}
	return tx.SendBatch(ctx, &b).Close()
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
		if err := storeTiles(ctx, tx, p.Tiles); err != nil {
			return err
		}
	}
	if p.Head == nil {
		return nil
	}
	_, err := tx.Exec(ctx, `UPDATE log_head SET size = $1, checkpoint = $2`, p.Head.Size, p.Head.Checkpoint)
	return err
}
