package audit

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"latchkey/app/consent"
	"latchkey/app/evidence"
	"latchkey/app/notice/markdown"
)

// edition is a sound edition with its hash.
type edition struct {
	consent.Edition
	hash string
}

// references reads and checks what receipts refer to: editions, the texts that they
// showed, and the notices beside them.
func (r *rows) references(ctx context.Context, report *Report) error {
	texts := map[string]bool{}
	for t, err := range r.store.Texts(ctx) {
		if err != nil {
			return fmt.Errorf("texts: %w", err)
		}
		if sum([]byte(t.Text)) != t.Hash {
			report.addf("text "+t.Hash, "It was changed: it does not have the hash that it is kept under.")
			continue
		}
		texts[t.Hash] = true
	}
	notices, err := r.notices(ctx, report)
	if err != nil {
		return err
	}
	r.editions = map[int64]edition{}
	for row, err := range r.store.Editions(ctx) {
		if err != nil {
			return fmt.Errorf("editions: %w", err)
		}
		e, wrong := readEdition(row)
		if wrong != "" {
			report.addf("edition "+row.ID, "%s", wrong)
			continue
		}
		r.editions[row.Key] = e
		if !texts[e.Shown] {
			report.addf("edition "+e.ID, "The text that it showed, %s, is missing or was changed.", e.Shown)
		}
		named := noticeKey{id: e.Notice.ID, version: e.Notice.Version, hash: e.Notice.Hash, language: e.Notice.Language}
		if e.Declared != nil {
			named.group = e.Declared.Group
		}
		if named.id != "" && !notices[named] {
			report.addf("edition "+e.ID, "The notice that stood beside it, %s version %s, is missing or was changed.", e.Notice.ID, e.Notice.Version)
		}
	}
	return nil
}

// readEdition reads the row of an edition, and says what is wrong with it.
func readEdition(row Edition) (edition, string) {
	var e consent.Edition
	id := []byte(`{"id":"` + row.ID + `"`)
	rest, ok := bytes.CutPrefix(row.Body, id)
	if err := json.Unmarshal(row.Body, &e); err != nil || !ok {
		return edition{}, "It was changed: it can't be read as the edition of this id."
	}
	// An edition's id is the hash of what was written before it had one.
	if consent.EditionID(append([]byte(`{"id":""`), rest...)) != row.ID {
		return edition{}, "It was changed: it does not have the content that its id is the hash of."
	}
	if e.Site != row.Site || e.Shown != row.Shown {
		return edition{}, "It was changed: it is listed under another site or text than it is of."
	}
	hash, err := evidence.EditionHash(e)
	if err != nil {
		return edition{}, fmt.Sprintf("It can't be hashed: %v.", err)
	}
	return edition{e, hash}, ""
}

// noticeKey is what an edition says of a notice. Early editions say neither
// group nor language.
type noticeKey struct{ group, id, version, hash, language string }

// notices checks the notices and returns what editions may name.
func (r *rows) notices(ctx context.Context, report *Report) (map[noticeKey]bool, error) {
	known := map[noticeKey]bool{}
	for n, err := range r.store.Notices(ctx) {
		if err != nil {
			return nil, fmt.Errorf("notices: %w", err)
		}
		where := fmt.Sprintf("notice %s version %s in %s", n.ID, n.Version, n.Language)
		if sum(n.Source) != n.Hash {
			report.addf(where, "It was changed: it does not have the hash that it is kept under.")
			continue
		}
		if is, _ := markdown.Parse(n.Source); is.ID != n.ID || is.Version != n.Version || is.Language != n.Language || !is.Effective.Equal(n.Effective) {
			report.addf(where, "It is listed under another id, version, language or date than stands in it.")
			continue
		}
		for _, group := range []string{"", n.Group} {
			for _, language := range []string{"", n.Language} {
				known[noticeKey{group, n.ID, n.Version, n.Hash, language}] = true
			}
		}
	}
	return known, nil
}

func sum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}
