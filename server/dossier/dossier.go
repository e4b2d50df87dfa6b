// Package dossier puts together everything that is kept about one receipt, for
// a data protection officer who has to show a regulator when, how, for whom
// and to what somebody consented, and what was on the screen (UK GDPR Art 7(1)).
//
// All of it comes from the store and nothing from the configuration, so the same
// receipt gives the same dossier when banner, notice and purposes have changed.
package dossier

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"iter"
	"slices"
	"time"

	"latchkey/app/consent"
	"latchkey/app/dpv"
	"latchkey/app/evidence"
	"latchkey/app/fault"
	"latchkey/app/i18n"
	"latchkey/app/notice"
	"latchkey/app/notice/markdown"
)

// Store is what a dossier is read from.
type Store interface {
	Receipt(ctx context.Context, id string) (consent.Stored, error)
	Following(ctx context.Context, id string) iter.Seq2[consent.Stored, error]
	Edition(ctx context.Context, id string) (consent.Edition, error)
	ShownText(ctx context.Context, hash string) (string, error)
	NoticeSource(ctx context.Context, group, id, version, language string) ([]byte, error)
	Index(ctx context.Context, receipt string) (int64, error)
}

// Dossier is what is kept about one receipt. What the store lacks is empty.
type Dossier struct {
	consent.Receipt
	Edition consent.Edition   `json:"edition"`
	Log     Log               `json:"log"`
	Notice  *Notice           `json:"notice,omitempty"`
	Earlier []consent.Receipt `json:"earlier,omitempty"` // those that this one follows, oldest first
	Later   []consent.Receipt `json:"later,omitempty"`   // those that follow it, oldest first
	Text    string            `json:"text,omitempty"`    // what was on the screen, kept under event.shown

	earlier []dpv.Kept
}

// Log is what ties a receipt to the log of receipts, see package evidence.
type Log struct {
	Entry       json.RawMessage `json:"entry"`        // canonical (RFC 8785)
	EditionHash string          `json:"edition_hash"` // SHA-256 (hex) of the edition's canonical form, as the entry names it
	Salt        string          `json:"salt"`         // hex
	Commitment  string          `json:"commitment"`   // SHA-256 (hex) of salt and entry
	Index       *int64          `json:"index,omitempty"`
}

// Notice is the notice that stood beside the choice.
type Notice struct {
	Language  string    `json:"language"`
	Effective time.Time `json:"effective"` // day from which it applies
	Source    string    `json:"source"`    // the text that the notice's hash is of

	parsed notice.Notice
}

// Gather reads the dossier of a receipt, without the receipts that came later:
// those are for [Dossier.Follow] to find. The error wraps [fault.NotFound] if
// there is no such receipt; whatever else is missing is left out.
func Gather(ctx context.Context, s Store, id string) (*Dossier, error) {
	stored, err := s.Receipt(ctx, id)
	if err != nil {
		return nil, err
	}
	d := &Dossier{Receipt: stored.Receipt}
	if d.Edition, err = s.Edition(ctx, stored.Edition); err != nil && !errors.Is(err, fault.NotFound) {
		return nil, err
	}
	if d.Text, err = s.ShownText(ctx, stored.Event.Shown); err != nil && !errors.Is(err, fault.NotFound) {
		return nil, err
	}
	if d.Log, err = logOf(ctx, s, stored, d.Edition); err != nil {
		return nil, err
	}
	if d.Notice, err = noticeOf(ctx, s, d.Edition, stored.Event); err != nil {
		return nil, err
	}
	return d, d.trace(ctx, s)
}

// JSONLD writes the receipt and those before it in the words of the Data
// Privacy Vocabulary.
func (d *Dossier) JSONLD() ([]byte, error) {
	commitment, err := hex.DecodeString(d.Log.Commitment)
	if err != nil {
		return nil, err
	}
	return dpv.Receipt(dpv.Source{Kept: dpv.Kept{Receipt: d.Receipt, Edition: d.Edition}, Earlier: d.earlier, Commitment: commitment})
}

func logOf(ctx context.Context, s Store, r consent.Stored, e consent.Edition) (Log, error) {
	sum, err := evidence.EditionHash(e)
	if err != nil {
		return Log{}, err
	}
	entry, err := evidence.Canonical(evidence.Record(r, sum))
	if err != nil {
		return Log{}, err
	}
	l := Log{Entry: entry, EditionHash: sum, Salt: hex.EncodeToString(r.Salt), Commitment: hex.EncodeToString(r.Commitment)}
	switch index, err := s.Index(ctx, r.ID); {
	case err == nil:
		l.Index = &index
	case !errors.Is(err, fault.NotFound):
		return Log{}, err
	}
	return l, nil
}

// noticeOf finds the notice by what the edition says of it, and takes it only
// if it has the hash that the receipt names.
func noticeOf(ctx context.Context, s Store, e consent.Edition, event consent.Event) (*Notice, error) {
	ref := event.Notice
	if e.Declared == nil || ref.ID == "" {
		return nil, nil
	}
	for _, lang := range append([]string{cmp.Or(ref.Language, event.Language)}, i18n.Languages...) {
		source, err := s.NoticeSource(ctx, e.Declared.Group, ref.ID, ref.Version, lang)
		if errors.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		// Problems in it were none when it was published, and are not ours to judge now.
		if n, _ := markdown.Parse(source); n.Hash == ref.Hash {
			return &Notice{Language: lang, Effective: n.Effective, Source: string(markdown.Hashed(source)), parsed: n}, nil
		}
	}
	return nil, nil
}

// maxChain is how many receipts are followed, either way: more than one a day for as
// long as any is kept.
const maxChain = 5000

// trace finds the receipts that this one follows. A device says itself which
// receipt its choice follows, so the chain is its word.
func (d *Dossier) trace(ctx context.Context, s Store) error {
	seen := map[string]bool{d.ID: true}
	for id := d.Event.Previous; id != "" && !seen[id] && len(d.earlier) < maxChain; {
		seen[id] = true
		before, err := s.Receipt(ctx, id)
		if errors.Is(err, fault.NotFound) || err == nil && before.Event.Site != d.Event.Site {
			break
		}
		if err != nil {
			return err
		}
		edition, err := s.Edition(ctx, before.Edition)
		if err != nil && !errors.Is(err, fault.NotFound) {
			return err
		}
		d.Earlier = append(d.Earlier, before.Receipt)
		d.earlier = append(d.earlier, dpv.Kept{Receipt: before.Receipt, Edition: edition})
		id = before.Event.Previous
	}
	slices.Reverse(d.Earlier)
	slices.Reverse(d.earlier)
	return nil
}

// Follow finds the receipts that follow this one, directly or not, of the same site.
func (d *Dossier) Follow(ctx context.Context, s Store) error {
	seen := map[string]bool{d.ID: true}
	for _, r := range d.Earlier {
		seen[r.ID] = true
	}
	for from := []string{d.ID}; len(from) > 0 && len(d.Later) < maxChain; from = from[1:] {
		for r, err := range s.Following(ctx, from[0]) {
			if err != nil {
				return err
			}
			if r.Event.Site != d.Event.Site || seen[r.ID] {
				continue
			}
			seen[r.ID] = true
			d.Later = append(d.Later, r.Receipt)
			from = append(from, r.ID)
			if len(d.Later) == maxChain {
				break
			}
		}
	}
	// What follows on one receipt may be older than what follows on what follows another.
	slices.SortStableFunc(d.Later, func(a, b consent.Receipt) int { return a.Time.Compare(b.Time) })
	return nil
}
