package evidence

import (
	"crypto/rand"
	"time"
)

// Why a receipt was erased.
const (
	ByVisitor   = "visitor"   // its visitor asked (UK GDPR Art 17)
	ByRetention = "retention" // it was older than its site keeps them (UK GDPR Art 5(1)(e))
)

// Erasure is one erasure of receipts: which, why and when.
type Erasure struct {
	Receipts []string  // their ids
	Reason   string    // [ByVisitor] or [ByRetention]
	Time     time.Time // server's clock, UTC, whole milliseconds
	// Purge is, for one by retention, what the log is to say of the whole: an
	// [Entry] of kind [Purged]. Its count is the store's to fill in.
	Purge *Entry
}

// Of returns the entry that says that what a leaf committed to was erased. It
// does not say what that was.
func (e Erasure) Of(leaf int64) Entry {
	return Entry{Kind: Erased, Time: e.Time, Index: &leaf, Reason: e.Reason}
}

// Sealed is an entry as a store keeps it: its canonical form, what hides it, and
// what the log's leaf holds.
type Sealed struct {
	Canonical  []byte
	Salt       []byte // [SaltSize] random bytes
	Commitment []byte // 32 bytes
}

// Seal commits to an entry of a log, as [Commit] does, under a new salt.
func Seal(entry any) (Sealed, error) {
	b, err := Canonical(entry)
	if err != nil {
		return Sealed{}, err
	}
	s := Sealed{Canonical: b, Salt: make([]byte, SaltSize)}
	rand.Read(s.Salt) // never fails
	s.Commitment, err = commit(s.Salt, b)
	return s, err
}
