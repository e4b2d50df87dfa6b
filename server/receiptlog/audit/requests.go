package audit

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"

	"latchkey/app/auditlog"
	"latchkey/app/evidence"
	"latchkey/app/fault"
)

// RequestStore is the audit log with all that stands behind it, as it lies in a database
// at one moment: nothing is mended, completed or left out. It is read by one goroutine.
type RequestStore interface {
	// Head returns how many entries are leaves, and the signed checkpoint of that
	// size; [fault.NotFound] before the first.
	Head(ctx context.Context) (size int64, checkpoint string, err error)
	// Tile returns the hashes of a tile as far as it has grown.
	Tile(ctx context.Context, level int, n int64) ([]byte, error)
	// Entries returns what is there of the entries of the n leaves from first on, in
	// order, whether or not they are leaves yet.
	Entries(ctx context.Context, first int64, n int) ([]RequestEntry, error)
	// Last returns the index of the last entry; -1 if there is none.
	Last(ctx context.Context) (int64, error)
	// Requests yields the requests by Seq, with an error of the row in Bad.
	Requests(ctx context.Context) iter.Seq2[StoredRequest, error]
	// Messages yields the messages by ID.
	Messages(ctx context.Context) iter.Seq2[auditlog.Message, error]
}

// RequestSnapshot is a RequestStore that is held open.
type RequestSnapshot interface {
	RequestStore
	Close() error
}

// RequestEntry is an entry of the audit log, with the row that it is about, if it is of a kind whose
// rows stand in a table of their own, and the row is there.
type RequestEntry struct {
	auditlog.Row
	Request *StoredRequest
	Message *auditlog.Message
}

// StoredRequest is the row of a request.
type StoredRequest struct {
	auditlog.Request
	Bad error // why the row can't be one
}

// Requests checks the audit log and all that stands behind it. Without keys in o the
// signature is not checked, and the report says so by Untrusted.
func Requests(ctx context.Context, store RequestStore, o Options) (*Report, error) {
	src := &ofRequests{RequestStore: store}
	return (&auditor{src: src, options: o, names: requestNames, content: &requests{store: src}, single: true, unsigned: true}).run(ctx)
}

// RequestTree checks the leaves and the tree of the audit log, and nothing that stands behind them.
func RequestTree(ctx context.Context, store RequestStore, o Options) (*Report, error) {
	return (&auditor{src: &ofRequests{RequestStore: store}, options: o, names: requestNames, single: true, unsigned: true}).run(ctx)
}

var requestNames = names{leaf: "request entry", of: " of the audit log"}

// ofRequests reads the audit log of a store.
type ofRequests struct {
	RequestStore
	size int64 // number of leaves, by the row that the checkpoint stood in
}

func (s *ofRequests) Checkpoint(ctx context.Context) (string, error) {
	size, text, err := s.Head(ctx)
	s.size = size
	return text, err
}

func (s *ofRequests) Tile(ctx context.Context, level int, n int64, _ int) ([]byte, error) {
	return s.RequestStore.Tile(ctx, level, n)
}

func (s *ofRequests) Commitments(ctx context.Context, first int64, n int) ([][]byte, error) {
	entries, err := s.Entries(ctx, first, n)
	return heldBy(entries, first, n), err
}

func heldBy(entries []RequestEntry, first int64, n int) [][]byte {
	held := make([][]byte, n)
	for _, e := range entries {
		if at := e.Index - first; at >= 0 && at < int64(n) {
			held[at] = e.Commitment
		}
	}
	return held
}

// requests checks what stands in the store behind the audit log.
type requests struct {
	store *ofRequests

	live     map[int64]int64            // entries of requests, by Seq
	messages map[int64]delivery         // of messages, by ID
	blank    map[int64]bool             // leaves of which nothing is left
	erasures map[int64]auditlog.Erasure // by Seq
	erasedAt map[int64]int64            // leaf of the erasure, by Seq
	// What entries that are wrong are of.
	suspect, suspectMessage map[int64]bool
}

// delivery is how far that of a message is, by the entries so far.
type delivery struct {
	at int64 // of the entry of the message
	auditlog.State
}

func (r *requests) start(ctx context.Context, size int64, report *Report) error {
	r.live, r.messages, r.blank = map[int64]int64{}, map[int64]delivery{}, map[int64]bool{}
	r.suspect, r.suspectMessage = map[int64]bool{}, map[int64]bool{}
	r.erasures, r.erasedAt = map[int64]auditlog.Erasure{}, map[int64]int64{}
	return started(ctx, size, r.store.size, requestNames, r.store.RequestStore.Tile, report)
}

