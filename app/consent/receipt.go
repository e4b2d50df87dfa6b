package consent

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"time"

	"latchkey/app/fault"
)

// Submission is what a site's loader sends to POST /api/receipts: one choice
// event, in the visitor's words. Everything that the server knows better (the
// controller, the bases, what the shown text and the notice were) is not in it;
// Edition leads there.
type Submission struct {
	Event    string               `json:"event"`              // UUID made by the device; the same event may arrive twice
	Site     string               `json:"site"`               // site id
	Edition  string               `json:"edition"`            // what was shown, see [Edition]
	Answers  map[PurposeID]Answer `json:"answers"`            // every choosable purpose of the edition
	Method   Method               `json:"method"`             //
	GPC      bool                 `json:"gpc"`                // navigator.globalPrivacyControl at the time
	Previous string               `json:"previous,omitempty"` // id of the receipt this choice follows, if the device keeps one
	Proof    string               `json:"-"`                  // token of that receipt, sent as proof; for the server to look at, and in nothing that is kept
	Secret   string               `json:"-"`                  // 128 random bits in base64url that only this device has; by them the server knows who sent an event when it comes again, and they are in nothing that is kept or shown
	Age      int64                `json:"age"`                // seconds between the choice and this sending, by one clock of the device
}

// MaxSubmission is the largest accepted request body of a submission, in bytes.
const MaxSubmission = 8 << 10

// MaxAge is the oldest choice that may still be sent, in seconds: 400 days,
// the longest that a browser keeps a cookie.
const MaxAge = 400 * 24 * 60 * 60

var (
	uuidForm    = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
	editionForm = regexp.MustCompile(`^[A-Za-z0-9_-]{22}$`)
	secretForm  = regexp.MustCompile(`^[A-Za-z0-9_-]{22}$`)
)

// ParseSubmission reads the JSON of a submission, strictly: an unknown or
// missing field, a second value, or a field of the wrong form is refused with
// an error that says which, and wraps [fault.Malformed], [fault.Invalid] or
// [fault.TooLarge]. Whether the site, the
// edition and the purposes exist is for the server to say.
func ParseSubmission(body []byte) (Submission, error) {
	if len(body) > MaxSubmission {
		return Submission{}, fmt.Errorf("the receipt is larger than %d bytes: %w", MaxSubmission, fault.TooLarge)
	}
	var sent struct {
		Submission
		Proof  string  `json:"proof"`
		Secret *string `json:"secret"`
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&sent); err != nil {
		return Submission{}, fmt.Errorf("the receipt is not the JSON expected: %s: %w", err, fault.Malformed)
	}
	if _, err := dec.Token(); err != io.EOF {
		return Submission{}, fmt.Errorf("the receipt is followed by more than its one JSON object: %w", fault.Malformed)
	}
	s := sent.Submission
	s.Proof = sent.Proof
	if sent.Secret != nil {
		if s.Secret = *sent.Secret; !secretForm.MatchString(s.Secret) {
			return Submission{}, fmt.Errorf("secret: want 16 random bytes in base64url, or none: %w", fault.Invalid)
		}
	}
	if err := s.check(); err != nil {
		return Submission{}, err
	}
	return s, nil
}

// check returns an error wrapping [fault.Invalid] if a field is of the wrong form.
func (s *Submission) check() error {
	bad := func(format string, args ...any) error {
		return fmt.Errorf(format+": %w", append(args, fault.Invalid)...)
	}
	switch {
	case !uuidForm.MatchString(s.Event):
		return bad("event: want a UUID in lower case")
	case s.Site == "":
		return bad("site: missing")
	case !editionForm.MatchString(s.Edition):
		return bad("edition: want the 22 characters that the loader carries")
	case len(s.Answers) == 0:
		return bad("answers: want an answer for every purpose that was asked about")
	case s.Previous != "" && !uuidForm.MatchString(s.Previous):
		return bad("previous: want the id of a receipt")
	case s.Age < 0 || s.Age > MaxAge:
		return bad("age: want the seconds since the choice, from 0 to %d", MaxAge)
	}
	for id, a := range s.Answers {
		if _, err := ParsePurposeID(string(id)); err != nil {
			return bad("answers: %q is not a purpose", id)
		}
		if a != Yes && a != No && a != NotAsked {
			return bad("answers: %s: want yes, no or not-asked", id)
		}
	}
	if !slices.Contains(Methods, s.Method) {
		return bad("method: want one of %v", Methods)
	}
	return nil
}

