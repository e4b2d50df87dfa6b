package ui_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"latchkey/app/consent"
	"latchkey/app/group"
	"latchkey/app/i18n"
	"latchkey/app/ui"
	"latchkey/server/render"
)

// site is a site with one purpose of each basis.
func site() ui.SiteView {
	return ui.SiteView{
		ID: "reside", Name: "Reside", Home: "https://www.reside.example/", Group: "Progress", Languages: []string{"en-GB", "cy"},
		Entity: ui.EntityView{
			ID: "reside", Name: "Reside Housing Association", ICO: "Z8893471",
			Contact: group.Contact{Name: "Data protection team", Phone: "0333 320 4555", Email: "data@reside.example"},
		},
		Regulator: group.Regulator{Name: "Information Commissioner", Phone: "0303 123 1113", Web: "ico.org.uk", Checked: "2026-11-01"},
	}
}

func purposes() []ui.PurposeView {
	return []ui.PurposeView{
		{ID: "necessary", Basis: consent.Essential, Name: "Necessary", About: "Keeps you signed in and remembers your choices.",
			Technologies: []ui.TechnologyView{
				{Name: "latchkey", Kind: "cookie", Provider: "Reside", Duration: "P12M", About: "Remembers what you chose here."},
				{Name: "session", Kind: "cookie", Provider: "Reside", Duration: "session", About: "Keeps you signed in to your account."},
			}},
		{ID: "counting", Basis: consent.StatisticsExempt, Name: "Visitor counting", About: "Counts visits to see which pages help. Nobody is identified.",
			Technologies: []ui.TechnologyView{
				{Name: "_pk_id*", Kind: "cookie", Provider: "Reside (Matomo, on our own server)", Duration: "P13M", About: "Tells new visits from repeated ones."},
			}},
		{ID: "statistics", Basis: consent.ByConsent, Name: "Statistics", About: "Shows us how people move through the site.",
			Technologies: []ui.TechnologyView{
				{Name: "_ga", Kind: "cookie", Provider: "Example Analytics Ltd", Duration: "P2Y", About: "Tells visitors apart."},
				{Name: "https://analytics.example/collect.js", Kind: "script", Provider: "Example Analytics Ltd"},
			}},
		{ID: "marketing", Basis: consent.ByConsent, Name: "Videos and marketing", About: "Plays videos from other sites, and tailors messages.",
			Technologies: []ui.TechnologyView{
				{Name: "Example Video player", Kind: "embed", Provider: "Example Video Inc., United States", Duration: "P6M", About: "Plays our videos."},
			}},
	}
}

func receipt() *consent.Receipt {
	return &consent.Receipt{
		ID: "6f1c0b1e-2a58-4a0e-9a5e-0d7f3f0b7a11", Time: time.Date(2026, 7, 23, 9, 15, 30, 0, time.UTC),
		Event: consent.Event{
			ID: "0f0c2c52-5e0b-4f43-8a3b-9f3f3a8f4c01", Site: "reside",
			Controller: consent.Party{Entity: "reside", Name: "Reside Housing Association", ICO: "Z8893471", Contact: "Data protection team, 0333 320 4555"},
			Purposes: []consent.PurposeAnswer{
				{Purpose: consent.Purpose{ID: "necessary", Basis: consent.Essential}, Answer: consent.NotAsked},
				{Purpose: consent.Purpose{ID: "statistics", Basis: consent.ByConsent}, Answer: consent.Yes},
				{Purpose: consent.Purpose{ID: "marketing", Basis: consent.ByConsent}, Answer: consent.No},
			},
			Method: consent.Save, Layer: 2, Language: "en-GB", Revision: "4f2c9a1b", Age: 3600,
			Shown: strings.Repeat("ab", 32), Config: strings.Repeat("cd", 32), Loader: "0123456789abcdef",
			Notice: consent.NoticeRef{ID: "reside", Version: "2026-10-01", Hash: strings.Repeat("ef", 32)},
		},
	}
}

