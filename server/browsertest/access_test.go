package browsertest

import (
	_ "embed"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// axe is the source of axe-core, as npm installed it for the tests.
var axe = sync.OnceValues(func() (string, error) {
	b, err := os.ReadFile("../../web/test/node_modules/axe-core/axe.min.js")
	if err != nil {
		return "", fmt.Errorf("axe-core is missing: run `npm ci` in web/test: %w", err)
	}
	return string(b), nil
})

// ownFrames are the frames of the tab, but for those of third parties.
func (p *tab) ownFrames() []*cdp.Frame {
	p.t.Helper()
	return slices.DeleteFunc(p.frames(), func(f *cdp.Frame) bool {
		return !strings.HasPrefix(f.URL, lk.demo+"/") && !strings.HasPrefix(f.URL, lk.latchkey+"/")
	})
}

// accessible lets axe look at every frame of the tab, except those of third
// parties, and reports what it finds wrong. The tab must have been opened with
// openShadows: axe sees no closed shadow roots.
func (p *tab) accessible(state string) {
	p.t.Helper()
	source, err := axe()
	require.NoError(p.t, err)
	for _, f := range p.ownFrames() {
		_, err := tryEval[any](p, f.ID, `void (window.axe || (0, eval)(`+quote(source)+`))`)
		if err != nil { // a page whose policy forbids eval
			_, err = tryEval[any](p, f.ID, source+`;void 0`)
		}
		require.NoError(p.t, err)
		// axe takes a page's skip link for content outside all landmarks if the banner's links come before it.
		host := strings.HasPrefix(f.URL, lk.demo+"/")
		found, err := tryEval[[]string](p, f.ID, `axe.run(document, {
			iframes: false, resultTypes: ['violations'], rules: { region: { enabled: `+strconv.FormatBool(!host)+` } },
			runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
		}).then((r) => r.violations.flatMap((v) => v.nodes.map((n) => v.id + ': ' + n.target.flat().join(' ') + ' | ' + n.failureSummary.replace(/\s+/g, ' '))))`)
		require.NoError(p.t, err)
		for _, v := range found {
			assert.Fail(p.t, "axe, "+state, "%s\n%s", f.URL, v)
		}
	}
}

// checks are what is asked of a page, see access.js.
//
//go:embed access.js
var checks string

// flaws asks every frame of the tab that is Latchkey's or a host's for what fails
// some of the checks.
func (p *tab) flaws(names ...string) []string {
	p.t.Helper()
	var found []string
	for _, f := range p.ownFrames() {
		found = append(found, p.flawsIn(f, names...)...)
	}
	return found
}

// flawsIn asks one frame.
func (p *tab) flawsIn(f *cdp.Frame, names ...string) []string {
	p.t.Helper()
	program := strings.TrimSpace(checks[strings.Index(checks, "(() =>"):])
	var found []string
	for _, name := range names {
		wrong, err := tryEval[[]string](p, f.ID, program+`.`+name+`()`)
		require.NoError(p.t, err, name)
		for _, w := range wrong {
			found = append(found, name+": "+w)
		}
	}
	return found
}

// still waits until the page and the panel's frame have the size that they want.
func (p *tab) still() {
	p.t.Helper()
	before := ""
	p.until("the page stands still", func() bool {
		now := ""
		for _, f := range p.ownFrames() {
			size, _ := tryEval[string](p, f.ID, `new Promise((size) => setTimeout(() => size([innerWidth, innerHeight, document.documentElement.scrollHeight].join()), 30))`)
			now += size + " "
		}
		defer func() { before = now }()
		return now == before
	})
}

// spacing sets a page's text as WCAG 2.2, 1.4.12 says that readers may.
const spacing = `{
	const sheet = new CSSStyleSheet()
	sheet.replaceSync('* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important } p { margin-block-end: 2em !important }')
	const roots = (root) => [root, ...[...root.querySelectorAll('*')].flatMap((e) => (e.shadowRoot ? roots(e.shadowRoot) : []))]
	for (const root of roots(document)) root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet]
}`

// suits holds what the tab shows to what everybody needs: axe on a desktop and
// in 320 CSS pixels (or at 400 %), text twice as large, wider spaced text, and the
// reader's own colours. The tab must have been opened with openShadows.
func (p *tab) suits(scene string) {
	p.t.Helper()
	p.still()
	p.accessible(scene)
	assert.Empty(p.t, p.flaws("sideways", "cut", "overlapping", "small"), "%s, on a desktop", scene)

	textSize(200)(p)
	p.still()
	assert.Empty(p.t, p.flaws("sideways", "cut", "overlapping", "small"), "%s, with text twice as large", scene)
	textSize(100)(p)

	media("forced-colors", "active")(p)
	p.still()
	assert.Empty(p.t, p.flaws("edgeless"), "%s, in forced colours", scene)
	media("prefers-reduced-motion", "reduce")(p)
	assert.Empty(p.t, p.flaws("moving"), "%s, with reduced motion", scene)
	media("forced-colors", "none")(p)

	p.size(320, 256)
	p.still()
	p.accessible(scene + " in 320 px")
	assert.Empty(p.t, p.flaws("sideways", "cut", "overlapping", "small"), "%s, in 320 pixels", scene)

	for _, f := range p.ownFrames() {
		_, err := tryEval[any](p, f.ID, spacing)
		require.NoError(p.t, err)
	}
	p.still()
	assert.Empty(p.t, p.flaws("sideways", "cut", "overlapping"), "%s, in 320 pixels with wider spaced text", scene)
	p.size(1280, 800)
}

// scene is a page or state of the product that a person can have in front of them.
type scene struct {
	name string
	show func(p *tab)
}

// scenes are all of them but those of the request form, see [tab.requestScenes].
// They go together with all that can be changed about a browser: sizes,
// colours, text sizes.
var scenes = []scene{
	{"banner", func(p *tab) {
		p.visit("/reside/")
		p.see("region", "Cookies on Reside with Progress")
	}},
	{"banner-welsh", func(p *tab) {
		p.visit("/housing-plus/cymraeg")
		p.see("region", "Cwcis…")
	}},
	{"control", func(p *tab) {
		p.visit("/connect/")
		p.click("button", "Reject all")
		p.see("button", "Privacy")
		p.recorded(1)
	}},
	{"control-after-yes", func(p *tab) {
		p.visit("/care-plus/")
		p.click("button", "Accept all")
		p.see("button", "Privacy")
		p.recorded(1)
		p.see("heading", "Clipview")
	}},
	{"placeholder", func(p *tab) {
		p.visit("/connect/")
		p.click("button", "Reject all")
		p.see("button", "Privacy")
		p.recorded(1)
		title := p.placeholder()
		p.reach("button", "Allow once: "+title)
	}},
	{"panel-preferences", func(p *tab) {
		p.visit("/housing-plus/")
		p.click("button", "Choose")
		p.panelHolds(`document.documentElement.classList.contains('connected')`)
	}},
	{"panel-saved", func(p *tab) {
		p.visit("/housing-plus/")
		p.click("button", "Choose")
		p.panelHolds(`document.documentElement.classList.contains('connected')`)
		p.click("button", "Save choices")
		p.recorded(1)
		p.panelHolds(`document.body.innerText.includes('Your choices are saved.')`)
	}},
	{"panel-receipt", func(p *tab) {
		p.visit("/connect/")
		p.click("button", "Accept all")
		p.recorded(1)
		p.click("link", "My cookie receipt")
		p.panel()
		p.see("heading", "Your receipt")
	}},
	{"panel-receipt-history", func(p *tab) {
		p.twoChoices()
		p.see("heading", "Your choices on this device")
	}},
	{"panel-receipt-erase", func(p *tab) {
		p.twoChoices()
		p.click("button", "Erase this receipt")
		p.see("heading", "Erase these 2 receipts?")
	}},
	{"panel-receipt-erased", func(p *tab) {
		p.twoChoices()
		p.click("button", "Erase this receipt")
		p.click("button", "Erase 2 receipts")
		p.see("heading", "Your 2 receipts are erased")
	}},
	{"panel-request", func(p *tab) {
		p.visit("/reside/")
		p.click("button", "Reject all")
		p.recorded(1)
		p.click("link", "My information")
		p.panel()
		p.see("heading", "What would you like to do?")
	}},
	{"home", func(p *tab) { p.centre("/progress-group/") }},
	{"preferences", func(p *tab) { p.centre("/reside/preferences") }},
	{"notice-progress", func(p *tab) { p.centre("/progress-group/notice") }},
	{"notice-reside", func(p *tab) { p.centre("/reside/notice") }},
	{"notice-housing-plus", func(p *tab) { p.centre("/housing-plus/notice/property-plus") }},
	{"notice-connect", func(p *tab) { p.centre("/connect/notice") }},
	{"notice-welsh", func(p *tab) { p.centre("/progress-group/notice?lang=cy") }},
	{"cookies", func(p *tab) { p.centre("/housing-plus/cookies") }},
	{"docs", func(p *tab) { p.centre("/docs/") }},
	{"docs-install", func(p *tab) { p.centre("/docs/install") }},
	{"docs-reference", func(p *tab) { p.centre("/docs/reference") }},
	{"receipt", func(p *tab) { p.centre("/connect/receipt") }},
	{"receipt-wrong", func(p *tab) {
		p.centre("/connect/receipt")
		p.fill("Receipt code", "nonsense")
		p.click("button", "Show my receipt")
		p.see("link", "Check the code…")
	}},
	{"receipt-check", func(p *tab) {
		p.centre("/housing-plus/receipt?lang=cy")
		eval[bool](p, `[...document.querySelectorAll('.proof details')].every((d) => d.open = true)`)
		p.click("button", "Gwirio’r ffeil hon")
		p.says("Dewiswch ffeil derbynneb yn gyntaf.")
	}},
	{"no-such-page", func(p *tab) { p.centre("/connect/nothing-here") }},
	{"request-kind", func(p *tab) { p.centre("/progress-group/request") }},
	{"request-organisation", func(p *tab) { p.centre("/progress-group/request/access") }},
	{"request-welsh", func(p *tab) { p.centre("/housing-plus/request?lang=cy") }},
}

// requestScenes goes through the request form, and call show on every page of it.
func (p *tab) requestScenes(show func(name string)) {
	p.t.Helper()
	p.centre("/connect/request/rectification")
	p.see("heading", "Who are you asking for?")
	p.pick("radio", "Somebody else")
	show("request-who")
	p.click("button", "Continue")
	p.see("heading", "What is wrong?")
	show("request-what")
	p.click("button", "Continue")
	p.see("heading", "There is a problem")
	show("request-what-error")
	p.fill("What is wrong?", "My date of birth")
	p.click("button", "Continue")
	p.see("heading", "How can we reply to you?")
	show("request-reply")
	p.click("button", "Continue")
	p.see("heading", "There is a problem")
	show("request-reply-error")
	p.fill("Your full name", "Sam Taylor")
	p.pick("radio", "By phone")
	p.fill("Phone number", "07700 900 982")
	p.click("button", "Continue")
	p.see("heading", "Check your answers and send your request")
	show("request-check")
	p.click("button", "Send your request")
	p.sentRequest()
	show("request-sent")
}

func TestEverybody(t *testing.T) { // V17, issue line 21
	for _, s := range scenes {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			p := open(t, openShadows)
			s.show(p)
			p.settle()
			p.suits(s.name)
		})
	}
	t.Run("request", func(t *testing.T) {
		t.Parallel()
		p := open(t, openShadows)
		p.requestScenes(func(name string) {
			p.settle()
			p.suits(name)
		})
	})
	t.Run("request in Welsh", func(t *testing.T) {
		t.Parallel()
		p := open(t, openShadows)
		for _, s := range stages("housing-plus", "cy") {
			p.post(s)
			p.suits(s.name)
			assert.Equal(t, "cy", eval[string](p, `document.documentElement.lang`))
			assert.Equal(t, "en-GB", ask[string](p, p.see("button", "English"), `function () { return this.lang }`))
		}
	})
}

