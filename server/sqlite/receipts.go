package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"iter"

	"github.com/google/uuid"

	"latchkey/app/consent"
	"latchkey/app/fault"
)

const (
	receiptColumns = `id, event, time, edition, choice, salt, commitment`
	selectReceipt  = `SELECT ` + receiptColumns + ` FROM entries WHERE id = ?`
	selectByEvent  = `SELECT sender, ` + receiptColumns + ` FROM entries WHERE event = ?`
)

// choice is what of a submission stands in no column of its own.
type choice struct {
	Answers  map[consent.PurposeID]consent.Answer `json:"answers"`
	Method   consent.Method                       `json:"method"`
	GPC      bool                                 `json:"gpc,omitempty"`
	Previous string                               `json:"previous,omitempty"`
	Age      int64                                `json:"age,omitempty"`
}

func choiceOf(s consent.Submission) choice {
	return choice{Answers: s.Answers, Method: s.Method, GPC: s.GPC, Previous: s.Previous, Age: s.Age}
}

// AddReceipt stores a receipt, once for each Event.ID; see the server's store
// interface.
func (s *Store) AddReceipt(ctx context.Context, r *consent.Stored) (stored *consent.Stored, created bool, err error) {
	// A thousand may wait in addRow at once: what needs much of the stack has functions of its own.
	row, err := s.newRow(ctx, r)
	if err == nil {
		stored, created, err = s.addRow(ctx, row)
	}
	if err == nil && !created {
		err = checkSame(stored, r)
	}
	if err != nil {
		return nil, false, fmt.Errorf("receipt of event %s: %w", r.Event.ID, err)
	}
	if created {
		stored = new(*r)
		stored.Time = fromMillis(row.time)
	}
	return stored, created, nil
}

// checkSame is a conflict unless what is stored was sent as sent is.
func checkSame(stored, sent *consent.Stored) error {
	if !stored.Submission().Same(sent.Submission()) {
		return fmt.Errorf("it was stored with other content: %w", fault.Conflict)
	}
	return nil
}

func (s *Store) newRow(ctx context.Context, r *consent.Stored) (*row, error) {
	edition, err := s.editions.get(ctx, s.db, r.Edition)
	if err != nil {
		return nil, fmt.Errorf("edition %q: %w", r.Edition, err)
	}
	return newRow(r, edition.key)
}

// addRow stores a receipt. If its event is there, it returns the receipt of that.
func (s *Store) addRow(ctx context.Context, row *row) (stored *consent.Stored, created bool, err error) {
	err = s.writer.write(ctx, func(ctx context.Context, tx *sql.Tx) (err error) {
		if created, err = row.insert(ctx, s.writer.inserting); err != nil || created {
			return err
		}
		stored, err = s.receiptOf(ctx, tx, row.event)
		return err
	})
	return stored, created, err
}

func (r *Reader) receiptOf(ctx context.Context, db queryer, event uuid.UUID) (*consent.Stored, error) {
	var sender []byte
	stored, err := r.scanReceipt(ctx, db, db.QueryRowContext(ctx, selectByEvent, event[:]), &sender)
	stored.Sender = sender
	return &stored, err
}

// Receipt returns the receipt with the server's id.
func (r *Reader) Receipt(ctx context.Context, id string) (consent.Stored, error) {
	bad := func(err error) (consent.Stored, error) {
		return consent.Stored{}, fmt.Errorf("receipt %q: %w", id, err)
	}
	key, err := uuid.Parse(id)
	if err != nil {
		return bad(fault.NotFound)
	}
	stored, err := r.scanReceipt(ctx, r.db, r.db.QueryRowContext(ctx, selectReceipt, key[:]))
	if err != nil {
		return bad(err)
	}
	return stored, nil
}

