package evidence

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"latchkey/app/consent"
	"latchkey/app/fault"
)

// Kind says what an entry of the log records.
type Kind string

const (
	// Chosen is a visitor's choice: a receipt.
	Chosen Kind = "receipt"
	// Erased is the erasure of what one leaf committed to.
	Erased Kind = "erasure"
	// Purged is the erasure of all receipts of a site that were older than its retention.
	Purged Kind = "purge"
)

// Entry is what one leaf of the log commits to. Its canonical form is what
// counts, so a field that is added later must be left out of older entries.
type Entry struct {
	Kind Kind      `json:"kind"`
	Time time.Time `json:"time"` // server's clock, UTC, whole milliseconds

	// Of a receipt: its id, the choice as it was sent, and the hash of the
	// edition (see [EditionHash]), which says all that was shown.
	Receipt string              `json:"receipt,omitempty"`
	Choice  *consent.Submission `json:"choice,omitempty"`
	Edition string              `json:"edition,omitempty"`

	// Of an erasure: the leaf, and who asked.
	Index  *int64 `json:"index,omitempty"`
	Reason string `json:"reason,omitempty"` // "visitor" or "retention"

	// Of a purge: the site, the time before which receipts had to be, and how many there were.
	Site   string     `json:"site,omitempty"`
	Before *time.Time `json:"before,omitempty"`
	Count  int        `json:"count,omitempty"`
	// Last is until when the store knew the time: when receipts were last looked for, or something was stored.
	// It is missing in older entries, and if there was nothing.
	Last *time.Time `json:"last,omitempty"`
	// Checkpoint is the signed state of the log before the purge, so that an older
	// copy of the log shows what there was. Empty if there was none yet.
	Checkpoint string `json:"checkpoint,omitempty"`
}

// SaltSize is the length of a salt in bytes: 128 random bits, so that nobody
// finds out what a leaf commits to by trying.
const SaltSize = 16

// EditionHash returns the SHA-256 (hex) of an edition's canonical form.
func EditionHash(e consent.Edition) (string, error) {
	b, err := Canonical(e)
	if err != nil {
		return "", fmt.Errorf("edition %s: %w", e.ID, err)
	}
	return hexSum(b), nil
}

func hexSum(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// Record returns the entry of a receipt. editionHash is the hash of the edition that s names.
func Record(s consent.Stored, editionHash string) Entry {
	choice := s.Submission()
	return Entry{Kind: Chosen, Time: s.Time, Receipt: s.ID, Choice: &choice, Edition: editionHash}
}

// Commit returns the commitment to an entry of a log, an [Entry] or one of another log,
// under a salt: SHA-256 of the salt and the entry's canonical form. Without the salt it
// says nothing; with it there is no other entry that it could be of.
func Commit(salt []byte, entry any) ([]byte, error) {
	b, err := Canonical(entry)
	if err != nil {
		return nil, fmt.Errorf("entry: %w", err)
	}
	return commit(salt, b)
}

func commit(salt, canonical []byte) ([]byte, error) {
	if len(salt) != SaltSize {
		return nil, fmt.Errorf("salt: want %d bytes, got %d: %w", SaltSize, len(salt), fault.Invalid)
	}
	h := sha256.New()
	h.Write(salt)
	h.Write(canonical)
	return h.Sum(nil), nil
}
