package ui_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"latchkey/app/consent"
	"latchkey/app/i18n"
	"latchkey/app/ui"
)

// What holds for every page, whatever is on it.
func TestEveryPageIsWellMade(t *testing.T) {
	for name, v := range views() {
		t.Run(name, func(t *testing.T) {
			doc := parse(t, v)
			assert.Len(t, find(doc, is("h1")), 1, "headings of the first level")
			assert.Len(t, find(doc, is("main", "id", "main")), 1)
			assert.Len(t, find(doc, is("header")), 1)
			assert.Len(t, find(doc, is("footer")), 1)
			assert.Len(t, find(doc, is("a", "class", "skip", "href", "#main")), 1)
			assert.NotEmpty(t, ui.Title(v))
			assert.NotContains(t, text(doc), "[", "a message is missing")

			ids := map[string]bool{}
			for _, n := range find(doc, is("", "id", "*")) {
				id, _ := attr(n, "id")
				assert.False(t, ids[id], "id %q twice", id)
				ids[id] = true
			}
			for n := range doc.Descendants() {
				for _, a := range n.Attr {
					assert.False(t, a.Key == "style" || strings.HasPrefix(a.Key, "on"), "<%s %s>", n.Data, a.Key)
					switch a.Key {
					case "for", "form", "aria-labelledby", "aria-describedby", "aria-controls":
						for id := range strings.FieldsSeq(a.Val) {
							assert.True(t, ids[id], "<%s %s=%q> leads nowhere", n.Data, a.Key, a.Val)
						}
					case "href":
						assert.NotEmpty(t, a.Val)
						if id, ok := strings.CutPrefix(a.Val, "#"); ok {
							assert.True(t, ids[id], "#%s leads nowhere", id)
						}
					}
				}
				if n.Type == html.ElementNode && n.FirstChild == nil {
					assert.Contains(t, []string{"head", "input"}, n.Data, "an empty element")
				}
			}
			assert.Empty(t, find(doc, func(n *html.Node) bool { return n.Data == "script" || n.Data == "style" || n.Data == "iframe" }))
			for _, n := range find(doc, is("a", "target", "_blank")) {
				assert.Contains(t, text(n), " tab", "opens in a new one, and says so")
			}
			for _, n := range find(doc, func(n *html.Node) bool { typ, _ := attr(n, "type"); return n.Data == "input" && typ != "hidden" }) {
				id, _ := attr(n, "id")
				assert.Len(t, find(doc, is("label", "for", id)), 1, "the label of %q", id)
			}
		})
	}
}

func TestTitlesSayPageThenSite(t *testing.T) {
	for name, want := range map[string]string{
		"home":                 "Your privacy at Reside – Reside privacy centre",
		"preferences":          "Your choices – Reside privacy centre",
		"preferences in Welsh": "Eich dewisiadau – canolfan breifatrwydd Reside",
		"receipt":              "Your receipt – Reside privacy centre",
		"receipt not found":    "Error: Find your receipt – Reside privacy centre",
		"page not found":       "Page not found – Reside privacy centre",
	} {
		assert.Equal(t, want, ui.Title(views()[name]), name)
	}
}

func TestTheNavigationKnowsWhereItIs(t *testing.T) {
	doc := parse(t, views()["cookies"])
	var got []string
	for _, a := range find(find(doc, is("nav", "class", "nav"))[0], is("a")) {
		href, _ := attr(a, "href")
		got = append(got, href)
		_, current := attr(a, "aria-current")
		assert.Equal(t, href == "/reside/cookies?lang=en-GB", current, href)
	}
	assert.Equal(t, []string{
		"/reside/preferences?lang=en-GB", "/reside/notice?lang=en-GB", "/reside/request?lang=en-GB",
		"/reside/receipt?lang=en-GB", "/reside/cookies?lang=en-GB",
	}, got)
}

