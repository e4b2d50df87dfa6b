// Package auditlog says what the audit log of a deployment commits to: every
// rights request as it is stored, every e-mail that it causes, what became of
// each delivery, and every erasure.
//
// The log is a Merkle tree like the one of receipts (see package evidence), with a
// key of its own, and it is not published. Its leaves hold salted commitments:
// when a request is erased, what it said and the salts go, and the leaves stay.
package auditlog

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"

	"latchkey/app/evidence"
	"latchkey/app/rights"
)

// Kind says what an entry of the log records. A new kind needs no other log.
type Kind string

const (
	Received  Kind = "request"  // a request, as it was stored
	Queued    Kind = "message"  // an e-mail that is to be delivered
	Delivered Kind = "delivery" // what came of an attempt to deliver a message
	Erased    Kind = "erasure"  // the erasure of a request
)

// Entry is what one leaf of the log commits to. Its canonical form is what
// counts, so a field that is added later must be left out of older entries.
type Entry struct {
	Kind     Kind      `json:"kind"`
	Request  *Request  `json:"request,omitempty"`
	Message  *Message  `json:"message,omitempty"`
	Delivery *Delivery `json:"delivery,omitempty"`
	Erasure  *Erasure  `json:"erasure,omitempty"`
}

// Request is a rights request as a store keeps it, down to the byte.
type Request struct {
	Seq       int64     `json:"seq"`
	Reference string    `json:"reference"`
	Key       string    `json:"key"`      // empty once erased
	Digest    string    `json:"digest"`   // empty once erased
	Site      string    `json:"site"`     //
	Received  time.Time `json:"received"` // UTC, whole milliseconds
	Body      string    `json:"body"`     // JSON of the [rights.Record.Tally]
	Said      string    `json:"said"`     // JSON of the [rights.Request]; empty once erased
	Entities  []string  `json:"entities"` // those that it is found by, sorted, each once
	// Of one that was erased: when, and the SHA-256 (hex) of its key, so that the same sending is not
	// taken for a new one. Neither is part of what was committed to when it came.
	Erased *time.Time `json:"-"`
	Spent  string     `json:"-"`
}

// Message is an e-mail as a store keeps it.
type Message struct {
	ID       int64  `json:"id"`
	Request  string `json:"request"` // reference
	Kind     string `json:"kind"`
	To       string `json:"to"`
	Subject  string `json:"subject"`
	Body     string `json:"body"`
	Language string `json:"language"`
	State
}

// State is how far the delivery of a message is.
type State struct {
	Attempts int        `json:"attempts"`
	Due      time.Time  `json:"due"`               // UTC, whole milliseconds
	Sent     *time.Time `json:"sent,omitempty"`    // nil until delivered
	Failure  *string    `json:"failure,omitempty"` // why the last delivery failed; nil if none did
}

// Delivery is the state of a message after an attempt to deliver it.
type Delivery struct {
	Message int64 `json:"message"`
	State
}

// Why a request was erased.
const (
	ByCommand   = "command"   // an operator did it
	ByRetention = "retention" // it was older than its entities keep them (UK GDPR Art 5(1)(e))
)

// Erasure is what is left of a request: a tally, which names nobody.
type Erasure struct {
	Time      time.Time `json:"time"`   // server's clock, UTC, whole milliseconds
	Reason    string    `json:"reason"` // [ByCommand] or [ByRetention]
	Seq       int64     `json:"seq"`
	Reference string    `json:"reference"`
	Site      string    `json:"site"`
	Received  time.Time `json:"received"`
	Body      string    `json:"body"`
	Spent     string    `json:"spent"`
	Leaves    []int64   `json:"leaves"` // of which nothing is left but the commitment, in order
}

// Of returns the entry that says that a request was erased, whose entries are at leaves.
func (e Erasing) Of(r Request, spent string, leaves []int64) Entry {
	return Entry{Kind: Erased, Erasure: &Erasure{
		Time: e.Time, Reason: e.Reason, Seq: r.Seq, Reference: r.Reference, Site: r.Site, Received: r.Received, Body: r.Body, Spent: spent, Leaves: leaves,
	}}
}

// Erasing is an erasure that is to be done.
type Erasing struct {
	References []string
	Reason     string
	Time       time.Time
}

// EntitiesOf returns those by which a request of a tally is found; nil if the tally can't be read.
func EntitiesOf(tally string) []string {
	r, err := rights.Join([]byte(tally), nil, nil)
	if err != nil {
		return nil
	}
	return entitiesOf(r)
}

func entitiesOf(r rights.Record) []string {
	return slices.Compact(slices.Sorted(slices.Values(r.Request.Entities)))
}

// Row is an entry as a store keeps it.
type Row struct {
	Index      int64 // of the leaf that it is, or will be
	Commitment []byte
	Salt       []byte // nil once erased, as is all below
	Kind       Kind
	// Of is the row that the entry is about: of a request or its erasure, [Request.Seq]; of a
	// message or its delivery, [Message.ID].
	Of int64
	// Body is what the entry says that stands in no other table: of a request nothing, of a message the
	// canonical form of the [State] in which it was queued, and of other kinds that of the whole entry.
	Body []byte
}

// Blank reports whether nothing is left but the commitment.
func (r Row) Blank() bool { return r.Salt == nil && r.Kind == "" && r.Of == 0 && r.Body == nil }

// Seal returns the row of an entry that is not in the log yet. Its Index is for the store to give.
func Seal(e Entry) (Row, error) {
	sealed, err := evidence.Seal(e)
	if err != nil {
		return Row{}, err
	}
	row := Row{Commitment: sealed.Commitment, Salt: sealed.Salt, Kind: e.Kind, Body: sealed.Canonical}
	switch e.Kind {
	case Received:
		row.Of, row.Body = e.Request.Seq, nil
	case Queued:
		row.Of = e.Message.ID
		row.Body, err = evidence.Canonical(e.Message.State)
	case Delivered:
		row.Of = e.Delivery.Message
	case Erased:
		row.Of = e.Erasure.Seq
	}
	return row, err
}

// Spent is what is kept of a request's key once the request is erased: its SHA-256 (hex).
// It tells the same sending again, and nothing else.
func Spent(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}

// OfRecord returns a request as it is to be stored under a number.
func OfRecord(r rights.Record) (Request, error) {
	body, said, err := r.Split()
	return Request{
		Reference: r.Reference, Key: r.Key, Digest: r.Digest, Site: r.Site, Received: r.Received,
		Body: body, Said: said, Entities: entitiesOf(r),
	}, err
}

// OfMessage returns a message of a request as it is to be stored.
func OfMessage(reference string, m rights.Message) Message {
	return Message{
		ID: m.ID, Request: reference, Kind: m.Kind, To: m.To, Subject: m.Subject, Body: m.Body, Language: m.Language,
		State: State{Attempts: m.Attempts, Due: m.Due},
	}
}
