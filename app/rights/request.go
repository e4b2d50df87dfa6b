package rights

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"slices"

	"latchkey/app/fault"
)

// Kinds lists every Kind in the order in which the form offers them.
var Kinds = []Kind{
	Access, Rectification, Erasure, Restriction, Portability, Objection, Marketing,
	Automated, Informed, WithdrawConsent, Complaint, STAIRs, Unsure,
}

// Authorities lists every Authority in the order in which the form offers them.
var Authorities = []Authority{Parent, WrittenPermission, Attorney, Solicitor, Advocate, Representative, OtherAuthority}

// Replies lists every way to reply in the order in which the form offers them.
var Replies = []ReplyBy{ByEmail, ByPhone, ByPost}

var languageForm = regexp.MustCompile(`^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}$`)

// maxEntities is more organisations than any group has.
const maxEntities = 100

// known refuses choices that no form of ours offers. An empty one is not yet made.
func (r Request) known() error {
	switch {
	case r.Kind != "" && !slices.Contains(Kinds, r.Kind):
		return unknown(FieldKind)
	case r.Authority != "" && !slices.Contains(Authorities, r.Authority):
		return unknown(FieldAuthority)
	case r.Reply != "" && !slices.Contains(Replies, r.Reply):
		return unknown(FieldReply)
	case r.Language != "" && !languageForm.MatchString(r.Language):
		return unknown(FieldLanguage)
	case len(r.Entities) > maxEntities:
		return unknown(FieldEntity)
	}
	return nil
}

// ParseRequest reads a request from the JSON of the API, as strictly as [Parse]
// reads the form, and tidies its answers in the same way. A field that it does
// not know is refused. The error wraps [fault.Malformed], [fault.Invalid] or
// [fault.TooLarge].
func ParseRequest(body []byte) (Request, error) {
	if len(body) > MaxForm {
		return Request{}, fmt.Errorf("the request is larger than %d bytes: %w", MaxForm, fault.TooLarge)
	}
	var r Request
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&r); err != nil {
		return Request{}, fmt.Errorf("the request is not the JSON expected: %s: %w", err, fault.Malformed)
	}
	if _, err := dec.Token(); err != io.EOF {
		return Request{}, fmt.Errorf("the request is followed by more than its one JSON object: %w", fault.Malformed)
	}
	r = r.tidied()
	return r, r.known()
}

// tidied is the request as if it had come through the form.
func (r Request) tidied() Request {
	clean := url.Values{}
	for name, answers := range r.Values() {
		for _, a := range answers {
			if a = tidy(name, a); a != "" {
				clean.Add(name, a)
			}
		}
	}
	return Answers(clean)
}

// Settled is the request as it will be kept: without answers to questions that
// its other answers make void (whom somebody asks for who then asks for
// themselves), and with what follows from leaving a question open. Nobody has to
// know which right is theirs or which organisation it is, and one contact detail
// says how to reply.
func (r Request) Settled() Request {
	if r.Kind == "" {
		r.Kind = Unsure
	}
	r.Entities = slices.Compact(slices.Sorted(slices.Values(r.Entities)))
	if len(r.Entities) == 0 {
		r.Entities = []string{OrganisationNotSure}
	}
	if !r.Other {
		r.Subject, r.Authority, r.AuthorityIs = "", "", ""
	}
	if r.Authority != OtherAuthority {
		r.AuthorityIs = ""
	}
	asks := r.Kind.Asks()
	if !asks.Correct {
		r.Correct = ""
	}
	if !asks.Period {
		r.Period = ""
	}
	if !asks.Format {
		r.Format = ""
	}
	if r.Reply == "" {
		switch {
		case r.Email != "":
			r.Reply = ByEmail
		case r.Phone != "":
			r.Reply = ByPhone
		case r.Address != "":
			r.Reply = ByPost
		}
	}
	return r
}

// Digest is the SHA-256 (hex) of what the request says once settled, to tell
// the same sending from another one.
func (r Request) Digest() string {
	b, err := json.Marshal(r.Settled())
	if err != nil {
		panic(err) // strings, a bool and a slice of strings always marshal
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// Asks says which answers besides What help with a kind of request.
type Asks struct {
	Optional bool // What may be left empty
	Correct  bool // what it should say
	Period   bool // which time, or where it might be
	Format   bool // how they would like to get it
}

// Asks says which answers besides What help with k.
func (k Kind) Asks() Asks {
	switch k {
	case Access:
		return Asks{Period: true, Format: true}
	case Portability, STAIRs:
		return Asks{Period: k == STAIRs, Format: true}
	case Rectification:
		return Asks{Correct: true}
	case Automated:
		return Asks{Period: true}
	case Marketing:
		return Asks{Optional: true} // absolute: no reasons, no detail (UK GDPR Art 21(3))
	}
	return Asks{}
}