func TestTheLanguageSwitchKeepsThePage(t *testing.T) {
	languages := func(v ui.View) *html.Node { return find(parse(t, v), is("nav", "class", "languages"))[0] }

	t.Run("a page with an address is linked to", func(t *testing.T) {
		links := find(languages(views()["preferences"]), is("a"))
		require.Len(t, links, 2)
		assert.Len(t, find(languages(views()["preferences"]), is("a", "lang", "cy", "href", "/reside/preferences?lang=cy")), 1)
		assert.Equal(t, "Cymraeg", text(links[1]))
		current, _ := attr(links[0], "aria-current")
		assert.Equal(t, "true", current)
	})
	t.Run("a page made from a form sends the form again", func(t *testing.T) {
		nav := languages(views()["receipt"])
		assert.Empty(t, find(nav, is("a")))
		assert.Len(t, find(nav, is("button", "form", "receipt", "formaction", "/reside/receipt?lang=cy", "lang", "cy")), 1)
		first := find(nav, is("button"))[0]
		_, choosesLanguage := attr(first, "lang")
		assert.False(t, choosesLanguage, "the Enter key must not press a language")
	})
	t.Run("no page is linked to by an address that somebody made up", func(t *testing.T) {
		v := views()["page not found"]
		v.Path = "//evil.example/"
		assert.Len(t, find(languages(v), is("a", "href", "/reside/?lang=cy")), 1)
	})
	t.Run("one language needs no switch", func(t *testing.T) {
		v := views()["home"]
		v.Site.Languages = []string{"en-GB"}
		assert.Empty(t, find(parse(t, v), is("nav", "class", "languages")))
	})
}

func TestFactsThatAreNotPublishedAreSaidToBeSo(t *testing.T) {
	v := views()["home"]
	foot := func() string { return text(find(parse(t, v), is("footer"))[0]) }
	assert.Contains(t, foot(), "Z8893471")
	assert.Contains(t, foot(), "None is named")
	v.Site.Entity.ICO = ""
	assert.Contains(t, foot(), "No number is published")
	v.Site.Entity.DPO = &v.Site.Entity.Contact
	assert.NotContains(t, foot(), "None is named")
}

func TestNothingOptionalIsOnBeforeTheVisitorSaysSo(t *testing.T) {
	doc := parse(t, views()["preferences"])
	boxes := map[string]bool{}
	for _, box := range find(doc, is("input", "name", "on")) {
		value, _ := attr(box, "value")
		_, boxes[value] = attr(box, "checked")
	}
	assert.Equal(t, map[string]bool{"statistics": false, "marketing": false}, boxes, "essential ones have no switch, and exempt ones a switch of their own")
}

func TestAnExemptPurposeIsObjectedToInOneClick(t *testing.T) {
	doc := parse(t, views()["preferences"])
	for now, want := range map[string][2]string{
		"on": {"object", "Object: switch off Visitor counting"}, "off": {"save", "Take back my objection: switch on Visitor counting"},
	} {
		half := find(doc, is("div", "data-exempt", "counting", "data-now", now))
		require.Len(t, half, 1)
		_, hidden := attr(half[0], "hidden")
		assert.True(t, hidden, "until it is known what holds")
		button := find(half[0], is("button", "name", "do", "value", want[0], "data-purpose", "counting"))
		require.Len(t, button, 1)
		assert.Equal(t, want[1], text(button[0]))
	}
}

func TestThePreferencesSayWhatGlobalPrivacyControlTurnsOff(t *testing.T) {
	const note, mark = "Your browser sends Global Privacy Control", "Turned off by your browser’s Global Privacy Control"
	for _, tt := range []struct {
		name    string
		sent    bool
		refused []consent.PurposeID
		marks   int
		none    bool
	}{
		{"a browser that does not send it", false, []consent.PurposeID{"marketing"}, 1, false},
		{"a browser that does", true, []consent.PurposeID{"marketing"}, 1, false},
		{"a site where it turns nothing off", true, nil, 0, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := views()["preferences"]
			shown := *v.Preferences
			shown.GPC, shown.Refused = tt.sent, tt.refused
			v.Preferences = &shown
			doc := parse(t, v)
			found := find(doc, is("", "data-gpc", "*"))
			require.Len(t, found, 1+tt.marks)
			for _, n := range found {
				_, hidden := attr(n, "hidden")
				assert.Equal(t, !tt.sent, hidden, "the boot script shows it if the host page's browser sends it")
			}
			assert.Contains(t, text(found[0]), note)
			assert.Equal(t, tt.none, strings.Contains(text(found[0]), "Nothing on this website has to be turned off"))
			if tt.marks > 0 {
				assert.Contains(t, text(found[1]), mark)
				assert.Len(t, find(doc, is("p", "data-gpc", "marketing")), 1)
			}
		})
	}
}

