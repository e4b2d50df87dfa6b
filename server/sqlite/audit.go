package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"iter"

	"github.com/google/uuid"

	"latchkey/app/consent"
	"latchkey/server/receiptlog/audit"
)

// Audit returns the database as it lies there, for whoever checks it.
func (r *Reader) Audit() audit.Store { return auditor{r.db} }

// auditor reads a database, or what a transaction sees of it.
type auditor struct{ db querier }

func (a auditor) Head(ctx context.Context) (size int64, checkpoint string, err error) {
	return receiptsLog.head(ctx, a.db)
}

func (a auditor) Last(ctx context.Context) (int64, error) { return receiptsLog.last(ctx, a.db) }

func (a auditor) Tile(ctx context.Context, level int, n int64) ([]byte, error) {
	return receiptsLog.tile(ctx, a.db, level, n)
}

func (a auditor) Entries(ctx context.Context, first int64, n int) ([]audit.Entry, error) {
	rs, err := a.db.QueryContext(ctx,
		`SELECT seq, commitment, salt, id, event, time, edition, choice, sender, act FROM entries WHERE seq > ? AND seq <= ? ORDER BY seq`, first, first+int64(n))
	if err != nil {
		return nil, kind(err)
	}
	defer rs.Close()
	entries := make([]audit.Entry, 0, n)
	for rs.Next() {
		var seq int64
		var commitment, salt, id, event, choice, sender, act sql.RawBytes
		var ms, edition sql.NullInt64
		if err := rs.Scan(&seq, &commitment, &salt, &id, &event, &ms, &edition, &choice, &sender, &act); err != nil {
			return nil, err
		}
		e := audit.Entry{Index: seq - 1, Commitment: bytes.Clone(commitment), Salt: bytes.Clone(salt), Edition: edition.Int64, Sender: bytes.Clone(sender)}
		receipt := id != nil && event != nil && ms.Valid && edition.Valid && choice != nil
		nothing := id == nil && event == nil && !ms.Valid && !edition.Valid && choice == nil && sender == nil
		switch {
		case receipt && act == nil && salt != nil:
			e.Time = fromMillis(ms.Int64)
			e.Receipt, e.Choice, e.Bad = readChoice(id, event, choice)
		case nothing && act != nil:
			e.Act = bytes.Clone(act)
		case nothing && act == nil && salt == nil: // erased
		default:
			e.Bad = errors.New("a part of it is missing, or too much is there")
		}
		entries = append(entries, e)
	}
	return entries, kind(rs.Err())
}

// readChoice reads the columns of a receipt, strictly: what was written can be read in one way only.
func readChoice(id, event, text []byte) (receipt string, s consent.Submission, err error) {
	r, err1 := uuid.FromBytes(id)
	e, err2 := uuid.FromBytes(event)
	var c choice
	err3 := json.Unmarshal(text, &c)
	if err := errors.Join(err1, err2, err3); err != nil {
		return "", consent.Submission{}, err
	}
	if again, err := json.Marshal(c); err != nil || !bytes.Equal(again, text) {
		return "", consent.Submission{}, errors.New("the choice is not in the form in which choices are written")
	}
	return r.String(), consent.Submission{
		Event: e.String(), Answers: c.Answers, Method: c.Method, GPC: c.GPC, Previous: c.Previous, Age: c.Age,
	}, nil
}

func (a auditor) Editions(ctx context.Context) iter.Seq2[audit.Edition, error] {
	q := query{columns: "key, id, site, shown, body", from: "editions", order: []string{"key"}}
	return rows(ctx, a.db, q, func(row scanner) (audit.Edition, error) {
		var e audit.Edition
		err := row.Scan(&e.Key, &e.ID, &e.Site, &e.Shown, &e.Body)
		return e, err
	})
}

func (a auditor) Texts(ctx context.Context) iter.Seq2[audit.Text, error] {
	q := query{columns: "hash, text", from: "texts", order: []string{"hash"}}
	return rows(ctx, a.db, q, func(row scanner) (audit.Text, error) {
		var t audit.Text
		err := row.Scan(&t.Hash, &t.Text)
		return t, err
	})
}

func (a auditor) Notices(ctx context.Context) iter.Seq2[audit.Notice, error] {
	q := query{columns: "seq, group_id, id, version, language, effective, hash, source", from: "notices", order: []string{"seq"}}
	return rows(ctx, a.db, q, func(row scanner) (audit.Notice, error) {
		var n audit.Notice
		var seq, effective int64
		err := row.Scan(&seq, &n.Group, &n.ID, &n.Version, &n.Language, &effective, &n.Hash, &n.Source)
		n.Effective = fromMillis(effective)
		return n, err
	})
}
