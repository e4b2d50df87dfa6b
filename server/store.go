package server

import (
	"context"
	"iter"
	"time"

	"latchkey/app/auditlog"
	"latchkey/app/consent"
	"latchkey/app/evidence"
	"latchkey/app/notice"
	"latchkey/app/rights"
	"latchkey/server/receiptlog"
	"latchkey/server/receiptlog/audit"
)

// Store keeps what must not be lost. What a method has returned without error
// is durable: it survives the process and the power being cut. Values come in
// validated. Nothing found is [fault.NotFound]; times are UTC in whole milliseconds.
type Store interface {
	// AddReceipt stores a receipt, once for each Event.ID. If that event is
	// there with the same choice (see [consent.Submission.Same]), the stored receipt is
	// returned and created is false; with another the error wraps [fault.Conflict]. A Previous
	// that names no receipt of the same site is stored as it is. The edition must be there. r is not
	// changed. (It is a pointer because many wait here at once, each with a stack of its own.)
	AddReceipt(ctx context.Context, r *consent.Stored) (stored *consent.Stored, created bool, err error)
	// Receipt returns the receipt with the server's id.
	Receipt(ctx context.Context, id string) (consent.Stored, error)
	// Receipts yields receipts in the order in which they were stored.
	Receipts(ctx context.Context, f consent.ReceiptFilter) iter.Seq2[consent.Stored, error]

	// Following yields the receipts whose Previous names the receipt with an id, of whatever site, in
	// the order in which they were stored. It takes as long as there are such, not as there are receipts.
	Following(ctx context.Context, id string) iter.Seq2[consent.Stored, error]

	// Erase erases receipts: in one transaction everything kept of each is gone but its
	// commitment, and so its leaf; and for each an entry of kind [evidence.Erased] that names the
	// leaf, and then e.Purge, if there is one, with the number of receipts as its count, are stored
	// with salts of their own and wait for their place in the log. n is how many were erased.
	// An id that names no receipt is passed over, so erasing twice changes nothing; if nothing is
	// erased, nothing is recorded. A receipt that is not in the log yet has a leaf all the same:
	// the one that it will be, or was given before it was erased.
	//
	// From then on no method yields or finds the receipt. Nothing is left by which its event could
	// be known again: the same event id sent once more is stored as a new receipt.
	Erase(ctx context.Context, e evidence.Erasure) (n int, err error)
	// Scrub leaves nothing on the disk of what was erased, as far as that is the store's: an erasure takes it out of
	// the rows, and it may stay in the database's files until they are written over. Nobody may have to wait for it
	// for longer than pause. As long as something is left, because somebody reads the store as it was before, or it
	// would take too long, or the store may not do more, the error wraps [fault.Unavailable] and says what.
	Scrub(ctx context.Context, pause time.Duration) error
	// Expired yields the receipts of a site that were stored before a time, as was every receipt
	// that followed on them: those whose Previous names one, directly or through others, count with
	// it, because retention runs from the last event of a device. Oldest first, as it was when the
	// first one was asked for. A receipt of another site never keeps one.
	Expired(ctx context.Context, site string, before time.Time) iter.Seq2[consent.Expired, error]

	// Newest returns the latest time at which anything that is here was stored: a receipt, an erasure, a
	// request. It is the zero time if nothing is.
	Newest(ctx context.Context) (time.Time, error)
	// LastPurge returns the time that KeepLastPurge was last given; [fault.NotFound] before the first.
	LastPurge(ctx context.Context) (time.Time, error)
	// KeepLastPurge remembers when receipts were looked for that are to be erased because of their age, by
	// a clock that could be believed; see package retention.
	KeepLastPurge(ctx context.Context, at time.Time) error
	// CountReceipts counts the receipts of a site, and stops at most.
	CountReceipts(ctx context.Context, site string, most int) (int, error)

	// AddEdition keeps an edition and the text it showed (under e.Shown), for
	// ever. Adding the same one again changes nothing.
	AddEdition(ctx context.Context, e consent.Edition, text string) error
	// Edition returns the edition with an id.
	Edition(ctx context.Context, id string) (consent.Edition, error)
	// Revisions returns what a site has asked over time: of the n revisions that were published
	// last (see [consent.Revision]), the newest edition in each language, the latest revision first.
	Revisions(ctx context.Context, site string, n int) ([]consent.Edition, error)
	// ShownText returns the text kept under a hash.
	ShownText(ctx context.Context, hash string) (string, error)

	// PublishNotice keeps a version of a notice with its source, for ever. The
	// error wraps [fault.Conflict] if that group, id, version and language were
	// published with another hash: a published notice is never overwritten.
	PublishNotice(ctx context.Context, group string, n notice.Notice, source []byte) error
	// NoticeSource returns the source of a published notice.
	NoticeSource(ctx context.Context, group, id, version, language string) ([]byte, error)
	// NoticeVersions lists the published versions of a notice, newest first by
	// effective date.
	NoticeVersions(ctx context.Context, group, id string) ([]consent.NoticeRef, error)

	// AddRequest stores a request and its messages in one transaction, once for
	// each Key. If the key is there with the same Digest, the stored record is
	// returned and created is false; with another Digest the error wraps
	// [fault.Conflict] and the record under the key is returned with it. If the request of the key
	// was erased, the error wraps [fault.Conflict], no record is returned, and nothing is stored.
	//
	// An entry of the audit log is stored with the request and with each message: see [auditlog.Entry].
	AddRequest(ctx context.Context, r rights.Record, messages []rights.Message) (stored rights.Record, created bool, err error)
	// Request returns the request with a reference.
	Request(ctx context.Context, reference string) (rights.Record, error)
	// Requests yields requests in the order of receipt.
	Requests(ctx context.Context, f rights.Filter) iter.Seq2[rights.Record, error]

	// EraseRequests erases requests: in one transaction what each person said is gone, with the messages of the
	// request and the salts of all their entries in the audit log, of which the commitments stay. What is left is
	// [rights.Record.Tally]; and an entry of the audit log says that it was erased, when and why. n is how
	// many were erased. A reference that names no request, or one that was erased before, is passed over.
	EraseRequests(ctx context.Context, e auditlog.Erasing) (n int, err error)

	// DueMessages returns up to limit undelivered messages whose Due is not after now.
	DueMessages(ctx context.Context, now time.Time, limit int) ([]rights.Message, error)
	// MessageSent marks a message delivered, of which an entry of the audit log is stored. If its request was
	// erased meanwhile, the error wraps [fault.NotFound].
	MessageSent(ctx context.Context, id int64, now time.Time) error
	// MessageFailed counts a failed delivery and says when to try again; otherwise it is like MessageSent.
	MessageFailed(ctx context.Context, id int64, next time.Time, why string) error

	// Ready reports, by an error, that the store can't take a write now.
	Ready(ctx context.Context) error
	Close() error

	receiptlog.Store
	// AuditLog is the log of requests and of what was done with them. It is not published.
	AuditLog() receiptlog.TreeStore
	// AuditCheckpoint returns its newest signed checkpoint; [fault.NotFound] before the first.
	AuditCheckpoint(ctx context.Context) (string, error)
	// AuditRequests returns the audit log of this moment, and all that stands behind it, to be checked.
	AuditRequests(ctx context.Context) (audit.RequestSnapshot, error)
}
