package audit

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"latchkey/app/consent"
	"latchkey/app/evidence"
	"latchkey/app/fault"
)

// rows checks what stands in the store behind the leaves.
type rows struct {
	store     *ofStore
	tolerance time.Duration
	gently    bool
	perChunk  int64
	editions  map[int64]edition // by key; not changed after start

	latest   time.Time // of the leaves so far, and which one it is
	latestAt int64
	ids      repeats
	events   repeats
	acts     []act
	erased   []int64 // leaves of which nothing is left
	receipts int64
	purges   purges
}

// rowsChunk is what a chunk of leaves has in the store.
type rowsChunk struct {
	entries []Entry // in order, as far as they are there
	acts    []act
}

// act is an entry about other entries.
type act struct {
	evidence.Entry
	index int64
}

// start reads what receipts refer to.
func (r *rows) start(ctx context.Context, size int64, report *Report) error {
	r.ids, r.events = repeats{names: receiptNames, what: "receipt id"}, repeats{names: receiptNames, what: "event"}
	if err := r.references(ctx, report); err != nil {
		return err
	}
	return started(ctx, size, r.store.head, receiptNames, r.store.Store.Tile, report)
}

// check checks the entries of n leaves, each for itself, and returns what they are committed to.
func (r *rows) check(ctx context.Context, first int64, n int, c *chunk) error {
	entries, err := r.store.Entries(ctx, first, n)
	if err != nil {
		return fmt.Errorf("entries from leaf %d: %w", first, err)
	}
	c.commitments = make([][]byte, n)
	c.rows.entries = entries
	for i := range entries {
		e := &entries[i]
		if at := e.Index - first; at >= 0 && at < int64(n) {
			c.commitments[at] = e.Commitment
		}
		a, wrong := r.entry(e)
		if wrong != "" {
			where := leafAt(e.Index)
			if e.Receipt != "" {
				where += ", receipt " + e.Receipt
			}
			c.problems = append(c.problems, Problem{where, wrong})
			e.Bad = errors.New(wrong)
		}
		if a != nil {
			e.Time = a.Time
			c.rows.acts = append(c.rows.acts, *a)
		}
	}
	return nil
}

// entry checks one entry against its commitment, and says what is wrong with it.
func (r *rows) entry(e *Entry) (*act, string) {
	if e.Bad != nil {
		return nil, fmt.Sprintf("It can't be read: %v.", e.Bad)
	}
	if e.erased() {
		return nil, ""
	}
	var is evidence.Entry
	var made *act
	if e.Act != nil {
		if err := json.Unmarshal(e.Act, &is); err != nil || is.Kind == evidence.Chosen {
			return nil, "It is neither a receipt nor an act that this program knows."
		}
		// JSON can say one thing in two ways, and only one of them was written.
		if again, err := evidence.Canonical(is); err != nil || !bytes.Equal(again, e.Act) {
			return nil, "Its act was changed: it is not in the form in which acts are written."
		}
		made = &act{Entry: is, index: e.Index}
	} else {
		ed, ok := r.editions[e.Edition]
		if !ok {
			return nil, fmt.Sprintf("Its edition, number %d, is missing or was changed.", e.Edition)
		}
		choice := e.Choice
		choice.Site, choice.Edition = ed.Site, ed.ID
		event, err := consent.Complete(choice, ed.Edition)
		if err != nil {
			return nil, fmt.Sprintf("Its choice was changed: it does not fit what was shown: %s.", fault.Text(err))
		}
		is = evidence.Record(consent.Stored{Receipt: consent.Receipt{ID: e.Receipt, Time: e.Time, Event: event}, Edition: ed.ID}, ed.hash)
	}
	// What it is, nothing is committed to: a stranger who reads the log's database can't know its receipts by it.
	if e.Sender != nil && len(e.Sender) != len(consent.SenderOf("any")) {
		return nil, "What is kept of its sender is not of the length that it has."
	}
	want, err := evidence.Commit(e.Salt, is)
	if err != nil {
		return nil, fmt.Sprintf("It can't be committed to: %s.", fault.Text(err))
	}
	if !bytes.Equal(want, e.Commitment) {
		return nil, "It is not what its commitment was made of: an id, the time, the edition, the choice, the salt or the commitment was changed."
	}
	return made, ""
}

