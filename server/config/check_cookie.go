package config

import (
	"net/netip"
	"net/url"
	"strings"

	"golang.org/x/net/publicsuffix"

	"latchkey/app/consent"
	"latchkey/app/group"
)

// checkCookie checks how a site keeps its consent cookie.
func checkCookie(d *document, at string, s *group.Site) {
	if months := path(at, "cookie", "months"); d.has(months) && !d.unread[months] && (s.Cookie.Months < 6 || s.Cookie.Months > 12) {
		d.problem(months, "a choice can't be remembered for %d months: want 6 to 12, the same for yes and no", s.Cookie.Months)
	}
	if s.Cookie.Path != "" && !pathForm.MatchString(s.Cookie.Path) {
		d.problem(path(at, "cookie", "path"), "%q is not a path: want one that begins with /, such as /homes/", s.Cookie.Path)
	}
	if s.Cookie.Domain == "" {
		return
	}
	at = path(at, "cookie", "domain")
	if why := domainFault(s.Cookie.Domain, s.Origins); why != "" {
		d.problem(at, "%s", why)
		return
	}
	for _, o := range s.Origins {
		if host, ok := hostOf(o); ok && !within(host, s.Cookie.Domain) {
			d.problem(at, "a cookie of %s does not reach %s, an origin of the site: no choice could be kept there. Delete this line, or make a site of its own of that origin", s.Cookie.Domain, o)
		}
	}
}

// domainFault says why s can't be the domain of a cookie that several hosts of
// a website share, or "". Origins are those of the site: they say what was
// probably meant.
func domainFault(s string, origins []string) string {
	lower := strings.ToLower(s)
	if _, after, ok := strings.Cut(lower, "://"); ok {
		return quote(s) + " is an address and not a domain: want only " + quote(hostPart(after))
	}
	if _, err := netip.ParseAddr(strings.Trim(lower, "[]")); err == nil {
		return quote(s) + " is an IP address, which has no subdomains: delete this line, and the cookie belongs to the very host"
	}
	switch {
	case hostPart(lower) != lower:
		return quote(s) + " is more than a domain: want only " + quote(hostPart(lower))
	case strings.HasPrefix(s, "."):
		return quote(s) + " begins with a dot, which browsers drop: want " + quote(strings.TrimLeft(lower, "."))
	case s != lower:
		return quote(s) + " is not how browsers write this domain: want " + quote(lower)
	case !hostForm.MatchString(s):
		return quote(s) + " can't be a domain: want letters, digits, hyphens and dots (an international name in its xn-- form)"
	case s == "localhost" || strings.HasSuffix(s, ".localhost"):
		return quote(s) + " is this machine, where browsers share no cookie among hosts: delete this line"
	}
	if suffix, _ := publicsuffix.PublicSuffix(s); suffix != s {
		return ""
	}
	why := quote(s) + " is a public suffix, under which anybody can have a website, so browsers take no cookie for all of it: want the site's own domain"
	for _, o := range origins {
		host, _ := hostOf(o)
		if own, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil && within(host, s) {
			return why + ", " + quote(own)
		}
	}
	return why
}

// hostPart is what stands before a port or a path.
func hostPart(s string) string {
	if i := strings.IndexAny(s, ":/?#"); i >= 0 {
		return s[:i]
	}
	return s
}

// hostOf is the host of an origin, without its port: cookies know no ports.
func hostOf(origin string) (string, bool) {
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" {
		return "", false
	}
	return u.Hostname(), true
}

// within reports whether a host is sent the cookies of a domain (RFC 6265, 5.1.3).
func within(host, domain string) bool {
	return host == domain || strings.HasSuffix(host, "."+domain)
}