// views are every page that this package draws by itself, each in a state worth looking at.
func views() map[string]ui.View {
	page := func(p ui.Page) ui.View {
		return ui.View{Page: p, Lang: "en-GB", Site: site(), Path: "/reside/" + string(p)}
	}
	home, preferences, cookies := page(ui.HomePage), page(ui.PreferencesPage), page(ui.CookiesPage)
	home.Path = "/reside/"
	preferences.Preferences = &ui.PreferencesView{Edition: "abcdefghijklmnopqrstuv", Purposes: purposes(), Months: 12}
	cookies.Cookies = &ui.CookiesView{Purposes: purposes(), Months: 6}
	find, wrong, found, refused := page(ui.ReceiptPage), page(ui.ReceiptPage), page(ui.ReceiptPage), page(ui.ReceiptPage)
	find.Receipt = &ui.ReceiptView{}
	wrong.Receipt = &ui.ReceiptView{Code: `12"><b>`, Wrong: ui.ReceiptUnknown}
	found.Receipt = &ui.ReceiptView{
		Receipt: receipt(), Code: receipt().ID + ".MTYz-token", Purposes: []string{"Necessary", "Statistics"},
		Shown: "Cookies on Reside\nReside would like to use extra cookies.\nAccept all\nReject all", Notice: "/reside/notice/reside?version=2026-10-01",
	}
	no := receipt()
	no.Event.Purposes[1].Answer, no.Event.Method, no.Event.Layer = consent.No, consent.RejectAll, 1
	refused.Receipt = &ui.ReceiptView{Receipt: no, Code: no.ID + ".x"}
	missing, broken, welsh := page(ui.ProblemPage), page(ui.ProblemPage), preferences
	missing.Problem = &ui.ProblemView{Kind: ui.Missing}
	broken.Problem = &ui.ProblemView{Kind: ui.Broken, Trace: "k3j4h5"}
	welsh.Lang = "cy"
	return map[string]ui.View{
		"erasing a receipt": erasing(ui.ErasureView{Step: ui.EraseAsk, Count: 2}), "erased": erasing(ui.ErasureView{
			Step: ui.EraseDone, Count: 2, Left: true, Receipts: []string{receipt().ID}, Choices: []ui.SwitchView{{ID: "statistics", Name: "Statistics"}},
		}),
		"home": home, "preferences": preferences, "cookies": cookies, "receipt not asked for": find, "receipt not found": wrong,
		"receipt": found, "receipt of a refusal": refused, "page not found": missing, "something broken": broken,
		"preferences in Welsh": welsh, "nothing at all": {},
	}
}

// first are the components of the first layer, in a language.
func first(lang string) map[string]render.Node {
	t := i18n.For(lang)
	must := func(n render.Node, err error) render.Node {
		if err != nil {
			panic(err)
		}
		return n
	}
	return map[string]render.Node{
		"b": must(render.Tree(&ui.Banner{T: t, View: ui.BannerView{
			Site: "Reside", Entity: "Reside Housing Association", Purposes: purposes(), Notice: "/reside/notice",
		}})),
		"c": must(render.Tree(&ui.Control{T: t, Purposes: purposes()})),
		"w": must(render.Tree(&ui.Panel{T: t})),
	}
}

// parse renders a page as the server does, and reads the HTML as a browser does.
func parse(t *testing.T, v ui.View) *html.Node {
	t.Helper()
	b, err := render.HTML(&ui.Centre{View: v})
	require.NoError(t, err)
	doc, err := html.Parse(strings.NewReader("<!doctype html><body>" + string(b)))
	require.NoError(t, err)
	return doc
}

// find lists the elements under n that hold.
func find(n *html.Node, holds func(*html.Node) bool) []*html.Node {
	var all []*html.Node
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && holds(d) {
			all = append(all, d)
		}
	}
	return all
}

// is matches an element by tag, or any by "", with attributes as name, value pairs; value "*" matches any.
func is(tag string, attrs ...string) func(*html.Node) bool {
	return func(n *html.Node) bool {
		if tag != "" && n.Data != tag {
			return false
		}
		for i := 0; i+1 < len(attrs); i += 2 {
			v, ok := attr(n, attrs[i])
			if !ok || attrs[i+1] != "*" && v != attrs[i+1] {
				return false
			}
		}
		return true
	}
}

func attr(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

func text(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}
