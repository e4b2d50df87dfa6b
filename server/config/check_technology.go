package config

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"latchkey/app/consent"
	"latchkey/app/group"
)

var kinds = []string{"cookie", "storage", "script", "embed"}

// contents is everything that an embed can show.
var contents = []string{string(group.Video), string(group.Map), string(group.Post), string(group.Form)}

// period is an ISO 8601 duration; session is the other way to say how long.
var period = regexp.MustCompile(`^P(?:(\d{1,4})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,4})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,4})M)?(?:(\d{1,4})S)?)?$`)

// isDuration reports whether s says how long something is kept: "session" or
// an ISO 8601 period longer than nothing.
func isDuration(s string) bool {
	m := period.FindStringSubmatch(s)
	if m == nil || strings.HasSuffix(s, "T") {
		return s == "session"
	}
	for _, digits := range m[1:] {
		if strings.Trim(digits, "0") != "" {
			return true
		}
	}
	return false
}

// checkTechnologies checks what the i-th site declares.
func checkTechnologies(g *loaded, i int, today time.Time) {
	d, s, at := g.doc, &g.Sites[i], path("sites", i, "technologies")
	if d.empty(at, len(s.Technologies)) {
		d.warn(at, "the site %s declares no technology: it would ask for nothing and list nothing", s.ID)
	}
	if len(s.Technologies) == 0 {
		return
	}
	bases := map[consent.PurposeID]group.Technology{}
	type entry struct {
		name    string
		kind    group.Kind
		purpose consent.PurposeID
	}
	seen := map[entry]bool{}
	declaresOwn := false
	for j, t := range s.Technologies {
		here := path(at, j)
		checkTechnology(g, here, t, s)
		checkBasis(d, here, t, today)
		checkExempt(g, here, t)
		if first, known := bases[t.Purpose]; known && t.Basis != "" && first.Basis != t.Basis {
			d.problem(path(here, "basis"), "%s has the basis %s here and %s at %s: a purpose has one basis on a site, so give one of the two another purpose", t.Purpose, t.Basis, first.Basis, first.Name)
		} else if !known && t.Basis != "" {
			bases[t.Purpose] = t
		}
		key := entry{t.Name, t.Kind, t.Purpose}
		if seen[key] && t.Name != "" {
			d.problem(path(here, "name"), "the %s %q is declared for %s already: keep one", t.Kind, t.Name, t.Purpose)
		}
		seen[key] = true
		declaresOwn = declaresOwn || t.Name == consent.CookieName && t.Kind == "cookie"
	}
	if !declaresOwn {
		d.warn(at, "the site %[1]s does not declare the consent cookie itself: add the cookie %[2]s and the storage item %[2]s.%[1]s with the purpose necessary, so that they are listed", s.ID, consent.CookieName)
	}
	if n := cookieLength(g.PurposesOf(s)); n > consent.CookieLimit {
		d.problem(at, "the consent cookie would be %d bytes long, and %d is the most: use fewer purposes on this site, or shorter ids", n, consent.CookieLimit)
	}
}

func checkTechnology(g *loaded, at string, t group.Technology, s *group.Site) {
	d := g.doc
	d.required(path(at, "name"), t.Name)
	if d.required(path(at, "kind"), string(t.Kind)) && !isAny(string(t.Kind), kinds...) {
		d.problem(path(at, "kind"), "%q is not a kind of technology: want %s", t.Kind, oneOf(kinds))
	}
	switch shows := path(at, "shows"); {
	case t.Shows == "":
	case !isAny(string(t.Shows), contents...):
		d.problem(shows, "%q is not something that an embed shows: want %s, or delete this line", t.Shows, oneOf(contents))
	case t.Kind != group.Embed && isAny(string(t.Kind), kinds...):
		d.problem(shows, "shows is for the placeholder of an embed, and this is of the kind %s: delete this line", t.Kind)
	}
	d.required(path(at, "provider"), t.Provider)
	if d.required(path(at, "purpose"), string(t.Purpose)) {
		if _, ok := g.Purpose(t.Purpose); !ok {
			d.problem(path(at, "purpose"), "the group has no purpose %q: want %s, or add it under purposes", t.Purpose, oneOf(purposeIDs(g)))
		}
	}
	if d.required(path(at, "duration"), t.Duration) && !isDuration(t.Duration) {
		d.problem(path(at, "duration"), "%q does not say how long: want session, or an ISO 8601 period such as P13M or PT30M", t.Duration)
	}
	checkTexts(d, path(at, "about"), t.About)
	requireTexts(d, path(at, "about"), "what "+quoteOr(t.Name, "this technology")+" does", t.About, []group.Site{*s})
	checkEach(d, path(at, "hosts"), t.Hosts, originFault)
	checkRecorded(g, at, t)
}

func quoteOr(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

func purposeIDs(g *loaded) []string {
	var ids []string
	for _, p := range g.Purposes {
		if !slices.Contains(ids, string(p.ID)) {
			ids = append(ids, string(p.ID))
		}
	}
	return ids
}

// checkBasis checks that the law allows the basis for what it is claimed for
// (PECR Schedule A1), and that an exemption was decided by somebody (LAW D18).
func checkBasis(d *document, at string, t group.Technology, today time.Time) {
	if !d.required(path(at, "basis"), string(t.Basis)) {
		return
	}
	known := false
	names := make([]string, len(consent.Bases))
	for i, b := range consent.Bases {
		names[i] = string(b)
		known = known || b == t.Basis
	}
	switch {
	case !known:
		d.problem(path(at, "basis"), "%q is not a basis: want %s", t.Basis, oneOf(names))
	case t.Purpose == consent.Necessary && t.Basis != consent.Essential:
		d.problem(path(at, "basis"), "what is called necessary can't be a matter of choice: want essential, or another purpose")
	case t.Purpose == consent.Marketing && t.Basis != consent.ByConsent:
		d.problem(path(at, "basis"), "no exemption covers marketing: want consent")
	case t.Purpose == consent.Statistics && t.Basis == consent.Essential,
		t.Purpose == consent.Preferences && t.Basis == consent.Essential:
		d.problem(path(at, "basis"), "%s is not essential in the law: want consent or its own exemption, or the purpose necessary if the website can't work without it", t.Purpose)
	case t.Basis.Exempt() && t.Decision == nil:
		d.problem(path(at, "basis"), "the exemption %s needs a decision: add decision with by, date, why and terms", t.Basis)
	}
	if t.Decision == nil {
		return
	}
	at = path(at, "decision")
	d.required(path(at, "by"), t.Decision.By)
	d.required(path(at, "why"), t.Decision.Why)
	d.required(path(at, "date"), t.Decision.Date)
	if day, ok := d.date(path(at, "date"), t.Decision.Date); ok && day.After(today) {
		d.problem(path(at, "date"), "the decision of %s is still to come: an exemption can be used once it is made", t.Decision.Date)
	}
}
