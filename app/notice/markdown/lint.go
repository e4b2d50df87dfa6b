package markdown

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"latchkey/app/notice"
)

// LawReviewed is the day on which the rules of [Lint] were last compared with
// the law, YYYY-MM-DD.
const LawReviewed = "2026-11-23"

// Warning is something in a notice that reads as out of date or as missing. A
// person has to judge it: a notice with warnings can be published.
type Warning struct {
	Rule string // stable name of the rule, such as "privacy-shield"
	Problem
}

// Lint looks for what makes a published notice out of date on a day: laws that
// are gone, periods and fees that no longer hold, and facts that readers need
// but do not get. It is for the version in force; versions before it were right
// in their time. The source is one that [Parse] has no problems with. Phrases
// are looked for in English notices only.
func Lint(src []byte, today time.Time) []Warning {
	n, _ := Parse(src)
	l := &linter{source: newSource(src), notice: n, today: today}
	l.dates()
	if strings.HasPrefix(n.Language, "en") {
		l.units = l.split()
		l.phrases()
		l.cookies()
		l.missing()
	}
	if !numberOfICO.Match(l.text) {
		l.warn("no-ico-number", 0, "the notice states no ICO registration number: add those of the controllers that have one")
	}
	return l.warnings
}

type linter struct {
	*source
	notice   notice.Notice
	today    time.Time
	units    []unit
	warnings []Warning
}

// A unit is a paragraph, an item or a row of a table: what is read as one.
type unit struct {
	text string
	at   int
}

func (l *linter) warn(rule string, at int, format string, args ...any) {
	line, column := l.position(at)
	l.warnings = append(l.warnings, Warning{rule, Problem{line, column, fmt.Sprintf(format, args...)}})
}

// split cuts the source at empty lines, items and rows.
func (l *linter) split() []unit {
	var units []unit
	fresh, at := true, 0
	for line := range bytes.Lines(l.text) {
		start := strings.TrimSpace(string(line))
		single := strings.HasPrefix(start, "|")
		item := strings.HasPrefix(start, "- ") || strings.HasPrefix(start, "* ")
		switch {
		case start == "":
			fresh = true
		case fresh || single || item:
			units = append(units, unit{string(line), at})
			fresh = single
		default:
			units[len(units)-1].text += string(line)
		}
		at += len(line)
	}
	return units
}

// A phrase is wording that no longer holds. Where also is set, the unit must
// match it as well; where unless is set, it must not.
type phrase struct {
	rule                  string
	from                  string // day from which it is out of date, YYYY-MM-DD
	pattern, also, unless *regexp.Regexp
	text                  string
}

func re(s string) *regexp.Regexp { return regexp.MustCompile(`(?i)` + s) }

var phrases = []phrase{
	{"data-protection-act-1998", "2018-05-25", re(`data\s+protection\s+act(?:\s+of)?\s+1998|\bDPA\s+1998`), nil, nil,
		"the Data Protection Act 1998 is no longer law: it was replaced by the Data Protection Act 2018 and UK GDPR"},
	{"privacy-shield", "2020-07-16", re(`privacy\s+shield`), nil, nil,
		"the EU-US Privacy Shield was struck down in July 2020: name the safeguard that protects information abroad now"},
	{"article-77", "2026-06-19", re(`\barticle\s+77\b`), nil, nil,
		"Article 77 of UK GDPR is no longer in force: people may complain to you (section 164A of the Data Protection Act 2018), and to the ICO (section 165)"},
	{"ten-pound-fee", "2018-05-25", re(`£\s*10(?:\.00)?(?:[^0-9,.]|[,.](?:[^0-9]|$)|$)`), re(`fee|charge|cost|copy|request|pay`), nil,
		"the £10 fee for a copy of one's information was abolished in 2018: it is free"},
	{"forty-days", "2018-05-25", re(`\b(?:40|forty)\s+(?:calendar\s+|working\s+)?days\b`), nil, nil,
		"40 days was the time limit of the old Act: requests are answered within one month"},
	{"regulator-address", "2026-09-01", re(`wycliffe\s+house|SK9\s+5AF`), nil, nil,
		"the ICO planned to leave Wycliffe House in autumn 2026: check its address, or link to its website"},
	{"stairs", "2025-09-30", re(`\bSTAIRs?\b|social\s+tenant\s+access`), re(`finalis|being\s+(?:developed|prepared|drawn\s+up|consulted)`), nil,
		"the Social Tenant Access to Information Requirements are settled: publication from 1 October 2026, requests from 1 April 2027"},
	{"in-writing", "2018-05-25", re(`\b(?:must|need\s+to|have\s+to|should|please)\b[^.]{0,60}\bin\s+writing\b`), re(`request|copy|access`), nil,
		"people may ask in any way, also by speaking: writing can be offered, not required"},
	{"refusal-ground", "2018-05-25", re(`\b(?:troublesome|vexatious)\b`), nil, nil,
		"a request may be refused only if it is manifestly unfounded or excessive"},
	{"assumed-consent", "2018-05-25", re(`\b(?:assume|take\s+it|deem)\b[^.]{0,60}\b(?:happy|consent|agree|willing)`), nil, nil,
		"consent can't be assumed: ask for it, or offer a way to say no when you collect the address and in every message"},
	{"cookies-on-legitimate-interests", "2003-12-11", re(`legitimate\s+interests?`), re(`advert|analytic|analys\w*\s+(?:the\s+)?use\s+of\s+(?:our|the)\s+website`), re(`consent|opt\s+in|exempt`),
		"cookies for statistics or advertising need consent or a statutory exemption, whatever the basis for the information: say so here"},
}

