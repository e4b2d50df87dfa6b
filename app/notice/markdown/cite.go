package markdown

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"latchkey/app/notice"
)

var (
	// citation finds what may be one: "see 12.2", "section 3", "(see clause 6.3)",
	// and the same in Welsh.
	citation = regexp.MustCompile(`(?i)\b(?:(see(?: also)?|gweler)\s+)?((?:sections?|clauses?|paragraphs?|adran(?:nau)?|cymal(?:au)?|paragraff?(?:au)?)\s+)?([0-9]{1,3}(?:\.[0-9]{1,3})*)`)
	// another finds what continues it: ", 6.4", " and 12.2", "–8".
	another = regexp.MustCompile(`^(?:\s*,\s*|\s*–\s*|,?\s+(?:and|or|to|a|ac|neu|i)\s+)([0-9]{1,3}(?:\.[0-9]{1,3})*)`)
	several = regexp.MustCompile(`(?i)(?:s|nau|au)\s+$`)
	ofAnAct = regexp.MustCompile(`^,? (?:of|o|yn) (?:the |y |yr )?\p{Lu}`)
)

// cite splits a run at its citations, each of which becomes a link to what it
// cites. A citation of nothing in the notice is reported.
func (r reader) cite(one run) []notice.Inline {
	var out []notice.Inline
	text, from := one.Text, 0
	emit := func(to int, href string) {
		if to > from {
			piece := one.Inline
			piece.Text, piece.Href = text[from:to], href
			out = append(out, piece)
		}
		from = to
	}
	for _, c := range citationsIn(text) {
		number := text[c.number:c.end]
		if !r.anchors[number] {
			r.report(one.sourceOf(c.number), "this notice has no %s: correct the number, or name the law that it stands in, as in \"section %[1]s of the Housing Act 1988\"", number)
			continue
		}
		emit(c.start, "")
		emit(c.end, "#"+number)
	}
	emit(len(text), "")
	return out
}

// A cited is one number in a text that cites a section or a clause: where the
// words of the link begin, where the number begins, and where both end.
type cited struct{ start, number, end int }

func citationsIn(text string) []cited {
	var all []cited
	for at := 0; at < len(text); {
		m := citation.FindStringSubmatchIndex(text[at:])
		if m == nil {
			return all
		}
		for i := range m {
			if m[i] >= 0 {
				m[i] += at
			}
		}
		at = m[1]
		see, named := m[2] >= 0, m[4] >= 0
		if !named && !(see && strings.Contains(text[m[6]:m[7]], ".")) {
			continue
		}
		found := []cited{{m[6], m[6], m[7]}}
		if named {
			found[0].start = m[4]
		}
		for {
			next := another.FindStringSubmatchIndex(text[at:])
			if next == nil {
				break
			}
			number := text[at+next[2] : at+next[3]]
			if !strings.Contains(number, ".") && !(named && several.MatchString(text[m[4]:m[5]])) {
				break
			}
			found = append(found, cited{at + next[2], at + next[2], at + next[3]})
			at += next[1]
		}
		if !ofAnother(text[at:]) {
			all = append(all, found...)
		}
	}
	return all
}

// ofAnother reports whether what follows a number shows that the number is no
// part of this notice: "section 164A", "section 6(1)", "section 45 of the Data
// Protection Act 2018".
func ofAnother(rest string) bool {
	r, _ := utf8.DecodeRuneInString(rest)
	return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '(' || r == '%' || ofAnAct.MatchString(rest)
}
