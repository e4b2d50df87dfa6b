package consent

import (
	"crypto/sha256"
	"maps"
	"time"
)

// Stored is a receipt as the store keeps it, with what ties it to the log.
type Stored struct {
	Receipt
	// Edition is the id of the edition that the event was completed with. A
	// store may keep the choice and this id alone, and complete the event again.
	Edition string
	// Salt hides what Commitment is of: 16 random bytes. Both are explained in app/evidence.
	Salt []byte
	// Commitment is what the log's leaf holds: 32 bytes.
	Commitment []byte
	// Sender is what is kept of the secret that the event was sent with, see [SenderOf]; nil for one that
	// was sent without. A store returns it to whoever adds the same event again, and to nobody else.
	Sender []byte `json:"-"`
}

// SenderOf returns what is kept of a secret: the first 16 bytes of its SHA-256, which lead nobody back to
// 128 random bits; nil of none.
func SenderOf(secret string) []byte {
	if secret == "" {
		return nil
	}
	sum := sha256.Sum256([]byte(secret))
	return sum[:16]
}

// Submission returns the choice as it was sent.
func (s *Stored) Submission() Submission {
	answers := map[PurposeID]Answer{}
	for _, p := range s.Event.Purposes {
		if p.Basis.Choosable() {
			answers[p.ID] = p.Answer
		}
	}
	e := &s.Event
	return Submission{
		Event: e.ID, Site: e.Site, Edition: s.Edition, Answers: answers,
		Method: e.Method, GPC: e.GPC, Previous: e.Previous, Age: e.Age,
	}
}

// Same reports whether two submissions are one: the second may have waited
// longer before it was sent, and only one of them may have named, with proof, the receipt
// that it follows. That is all in which they may differ.
func (s Submission) Same(other Submission) bool {
	return s.Event == other.Event && s.Site == other.Site && s.Edition == other.Edition && maps.Equal(s.Answers, other.Answers) &&
		s.Method == other.Method && s.GPC == other.GPC &&
		(s.Previous == other.Previous || s.Previous == "" || other.Previous == "")
}

// ReceiptFilter selects receipts; the zero value selects all, oldest first.
type ReceiptFilter struct {
	Site   string // site id, or empty for all
	Entity string // id of the controller, or empty for all
	Limit  int    // at most so many, the newest; 0 for all
}

// Expired is a receipt that has been kept for as long as its site keeps them.
type Expired struct {
	ID   string    // of the receipt
	Time time.Time // when it was stored, UTC, whole milliseconds
}