func (r *requests) check(ctx context.Context, first int64, n int, c *chunk) error {
	entries, err := r.store.Entries(ctx, first, n)
	if err != nil {
		return fmt.Errorf("audit log, entries from %d: %w", first, err)
	}
	c.commitments = heldBy(entries, first, n)
	for _, e := range entries {
		is, wrong := checkRequestEntry(e)
		if wrong != "" {
			c.problems = append(c.problems, Problem{requestEntryAt(e), wrong})
			c.requests = append(c.requests, checkedEntry{index: e.Index, wrong: &e})
			continue
		}
		c.requests = append(c.requests, checkedEntry{index: e.Index, is: is})
	}
	return nil
}

// checkedEntry is an entry that is what its commitment was made of, or one that is not.
type checkedEntry struct {
	index int64
	is    *auditlog.Entry // nil for one that was erased
	wrong *RequestEntry
}

// requestEntryAt names an entry by its position and kind, and nothing that it says.
func requestEntryAt(e RequestEntry) string {
	switch e.Kind {
	case auditlog.Received:
		return fmt.Sprintf("request entry %d", e.Index)
	case auditlog.Queued, auditlog.Delivered, auditlog.Erased:
		return fmt.Sprintf("request entry %d (%s)", e.Index, e.Kind)
	}
	return requestNames.leafAt(e.Index)
}

// checkRequestEntry makes the entry anew from the rows that it is about, and holds it against its commitment.
func checkRequestEntry(e RequestEntry) (*auditlog.Entry, string) {
	if e.Blank() {
		return nil, ""
	}
	is, wrong := entryOf(e)
	if wrong != "" {
		return nil, wrong
	}
	want, err := evidence.Commit(e.Salt, is)
	if err != nil {
		return nil, fmt.Sprintf("It can't be committed to: %s.", fault.Text(err))
	}
	if !bytes.Equal(want, e.Commitment) {
		return nil, "It is not what its commitment was made of: a column of the row, the salt or the commitment was changed, or the row was put in the place of another."
	}
	return is, ""
}

func entryOf(e RequestEntry) (*auditlog.Entry, string) {
	is := &auditlog.Entry{Kind: e.Kind}
	switch e.Kind {
	case auditlog.Received:
		switch {
		case e.Request == nil:
			return nil, "The row of its request is missing."
		case e.Request.Bad != nil:
			return nil, fmt.Sprintf("The row of its request can't be one: %v.", e.Request.Bad)
		case e.Request.Erased != nil:
			return nil, "Its request is marked as erased, and the entry is not."
		case e.Body != nil:
			return nil, "It has a text, which entries of requests have not."
		}
		is.Request = &e.Request.Request
	case auditlog.Queued:
		if e.Message == nil {
			return nil, "The row of its message is missing."
		}
		m := *e.Message
		m.State = auditlog.State{}
		if !exactly(e.Body, &m.State) {
			return nil, "The state in which its message was queued was changed."
		}
		is.Message = &m
	default:
		if !exactly(e.Body, is) {
			return nil, "Its text was changed: it is not in the form in which entries are written."
		}
		about := int64(0)
		switch {
		case is.Kind == auditlog.Delivered && is.Delivery != nil:
			about = is.Delivery.Message
		case is.Kind == auditlog.Erased && is.Erasure != nil:
			about = is.Erasure.Seq
		default:
			return nil, "It is of no kind that this program knows."
		}
		if about != e.Of || is.Kind != e.Kind {
			return nil, "It is kept as one of another kind, or about another row."
		}
	}
	return is, ""
}

// exactly reads canonical JSON into v. JSON can say one thing in two ways, and only one of them was written.
func exactly(text []byte, v any) bool {
	if json.Unmarshal(text, v) != nil {
		return false
	}
	again, err := evidence.Canonical(v)
	return err == nil && bytes.Equal(again, text)
}

func (r *requests) take(c chunk, report *Report) {
	for _, e := range c.requests {
		if e.wrong != nil { // what it is of is not reported once more
			if e.wrong.Request != nil {
				r.suspect[e.wrong.Request.Seq] = true
			}
			if e.wrong.Message != nil {
				r.suspectMessage[e.wrong.Message.ID] = true
			}
			continue
		}
		if e.is == nil {
			r.blank[e.index] = true
			continue
		}
		switch e.is.Kind {
		case auditlog.Received:
			r.once(r.live, e.is.Request.Seq, e.index, "request", report)
		case auditlog.Queued:
			if before, ok := r.messages[e.is.Message.ID]; ok {
				report.addf(requestNames.leafAt(e.index), "It is of the same message as request entry %d.", before.at)
			}
			r.messages[e.is.Message.ID] = delivery{e.index, e.is.Message.State}
		case auditlog.Delivered:
			d, ok := r.messages[e.is.Delivery.Message]
			if !ok {
				report.addf(requestNames.leafAt(e.index), "It says what came of a message that is not there.")
				continue
			}
			d.State = e.is.Delivery.State
			r.messages[e.is.Delivery.Message] = d
		case auditlog.Erased:
			r.once(r.erasedAt, e.is.Erasure.Seq, e.index, "erased request", report)
			r.erasures[e.is.Erasure.Seq] = *e.is.Erasure
		}
	}
}

