package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"latchkey/app/consent"
	"latchkey/app/fault"
	"latchkey/server/receiptlog/audit"
)

// Audit returns the database as it lies there, for whoever checks it.
func (r *Reader) Audit() audit.Store { return auditor{r.pool} }

// auditor reads a database, or what a transaction sees of it.
type auditor struct{ db querier }

func (a auditor) Head(ctx context.Context) (size int64, checkpoint string, err error) {
	return receiptsLog.head(ctx, a.db)
}

// waiting are the entries without a leaf, in the order in which they will get
// one, with the index that each will have. A receipt or an act that does not even
// wait is listed too, for it should.
const waiting = `
waiting AS (
	SELECT (SELECT coalesce(max(index) + 1, 0) FROM log_leaves) + row_number() OVER (ORDER BY seq) - 1 AS index, seq FROM (
		SELECT seq FROM log_pending
		UNION SELECT seq FROM receipts AS r WHERE NOT EXISTS (SELECT FROM log_leaves AS l WHERE l.seq = r.seq)
		UNION SELECT seq FROM acts AS a WHERE NOT EXISTS (SELECT FROM log_leaves AS l WHERE l.seq = a.seq)
	) AS without
)`

func (a auditor) Last(ctx context.Context) (last int64, err error) {
	err = a.db.QueryRow(ctx, `WITH`+waiting+` SELECT greatest((SELECT max(index) FROM log_leaves), (SELECT max(index) FROM waiting), -1)`).Scan(&last)
	if err != nil {
		return 0, fmt.Errorf("last entry: %w", kind(err))
	}
	return last, nil
}

func (a auditor) Tile(ctx context.Context, level int, n int64) ([]byte, error) {
	return receiptsLog.tile(ctx, a.db, level, n)
}

// parts are what there is of an entry in each of the tables. What stands in two
// of them must agree, so it is all read.
const parts = `
SELECT p.index, p.commitment, r.seq IS NOT NULL, a.seq IS NOT NULL,
	r.time, r.id, r.event, r.previous, r.edition, r.age, r.gpc, r.method, r.salt, r.commitment, r.answers, r.sender,
	a.salt, a.commitment, a.act, e.event IS NOT NULL
FROM placed AS p
	LEFT JOIN receipts AS r ON r.seq = p.seq
	LEFT JOIN acts AS a ON a.seq = p.seq
	LEFT JOIN events AS e ON e.event = r.event AND e.seq = r.seq AND e.time = r.time
ORDER BY p.index`

const (
	leafParts = `WITH placed AS (SELECT index, seq, commitment FROM log_leaves WHERE index >= $1 AND index < $2)` + parts

	waitingParts = `WITH` + waiting + `, placed AS (
		SELECT w.index, w.seq, p.commitment FROM waiting AS w LEFT JOIN log_pending AS p USING (seq) WHERE index >= $1 AND index < $2)` + parts
)

// Entries returns what is there of the entries of the n leaves from first on.
func (a auditor) Entries(ctx context.Context, first int64, n int) ([]audit.Entry, error) {
	entries, err := a.entries(ctx, leafParts, first, n)
	if err != nil || len(entries) == n {
		return entries, err
	}
	rest, err := a.entries(ctx, waitingParts, first, n)
	return append(entries, rest...), err
}

func (a auditor) entries(ctx context.Context, query string, first int64, n int) ([]audit.Entry, error) {
	rs, err := a.db.Query(ctx, query, first, first+int64(n))
	if err != nil {
		return nil, kind(err)
	}
	entries, err := pgx.CollectRows(rs, scanEntry)
	return entries, kind(err)
}

// whole is a row of parts.
type whole struct {
	receipt, act, known bool // which parts there are; known: the event leads to the receipt
	leaf                []byte
	time                *time.Time
	id, event, previous pgtype.UUID
	edition             *int32
	age                 *int32
	gpc                 *bool
	method              *string
	salt, commitment    []byte
	answers, sender     []byte
	actSalt, actHolds   []byte
	text                *string
}

func scanEntry(row pgx.CollectableRow) (audit.Entry, error) {
	var w whole
	var e audit.Entry
	err := row.Scan(&e.Index, &w.leaf, &w.receipt, &w.act,
		&w.time, &w.id, &w.event, &w.previous, &w.edition, &w.age, &w.gpc, &w.method, &w.salt, &w.commitment, &w.answers, &w.sender,
		&w.actSalt, &w.actHolds, &w.text, &w.known)
	if err != nil {
		return audit.Entry{}, err
	}
	e.Commitment = w.leaf
	switch {
	case w.receipt && w.act:
		e.Bad = errors.New("it is a receipt and an act at once")
	case w.leaf == nil:
		e.Bad = errors.New("it is not in the log, and does not wait for it")
	case w.receipt:
		w.readReceipt(&e)
	case w.act:
		e.Salt, e.Act = w.actSalt, []byte(*w.text)
		e.Bad = differ(w.leaf, w.actHolds)
	}
	return e, nil
}

func (w whole) readReceipt(e *audit.Entry) {
	e.Receipt, e.Time, e.Edition, e.Salt, e.Sender = w.id.String(), w.time.UTC(), int64(*w.edition), w.salt, w.sender
	e.Choice = consent.Submission{Event: w.event.String(), Method: consent.Method(*w.method), GPC: *w.gpc, Age: int64(*w.age)}
	if w.previous.Valid {
		e.Choice.Previous = w.previous.String()
	}
	e.Bad = errors.Join(json.Unmarshal(w.answers, &e.Choice.Answers), differ(w.leaf, w.commitment))
	if !w.known {
		e.Bad = errors.Join(e.Bad, errors.New("its event is missing or was changed, so that it could be stored twice"))
	}
}

func differ(leaf, kept []byte) error {
	if string(leaf) != string(kept) {
		return errors.New("its leaf holds another commitment than it does")
	}
	return nil
}

func (a auditor) Editions(ctx context.Context) iter.Seq2[audit.Edition, error] {
	return streamed(ctx, a.db, `SELECT key, id, site, shown, body, controller FROM editions ORDER BY key`, func(rs pgx.Rows) (audit.Edition, error) {
		var e audit.Edition
		var controller string
		if err := rs.Scan(&e.Key, &e.ID, &e.Site, &e.Shown, &e.Body, &controller); err != nil {
			return e, err
		}
		// What lists are filtered by must be what the edition says. An edition that
		// can't be read is the auditor's to report.
		var body consent.Edition
		if json.Unmarshal(e.Body, &body) == nil && body.Controller.Entity != controller {
			return e, fmt.Errorf("edition %s is filed under the controller %q and names %q: %w", e.ID, controller, body.Controller.Entity, fault.Damaged)
		}
		return e, nil
	})
}

func (a auditor) Texts(ctx context.Context) iter.Seq2[audit.Text, error] {
	return streamed(ctx, a.db, `SELECT hash, text FROM texts ORDER BY hash COLLATE "C"`, func(rs pgx.Rows) (audit.Text, error) {
		var t audit.Text
		err := rs.Scan(&t.Hash, &t.Text)
		return t, err
	})
}

func (a auditor) Notices(ctx context.Context) iter.Seq2[audit.Notice, error] {
	return streamed(ctx, a.db, `SELECT group_id, id, version, language, effective, hash, source FROM notices ORDER BY seq`, func(rs pgx.Rows) (audit.Notice, error) {
		var n audit.Notice
		err := rs.Scan(&n.Group, &n.ID, &n.Version, &n.Language, &n.Effective, &n.Hash, &n.Source)
		n.Effective = n.Effective.UTC()
		return n, err
	})
}
