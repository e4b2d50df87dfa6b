package config

import (
	"math"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"latchkey/app/group"
	"latchkey/app/i18n"
)

// reserved are the first parts of addresses that the server itself answers.
var reserved = []string{"api", "assets", "desk", "docs", "embed", "healthz", "log", "metrics", "readyz", "robots", "static", "well-known"}

var (
	colourForm = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)
	// hostForm is what a host and port look like in an origin: origins go into
	// security headers, where a semicolon or a space would begin something else.
	hostForm = regexp.MustCompile(`^([a-z0-9-]+(\.[a-z0-9-]+)*|\[[0-9a-f:.]+\])(:[0-9]{1,5})?$`)
	pathForm = regexp.MustCompile(`^/[A-Za-z0-9._~/-]*$`)
)

// checkSite checks the i-th site of a group, and all that it declares.
func checkSite(g *loaded, i int, today time.Time) {
	d, s, at := g.doc, &g.Sites[i], path("sites", i)
	if checkID(d, path(at, "id"), s.ID) && isAny(s.ID, reserved...) {
		d.problem(path(at, "id"), "%q is an address of the server itself: choose another id", s.ID)
	}
	d.required(path(at, "name"), s.Name)
	if _, ok := g.Entity(s.Entity); d.required(path(at, "entity"), s.Entity) && !ok {
		d.problem(path(at, "entity"), "the group has no entity %q: want %s", s.Entity, oneOf(entityIDs(g)))
	}
	checkOrigins(d, at, s)
	checkHome(d, at, s)
	checkLanguages(d, at, s)
	checkTheme(d, at, s.Theme)
	checkCookie(d, at, s)
	checkKept(d, path(at, "receipts_kept"), s.ReceiptsKept)
	checkTechnologies(g, i, today)
	checkVendors(g, i)
	checkFirstParty(d, at, s)
	checkNonce(d, path(at, "nonce"), s.Nonce)
	if s.Debug {
		d.warn(path(at, "debug"), "debug is on: anybody who adds ?latchkey=debug to an address of the site sees what is on the page and why it runs. Switch it off when you have finished")
	}
}

// checkNonce warns of a nonce that is lent: who can write a marked script into a page passes its policy with it.
func checkNonce(d *document, at string, n group.Nonce) {
	switch n {
	case "", group.OwnNonce:
	case group.InheritNonce:
		d.warn(at, "marked scripts without a nonce get the one of Latchkey's tag, so the page's policy does not hold back what others write into it. Where you can, give the scripts the nonce in the page, and leave this out")
	default:
		d.problem(at, "%q says nothing about nonces: want own or inherit", n)
	}
}

func entityIDs(g *loaded) []string {
	var ids []string
	for _, e := range g.Entities {
		if !slices.Contains(ids, e.ID) {
			ids = append(ids, e.ID)
		}
	}
	return ids
}

func checkOrigins(d *document, at string, s *group.Site) {
	if d.empty(path(at, "origins"), len(s.Origins)) {
		d.problem(path(at, "origins"), "the site has no origin: list the addresses that may embed it, such as https://www.example.org")
	}
	checkEach(d, path(at, "origins"), s.Origins, originFault)
}

// checkEach checks each text of a list, and that none stands in it twice.
func checkEach(d *document, at string, texts []string, fault func(string) string) {
	for i, t := range texts {
		switch why := fault(t); {
		case t == "": // said while reading
		case why != "":
			d.problem(path(at, i), "%s", why)
		case slices.Contains(texts[:i], t):
			d.problem(path(at, i), "%s is listed already: keep one", t)
		}
	}
}

