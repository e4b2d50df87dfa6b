package siteaudit

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"latchkey/app/consent"
	"latchkey/app/group"
)

// judgeSource looks at the HTML of a page: whether Latchkey is in it and stands
// first, and what would load something without waiting.
func (a *auditor) judgeSource(s source) {
	page, err := url.Parse(s.address)
	if err != nil {
		return
	}
	if s.origin != "" && !slices.Contains(a.Site.Origins, s.origin) {
		a.find(unknownOrigin, Finding{
			Place: s.Place, Subject: s.origin,
			What: fmt.Sprintf("The page is at %s, and the site's origins are %s: the server refuses the receipts of what is chosen there.", s.origin, strings.Join(a.Site.Origins, ", ")),
		})
	}
	all := elements(s.html)
	a.judgeLoader(s, page, all)
	for _, e := range all {
		a.judgeElement(s, page, e)
	}
}

// judgeLoader looks for the site's script tag.
func (a *auditor) judgeLoader(s source, page *url.URL, all []element) {
	found := false
	var early *element // the first before the loader that needs consent
	for _, e := range all {
		address := e.loads(page)
		site := ""
		if e.tag == "script" && !e.inert() && !e.noscript {
			site = loaderSite(address)
		}
		if site == "" {
			if _, why := a.needs(page, e); early == nil && why != "" && e.tag == "script" && !e.noscript {
				early = &e
			}
			continue
		}
		found = true
		if site != a.Site.ID {
			a.find(loaderWrongSite, Finding{Place: s.Place, Line: e.line, Subject: site, What: fmt.Sprintf("The page carries Latchkey's script of the site %s, and is audited as %s.", site, a.Site.ID)})
		} else if early != nil {
			a.find(loaderLate, Finding{Place: s.Place, Line: early.line, Subject: s.Page, What: fmt.Sprintf("A script that needs consent stands in line %d, before Latchkey's in line %d.", early.line, e.line)})
		}
		break
	}
	asked := a.seen.loaders[s.Page]
	switch {
	case !found && len(asked) == 0:
		a.find(loaderMissing, Finding{Place: s.Place, Subject: s.Page, What: "There is no script tag of Latchkey on the page."})
	case !found:
		a.find(loaderLate, Finding{Place: s.Place, Subject: s.Page, What: "Latchkey's script is not in the page's HTML: another script adds it, such as a tag manager. What runs before it does not wait for a choice."})
	}
	if (found || len(asked) > 0) && !s.works {
		a.find(loaderFailed, Finding{Place: s.Place, Subject: s.Page, What: "Latchkey's script is on the page, but window.latchkey did not appear."})
	}
}

// loaderHost is the host of the loader that a page's HTML names.
func loaderHost(s source) string {
	page, err := url.Parse(s.address)
	if err != nil {
		return ""
	}
	for _, e := range elements(s.html) {
		if address := e.loads(page); e.tag == "script" && loaderSite(address) != "" {
			return hostOf(address)
		}
	}
	return ""
}

// inlineVendor finds addresses in an inline script.
var inlineVendor = regexp.MustCompile(`(?:https?:)?//([a-z0-9][a-z0-9.-]+\.[a-z]{2,}(?::\d+)?)`)

// needs says why an element needs consent, and of what; "" if it does not.
func (a *auditor) needs(page *url.URL, e element) (host, why string) {
	if _, gated := e.purpose(); e.inert() || gated && e.loads(page) == "" && e.tag != "script" {
		return "", ""
	}
	if address := e.loads(page); address != "" {
		return a.asks(hostOf(address))
	}
	if e.tag == "script" && e.text != "" {
		for _, m := range inlineVendor.FindAllStringSubmatch(e.text, -1) {
			if host, why := a.asks(m[1]); why != "" {
				return host, why
			}
		}
	}
	return "", ""
}

