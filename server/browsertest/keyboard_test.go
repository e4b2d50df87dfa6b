package browsertest

import (
	"testing"

	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestEveryStopIsSeen goes through pages by Tab: everything that can be used is
// reached, shows that it has the focus, and is in sight then.
func TestEveryStopIsSeen(t *testing.T) { // V17, V18
	walks := []scene{
		{"home", func(p *tab) { p.centre("/connect/") }},
		{"preferences", func(p *tab) { p.centre("/housing-plus/preferences?lang=cy") }},
		{"notice", func(p *tab) { p.centre("/reside/notice") }},
		{"cookies", func(p *tab) { p.centre("/progress-group/cookies") }},
		{"receipt", func(p *tab) { p.centre("/connect/receipt") }},
		{"what to do", func(p *tab) { p.centre("/progress-group/request") }},
		{"how to reply, errors", func(p *tab) { p.post(stages("connect", "en-GB")[10]) }},
		{"check", func(p *tab) { p.post(stages("connect", "en-GB")[11]) }},
		{"banner", func(p *tab) {
			p.visit("/connect/")
			p.see("region", "Cookies on Connect Housing")
		}},
		{"control", func(p *tab) {
			p.visit("/connect/")
			p.click("button", "Reject all")
			p.recorded(1)
		}},
		{"panel", func(p *tab) {
			p.visit("/housing-plus/")
			p.click("button", "Choose")
			p.connected()
			p.still()
		}},
	}
	for _, w := range walks {
		t.Run(w.name, func(t *testing.T) {
			p := open(t, openShadows, sized(1280, 2400))
			w.show(p)
			frame := p.ownFrames()[0]
			if f, ok := p.findPanel(); ok {
				for _, of := range p.ownFrames() {
					if of.ID == f {
						frame = of
					}
				}
			}
			p.press(kb.Tab)
			for stops := 0; len(p.flawsIn(frame, "unvisited")) > 0; stops++ {
				require.Less(t, stops, 200, "Tab does not reach %q", p.flawsIn(frame, "unvisited"))
				for range 5 {
					assert.Empty(t, p.flawsIn(frame, "unfocused"))
					p.press(kb.Tab)
				}
			}
		})
	}
}

// TestANoticeByKeyboard reads a notice without a mouse: past the navigation,
// through the contents, to a clause and to the one that it refers to.
func TestANoticeByKeyboard(t *testing.T) { // V17
	p := open(t, sized(1280, 600))
	p.centre("/reside/notice")
	p.press(kb.Tab)
	require.True(t, p.focused().is("link", "Skip to main content"))
	p.press(kb.Enter)
	p.holds(`document.activeElement.id === 'main'`)

	contents := "document.querySelector('.contents details')"
	p.until("the contents have the focus", func() bool {
		p.press(kb.Tab)
		return eval[bool](p, contents+`.firstElementChild === document.activeElement`)
	})
	p.press(kb.Enter)
	p.holds(contents + `.open`)
	p.until("the last section's link has the focus", func() bool {
		p.press(kb.Tab)
		return eval[bool](p, `document.activeElement === [...document.querySelectorAll('.contents a')].at(-1)`)
	})
	section := eval[string](p, `document.activeElement.hash`)
	p.press(kb.Enter)
	p.holds(`location.hash === ` + quote(section) + ` && scrollY > 1000`)
	const target = `document.getElementById(location.hash.slice(1))`
	p.holds(`(() => { const r = ` + target + `.getBoundingClientRect(); return r.top >= 0 && r.top < innerHeight })()`)
	p.press(kb.Tab) // goes on from there
	p.holds(`!(` + target + `.compareDocumentPosition(document.activeElement) & Node.DOCUMENT_POSITION_PRECEDING)`)
	assert.Empty(t, p.errors())
}
