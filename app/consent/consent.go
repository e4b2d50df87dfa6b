// Package consent holds the rules of consent: purposes, bases, choices, the
// cookie that remembers a choice, and the evidence kept of it. It does no I/O
// and knows no clock, so the server, the WebAssembly front end and the tests
// run the very same code; the loader's TypeScript twin is held to the same
// vectors in testdata/vectors.
//
// The law is regulation 6 and Schedule A1 of the Privacy and Electronic
// Communications Regulations 2003 (PECR), as amended by the Data (Use and
// Access) Act 2025.
package consent

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"

	"latchkey/app/fault"
)

// PurposeID names what consent is asked for. It appears in host pages as
// data-consent="PURPOSE" and in the consent cookie, so it is short and plain:
// a lower-case letter, then lower-case letters, digits or inner hyphens, at
// most 24 characters.
type PurposeID string

// Purposes that every group may use without defining an id of its own.
const (
	Necessary   PurposeID = "necessary"
	Preferences PurposeID = "preferences"
	Statistics  PurposeID = "statistics"
	Marketing   PurposeID = "marketing"
)

var purposeID = regexp.MustCompile(`^[a-z](?:[a-z0-9]|-[a-z0-9]){0,23}$`)

// ParsePurposeID checks s against the form of a [PurposeID]. The error wraps
// [fault.Invalid].
func ParsePurposeID(s string) (PurposeID, error) {
	if len(s) > 24 || !purposeID.MatchString(s) {
		return "", fmt.Errorf("purpose %q: want lower-case letters, digits and inner hyphens, starting with a letter, 24 at most: %w", s, fault.Invalid)
	}
	return PurposeID(s), nil
}

// Basis is why a technology may be used: consent, or an exemption of PECR
// Schedule A1.
type Basis string

const (
	// ByConsent: off until the visitor switches it on (Schedule A1 para 2).
	ByConsent Basis = "consent"
	// Essential: communication or strictly necessary (paras 3 and 4); always on.
	Essential Basis = "essential"
	// StatisticsExempt: on until the visitor objects (para 5).
	StatisticsExempt Basis = "statistics-exempt"
	// AppearanceExempt: on until the visitor objects (para 6).
	AppearanceExempt Basis = "appearance-exempt"
)

// Bases lists every Basis in the order in which it is explained to people.
var Bases = []Basis{Essential, StatisticsExempt, AppearanceExempt, ByConsent}

// Exempt reports whether b runs before a choice but can be objected to.
func (b Basis) Exempt() bool { return b == StatisticsExempt || b == AppearanceExempt }

// Choosable reports whether a visitor can switch a purpose of this basis.
func (b Basis) Choosable() bool { return b != Essential }

// Paragraph is the paragraph of PECR Schedule A1 that b rests on.
func (b Basis) Paragraph() string {
	switch b {
	case ByConsent:
		return "2"
	case StatisticsExempt:
		return "5"
	case AppearanceExempt:
		return "6"
	default:
		return "4"
	}
}

// Purpose is one switch of a site: an id and the basis of everything behind it.
type Purpose struct {
	ID    PurposeID `json:"id"`
	Basis Basis     `json:"basis"`
}

// Answer is what a visitor said about one purpose.
type Answer string

const (
	Yes      Answer = "yes"
	No       Answer = "no"
	NotAsked Answer = "not-asked" // an essential purpose, or one that this choice left alone
)

// Method is how a choice was made.
type Method string

const (
	AcceptAll   Method = "accept-all"   // the banner's or the panel's Accept all
	RejectAll   Method = "reject-all"   // the banner's or the panel's Reject all
	Save        Method = "save"         // switches set one by one, then Save
	Withdraw    Method = "withdraw"     // everything off again after a yes
	AlwaysAllow Method = "always-allow" // a placeholder's Always allow
	API         Method = "api"          // window.latchkey.set or .withdraw, called by the site
	Object      Method = "object"       // an objection to what is exempt (PECR Schedule A1 paras 5 and 6), by its own switch
	AllowOnce   Method = "allow-once"   // a placeholder's Allow once: for one element of one page, remembered nowhere
)

// Methods lists every Method. The position of a method is its letter in the
// consent cookie ("a" the first), so entries are only ever appended.
var Methods = []Method{AcceptAll, RejectAll, Save, Withdraw, AlwaysAllow, API, Object, AllowOnce}

// Controlled is what a purpose stands for on a site, as far as it decides
// whether an earlier answer still answers the question.
type Controlled struct {
	Purpose
	Controller string   `json:"controller"` // entity id
	Recipients []string `json:"recipients"` // providers of the purpose's technologies
}

// Revision is a short fingerprint of the questions that a site asks. It
// changes when a purpose, its basis, its controller or a recipient changes,
// and not when a text does; only a change of revision asks a visitor again
// before the choice expires. Eight hexadecimal digits.
func Revision(questions []Controlled) string {
	qs := slices.Clone(questions)
	for i := range qs {
		qs[i].Recipients = slices.Compact(slices.Sorted(slices.Values(qs[i].Recipients)))
	}
	slices.SortFunc(qs, func(a, b Controlled) int { return cmp.Compare(a.ID, b.ID) })
	b, err := json.Marshal(qs)
	if err != nil {
		panic(err) // strings and slices of strings always marshal
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:4])
}
