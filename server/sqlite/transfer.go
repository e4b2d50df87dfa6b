package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"iter"

	"github.com/google/uuid"

	"latchkey/server/receiptlog/audit"
	"latchkey/server/transfer"
)

// source reads all that a database holds.
type source struct{ auditor }

func (s source) Requests(ctx context.Context) iter.Seq2[transfer.Request, error] {
	const text = `SELECT seq, reference, key, digest, site, received, body,
		(SELECT json_group_array(entity) FROM (SELECT entity FROM request_entities WHERE request = seq ORDER BY entity)) FROM requests ORDER BY seq`
	return scanned(ctx, s.db, text, nil, func(row scanner) (transfer.Request, error) {
		var r transfer.Request
		var received int64
		var entities []byte
		if err := row.Scan(&r.Seq, &r.Reference, &r.Key, &r.Digest, &r.Site, &received, &r.Body, &entities); err != nil {
			return r, err
		}
		r.Received = fromMillis(received)
		return r, json.Unmarshal(entities, &r.Entities)
	})
}

func (s source) Messages(ctx context.Context) iter.Seq2[transfer.Message, error] {
	const text = `SELECT id, request, kind, recipient, subject, body, language, attempts, due, sent, failure FROM messages ORDER BY id`
	return scanned(ctx, s.db, text, nil, func(row scanner) (transfer.Message, error) {
		var sent sql.NullInt64
		var failure sql.NullString
		m, err := scanMessage(row, &sent, &failure)
		if sent.Valid {
			at := fromMillis(sent.Int64)
			return transfer.Message{Message: m, Sent: &at, Failure: optional(failure)}, err
		}
		return transfer.Message{Message: m, Failure: optional(failure)}, err
	})
}

func optional(s sql.NullString) *string {
	if !s.Valid {
		return nil
	}
	return &s.String
}

// snapshot is a database as one transaction sees it.
type snapshot struct {
	source
	reader *Reader
	tx     *sql.Tx
}

// snapshot begins a transaction, over which r is closed.
func (r *Reader) snapshot(ctx context.Context) (snapshot, error) {
	tx, err := r.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return snapshot{}, err
	}
	// The first thing that is read says which moment it is.
	var n int
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM log_head`).Scan(&n); err != nil {
		return snapshot{}, errors.Join(err, tx.Rollback())
	}
	return snapshot{source{auditor{tx}}, r, tx}, nil
}

func (s snapshot) Close() error {
	err := s.tx.Rollback()
	if errors.Is(err, sql.ErrTxDone) { // its context has ended
		err = nil
	}
	return errors.Join(err, s.reader.Close())
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
		var sent *int64
		if m.Sent != nil {
			ms := toMillis(*m.Sent)
			sent = &ms
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO messages (id, request, kind, recipient, subject, body, language, attempts, due, sent, failure)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (id) DO UPDATE SET attempts = excluded.attempts, due = excluded.due, sent = excluded.sent, failure = excluded.failure`,
			m.ID, m.Request, m.Kind, m.To, m.Subject, m.Body, m.Language, m.Attempts, toMillis(m.Due), sent, m.Failure)
		if err != nil {
			return fmt.Errorf("message %d: %w", m.ID, err)
		}
	}
	return putLog(ctx, tx, p)
}

func putRequest(ctx context.Context, tx *sql.Tx, r transfer.Request) error {
	added, err := changed(tx.ExecContext(ctx, `INSERT INTO requests (seq, reference, key, digest, site, received, body) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		r.Seq, r.Reference, r.Key, r.Digest, r.Site, toMillis(r.Received), string(r.Body)))
	if err != nil || !added {
		return err
	}
	return addEntities(ctx, tx, r.Seq, r.Entities)
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
		if err := putTile(ctx, tx, t); err != nil {
			return fmt.Errorf("tile %d of level %d: %w", t.N, t.Level, err)
		}
	}
	if p.Head == nil {
		return nil
	}
	return putHead(ctx, tx, p.Head.Size, p.Head.Checkpoint)
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