// asks says why asking a host needs consent.
func (a *auditor) asks(host string) (string, string) {
	if a.own[host] || host == a.latchkey {
		return "", ""
	}
	if ts := a.from(host); len(ts) > 0 {
		if slices.ContainsFunc(ts, func(t group.Technology) bool { return a.bases[t.Purpose] != consent.ByConsent }) {
			return "", ""
		}
		return host, fmt.Sprintf("%s, which is declared for %s (%s)", host, purposes(ts), providers(ts))
	}
	if v, ok := vendorOfHost(host); ok {
		return host, fmt.Sprintf("%s of %s", host, v.Name)
	}
	return "", ""
}

func (a *auditor) judgeElement(s source, page *url.URL, e element) {
	at := Finding{Place: s.Place, Line: e.line}
	address := e.loads(page)
	host := hostOf(address)
	switch purpose, gated := e.purpose(); {
	case e.noscript:
		a.judgeNoscript(at, e, address)
		return
	case gated && a.bases[purpose] == "":
		at.Subject = string(purpose)
		at.What = fmt.Sprintf("The %s waits for the purpose %q, which the site does not have.", e.tag, clean(string(purpose)))
		a.find(unknownPurpose, at)
		return
	case gated && (e.tag == "script" && !e.inert() || e.tag != "script" && address != "" && e.fetches() && !e.ahead()):
		at.Subject = e.tag + " " + string(purpose) + " " + without(address)
		at.What = fmt.Sprintf("The %s has data-consent=%q and runs all the same.", e.tag, purpose)
		at.Do = `data-consent alone does not stop the browser: scripts also need type="text/plain", and frames, images and links data-src or data-href in place of src or href.`
		a.find(notGated, at)
		return
	}
	_, why := a.needs(page, e)
	switch {
	case e.ahead() && host != "" && !a.own[host] && host != a.latchkey:
		if _, gated := e.purpose(); gated {
			return
		}
		if ts := a.from(host); len(ts) == 0 || why != "" {
			at.Subject = host
			at.What = fmt.Sprintf("A link element (rel=%q) lets the browser connect to %s before anything was chosen.", clean(e.attr["rel"]), clean(host))
			a.find(earlyConnection, at)
		}
	case why != "" && e.fetches():
		at.Subject = e.tag + " " + without(address)
		if address == "" {
			at.Subject += why
		}
		at.What = fmt.Sprintf("The %s in line %d loads %s, and does not wait for consent.", e.tag, e.line, why)
		a.find(notGated, at)
	}
}

// judgeNoscript looks at what browsers without JavaScript load.
func (a *auditor) judgeNoscript(f Finding, e element, address string) {
	host := hostOf(address)
	if host == "" || host == a.latchkey || !e.fetches() {
		return
	}
	_, path := split(address)
	if a.own[host] && !taggingPath.MatchString(path) {
		return
	}
	if ts := a.from(host); slices.ContainsFunc(ts, func(t group.Technology) bool { return a.bases[t.Purpose] == consent.Essential }) {
		return
	}
	f.Subject = e.tag + " " + without(address)
	f.What = fmt.Sprintf("A noscript element has an %s of %s%s.", e.tag, clean(host), path)
	if !strings.ContainsRune("aeio", rune(e.tag[0])) {
		f.What = strings.Replace(f.What, " an ", " a ", 1)
	}
	a.find(noscriptPixel, f)
}

// without is host and path of an address in one.
func without(address string) string {
	host, path := split(address)
	return host + path
}

// judgeViolation looks at what the browser says of the page's policy: whether it is about Latchkey.
func (a *auditor) judgeViolation(v violation) {
	if a.latchkey == "" || !strings.Contains(v.text, "//"+a.latchkey) {
		// A style sheet or a worker of ours has no address: then our script is named.
		return
	}
	directive := "a directive"
	if m := cspDirective.FindStringSubmatch(v.text); m != nil {
		directive = m[1]
	}
	a.find(cspViolation, Finding{Place: v.Place, Subject: v.Page + " " + directive, What: fmt.Sprintf("The browser reports that %s of the page's Content-Security-Policy stops something of %s.", directive, a.latchkey)})
}

var cspDirective = regexp.MustCompile(`\b((?:script|style|connect|frame|child|img|default|font|worker)-src(?:-elem|-attr)?|trusted-types|require-trusted-types-for)\b`)