func (l *linter) phrases() {
	for _, p := range phrases {
		if l.today.Format(time.DateOnly) < p.from {
			continue
		}
		for _, u := range l.units {
			m := p.pattern.FindStringIndex(u.text)
			if m == nil || p.also != nil && !p.also.MatchString(u.text) || p.unless != nil && p.unless.MatchString(u.text) {
				continue
			}
			l.warn(p.rule, u.at+m[0], "%s", p.text)
		}
	}
}

var (
	byBrowser = re(`cookies?\b[\s\S]*\bbrowser|browser[\s\S]*\bcookies?\b`)
	byChoice  = re(`\breject|\brefus\w+ (?:them|all)|privacy\s+button|only\s+(?:if|with)\s+you\w*\s+(?:agree|consent)|\buntil\s+you\s+(?:say|choose|agree)|your\s+choice`)
	ofCookies = re(`\bcookies?\b`)

	numberOfICO = regexp.MustCompile(`\bZ[A-Z]?[0-9]{6,7}\b`)
	officer     = re(`data\s+protection\s+officer|\bDPO\b`)
	noOfficer   = re(`\b(?:no|not)\b[^.]{0,40}\s(?:data\s+protection\s+officer|DPO\b)`)
	complaint   = re(`complain\w*\b[^.]{0,80}\bto\s+us\b|section\s+164A|complain[\s\S]*\b(?:30|thirty)\s+days\b`)
	lastReview  = re(`\blast\s+(?:reviewed|updated)\b[^.0-9\n]{0,20}(?:[0-9]{1,2}\s+)?(january|february|march|april|may|june|july|august|september|october|november|december)?\s*(20[0-9]{2})`)
)

// cookies warns when the browser's settings are the only way offered to refuse
// cookies.
func (l *linter) cookies() {
	for _, u := range l.units {
		if ofCookies.MatchString(u.text) && byChoice.MatchString(u.text) {
			return
		}
	}
	for _, u := range l.units {
		if m := byBrowser.FindStringIndex(u.text); m != nil {
			l.warn("cookies-by-browser", u.at+m[0], "people can't be left to block cookies in the browser: offer a choice before cookies are set, and say where it can be changed")
			return
		}
	}
}

// missing warns about what a notice should say and does not.
func (l *linter) missing() {
	named, route := false, l.today.Format(time.DateOnly) < "2026-06-19"
	unnamed := 0
	for _, u := range l.units {
		if m := noOfficer.FindStringIndex(u.text); m != nil {
			unnamed = u.at + m[0]
		} else if officer.MatchString(u.text) {
			named = true
		}
		route = route || complaint.MatchString(u.text)
	}
	if !named {
		l.warn("no-dpo", unnamed, "no data protection officer is named: name one, or check that none is required")
	}
	if !route {
		l.warn("no-complaint-route", 0, "the notice does not say how to complain to you: since 19 June 2026 you must make that easy, confirm within 30 days and tell the outcome (section 164A of the Data Protection Act 2018)")
	}
}

// dates warns about reviews that are due or were never meant.
func (l *linter) dates() {
	longAgo := l.today.AddDate(-2, 0, 0)
	at := func(key string) int { return max(0, bytes.Index(l.text, []byte("\n"+key+":"))+1) }
	switch {
	case l.notice.Review.IsZero():
		l.warn("no-review-date", 0, "the notice has no review date: add review to the front matter")
	case l.notice.Review.Before(longAgo):
		l.warn("review-overdue", at("review"), "the review was due more than two years ago")
	case l.notice.Review.Before(l.today):
		l.warn("review-due", at("review"), "the review is due")
	}
	for _, m := range lastReview.FindAllSubmatchIndex(l.text, -1) {
		year, _ := strconv.Atoi(string(l.text[m[4]:m[5]]))
		month := time.December
		if m[2] >= 0 {
			name := strings.ToUpper(string(l.text[m[2]:m[2]+1])) + strings.ToLower(string(l.text[m[2]+1:m[3]]))
			if t, err := time.Parse("January", name); err == nil {
				month = t.Month()
			}
		}
		if time.Date(year, month+1, 1, 0, 0, 0, 0, time.UTC).Before(longAgo) {
			l.warn("review-overdue", m[0], "by its own words the notice was last reviewed more than two years ago")
		}
	}
}