func (r *requests) once(seen map[int64]int64, key, index int64, what string, report *Report) {
	if before, ok := seen[key]; ok {
		report.addf(requestNames.leafAt(index), "It is of the same %s as request entry %d.", what, before)
	}
	seen[key] = index
}

func (r *requests) pending(ctx context.Context, size int64, report *Report) (still bool, err error) {
	last, err := r.store.Last(ctx)
	if err != nil {
		return false, err
	}
	for first := size; first <= last; first += perChunk {
		c := chunk{first: first}
		if err := r.check(ctx, first, int(min(perChunk, last+1-first)), &c); err != nil {
			return false, err
		}
		report.add(c.problems...)
		r.take(c, report)
		if i := slices.IndexFunc(c.commitments, func(held []byte) bool { return held == nil }); i >= 0 {
			report.addf(requestNames.leafAt(first+int64(i)), "It is missing, though later ones are there.")
			break
		}
		report.Pending += int64(len(c.commitments))
	}
	return true, nil // it is all of one moment
}

// finish makes sure that every row has its entry, that whatever is gone was erased by an entry of the
// log, and that what an entry erased is gone.
func (r *requests) finish(ctx context.Context, report *Report) error {
	report.Erased = int64(len(r.blank))
	for row, err := range r.store.Requests(ctx) {
		if err != nil {
			return fmt.Errorf("requests: %w", err)
		}
		report.Requests++
		r.request(row, report)
	}
	for _, seq := range slices.Sorted(maps.Keys(r.erasures)) {
		report.addf(requestNames.leafAt(r.erasedAt[seq]), "What it left of its request is missing.")
	}
	for m, err := range r.store.Messages(ctx) {
		if err != nil {
			return fmt.Errorf("messages: %w", err)
		}
		report.Messages++
		d, ok := r.messages[m.ID]
		switch {
		case !ok && r.suspectMessage[m.ID]:
		case !ok:
			report.addf(fmt.Sprintf("message %d", m.ID), "The audit log has no entry of it: it was added, or its entry was changed.")
		case !d.same(m.State):
			report.addf(requestNames.leafAt(d.at), "The state of its message's delivery is not what the log says last.")
		}
	}
	for _, leaf := range slices.Sorted(maps.Keys(r.blank)) {
		report.addf(requestNames.leafAt(leaf), "What it was of is gone, and no entry of the log says that it was erased.")
	}
	return nil
}

// request checks what the row of a request needs of the log.
func (r *requests) request(row StoredRequest, report *Report) {
	e, erased := r.erasures[row.Seq]
	if !erased {
		if _, ok := r.live[row.Seq]; !ok && !r.suspect[row.Seq] {
			report.addf(fmt.Sprintf("request %d", row.Seq), "The audit log has no entry of it: it was added, or its entry was changed.")
		}
		return
	}
	delete(r.erasures, row.Seq)
	at := requestNames.leafAt(r.erasedAt[row.Seq])
	for _, leaf := range e.Leaves {
		if !r.blank[leaf] {
			report.addf(requestNames.leafAt(leaf), "The log says that it was erased, and it is still there.")
		}
		delete(r.blank, leaf)
	}
	if row.Bad != nil {
		report.addf(at, "What it left of its request can't be read: %v.", row.Bad)
		return
	}
	if _, there := r.live[row.Seq]; there || row.Erased == nil || !row.Erased.Equal(e.Time) || row.Reference != e.Reference || row.Site != e.Site || !row.Received.Equal(e.Received) ||
		row.Body != e.Body || row.Spent != e.Spent || !slices.Equal(row.Entities, auditlog.EntitiesOf(e.Body)) {
		report.addf(at, "What it left of its request was changed, or is still there.")
	}
}

// same compares two states.
func (d delivery) same(s auditlog.State) bool {
	a, err1 := evidence.Canonical(d.State)
	b, err2 := evidence.Canonical(s)
	return errors.Join(err1, err2) == nil && bytes.Equal(a, b)
}

// started compares what a log says of its size.
func started(ctx context.Context, size, head int64, names names, tile func(context.Context, int, int64) ([]byte, error), report *Report) error {
	if head != size {
		report.addf(names.checkpoint(), "It is of %s leaves, and the log says that it has %s.", number(size), number(head))
	}
	if size > 0 {
		return nil
	}
	_, err := tile(ctx, 0, 0)
	if err == nil {
		report.addf(names.checkpoint(), "It is missing, though the log has leaves.")
	}
	if errors.Is(err, fault.NotFound) {
		return nil
	}
	return err
}