// TestTheLineUnderAButtonIsLookedFor shows that the check of edges sees when the
// line is gone that a button in a sentence has instead of one.
func TestTheLineUnderAButtonIsLookedFor(t *testing.T) { // V17; WCAG 2.2, 1.4.1 and 1.4.11
	p := open(t, openShadows, media("forced-colors", "active"))
	p.visit("/care-plus/")
	p.see("button", "Object: switch this off")
	assert.Empty(t, p.flaws("edgeless"))
	for _, style := range []string{
		"text-decoration: none",
		"forced-color-adjust: none; color: #000; text-decoration-color: #fefefe; background: #fff",
		"forced-color-adjust: none; color: #888; text-decoration-color: #000; background: #fff",
	} {
		eval[any](p, `void (document.querySelector('latchkey-privacy').shadowRoot.querySelector('[data-do=object]').style.cssText = `+quote(style)+`)`)
		assert.Len(t, p.flaws("edgeless"), 1, style)
	}
}

func TestNothingFocusedIsHidden(t *testing.T) { // V18
	for name, size := range map[string]option{"on a desktop": sized(1280, 600), "on a small phone": phone, "at 400 %": sized(320, 256)} {
		t.Run(name, func(t *testing.T) {
			p := open(t, size)
			p.visit("/progress-group/news")
			p.see("region", "Cookies on Progress Housing Group")
			const hidden = `(async () => {
				await new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(r)))
				const e = document.activeElement, r = e.getBoundingClientRect()
				if (e === document.body || e.localName === 'latchkey-privacy') return ''
				const xs = [0.02, 0.5, 0.98].map((f) => r.x + r.width * f), ys = [0.05, 0.5, 0.95].map((f) => r.y + r.height * f)
				const seen = xs.some((x) => ys.some((y) => { const hit = document.elementFromPoint(x, y); return hit && (e.contains(hit) || hit.contains(e)) && hit.localName !== 'latchkey-privacy' }))
				return seen ? '' : e.outerHTML.slice(0, 80)
			})()`
			for range 45 {
				p.press(kb.Tab)
				assert.Empty(t, eval[string](p, hidden), "hidden while it has the focus")
			}
			for range 45 {
				p.backwards()
				assert.Empty(t, eval[string](p, hidden), "hidden while it has the focus, going back")
			}
		})
	}
}

