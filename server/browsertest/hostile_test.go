package browsertest

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// bannerLook is what the banner looks like: the boxes of all that is in it, and
// the styles by which a page could make it unreadable.
func bannerLook(p *tab) []map[string]any {
	p.t.Helper()
	banner := p.see("region", "Cookies on Progress Housing Group")
	return ask[[]map[string]any](p, banner, `function () {
		return [this, ...this.querySelectorAll('*')].map((e) => {
			const r = e.getBoundingClientRect(), s = getComputedStyle(e), of = { element: e.localName }
			for (const side of ['x', 'y', 'width', 'height']) of[side] = Math.round(r[side])
			for (const name of ('display visibility opacity color background-color font-family font-size font-style font-weight line-height ' +
				'letter-spacing word-spacing text-transform text-align text-indent white-space direction cursor transform filter clip-path pointer-events ' +
				'user-select zoom').split(' ')) of[name] = s.getPropertyValue(name)
			return of
		})
	}`)
}

func TestHostileStyles(t *testing.T) { // V20, W8, issue line 22
	plain := open(t)
	plain.visit("/progress-group/hostile/plain")
	want := bannerLook(plain)
	for name, page := range map[string]string{"reverts and hides everything": "revert", "overrules everything": "important"} {
		t.Run("a page that "+name+" leaves the banner as it is", func(t *testing.T) {
			p := open(t)
			p.visit("/progress-group/hostile/" + page)
			got := bannerLook(p)
			require.Len(t, got, len(want))
			for i := range want {
				assert.Equal(t, want[i], got[i], "element %d", i)
			}
			p.click("button", "Choose")
			p.see("dialog", "Privacy centre")
			p.panel()
			p.see("heading", "Your choices")
			at, ok := p.where(p.see("dialog", "Privacy centre"))
			require.True(t, ok)
			assert.Greater(t, at.Width, 500.0)
			assert.Greater(t, at.Height, 500.0)
			p.click("button", "Close")
			p.gone("dialog", "Privacy centre")
			p.click("button", "Reject all")
			p.gone("region", "Cookies on Progress Housing Group")
			control, ok := p.where(p.see("button", "Privacy"))
			require.True(t, ok)
			assert.GreaterOrEqual(t, control.Height, 44.0)
			p.recorded(1)
			require.NotNil(t, p.choice())
		})
	}
}

// TestThePageLosesNothing compares a page's own elements with and without
// Latchkey: every computed style and every box.
func TestThePageLosesNothing(t *testing.T) { // W8, issue line 22
	const own = `(() => {
		const all = {}
		for (const e of [document.documentElement, document.body, ...document.body.querySelectorAll('*')]) {
			const s = getComputedStyle(e), r = e.getBoundingClientRect(), of = [r.x, r.y, r.width, r.height].map(Math.round).join()
			// The page is as long as before and a little longer, so that its end can be scrolled free of the banner.
			const long = e === document.documentElement ? /^(height|block-size|perspective-origin|transform-origin)$/ : /^$/
			all[e.localName + '#' + e.id] = (e === document.documentElement ? '' : of) + [...s].filter((n) => !long.test(n)).map((n) => n + ':' + s.getPropertyValue(n)).join(';')
		}
		return all
	})()`
	p := open(t)
	p.visit("/progress-group/hostile/bare")
	p.settle()
	want := eval[map[string]string](p, own)
	globals := eval[[]string](p, `Object.getOwnPropertyNames(window)`)

	p.visit("/progress-group/hostile/plain")
	p.see("region", "Cookies on Progress Housing Group")
	p.settle()
	assert.Equal(t, want, eval[map[string]string](p, own), "with the banner")
	assert.Equal(t, []string{"latchkey"}, difference(eval[[]string](p, `Object.getOwnPropertyNames(window)`), globals), "one global")
	assert.Empty(t, eval[[]string](p, `[...document.querySelectorAll('style, link[rel=stylesheet]')].map((e) => e.outerHTML)`), "no style sheet in the page")

	p.click("button", "Reject all")
	p.recorded(1)
	p.see("button", "Privacy")
	p.settle()
	assert.Equal(t, want, eval[map[string]string](p, own), "with the control")
	assert.Empty(t, p.errors())
}

// difference lists what is in a and not in b.
func difference(a, b []string) []string {
	known := map[string]bool{}
	for _, s := range b {
		known[s] = true
	}
	var more []string
	for _, s := range a {
		if !known[s] {
			more = append(more, s)
		}
	}
	return more
}

func TestAnAppThatReplacesTheBody(t *testing.T) {
	p := open(t)
	p.visit("/progress-group/hostile/spa")
	p.see("heading", "The app")
	p.see("region", "Cookies on Progress Housing Group")
	p.click("button", "Next view")
	p.see("heading", "Second view")
	p.see("group", "A film in the app…")
	p.click("button", "Reject all")
	p.see("button", "Privacy")
	p.recorded(1)
	p.settle()
	assert.Empty(t, p.thirdParty())
	p.click("button", "Always allow: A film in the app…")
	p.see("heading", "Clipview")
	assert.Contains(t, strings.Join(p.thirdParty(), " "), "player")
	assert.Empty(t, p.errors())
}