// Edition says what one site showed, in one language, on one layer, and what
// stood behind it. The loader and the panel carry only its ID; the server keeps
// every edition that it ever published, so that a receipt which arrives late is
// still tied to what its visitor saw.
type Edition struct {
	ID         string    `json:"id"`                 // 22 characters, from the hash of all the rest
	Site       string    `json:"site"`               // site id
	Layer      int       `json:"layer"`              // 1: banner and placeholders; 2: preferences
	Language   string    `json:"language"`           // BCP 47
	Shown      string    `json:"shown"`              // SHA-256 (hex) of the text shown, kept under that hash
	Controller Party     `json:"controller"`         //
	Purposes   []Purpose `json:"purposes"`           //
	Revision   string    `json:"revision"`           // see [Revision]
	Notice     NoticeRef `json:"notice"`             // the privacy notice linked beside the choice
	Config     string    `json:"config"`             // SHA-256 (hex) of the group's configuration
	Loader     string    `json:"loader"`             // version of the loader's code
	Declared   *Declared `json:"declared,omitempty"` // what the site declared; nil in early editions, which kept none
}

// Party is a controller as named on a receipt.
type Party struct {
	Entity  string `json:"entity"`            // entity id
	Name    string `json:"name"`              // legal name
	ICO     string `json:"ico,omitempty"`     // ICO registration number, if known
	Contact string `json:"contact"`           // where to turn, in one line
	Address string `json:"address,omitempty"` // postal address, if known
}

// NoticeRef names one version of a notice.
type NoticeRef struct {
	ID       string `json:"id"`
	Version  string `json:"version"`
	Hash     string `json:"hash"`               // SHA-256 (hex) of the notice's source
	Language string `json:"language,omitempty"` // BCP 47; not always that of the choice, and empty on early receipts
}

// PurposeAnswer is one purpose on a receipt.
type PurposeAnswer struct {
	Purpose
	Answer Answer `json:"answer"`
}

// Event is the evidence that is kept of one choice: append-only, complete in
// itself, and free of anything that names the visitor or the device: no IP
// address, no user agent, no page address (UK GDPR Art 7(1) and 5(1)(c)).
type Event struct {
	ID         string          `json:"event"`              // the device's UUID of the event
	Site       string          `json:"site"`               //
	Controller Party           `json:"controller"`         //
	Purposes   []PurposeAnswer `json:"purposes"`           // every purpose of the site
	Method     Method          `json:"method"`             //
	Layer      int             `json:"layer"`              //
	Language   string          `json:"language"`           //
	Shown      string          `json:"shown"`              // SHA-256 (hex) of the text that was shown
	Revision   string          `json:"revision"`           //
	Notice     NoticeRef       `json:"notice"`             //
	Config     string          `json:"config"`             //
	Loader     string          `json:"loader"`             //
	GPC        bool            `json:"gpc"`                //
	Previous   string          `json:"previous,omitempty"` // receipt id
	Age        int64           `json:"age"`                // seconds between the choice and its arrival, by the device
}

// Receipt is an event as stored, with the server's id and time.
type Receipt struct {
	ID    string    `json:"receipt"` // UUID made by the server; an identifier, not a secret
	Time  time.Time `json:"time"`    // server's clock when it was stored, UTC, whole milliseconds
	Event Event     `json:"event"`
}

// Complete makes the event of a submission, given the edition that it names.
// It refuses, with an error wrapping [fault.Invalid], answers that do not fit
// the edition: an unknown purpose, one left out, or an essential one answered.
func Complete(s Submission, e Edition) (Event, error) {
	bad := func(format string, args ...any) (Event, error) {
		return Event{}, fmt.Errorf(format+": %w", append(args, fault.Invalid)...)
	}
	if s.Site != e.Site {
		return bad("edition: belongs to another site")
	}
	ev := Event{
		ID: s.Event, Site: e.Site, Controller: e.Controller, Method: s.Method, Layer: e.Layer,
		Language: e.Language, Shown: e.Shown, Revision: e.Revision, Notice: e.Notice, Config: e.Config,
		Loader: e.Loader, GPC: s.GPC, Previous: s.Previous, Age: s.Age,
	}
	known := map[PurposeID]bool{}
	for _, p := range e.Purposes {
		known[p.ID] = true
		a, said := s.Answers[p.ID]
		switch {
		case !p.Basis.Choosable() && said && a != NotAsked:
			return bad("answers: %s is not a choice", p.ID)
		case !p.Basis.Choosable():
			a = NotAsked
		case !said:
			return bad("answers: %s is missing", p.ID)
		}
		ev.Purposes = append(ev.Purposes, PurposeAnswer{Purpose: p, Answer: a})
	}
	for id := range s.Answers {
		if !known[id] {
			return bad("answers: the site has no purpose %q", id)
		}
	}
	return ev, nil
}

// EditionID returns the id of an edition from its JSON without an id: the first
// 128 bits of the SHA-256, in base64url.
func EditionID(edition []byte) string {
	sum := sha256.Sum256(edition)
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}
