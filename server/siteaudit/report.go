package siteaudit

import (
	"strings"
	"time"
	"unicode"

	"latchkey/app/consent"
)

// Severity says how bad a finding is.
type Severity string

const (
	Error   Severity = "error"   // against the law or the promise that the site makes
	Warning Severity = "warning" // has to be looked at by a person
	Note    Severity = "note"    // worth knowing
)

func (s Severity) rank() int {
	switch s {
	case Error:
		return 0
	case Warning:
		return 1
	}
	return 2
}

// AtLeast reports whether s is as bad as other, or worse.
func (s Severity) AtLeast(other Severity) bool { return s.rank() <= other.rank() }

// Stage is what a visitor had done when something was seen.
type Stage string

const (
	Before Stage = "before a choice"
	// Choosing is the page in which exempt purposes were objected to: what ran
	// there before may still end its work.
	Choosing    Stage = "while choosing"
	BeforeGPC   Stage = "before a choice, with Global Privacy Control"
	Rejected    Stage = "after Reject"
	Accepted    Stage = "after Accept"
	Withdrawing Stage = "on withdrawal" // in the page in which the consent was taken back
	Withdrawn   Stage = "after withdrawal"
)

// Only is the stage in which one purpose was switched on and all others off.
func Only(p consent.PurposeID) Stage { return Stage("with only " + string(p) + " on") }

// Place is a page at a stage.
type Place struct {
	Page  string `json:"page"`
	Stage Stage  `json:"stage,omitempty"`
}

// Finding is one thing that is not as it should be.
type Finding struct {
	Rule     string   `json:"rule"` // id of a [Rule]
	Severity Severity `json:"severity"`
	Subject  string   `json:"subject"` // what it is about: a host, the name of a cookie, an element
	Place             // where it was seen first
	Line     int      `json:"line,omitempty"` // in the page's HTML; 0 if it is not about the HTML
	What     string   `json:"what"`           // what was seen
	Do       string   `json:"do"`             // what to do about it
	Also     []Place  `json:"also,omitempty"` // where else it was seen
	// Declaration is an entry for the site's technologies in group.yaml that would
	// declare what was found. Empty texts in it are for a person to fill in.
	Declaration string `json:"declaration,omitempty"`
}

// Request is what a page asked for. Of its address only host and path are kept.
type Request struct {
	Place
	Host      string `json:"host"` // with its port, if that is not the scheme's own
	Path      string `json:"path"`
	Method    string `json:"method"`
	Type      string `json:"type"`            // such as script, ping, websocket
	Initiator string `json:"initiator"`       // host and path of the script or page that asked for it, or how it came about
	Frame     string `json:"frame,omitempty"` // host of the frame that it was made in, if that is not the site's own
}

// Cookie is a cookie that the browser had.
type Cookie struct {
	Place
	Name       string     `json:"name"`
	Domain     string     `json:"domain"`
	Path       string     `json:"path"`
	Expires    *time.Time `json:"expires,omitempty"` // absent if it ends with the session
	HTTPOnly   bool       `json:"http_only"`
	ThirdParty bool       `json:"third_party"` // kept for another site than the page's
	SetBy      string     `json:"set_by"`      // host and path of the answer that set it, or "script"

	lives time.Duration // from when it was seen; 0 for the session
}

// Item is something stored in the browser for the site's own origin.
type Item struct {
	Place
	Area string `json:"area"` // localStorage, sessionStorage, indexedDB or cacheStorage
	Name string `json:"name"`
}

// Report is what an audit found and saw.
type Report struct {
	Site         string    `json:"site"`
	Group        string    `json:"group"`
	Started      time.Time `json:"started"` // when the report was made, UTC
	Pages        []string  `json:"pages"`
	Stages       []Stage   `json:"stages"`
	Findings     []Finding `json:"findings"`               // the worst first
	Declarations string    `json:"declarations,omitempty"` // YAML: all that the findings propose, once each
	Requests     []Request `json:"requests"`
	Cookies      []Cookie  `json:"cookies"`
	Storage      []Item    `json:"storage"`
}

// Count is how many findings have a severity.
func (r *Report) Count(s Severity) int {
	n := 0
	for _, f := range r.Findings {
		if f.Severity == s {
			n++
		}
	}
	return n
}

// longest is how many characters of a name that a website chose are shown.
const longest = 160

// clean makes a text that a website chose harmless to terminals and readable in
// reports: no control characters or marks that reorder the line, and not too long.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == unicode.ReplacementChar {
			return unicode.ReplacementChar
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
	if runes := []rune(s); len(runes) > longest {
		return string(runes[:longest]) + "…"
	}
	return s
}

// discreet leaves out those parts of a path that look like somebody's e-mail address.
func discreet(path string) string {
	if !strings.Contains(path, "@") {
		return path
	}
	parts := strings.Split(path, "/")
	for i, p := range parts {
		if strings.Contains(p, "@") {
			parts[i] = "-"
		}
	}
	return strings.Join(parts, "/")
}
