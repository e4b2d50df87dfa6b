package browsertest

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// overlay is the debug overlay of the page, seen by script.
const overlay = `document.querySelector('latchkey-debug').shadowRoot`

// debugRow waits for the row of the overlay that begins with a text and says
// all of some others. The tab must have been opened with openShadows.
func (p *tab) debugRow(start string, says ...string) string {
	p.t.Helper()
	var row string
	p.until("the overlay has a row "+start+" with "+strings.Join(says, ", "), func() bool {
		rows, err := tryEval[[]string](p, mainFrame(p),
			`[...`+overlay+`.querySelectorAll('tbody tr')].map((row) => [...row.cells].map((cell) => cell.textContent).join(' | '))`)
		if err != nil {
			return false
		}
		for _, row = range rows {
			all := strings.Contains(strings.SplitN(row, " | ", 2)[0], start)
			for _, s := range says {
				all = all && strings.Contains(row, s)
			}
			if all {
				return true
			}
		}
		return false
	})
	return row
}

func TestTheDebugOverlaySaysWhatRunsAndWhy(t *testing.T) {
	p := open(t, openShadows)
	// A tag that does more than was declared for it.
	p.on(lk.third+"/third-party/circle.js", says(200, "text/javascript", `for (const name of ['_cp', 'planted']) document.cookie = name + '=1; path=/connect/'`))
	p.visit("/connect/?latchkey=debug")
	p.see("region", "Latchkey debug")
	const unanswered = "Needs consent (PECR Schedule A1, paragraph 2): the visitor has not answered yet."
	p.debugRow("sitelook.js", "Statistics", "Blocked", unanswered, "nothing seen")
	p.debugRow("script inline: window.sitelook", "Statistics", "Blocked", unanswered)
	p.debugRow("player?film", "Marketing", "Blocked", unanswered)
	p.accessible("the debug overlay before a choice")

	p.click("button", "Accept all")
	p.recorded(1)
	const yes = "the visitor said yes, by Accept all on "
	p.debugRow("sitelook.js", "Released", yes, "cookie _sl")
	p.debugRow("circle.js", "Released", yes, "cookie _cp, cookie planted (not declared)")
	p.debugRow("readwell.js", "Released", yes, "storage readwell.toolbar")
	p.debugRow("player?film", "Released", yes)
	p.debugRow("cookie _sl", "Statistics (Sitelook Analytics)", "/third-party/sitelook.js: seen when it ran")
	p.debugRow("cookie planted", "Not declared", "/third-party/circle.js: seen when it ran")
	p.debugRow("cookie latchkey", "Latchkey itself")
	p.accessible("the debug overlay after a choice")

	p.reload()
	p.see("region", "Latchkey debug")
	p.debugRow("sitelook.js", "Released", yes)
	p.debugRow("cookie planted", "Not declared", "unknown: it was here before this overlay")

	t.Run("an element that the page adds is there too, and what is marked in vain is said", func(t *testing.T) {
		p := p.in(t)
		eval[any](p, `void document.body.insertAdjacentHTML('beforeend', '<img alt="" src="/shared/none.gif" data-consent="marketing"><img alt="" data-src="/shared/none.gif" data-consent="unheard-of">')`)
		p.debugRow("img without an address", "Not held back", "Its address is not in data-src, data-srcset or data-href, so the browser has loaded it without asking.")
		p.debugRow("img /shared/none.gif", "unheard-of", "Blocked", "The site declares no purpose “unheard-of”")
	})
	t.Run("what a refusal should have removed is worth a look", func(t *testing.T) {
		p := p.in(t)
		p.visit("/progress-group/?latchkey=debug")
		p.click("button", "Reject all")
		p.recorded(1)
		eval[any](p, `void (document.cookie = '_cp=late; path=/progress-group/')`)
		p.debugRow("circle.js", "Blocked", "the visitor said no, by Reject all on ")
		p.debugRow("cookie _cp", "Marketing (Circle Social): its purpose is off, so it should not be here", "no marked tag that ran on this page")
	})
	assert.Empty(t, p.errors(`none\.gif`, `404`))
}

