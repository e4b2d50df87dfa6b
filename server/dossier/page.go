package dossier

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strconv"
	"strings"
	"time"

	"latchkey/app/consent"
	"latchkey/app/dpv"
	"latchkey/app/i18n"
	"latchkey/app/notice"
	"latchkey/app/rights"
	"latchkey/app/ui"
)

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS string

// page is for a data protection officer and a regulator in the United Kingdom,
// so its own words are English; what the visitor saw stays in its language.
var page = template.Must(template.New("dossier").Funcs(template.FuncMap{
	"london": func(t time.Time) string {
		t = t.In(rights.London())
		return english.Date(t) + t.Format(" at 15:04:05 MST")
	},
	"utc":      func(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z07:00") },
	"day":      func(t time.Time) string { return english.Date(t) },
	"seconds":  func(n int64) string { return ui.Duration(english, fmt.Sprintf("PT%dS", n)) },
	"duration": func(d string) string { return ui.Duration(english, d) },
	"kind":     func(k string) string { return english.T("common.kind." + k) },
	"answer":   func(a consent.Answer) string { return english.T("receipt.answer." + string(a)) },
	"role":     func(r string) string { return roleWords[r] },
	"data":     dataWords,
	"places":   placeWords,
	"link":     link,
}).Parse(pageHTML))

var english = i18n.For(i18n.Default)

// HTML writes the dossier as a page that stands by itself: it asks for nothing
// from anywhere, runs nothing, and is fit to print on A4.
func (d *Dossier) HTML(w io.Writer) error {
	if err := page.Execute(w, view{d}); err != nil {
		return fmt.Errorf("page of receipt %s: %w", d.ID, err)
	}
	return nil
}

// view is a dossier in words.
type view struct{ *Dossier }

func (v view) Style() template.CSS         { return template.CSS(pageCSS) }
func (v view) Declared() *consent.Declared { return v.Edition.Declared }

func (v view) SiteName() string {
	if d := v.Declared(); d != nil {
		return d.Site
	}
	return v.Event.Site
}

func (v view) Method() string {
	return strings.NewReplacer("You ", "The visitor ").Replace(english.T("receipt.method." + string(v.Event.Method)))
}

func (v view) Layer() string {
	return "Layer " + strconv.Itoa(v.Event.Layer) + ": " + english.T("receipt.layer."+strconv.Itoa(v.Event.Layer))
}

func (v view) ShownWhere() string {
	if v.Event.Layer == 1 {
		return "It was the banner on the page, and the text that stands in place of blocked content,"
	}
	return "It was the page of preferences in the privacy centre,"
}

// Language names a language in English, with its tag.
func (v view) Language(tag string) string {
	if key := "notice.language." + tag; english.Has(key) {
		return english.T(key) + " (" + tag + ")"
	}
	return tag
}

// answer is a row of the table of answers.
type answer struct{ Name, Key, Law, Said, Class, Means string }

func (v view) Answers() []answer {
	before := dpv.Before(v.Earlier, v.Receipt)
	var rows []answer
	for _, p := range v.Event.Purposes {
		a := answer{
			Name: string(p.ID), Key: string(p.ID), Law: basisWords[p.Basis] + ", paragraph " + p.Basis.Paragraph(),
			Said: english.T("receipt.answer." + string(p.Answer)), Class: string(p.Answer), Means: "Not a matter of choice",
		}
		if words, ok := v.Edition.Purpose(p.ID); ok {
			a.Name = words.Name
		}
		if p.Basis.Choosable() {
			a.Means = "As before: " + english.T("receipt.answer."+string(before[p.ID]))
		}
		if status, happened := dpv.StatusOf(p, before[p.ID]); happened {
			a.Means = statusWords[status]
		}
		rows = append(rows, a)
	}
	return rows
}

var basisWords = map[consent.Basis]string{
	consent.Essential: "Essential", consent.ByConsent: "Consent",
	consent.StatisticsExempt: "Exempt: statistics", consent.AppearanceExempt: "Exempt: appearance",
}

var statusWords = map[dpv.Status]string{
	dpv.Given: "Consent given", dpv.Renewed: "Consent given again", dpv.Refused: "Consent refused", dpv.Withdrawn: "Consent withdrawn",
	dpv.Unknown: "Left as it was; no earlier receipt is kept", dpv.Objected: "Objected: must not be used", dpv.NotObjected: "Not objected to",
}

var roleWords = map[string]string{
	"processor": "Processor, on the controller’s instructions", "third-party": "Third party, also for purposes of its own", "": "Not stated",
}

// Recipients are those of all purposes, each once.
func (v view) Recipients() []consent.Recipient {
	var rs []consent.Recipient
	seen := map[string]bool{}
	if v.Declared() == nil {
		return nil
	}
	for _, p := range v.Declared().Purposes {
		for _, t := range p.Technologies {
			if r := t.Recipient; r != nil && !seen[r.Name] {
				seen[r.Name] = true
				rs = append(rs, *r)
			}
		}
	}
	return rs
}

// History is every choice of the chain, this one among them, if there is another.
func (v view) History() []consent.Receipt {
	if len(v.Earlier)+len(v.Later) == 0 {
		return nil
	}
	all := append(append([]consent.Receipt{}, v.Earlier...), v.Receipt)
	return append(all, v.Later...)
}

// Lost is the receipt that the oldest one kept follows.
func (v view) Lost() string {
	return append(v.Earlier[:len(v.Earlier):len(v.Earlier)], v.Receipt)[0].Event.Previous
}

// check is a hash that a reader can make again.
type check struct{ What, Value, Command string }

func (v view) Checks() []check {
	cs := []check{
		{"Text shown", v.Event.Shown, `jq -j .text receipt.json | sha256sum`},
		{"Notice", v.Event.Notice.Hash, `jq -j .notice.source receipt.json | sha256sum`},
		{"Edition: all that was declared", v.Log.EditionHash, `jq -cjS .edition receipt.json | sha256sum`},
		{"Commitment in the log", v.Log.Commitment, `(jq -j .log.salt receipt.json | xxd -r -p; jq -cjS .log.entry receipt.json) | sha256sum`},
	}
	if v.Text == "" {
		cs[0].Command = ""
	}
	if v.Notice == nil {
		cs[1].Command = ""
	}
	return cs
}

func dataWords(keys []string) string {
	var words []string
	for _, key := range keys {
		if c, ok := dpv.CategoryOf(key); ok {
			key = c.Name
		}
		words = append(words, key)
	}
	return upper(strings.Join(words, ", "))
}

func placeWords(places []string) string {
	var words []string
	for _, p := range places {
		if p == "device" {
			p = "on the visitor’s device"
		}
		words = append(words, p)
	}
	return strings.Join(words, ", ")
}

// upper writes a first letter as a capital.
func upper(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// link lets a link of a notice stand if a notice may have it, and has those
// inside the notice lead to the appendix.
func link(href string) template.URL {
	if anchor, ok := strings.CutPrefix(href, "#"); ok {
		return template.URL("#n-" + anchor)
	}
	for _, scheme := range []string{"https:", "mailto:", "tel:"} {
		if strings.HasPrefix(href, scheme) {
			return template.URL(href)
		}
	}
	return ""
}

// Title and Sections are those of the notice as parsed.
func (n *Notice) Title() string              { return n.parsed.Title }
func (n *Notice) Sections() []notice.Section { return n.parsed.Sections }