// originFault says why s is not an origin that may embed a site or serve to
// it, or "": https, or http on the machine itself, a host, perhaps a port, and
// nothing else.
func originFault(s string) string {
	const want = "want scheme, host and perhaps port, such as https://www.example.org"
	u, err := url.Parse(s)
	switch {
	case strings.Contains(s, "*"):
		return quote(s) + " is not an origin: wildcards are not allowed, so list each origin"
	case err != nil || u.Host == "" || u.Opaque != "":
		return quote(s) + " is not an origin: " + want
	case u.Scheme != "https" && u.Scheme != "http":
		return quote(s) + " is not an origin that can be used: want https"
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return quote(s) + " is not safe: want https (http is for 127.0.0.1 and localhost only)"
	case u.Path != "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.HasSuffix(s, "#") || u.User != nil:
		return quote(s) + " is more than an origin: want only " + quote(u.Scheme+"://"+u.Host)
	case s != originOf(u):
		return quote(s) + " is not how browsers write this origin: want " + quote(originOf(u))
	case !hostForm.MatchString(u.Host):
		return quote(s) + " has a host that can't be one: want letters, digits, hyphens and dots (an international name in its xn-- form)"
	}
	return ""
}

func quote(s string) string { return `"` + s + `"` }

// originOf writes an origin as browsers do: lower case, no port that is the scheme's own.
func originOf(u *url.URL) string {
	host := strings.ToLower(u.Host)
	switch {
	case u.Scheme == "https":
		host = strings.TrimSuffix(host, ":443")
	case u.Scheme == "http":
		host = strings.TrimSuffix(host, ":80")
	}
	return u.Scheme + "://" + strings.TrimSuffix(host, ":")
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}

func checkHome(d *document, at string, s *group.Site) {
	at = path(at, "home")
	if !d.required(at, s.Home) {
		return
	}
	u, err := url.Parse(s.Home)
	switch {
	case err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil:
		d.problem(at, "%q is not the address of a front page: want one such as https://www.example.org/", s.Home)
	case len(s.Origins) > 0 && !slices.Contains(s.Origins, originOf(u)):
		d.problem(at, "%q is on none of the site's origins: add %s to them, or correct it", s.Home, originOf(u))
	case pathForm.MatchString(s.Cookie.PathOrDefault()) && !under(u.Path, s.Cookie.PathOrDefault()):
		d.problem(at, "%q is outside %s, the path of the consent cookie: the choice would be lost there", s.Home, s.Cookie.PathOrDefault())
	}
}

// under reports whether a page at the path is sent a cookie with the path
// cookie (RFC 6265, 5.1.4).
func under(page, cookie string) bool {
	if page == "" {
		page = "/"
	}
	rest, ok := strings.CutPrefix(page, cookie)
	return ok && (rest == "" || strings.HasSuffix(cookie, "/") || rest[0] == '/')
}

func checkLanguages(d *document, at string, s *group.Site) {
	if d.empty(path(at, "languages"), len(s.Languages)) {
		d.problem(path(at, "languages"), "the site has no language: want %s, the site's usual one first", oneOf(i18n.Languages))
	}
	checkEach(d, path(at, "languages"), s.Languages, func(l string) string {
		if isAny(l, i18n.Languages...) {
			return ""
		}
		return "there is no catalogue for the language " + quote(l) + ": want " + oneOf(i18n.Languages)
	})
}

func checkTheme(d *document, at string, t group.Theme) {
	at = path(at, "theme")
	bad := map[string]bool{}
	for key, colour := range map[string]string{"brand": t.Brand, "on_brand": t.OnBrand, "surface": t.Surface, "text": t.Text} {
		if !d.required(path(at, key), colour) {
			bad[key] = true
		} else if !colourForm.MatchString(colour) {
			bad[key] = true
			d.problem(path(at, key), "%q is not a colour: want # and six hexadecimal digits in quotes, such as \"#1d3f72\"", colour)
		}
	}
	for _, p := range t.Pairs() {
		if bad[p.Front] || bad[p.Back] {
			continue
		}
		ratio, err := group.Contrast(p.FrontColour, p.BackColour)
		if err != nil || ratio >= group.MinContrast {
			continue
		}
		d.problem(path(at, p.Front), "%s on %s has a contrast of %.2f to 1: want at least %.1f, so make one of %s and %s darker or lighter",
			p.Front, p.Back, math.Floor(ratio*100)/100, group.MinContrast, p.FrontColour, p.BackColour)
	}
	if t.Position != "" && !isAny(t.Position, "left", "right") {
		d.problem(path(at, "position"), "%q is not a place for the Privacy control: want left or right", t.Position)
	}
}