func TestASiteThatAsksForNothingOffersNoAnswers(t *testing.T) {
	v := views()["preferences"]
	only := *v.Preferences
	only.Purposes = only.Purposes[:2]
	v.Preferences = &only
	doc := parse(t, v)
	assert.Contains(t, text(doc), "None of them needs your consent")
	assert.Empty(t, find(doc, is("button", "name", "do", "value", "accept-all")))
	assert.Len(t, find(doc, is("button", "name", "do", "value", "object")), 1)
}

func TestPreferencesNameEverything(t *testing.T) {
	for _, name := range []string{"preferences", "cookies"} {
		all := text(parse(t, views()[name]))
		for _, p := range purposes() {
			assert.Contains(t, all, p.Name)
			assert.Contains(t, all, p.About)
			assert.Contains(t, all, "Schedule A1, paragraph "+p.Basis.Paragraph())
			for _, technology := range p.Technologies {
				assert.Contains(t, all, technology.Name)
				assert.Contains(t, all, technology.Provider)
			}
		}
		assert.Contains(t, all, "13 months")
		assert.Contains(t, all, "Until you close your browser")
	}
}

// At its own address the page can't set a choice, and never pretends to.
func TestSwitchesWaitForTheHostPage(t *testing.T) {
	doc := parse(t, views()["preferences"])
	for _, n := range find(doc, func(n *html.Node) bool { return n.Data == "input" || is("button", "name", "do")(n) }) {
		hidden := false
		for p := n; p != nil; p = p.Parent {
			_, h := attr(p, "hidden")
			when, _ := attr(p, "data-when")
			hidden = hidden || h && when == "connected"
		}
		assert.True(t, hidden, "%v", n.Attr)
	}
	alone := find(doc, is("div", "data-when", "alone"))
	require.Len(t, alone, 1)
	_, hidden := attr(alone[0], "hidden")
	assert.False(t, hidden)
	assert.Len(t, find(alone[0], is("a", "href", "https://www.reside.example/#latchkey-preferences")), 1)
	assert.Len(t, find(doc, is("form", "id", "preferences", "data-edition", "abcdefghijklmnopqrstuv")), 1)

	var dos []string
	for _, b := range find(find(doc, is("div", "class", "buttons equal"))[0], is("button", "name", "do")) {
		value, _ := attr(b, "value")
		class, _ := attr(b, "class")
		dos = append(dos, value+class)
	}
	assert.Equal(t, []string{"save", "accept-all", "reject-all"}, dos, "the same look for all")
}

func TestAReceiptIsReadable(t *testing.T) {
	doc := parse(t, views()["receipt"])
	all := text(doc)
	for _, want := range []string{
		"Thursday 23 July 2026 at 09:15, UK time", // chosen an hour before it came in, in summer time
		"Thursday 23 July 2026 at 10:15, UK time",
		"Reside Housing Association (ICO registration Z8893471)",
		"You set each choice and saved, in the privacy centre",
		"reside, version 2026-10-01",
		strings.Repeat("ab", 32), strings.Repeat("ef", 32), strings.Repeat("cd", 32), "4f2c9a1b", "0123456789abcdef",
		"Cookies on Reside\nReside would like to use extra cookies.",
	} {
		assert.Contains(t, all, want)
	}
	assert.NotContains(t, all, "save or print it now")
	var answers []string
	for _, row := range find(find(doc, is("tbody"))[0], is("tr")) {
		answers = append(answers, text(row.FirstChild)+": "+text(row.LastChild))
	}
	assert.Equal(t, []string{"Necessary: Not asked", "Statistics: Yes", "marketing: No"}, answers)
	save := find(doc, is("form", "id", "receipt", "action", "/reside/receipt?lang=en-GB", "method", "post"))
	require.Len(t, save, 1)
	assert.Len(t, find(save[0], is("input", "type", "hidden", "name", "code", "value", receipt().ID+".MTYz-token")), 1)
	assert.Len(t, find(save[0], is("button", "name", "format", "value", "json")), 1)
}