func TestTheDebugOverlaySaysWhoElseDecided(t *testing.T) {
	t.Run("Global Privacy Control", func(t *testing.T) {
		p := open(t, openShadows, withGPC)
		p.visit("/connect/?latchkey=debug")
		p.debugRow("circle.js", "Blocked", "not answered, and the browser’s Global Privacy Control refuses it.")
	})
	t.Run("Allow once", func(t *testing.T) {
		p := open(t, openShadows)
		p.visit("/connect/?latchkey=debug")
		p.click("button", "Allow once: "+p.placeholder())
		p.debugRow("player?film", "Marketing", "Released", "the visitor allowed this one element once")
		p.debugRow("circle.js", "Marketing", "Blocked", "the visitor has not answered yet.")
	})
	t.Run("an exemption", func(t *testing.T) {
		p := open(t, openShadows)
		p.visit("/reside/?latchkey=debug")
		p.debugRow("visits.js", "Counting visits", "Released", "Statistics exemption (PECR Schedule A1, paragraph 5): runs until the visitor objects, and they have not.")
	})
}

func TestTheDebugOverlayIsForEverybody(t *testing.T) {
	p := open(t, openShadows)
	p.visit("/progress-group/?latchkey=debug")
	p.see("region", "Latchkey debug")
	p.debugRow("sitelook.js", "Blocked")
	p.size(320, 256)
	p.still()
	p.accessible("the debug overlay in 320 px")
	assert.Empty(t, p.flaws("sideways", "cut", "small"), "in 320 pixels")
	p.size(1280, 800)

	t.Run("it goes with Tab as with any other region, and closes with Escape", func(t *testing.T) {
		p := p.in(t)
		p.tabTo("button", "Copy report")
		p.tabTo("button", "Close debug")
		p.press("\t")
		assert.NotContains(t, []string{"Copy report", "Close debug"}, p.focused().Name, "the focus is not kept")
		p.tabTo("button", "Copy report")
		p.press("\x1b")
		p.gone("region", "Latchkey debug")
	})
	t.Run("its button closes it, and the report is text", func(t *testing.T) {
		p := p.in(t)
		p.visit("/progress-group/?latchkey=debug&token=secret")
		eval[any](p, `void Object.defineProperty(navigator, 'clipboard', { value: { writeText: (text) => { window.copied = text; return Promise.resolve() } } })`)
		p.debugRow("sitelook.js", "Blocked")
		p.click("button", "Copy report")
		p.holds(`!!window.copied`)
		report := eval[string](p, `window.copied`)
		assert.Contains(t, report, "- Blocked: script "+lk.third+"/third-party/sitelook.js\n  Purpose: Statistics (statistics)\n  Why: Needs consent")
		assert.NotContains(t, report, "secret", "what the address carries may be personal")

		eval[any](p, `void (navigator.clipboard.writeText = () => Promise.reject(new Error('not allowed')))`)
		p.click("button", "Copy report")
		p.holds(overlay + `.activeElement?.value === window.copied.replace(/, \d.*Z/, ` + overlay + `.activeElement.value.match(/, \d.*Z/)[0])`)
		p.accessible("the debug overlay with its report")
		p.click("button", "Close debug")
		p.gone("region", "Latchkey debug")
	})
}

func TestNobodyElseGetsTheDebugOverlay(t *testing.T) {
	fetched := func(p *tab) []string {
		var found []string
		for _, r := range p.requests() {
			if strings.Contains(r.URL, ".debug.") {
				found = append(found, r.URL)
			}
		}
		return found
	}
	for name, address := range map[string]string{"without the parameter": "/progress-group/", "with another": "/progress-group/?latchkey=debugger"} {
		t.Run(name, func(t *testing.T) {
			p := open(t)
			p.visit(address)
			p.see("region", "Cookies on Progress Housing Group")
			p.settle()
			assert.Empty(t, fetched(p))
			assert.False(t, eval[bool](p, `!!document.querySelector('latchkey-debug')`))
		})
	}
	t.Run("on a site that does not allow it", func(t *testing.T) {
		p := open(t)
		p.visit("/housing-plus/?latchkey=debug")
		p.see("region", "Cookies on Housing Plus Group")
		p.settle()
		assert.Empty(t, fetched(p))
		require.False(t, eval[bool](p, `!!document.querySelector('latchkey-debug')`))
	})
}