// take goes through a chunk in order.
func (r *rows) take(c chunk, report *Report) {
	for i := range c.rows.entries {
		e := &c.rows.entries[i]
		if e.Bad != nil {
			continue
		}
		if e.erased() {
			r.erased = append(r.erased, e.Index)
			continue
		}
		r.clock(e.Index, e.Time, report)
		if e.Act != nil {
			continue
		}
		r.receipts++
		r.purges.receipt(e.Index, r.editions[e.Edition].Site, e.Time)
		if !r.gently {
			r.ids.add(bits(e.Receipt), e.Index)
			r.events.add(bits(e.Choice.Event), e.Index)
		}
	}
	r.acts = append(r.acts, c.rows.acts...)
}

// bits returns the 16 bytes of a UUID; nothing if it is none.
func bits(id string) []byte {
	b, err := uuid.Parse(id)
	if err != nil {
		return nil
	}
	return b[:]
}

// clock makes sure that the times of the entries do not run backwards.
func (r *rows) clock(index int64, at time.Time, report *Report) {
	if back := r.latest.Sub(at); back > r.tolerance {
		report.addf(leafAt(index), "It is dated %s, %s before leaf %d, which came earlier: it was back-dated, or a clock was wrong.",
			at.Format(time.RFC3339), back.Round(time.Millisecond), r.latestAt)
	}
	if at.After(r.latest) {
		r.latest, r.latestAt = at, index
	}
}

// pending checks the entries that are no leaves yet. It reports whether the log
// is still as long as it was.
func (r *rows) pending(ctx context.Context, size int64, report *Report) (still bool, err error) {
	last, err := r.store.Last(ctx)
	if err != nil {
		return false, err
	}
	for first := size; first <= last; first += r.perChunk {
		var c chunk
		if err := r.check(ctx, first, int(min(r.perChunk, last+1-first)), &c); err != nil {
			return false, err
		}
		report.add(c.problems...)
		report.Pending += int64(len(c.rows.entries))
		r.take(c, report)
		if i := slices.IndexFunc(c.commitments, func(held []byte) bool { return held == nil }); i >= 0 {
			report.addf(leafAt(first+int64(i)), "It is missing, though later ones are there.")
			break // what comes behind it may be anywhere
		}
	}
	has, _, err := r.store.Head(ctx)
	if errors.Is(err, fault.NotFound) {
		err = nil
	}
	return has == size, err
}

// finish checks what can be said only of the whole.
func (r *rows) finish(_ context.Context, report *Report) error {
	report.Receipts, report.Erased = r.receipts, int64(len(r.erased))
	r.ids.report(report)
	r.events.report(report)
	r.erasures(report)
	r.purges.report(r.acts, report)
	return nil
}

// erasures makes sure that whatever is gone was erased by an act in the log,
// that whatever an act erased is gone, and that purges sum up what they did.
func (r *rows) erasures(report *Report) {
	named := map[int64]bool{}
	for i, a := range r.acts {
		switch {
		case a.Kind == evidence.Erased && a.Index != nil && *a.Index >= 0 && *a.Index < a.index:
			named[*a.Index] = true
		case a.Kind == evidence.Purged && !sumsUp(r.acts[:i], a):
			report.addf(leafAt(a.index), "It says that %d receipts were purged, and other acts stand before it.", a.Count)
		case a.Kind != evidence.Purged:
			report.addf(leafAt(a.index), "It is no act that erases anything.")
		}
	}
	for _, leaf := range r.erased {
		if !named[leaf] {
			report.addf(leafAt(leaf), "Its receipt is gone, and no act in the log erased it.")
		}
		delete(named, leaf)
	}
	for _, leaf := range slices.Sorted(maps.Keys(named)) {
		report.addf(leafAt(leaf), "The log says that its receipt was erased, and it is still there.")
	}
}

// sumsUp reports whether the acts just before a purge are the erasures that it counts.
func sumsUp(before []act, purge act) bool {
	if purge.Count < 1 || purge.Count > len(before) {
		return false
	}
	for i, a := range before[len(before)-purge.Count:] {
		if a.Kind != evidence.Erased || a.Reason != evidence.ByRetention || a.index != purge.index-int64(purge.Count-i) {
			return false
		}
	}
	return true
}
