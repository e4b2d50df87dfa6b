package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"latchkey/app/consent"
	"latchkey/app/fault"
)

// row is a receipt as it stands in its table.
type row struct {
	seq        int64
	time       time.Time
	id, event  pgtype.UUID
	previous   pgtype.UUID // null if there is none
	edition    int32
	age        int32
	gpc        bool
	method     string
	salt       []byte
	commitment []byte
	answers    []byte // JSON
	sender     []byte
}

const (
	receiptColumns = `seq, time, id, event, previous, edition, age, gpc, method, salt, commitment, answers, sender`
	selectReceipt  = `SELECT ` + receiptColumns + ` FROM receipts WHERE id = $1`
)

// fields are where receiptColumns are scanned to.
func (r *row) fields() []any {
	return []any{&r.seq, &r.time, &r.id, &r.event, &r.previous, &r.edition, &r.age, &r.gpc, &r.method, &r.salt, &r.commitment, &r.answers, &r.sender}
}

func newRow(r consent.Stored, edition int32) (row, error) {
	out, err := rowOf(r.ID, r.Submission())
	out.time, out.edition, out.salt, out.commitment, out.sender = r.Time, edition, r.Salt, r.Commitment, r.Sender
	return out, err
}

// rowOf is what of a row is the receipt's id and the choice.
func rowOf(receipt string, sub consent.Submission) (row, error) {
	id, err1 := parseUUID(receipt)
	event, err2 := parseUUID(sub.Event)
	var previous pgtype.UUID
	var err3 error
	if sub.Previous != "" {
		previous, err3 = parseUUID(sub.Previous)
	}
	answers, err4 := json.Marshal(sub.Answers)
	return row{
		id: id, event: event, previous: previous, age: int32(sub.Age),
		gpc: sub.GPC, method: string(sub.Method), answers: answers,
	}, errors.Join(err1, err2, err3, err4)
}

func parseUUID(text string) (pgtype.UUID, error) {
	u, err := uuid.Parse(text)
	return pgtype.UUID{Bytes: u, Valid: err == nil}, err
}

// AddReceipt stores a receipt, once for each Event.ID; see the server's store
// interface.
func (s *Store) AddReceipt(ctx context.Context, r *consent.Stored) (stored *consent.Stored, created bool, err error) {
	kept := *r
	kept.Time = toMillis(r.Time)
	bad := func(err error) (*consent.Stored, bool, error) {
		return nil, false, fmt.Errorf("receipt of event %s: %w", r.Event.ID, err)
	}
	edition, err := s.editions.get(ctx, s.pool, r.Edition)
	if err != nil {
		return bad(fmt.Errorf("edition %q: %w", r.Edition, err))
	}
	in, err := newRow(kept, edition.key)
	if err != nil {
		return bad(err)
	}
	out, created, err := s.writer.add(ctx, in)
	if err != nil {
		return bad(err)
	}
	if created {
		return &kept, true, nil
	}
	there, err := s.complete(ctx, out)
	if err != nil {
		return bad(err)
	}
	there.Sender = out.sender
	if !there.Submission().Same(r.Submission()) {
		return bad(fmt.Errorf("it was stored with other content: %w", fault.Conflict))
	}
	return &there, false, nil
}

// Receipt returns the receipt with the server's id.
func (r *Reader) Receipt(ctx context.Context, id string) (consent.Stored, error) {
	bad := func(err error) (consent.Stored, error) {
		return consent.Stored{}, fmt.Errorf("receipt %q: %w", id, err)
	}
	key, err := parseUUID(id)
	if err != nil {
		return bad(fault.NotFound)
	}
	var got row
	if err := r.pool.QueryRow(ctx, selectReceipt, key).Scan(got.fields()...); err != nil {
		return bad(found(err))
	}
	stored, err := r.complete(ctx, got)
	if err != nil {
		return bad(err)
	}
	return stored, nil
}