// Receipts yields receipts in the order in which they were stored.
func (r *Reader) Receipts(ctx context.Context, f consent.ReceiptFilter) iter.Seq2[consent.Stored, error] {
	q := query{columns: "seq, " + receiptColumns, from: "entries", order: []string{"seq"}, limit: f.Limit}
	q.conditions = append(q.conditions, "id IS NOT NULL")
	if f.Site != "" {
		q.where("edition IN (SELECT key FROM editions WHERE site = ?)", f.Site)
	}
	if f.Entity != "" {
		q.where("edition IN (SELECT key FROM editions WHERE body -> 'controller' ->> 'entity' = ?)", f.Entity)
	}
	return rows(ctx, r.db, q, func(row scanner) (consent.Stored, error) {
		var seq int64
		return r.scanReceipt(ctx, r.db, row, &seq)
	})
}

// selectFollowing is in the words of the index entries_by_previous.
const selectFollowing = `SELECT ` + receiptColumns + ` FROM entries
  WHERE choice ->> 'previous' = ? AND choice ->> 'previous' IS NOT NULL ORDER BY seq`

// Following yields the receipts that follow on one; see the server's store interface.
func (r *Reader) Following(ctx context.Context, id string) iter.Seq2[consent.Stored, error] {
	key, err := uuid.Parse(id)
	if err != nil {
		return func(func(consent.Stored, error) bool) {} // no receipt has such an id
	}
	return scanned(ctx, r.db, selectFollowing, []any{key.String()}, func(row scanner) (consent.Stored, error) {
		return r.scanReceipt(ctx, r.db, row)
	})
}

// AddEdition keeps an edition and the text it showed. Adding the same one
// again changes nothing.
func (s *Store) AddEdition(ctx context.Context, e consent.Edition, text string) error {
	body, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("edition %s: %w", e.ID, err)
	}
	err = s.writer.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `INSERT INTO texts (hash, text) VALUES (?, ?) ON CONFLICT DO NOTHING`, e.Shown, text); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO editions (id, site, shown, body) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
			e.ID, e.Site, e.Shown, string(body))
		return err
	})
	if err != nil {
		return fmt.Errorf("edition %s: %w", e.ID, err)
	}
	return nil
}

// Edition returns the edition with an id.
func (r *Reader) Edition(ctx context.Context, id string) (consent.Edition, error) {
	e, err := r.editions.get(ctx, r.db, id)
	if err != nil {
		return consent.Edition{}, fmt.Errorf("edition %q: %w", id, err)
	}
	return e.Edition, nil
}

// ShownText returns the text kept under a hash.
func (r *Reader) ShownText(ctx context.Context, hash string) (string, error) {
	var text string
	if err := r.db.QueryRowContext(ctx, `SELECT text FROM texts WHERE hash = ?`, hash).Scan(&text); err != nil {
		return "", fmt.Errorf("shown text %q: %w", hash, found(err))
	}
	return text, nil
}

// scanReceipt reads a row of first and then receiptColumns, and completes the
// event with its edition.
func (r *Reader) scanReceipt(ctx context.Context, db queryer, row scanner, first ...any) (consent.Stored, error) {
	var s consent.Stored
	var id, event uuid.UUID
	var ms, key int64
	var rest []byte
	if err := row.Scan(append(first, &id, &event, &ms, &key, &rest, &s.Salt, &s.Commitment)...); err != nil {
		return consent.Stored{}, found(err)
	}
	var c choice
	if err := json.Unmarshal(rest, &c); err != nil {
		return consent.Stored{}, fmt.Errorf("stored choice: %w", err)
	}
	edition, err := r.editions.at(ctx, db, key)
	if err != nil {
		return consent.Stored{}, fmt.Errorf("stored choice: edition %d: %w", key, err)
	}
	s.ID, s.Time, s.Edition = id.String(), fromMillis(ms), edition.ID
	s.Event, err = consent.Complete(consent.Submission{
		Event: event.String(), Site: edition.Site, Edition: edition.ID, Answers: c.Answers,
		Method: c.Method, GPC: c.GPC, Previous: c.Previous, Age: c.Age,
	}, edition.Edition)
	if err != nil {
		return consent.Stored{}, fmt.Errorf("stored choice: %w", err)
	}
	return s, nil
}