func TestWhoOnlyRefusedIsToldThatNoCodeIsKept(t *testing.T) {
	accepted, before := receipt(), receipt()
	before.Event.Purposes[1].Answer = consent.No
	refused := *before
	before.Event.Previous = accepted.ID
	for name, c := range map[string]struct {
		receipt *consent.Receipt
		told    bool
	}{
		"something was accepted":     {accepted, false},
		"everything was refused":     {&refused, true},
		"a yes was taken back again": {before, false},
	} {
		v := views()["receipt"]
		v.Receipt = &ui.ReceiptView{Receipt: c.receipt, Code: "x.y"}
		assert.Equal(t, c.told, strings.Contains(text(parse(t, v)), "save or print it now"), name)
	}
}

func TestTheReceiptFinder(t *testing.T) {
	doc := parse(t, views()["receipt not found"])
	input := find(doc, is("input", "id", "code"))
	require.Len(t, input, 1)
	value, _ := attr(input[0], "value")
	assert.Equal(t, `12"><b>`, value, "what was typed is kept, and does no harm")
	invalid, _ := attr(input[0], "aria-invalid")
	assert.Equal(t, "true", invalid)
	summary := find(doc, is("div", "class", "problem", "role", "alert"))
	require.Len(t, summary, 1)
	assert.Equal(t, text(find(summary[0], is("a", "href", "#code"))[0]), text(find(doc, is("span", "id", "code-error"))[0]), "the same words")

	fresh := parse(t, views()["receipt not asked for"])
	assert.Empty(t, find(fresh, is("", "class", "problem")))
	kept := find(fresh, is("p", "data-kept", "*", "hidden", "*"))
	assert.Len(t, kept, 3, "what the host page says comes later")
}

func TestAProblemPageLeadsOn(t *testing.T) {
	for kind, want := range map[ui.ProblemKind]string{
		ui.Missing: "Page not found", ui.Refused: "That could not be accepted", ui.Broken: "Something went wrong", ui.Busy: "Try again in a few minutes",
	} {
		v := views()["something broken"]
		v.Problem.Kind = kind
		doc := parse(t, v)
		main := find(doc, is("main"))[0]
		assert.Equal(t, want, text(find(main, is("h1"))[0]))
		assert.Len(t, find(main, is("a", "href", "tel:03333204555")), 1)
		assert.Contains(t, text(main), "k3j4h5")
	}
}

func TestAPageIsTheSameFromItsJSON(t *testing.T) {
	for name, v := range views() {
		b, err := json.Marshal(v)
		require.NoError(t, err)
		var again ui.View
		require.NoError(t, json.Unmarshal(b, &again))
		assert.Equal(t, text(parse(t, v)), text(parse(t, again)), name)
	}
}

func TestTakingOverKeepsWhatWasTyped(t *testing.T) {
	v := views()["receipt not found"]
	v.TakeOver(ui.Live{Form: url.Values{"code": {"half a co"}}})
	assert.Equal(t, "half a co", v.Receipt.Code)

	for name, v := range views() {
		v.TakeOver(ui.Live{})
		assert.NotNil(t, parse(t, v), name)
	}
}

func TestDurations(t *testing.T) {
	for iso, want := range map[string][2]string{
		"session":    {"Until you close your browser", "Nes i chi gau eich porwr"},
		"P1Y":        {"1 year", "1 flwyddyn"},
		"P2Y":        {"2 years", "2 flynedd"},
		"P13M":       {"13 months", "13 mis"},
		"P2M":        {"2 months", "2 fis"},
		"P3W":        {"3 weeks", "3 wythnos"},
		"P1DT12H":    {"1 day and 12 hours", "1 diwrnod a 12 awr"},
		"PT30M":      {"30 minutes", "30 munud"},
		"P1Y2M3D":    {"1 year, 2 months and 3 days", "1 flwyddyn, 2 fis a 3 diwrnod"},
		"":           {"", ""},
		"P":          {"P", "P"},
		"PT":         {"PT", "PT"},
		"P1M1Y":      {"P1M1Y", "P1M1Y"},
		"for a year": {"for a year", "for a year"},
	} {
		assert.Equal(t, want[0], ui.Duration(i18n.For("en-GB"), iso), iso)
		assert.Equal(t, want[1], ui.Duration(i18n.For("cy"), iso), iso)
	}
}