// TestByKeyboard makes a choice, changes it, and sends a request, without a mouse.
func TestByKeyboard(t *testing.T) { // V17, V19
	p := open(t)
	p.visit("/connect/")
	p.see("region", "Cookies on Connect Housing")
	p.tabTo("button", "Choose")
	p.press(kb.Enter)
	p.panelHolds(`document.documentElement.classList.contains('connected')`)
	p.tabTo("checkbox", "Allow: Statistics")
	p.press(" ")
	p.tabTo("button", "Save choices")
	p.press(kb.Enter)
	p.recorded(1)
	require.NotNil(t, p.choice())
	assert.True(t, p.choice().On["statistics"])
	p.press(kb.Escape)
	p.gone("dialog", "Privacy centre")
	p.until("the focus is on the control", func() bool { return p.focused().is("button", "Privacy") })

	what := errand(t)
	p.tabTo("link", "My data")
	p.press(kb.Enter)
	p.panelHolds(adopted)
	p.tabTo("button", "Continue")
	p.press(kb.Enter)
	p.see("heading", "What would you like to see?")
	p.tabTo("textbox", "What would you like to see?")
	p.press(what)
	p.tabTo("button", "Continue")
	p.press(kb.Enter)
	p.see("heading", "How can we reply to you?")
	p.tabTo("textbox", "Your full name")
	p.press("Sam Taylor")
	p.tabTo("radio", "By email")
	p.press(" ")
	p.tabTo("textbox", "Email address")
	p.press("sam@example.org", kb.Enter) // Enter in a field is Continue
	p.see("heading", "Check your answers and send your request")
	p.tabTo("button", "Send your request")
	p.press(kb.Enter)
	p.sentRequest()
	require.Len(t, requestsWith(t, what), 1)
}