// checkFirstParty warns where the server can't be reached so that browsers send
// it the consent cookie: only what was sent is renewed.
func checkFirstParty(d *document, at string, s *group.Site) {
	if !s.FirstParty {
		return
	}
	here := path(at, "first_party")
	if p := s.Cookie.PathOrDefault(); p != "/" && pathForm.MatchString(p) {
		d.warn(here, "the consent cookie is kept under %s: the server renews it only where it is reached below that path, such as %slatchkey", p, strings.TrimSuffix(p, "/")+"/")
	}
	if s.Cookie.Domain != "" {
		return
	}
	hosts := map[string]bool{}
	for _, o := range s.Origins {
		if host, ok := hostOf(o); ok {
			hosts[host] = true
		}
	}
	if len(hosts) > 1 {
		d.warn(here, "the site has %d hosts, and each keeps a cookie of its own: the server renews the one of the host that it is reached by. Set cookie.domain if they share a domain", len(hosts))
	}
}

// cookieUse is where the consent cookie of a site is sent.
type cookieUse struct {
	site, origin, host, domain, path string
}

// reaches reports whether the cookie of u is sent to pages of other: every
// cookie has the same name, and only host and path keep one from another.
func (u cookieUse) reaches(other cookieUse) bool {
	return u.host == other.host || u.domain != "" && within(other.host, u.domain)
}

// meet reports whether a page could be sent both cookies.
func (u cookieUse) meet(other cookieUse) bool {
	return (u.reaches(other) || other.reaches(u)) && (under(u.path, other.path) || under(other.path, u.path))
}

// checkCookieClash reports that the consent cookie of the i-th site of d would
// meet that of an earlier site. It returns the uses with those of the site added.
//
// They have the same name. Kept alike, each overwrites the other; otherwise a
// page is sent both, in an order that nobody promises. The revision in the value
// keeps the loader from taking one for the other as long as the questions differ,
// but not where the questions are the same, and it does not keep from it a
// website's own code, which looks for a name. So cookies are kept apart always,
// whoever decides on the data: what belongs together is one site with several origins.
func checkCookieClash(d *document, i int, s group.Site, earlier []cookieUse) []cookieUse {
	at := path("sites", i, "cookie", "path")
	domain := s.Cookie.Domain
	if domainFault(domain, nil) != "" { // has been said
		domain = ""
	}
	uses := earlier
	said := map[string]bool{}
	for _, origin := range s.Origins {
		host, ok := hostOf(origin)
		if !ok {
			continue
		}
		mine := cookieUse{s.ID, origin, host, domain, s.Cookie.PathOrDefault()}
		uses = append(uses, mine)
		for _, e := range earlier {
			if e.site == s.ID || !mine.meet(e) {
				continue
			}
			apart := "give each a cookie path of its own, such as /" + s.ID + "/"
			switch wide := e; {
			case e.origin == origin:
				d.problem(at, "the sites %s and %s share %s, and their choices would overwrite one another: %s", e.site, s.ID, origin, apart)
			case e.host == host && e.domain == "" && mine.domain == "":
				// Worked by luck so far, because nobody chose on both.
				d.warn(at, "the sites %s and %s share the host %s, and cookies know no ports, so their choices would overwrite one another: %s", e.site, s.ID, host, apart)
			default:
				reached := mine
				if e.domain == "" {
					wide, reached = mine, e
				}
				if key := wide.site + " " + reached.origin; !said[key] {
					said[key] = true
					d.problem(path("sites", i, "cookie"), "the consent cookie of the site %s, for all of %s, reaches %s of the site %s, where it would be taken for that site's own: make them one site with the origins of both, or %s", wide.site, wide.domain, reached.origin, reached.site, apart)
				}
			}
		}
	}
	return uses
}

// cookieLength is how long the consent cookie of a site gets, name and all.
func cookieLength(purposes []consent.Purpose) int {
	c := consent.Choice{Date: "2000-01-01", Revision: "00000000", Method: consent.AcceptAll, On: map[consent.PurposeID]bool{}}
	for _, p := range purposes {
		if p.Basis.Choosable() {
			c.On[p.ID] = true
		}
	}
	return len(consent.CookieName) + len("=") + len(c.Cookie())
}
