// Package transfer carries everything that one store holds into another one,
// of the same kind or not: to move a deployment, and to back one up.
//
// The log makes that safe and short. Its leaves never change but by being
// erased, so a copy that was interrupted, or made while servers went on, is
// continued where it ended; and what has arrived is held against the
// checkpoint that the source's log was signed with.
package transfer

import (
	"context"
	"iter"

	"latchkey/app/auditlog"
	"latchkey/server/receiptlog"
	"latchkey/server/receiptlog/audit"
)

// Source is all that a store holds, as it is at one moment. Editions keep their
// keys, and entries the order that the log has or will have. It is read by one
// goroutine.
type Source interface {
	audit.Store
	// AuditLog is the log of requests, with all that stands behind it.
	AuditLog() AuditSource
	Close() error
}

// AuditSource is the audit log that a store holds, and the requests and messages that it commits to.
type AuditSource interface {
	audit.RequestStore
	// Rows yields the entries as they are stored, in order.
	Rows(ctx context.Context) iter.Seq2[auditlog.Row, error]
}

// Target is a store that is being filled. No server uses it before it is finished.
// It is safe for concurrent reading.
type Target interface {
	Source
	// Put stores a part, all of it or nothing. A text, edition or notice that is there stays as it is,
	// whatever it holds; so does a request or an entry of the audit log, unless it was erased since.
	Put(ctx context.Context, p Part) error
	// Finish gives the store over to servers.
	Finish(ctx context.Context) error
}

// Part is some of what a store holds. What entries and messages refer to is in
// the part, or was put before.
type Part struct {
	Texts    []audit.Text
	Editions []audit.Edition
	Notices  []audit.Notice     // in the order of publication
	Requests []auditlog.Request // those that were erased take their messages with them
	Messages []auditlog.Message // their state takes the place of that of those with their ID
	Entries  []audit.Entry      // the next ones, by Index
	Erased   []int64            // leaves, put before, whose receipt was erased since
	Tiles    []receiptlog.Tile
	Head     *Head
	Audit    AuditPart
}

// AuditPart is some of the audit log.
type AuditPart struct {
	Rows  []auditlog.Row
	Tiles []receiptlog.Tile
	Head  *Head
}

// Head is the size of a log and the signed checkpoint of it.
type Head struct {
	Size       int64
	Checkpoint string
}

// Counts are the numbers of rows that a store holds.
type Counts struct {
	Entries  int64 `json:"entries"` // of the log, or waiting for it
	Texts    int64 `json:"texts"`
	Editions int64 `json:"editions"`
	Notices  int64 `json:"notices"`
	Requests int64 `json:"requests"`
	Messages int64 `json:"messages"`
	Audit    int64 `json:"audit"` // entries of the audit log
}