// selectReceipts reads a page of receipts; with a filter, from each of the
// editions that it leaves.
const (
	selectReceipts = `SELECT ` + receiptColumns + ` FROM receipts WHERE seq > $1 ORDER BY seq LIMIT $2`

	selectFiltered = `SELECT r.* FROM editions AS e CROSS JOIN LATERAL (
			SELECT ` + receiptColumns + ` FROM receipts WHERE edition = e.key AND seq > $1 ORDER BY seq LIMIT $2
		) AS r WHERE ($3 = '' OR e.site = $3) AND ($4 = '' OR e.controller = $4) ORDER BY r.seq LIMIT $2`

	// The receipt before the newest $1 ones.
	selectBefore = `SELECT seq FROM receipts ORDER BY seq DESC OFFSET $1 LIMIT 1`

	selectFilteredBefore = `SELECT r.seq FROM editions AS e CROSS JOIN LATERAL (
			SELECT seq FROM receipts WHERE edition = e.key ORDER BY seq DESC LIMIT $1::bigint + 1
		) AS r WHERE ($2 = '' OR e.site = $2) AND ($3 = '' OR e.controller = $3) ORDER BY r.seq DESC OFFSET $1 LIMIT 1`
)

// Receipts yields receipts in the order in which they were stored.
func (r *Reader) Receipts(ctx context.Context, f consent.ReceiptFilter) iter.Seq2[consent.Stored, error] {
	all := f.Site == "" && f.Entity == ""
	start := func() (after int64, err error) {
		if f.Limit <= 0 {
			return math.MinInt64, nil
		}
		if all {
			err = r.pool.QueryRow(ctx, selectBefore, f.Limit).Scan(&after)
		} else {
			err = r.pool.QueryRow(ctx, selectFilteredBefore, f.Limit, f.Site, f.Entity).Scan(&after)
		}
		if errors.Is(err, pgx.ErrNoRows) {
			return math.MinInt64, nil
		}
		return after, err
	}
	fetch := func(after int64, n int) ([]consent.Stored, int64, error) {
		if all {
			return r.page(ctx, selectReceipts, after, n)
		}
		return r.page(ctx, selectFiltered, after, n, f.Site, f.Entity)
	}
	return paged(f.Limit, start, fetch)
}

// selectFollowing reads a page of what follows on a receipt, by the index receipts_by_previous.
const selectFollowing = `SELECT ` + receiptColumns + ` FROM receipts WHERE previous = $1 AND seq > $2 ORDER BY seq LIMIT $3`

// Following yields the receipts that follow on one; see the server's store interface.
func (r *Reader) Following(ctx context.Context, id string) iter.Seq2[consent.Stored, error] {
	key, err := parseUUID(id)
	if err != nil {
		return func(func(consent.Stored, error) bool) {} // no receipt has such an id
	}
	start := func() (int64, error) { return math.MinInt64, nil }
	return paged(0, start, func(after int64, n int) ([]consent.Stored, int64, error) {
		return r.page(ctx, selectFollowing, key, after, n)
	})
}

// page reads receipts, and the place of the last one.
func (r *Reader) page(ctx context.Context, query string, args ...any) (page []consent.Stored, last int64, err error) {
	rs, err := r.pool.Query(ctx, query, args...)
	if err != nil {
		return nil, 0, err
	}
	rows, err := pgx.CollectRows(rs, scanRow)
	if err != nil {
		return nil, 0, err
	}
	for _, got := range rows {
		stored, err := r.complete(ctx, got)
		if err != nil {
			return nil, 0, err
		}
		page, last = append(page, stored), got.seq
	}
	return page, last, nil
}

func scanRow(rs pgx.CollectableRow) (row, error) {
	var r row
	err := rs.Scan(r.fields()...)
	return r, err
}

// complete makes a receipt of its row and its edition.
func (r *Reader) complete(ctx context.Context, got row) (consent.Stored, error) {
	bad := func(err error) (consent.Stored, error) {
		return consent.Stored{}, fmt.Errorf("stored receipt: %w", err)
	}
	edition, err := r.editions.at(ctx, r.pool, got.edition)
	if err != nil {
		return bad(fmt.Errorf("edition %d: %w", got.edition, err))
	}
	sub := consent.Submission{
		Event: got.event.String(), Site: edition.Site, Edition: edition.ID, Method: consent.Method(got.method), GPC: got.gpc, Age: int64(got.age),
	}
	if got.previous.Valid {
		sub.Previous = got.previous.String()
	}
	if err := json.Unmarshal(got.answers, &sub.Answers); err != nil {
		return bad(err)
	}
	event, err := consent.Complete(sub, edition.Edition)
	if err != nil {
		return bad(err)
	}
	return consent.Stored{
		Receipt: consent.Receipt{ID: got.id.String(), Time: got.time.UTC(), Event: event},
		Edition: edition.ID, Salt: got.salt, Commitment: got.commitment,
	}, nil
}
