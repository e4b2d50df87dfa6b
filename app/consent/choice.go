package consent

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"latchkey/app/fault"
)

// Choice is on or off per purpose, with when, how, and which revision of the
// purposes it answers.
type Choice struct {
	Date     string             // day of the choice, in UTC by the device's clock, YYYY-MM-DD
	Revision string             // see [Revision]
	Method   Method             //
	GPC      bool               // the browser sent the Global Privacy Control signal then
	On       map[PurposeID]bool // one entry per purpose that was answered
}

// Agreed returns the choice that several come to which were found in one place. They are one choice if all say the
// same, and then it is the earliest of them, which ends first. If they do not, nobody can tell which one is the
// visitor's own: another website under the same domain can set a cookie that reaches this one, of whatever date
// (RFC 6265, section 8.6). Then there is none.
func Agreed(choices []Choice) (Choice, bool) {
	if len(choices) == 0 {
		return Choice{}, false
	}
	first := choices[0]
	for _, c := range choices[1:] {
		if c.Revision != first.Revision || !maps.Equal(c.On, first.On) {
			return Choice{}, false
		}
		if c.Date < first.Date {
			first = c
		}
	}
	return first, true
}

// CookieLimit is the longest cookie, name and equals sign included, in bytes.
const CookieLimit = 199

// CookieName is the name of the consent cookie on the site.
const CookieName = "latchkey"

var (
	cookieRevision = regexp.MustCompile(`^[0-9a-f]{8}$`)
	cookieDate     = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}$`)
)

// Cookie writes c as the value of the consent cookie:
//
//	1.2026-11-23.4f2c9a1b.c.statistics:1.marketing:0
//
// that is version, day, revision, letter of the method (see [Methods]; a capital
// one where the browser sent Global Privacy Control), and each purpose that was
// answered, in alphabetical order, with 1 for on and 0 for off. It holds no identifier.
func (c Choice) Cookie() string {
	first := 'a'
	if c.GPC {
		first = 'A'
	}
	var b strings.Builder
	fmt.Fprintf(&b, "1.%s.%s.%c", c.Date, c.Revision, first+rune(max(0, slices.Index(Methods, c.Method))))
	for _, id := range slices.Sorted(maps.Keys(c.On)) {
		on := '0'
		if c.On[id] {
			on = '1'
		}
		fmt.Fprintf(&b, ".%s:%c", id, on)
	}
	return b.String()
}

// ParseCookie reads the value of the consent cookie. A value that breaks the
// format in any way is refused as a whole, with an error that wraps
// [fault.Invalid]: losing a choice means asking again, never assuming a yes.
func ParseCookie(value string) (Choice, error) {
	bad := func(what string) (Choice, error) {
		return Choice{}, fmt.Errorf("consent cookie: %s: %w", what, fault.Invalid)
	}
	if len(CookieName)+1+len(value) > CookieLimit {
		return bad("too long")
	}
	parts := strings.Split(value, ".")
	if len(parts) < 5 {
		return bad("too few parts")
	}
	if parts[0] != "1" {
		return bad("unknown version")
	}
	if !cookieDate.MatchString(parts[1]) {
		return bad("date")
	}
	if _, err := time.Parse(time.DateOnly, parts[1]); err != nil {
		return bad("date")
	}
	if !cookieRevision.MatchString(parts[2]) {
		return bad("revision")
	}
	if len(parts[3]) != 1 {
		return bad("method")
	}
	letter := strings.ToLower(parts[3])
	method := int(letter[0]) - 'a'
	if method < 0 || method >= len(Methods) || Methods[method] == AllowOnce {
		return bad("method")
	}
	c := Choice{Date: parts[1], Revision: parts[2], Method: Methods[method], GPC: letter != parts[3], On: map[PurposeID]bool{}}
	var last PurposeID
	for _, p := range parts[4:] {
		name, on, ok := strings.Cut(p, ":")
		id, err := ParsePurposeID(name)
		if !ok || err != nil || (on != "0" && on != "1") {
			return bad("purpose")
		}
		if id <= last {
			return bad("purposes not in alphabetical order")
		}
		last = id
		c.On[id] = on == "1"
	}
	return c, nil
}
