package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"iter"

	"latchkey/app/consent"
	"latchkey/app/fault"
)

const receiptColumns = `id, time, token, digest, body`

// AddReceipt stores a receipt, once for each Event.ID; see the server's store
// interface.
func (s *Store) AddReceipt(ctx context.Context, r consent.Stored) (stored consent.Stored, created bool, err error) {
	r.Time = fromMillis(toMillis(r.Time))
	body, err := json.Marshal(r.Event)
	if err != nil {
		return consent.Stored{}, false, fmt.Errorf("receipt of event %s: %w", r.Event.ID, err)
	}
	err = s.writer.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		var err error
		stored = r
		created, err = changed(tx.ExecContext(ctx,
			`INSERT INTO receipts (id, event, site, controller, time, digest, token, body)
			 VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (event) DO NOTHING`,
			r.ID, r.Event.ID, r.Event.Site, r.Event.Controller.Entity, toMillis(r.Time), r.Digest, r.Token, string(body)))
		if err != nil || created {
			return err
		}
		stored, err = scanReceipt(tx.QueryRowContext(ctx, `SELECT `+receiptColumns+` FROM receipts WHERE event = ?`, r.Event.ID))
		if err == nil && stored.Digest != r.Digest {
			err = fmt.Errorf("it was stored with other content: %w", fault.Conflict)
		}
		return err
	})
	if err != nil {
		return consent.Stored{}, false, fmt.Errorf("receipt of event %s: %w", r.Event.ID, err)
	}
	return stored, created, nil
}

// Receipt returns the receipt with the server's id.
func (r *Reader) Receipt(ctx context.Context, id string) (consent.Stored, error) {
	stored, err := scanReceipt(r.db.QueryRowContext(ctx, `SELECT `+receiptColumns+` FROM receipts WHERE id = ?`, id))
	if err != nil {
		return consent.Stored{}, fmt.Errorf("receipt %q: %w", id, err)
	}
	return stored, nil
}

// Receipts yields receipts in the order in which they were stored.
func (r *Reader) Receipts(ctx context.Context, f consent.ReceiptFilter) iter.Seq2[consent.Stored, error] {
	q := query{columns: "seq, " + receiptColumns, from: "receipts", order: []string{"seq"}, limit: f.Limit}
	if f.Site != "" {
		q.where("site = ?", f.Site)
	}
	if f.Entity != "" {
		q.where("controller = ?", f.Entity)
	}
	return rows(ctx, r.db, q, func(row scanner) (consent.Stored, error) {
		var seq int64
		return scanReceipt(row, &seq)
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
		_, err := tx.ExecContext(ctx, `INSERT INTO editions (id, shown, body) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, e.ID, e.Shown, string(body))
		return err
	})
	if err != nil {
		return fmt.Errorf("edition %s: %w", e.ID, err)
	}
	return nil
}

// Edition returns the edition with an id.
func (r *Reader) Edition(ctx context.Context, id string) (consent.Edition, error) {
	var body []byte
	var e consent.Edition
	err := r.db.QueryRowContext(ctx, `SELECT body FROM editions WHERE id = ?`, id).Scan(&body)
	if err == nil {
		err = json.Unmarshal(body, &e)
	}
	if err != nil {
		return consent.Edition{}, fmt.Errorf("edition %q: %w", id, found(err))
	}
	return e, nil
}

// ShownText returns the text kept under a hash.
func (r *Reader) ShownText(ctx context.Context, hash string) (string, error) {
	var text string
	if err := r.db.QueryRowContext(ctx, `SELECT text FROM texts WHERE hash = ?`, hash).Scan(&text); err != nil {
		return "", fmt.Errorf("shown text %q: %w", hash, found(err))
	}
	return text, nil
}

// scanReceipt reads a row of first and then receiptColumns.
func scanReceipt(row scanner, first ...any) (consent.Stored, error) {
	var s consent.Stored
	var ms int64
	var body []byte
	if err := row.Scan(append(first, &s.ID, &ms, &s.Token, &s.Digest, &body)...); err != nil {
		return consent.Stored{}, found(err)
	}
	if err := json.Unmarshal(body, &s.Event); err != nil {
		return consent.Stored{}, fmt.Errorf("stored event: %w", err)
	}
	s.Time = fromMillis(ms)
	return s, nil
}
