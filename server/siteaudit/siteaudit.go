// Package siteaudit looks at a website as a visitor's browser does, and says
// where what happens there is not what the site declares and promises.
//
// It drives a real Chromium through the pages with profiles that have no past:
// before a choice, after Reject, with each purpose on alone, after Accept,
// after the consent is taken back, and with Global Privacy Control. It writes
// down every request, cookie and stored item of each stage, and compares them
// with the technologies that the site declares (package app/group). What does
// not fit is a [Finding] with a rule that keeps its id.
//
// The law behind it is regulation 6 and Schedule A1 of PECR: nothing but what
// is exempt may be stored or read before a yes, after a no, or after the yes was
// taken back.
package siteaudit

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"latchkey/app/consent"
	"latchkey/app/fault"
	"latchkey/app/group"
)

// Options says what is audited, and how.
type Options struct {
	URLs  []string     // pages, http or https; only their hosts are visited
	Group *group.Group //
	Site  *group.Site  // of Group
	// Browser is the program to drive, see [FindBrowser].
	Browser string
	// Crawl is how many pages are visited at most when links to pages on the
	// same hosts are followed; 0 means that only URLs are.
	Crawl int
	// Latchkey is the origin that the loader comes from, such as
	// https://privacy.example.org. Empty: the one that the pages' script tag names.
	Latchkey string
	// Receipts lets the choices that the audit makes reach the server, where they
	// become receipts. Without it they are stopped in the browser.
	Receipts bool
	// Quiet is for how long the network must be still before a page counts as
	// loaded; one second if 0.
	Quiet time.Duration
	// Patience is how long is waited for one page at most; 30 seconds if 0.
	Patience time.Duration
	Now      func() time.Time
	// Progress is told what is done next, in a line for people; it may be nil.
	Progress func(line string)
}

const (
	defaultQuiet    = time.Second
	defaultPatience = 30 * time.Second
)

// Audit visits the pages and returns what was found. What is wrong with the
// website is in the report; an error means that there is no report: it wraps
// [fault.Invalid] if the options make no sense, and the context's error if that
// ended. No browser is left running, nor its profile.
func Audit(ctx context.Context, o Options) (*Report, error) {
	a, err := newAuditor(o)
	if err != nil {
		return nil, err
	}
	browser, stop, err := start(ctx, o.Browser)
	if err != nil {
		return nil, err
	}
	defer stop()
	a.browser = browser
	if err := a.walk(); err != nil {
		if ctx.Err() != nil {
			return nil, fmt.Errorf("audit: %w", ctx.Err())
		}
		return nil, fmt.Errorf("audit: %w", err)
	}
	a.judge()
	return a.finish(), nil
}

// auditor is one audit on its way.
type auditor struct {
	Options
	browser context.Context
	declared
	told  string          // host of the Latchkey server, if the options name it
	pages []string        // addresses, as they are visited
	asked map[string]bool // hosts that may be visited
	seen  record
	// answers is what a visitor has chosen in a stage, by purpose; what is not in
	// it is as it is without a choice.
	answers   map[Stage]map[consent.PurposeID]bool
	stages    []Stage
	report    Report
	places    map[string]int // finding by rule and subject
	proposals []proposal
}

func newAuditor(o Options) (*auditor, error) {
	a := &auditor{Options: o, asked: map[string]bool{}, answers: map[Stage]map[consent.PurposeID]bool{}, places: map[string]int{}}
	if a.Quiet == 0 {
		a.Quiet = defaultQuiet
	}
	if a.Patience == 0 {
		a.Patience = defaultPatience
	}
	if a.Progress == nil {
		a.Progress = func(string) {}
	}
	if len(o.URLs) == 0 {
		return nil, fmt.Errorf("audit: name at least one page: %w", fault.Invalid)
	}
	a.declared = newDeclared(o.Group, o.Site)
	for _, raw := range o.URLs {
		u, err := url.Parse(raw)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			return nil, fmt.Errorf("audit: %q is not the address of a page: want one such as https://www.example.org/: %w", pageName(raw), fault.Invalid)
		}
		u.Fragment = ""
		if u.Path == "" {
			u.Path = "/"
		}
		a.asked[hostOf(u.String())], a.own[hostOf(u.String())] = true, true
		if !slices.Contains(a.pages, u.String()) {
			a.pages = append(a.pages, u.String())
		}
	}
	if o.Latchkey != "" {
		a.told = hostOf(o.Latchkey)
		a.latchkey = a.told
		if a.told == "" {
			return nil, fmt.Errorf("audit: %q is not the address of a Latchkey server: want scheme and host, such as https://privacy.example.org: %w", pageName(o.Latchkey), fault.Invalid)
		}
	}
	return a, nil
}

// finish completes the report.
func (a *auditor) finish() *Report {
	r := &a.report
	r.Site, r.Group, r.Started = a.Site.ID, a.Group.ID, a.Now().UTC()
	for _, p := range a.pages {
		r.Pages = append(r.Pages, pageName(p))
	}
	r.Stages = a.stages
	r.Requests, r.Cookies, r.Storage = a.seen.summary()
	slices.SortStableFunc(r.Findings, func(x, y Finding) int { return x.Severity.rank() - y.Severity.rank() })
	r.Declarations = a.declarations()
	return r
}

// pageName writes the address of a page for people: without a password, and
// without the values of its query, which may be personal.
func pageName(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return clean(strings.SplitN(raw, "?", 2)[0])
	}
	u.User, u.Fragment, u.RawFragment = nil, "", ""
	var keys []string
	for part := range strings.SplitSeq(u.RawQuery, "&") {
		if key, _, _ := strings.Cut(part, "="); key != "" {
			keys = append(keys, key+"=")
		}
	}
	u.RawQuery = strings.Join(keys, "&")
	u.Path = discreet(u.Path)
	u.RawPath = ""
	return clean(u.String())
}

// hostOf is the host of an address with its port, unless that is the scheme's
// own; "" if the address has none.
func hostOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	host := strings.ToLower(u.Host)
	switch u.Scheme {
	case "http", "ws":
		host = strings.TrimSuffix(host, ":80")
	case "https", "wss":
		host = strings.TrimSuffix(host, ":443")
	}
	return host
}

var (
	// errGone is why a page could not be audited although the browser works.
	errGone = errors.New("the page could not be loaded")
	// errBroken is a page that was not opened because the one before did something else.
	errBroken = errors.New("broken off")
)
