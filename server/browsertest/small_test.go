package browsertest

import (
	"testing"

	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"
)

// TestTheFirstLayerOnPhones shows all that is asked and how to object without
// scrolling on an ordinary phone, and on the smallest hides nothing that has the focus
// behind the answers.
func TestTheFirstLayerOnPhones(t *testing.T) { // V11, V17; WCAG 2.2, 2.4.11
	// What of the banner's words and buttons is not wholly in the part of it above the answers.
	const hidden = `(() => {
		const b = document.querySelector('latchkey-privacy').shadowRoot.querySelector('.b'), box = b.getBoundingClientRect()
		const answers = b.querySelector(':scope > div').getBoundingClientRect()
		return (e) => {
			const r = e.getBoundingClientRect()
			return r.top < box.top - 1 || r.bottom > (e.closest('div') === b ? answers.top + 12 : box.bottom + 1)
		}
	})()`
	const all = `(() => { const h = ` + hidden + `
		const b = document.querySelector('latchkey-privacy').shadowRoot.querySelector('.b')
		return [...b.querySelectorAll('a, button')].filter((e) => e.offsetHeight && h(e)).map((e) => e.textContent) })()`
	const focus = `(() => { const h = ` + hidden + `
		const e = document.querySelector('latchkey-privacy').shadowRoot.activeElement
		return e && h(e) ? e.textContent : '' })()`
	for _, site := range []string{"/progress-group/", "/reside/", "/housing-plus/", "/care-plus/", "/connect/"} {
		t.Run(site, func(t *testing.T) {
			p := open(t, openShadows, sized(390, 844))
			p.visit(site)
			p.see("button", "Reject all")
			assert.Empty(t, eval[[]string](p, all))
		})
	}
	t.Run("on its side", func(t *testing.T) {
		p := open(t, openShadows, sized(844, 340))
		p.visit("/housing-plus/cymraeg")
		p.see("button", "Gwrthod y cyfan")
		answers := eval[box](p, `document.querySelector('latchkey-privacy').shadowRoot.querySelector('[data-do=reject]').getBoundingClientRect().toJSON()`)
		assert.LessOrEqual(t, answers.Y+answers.Height, 340.0)
	})
	t.Run("the control", func(t *testing.T) { // on every page
		p := open(t, openShadows, sized(320, 568))
		p.visit("/connect/")
		p.click("button", "Accept all")
		p.see("button", "Reject all")
		control := eval[box](p, `document.querySelector('latchkey-privacy').shadowRoot.querySelector('.c').getBoundingClientRect().toJSON()`)
		assert.Equal(t, 8.0, control.X)
		assert.LessOrEqual(t, control.X+control.Width, 312.0)
		assert.Equal(t, "1px underline", eval[string](p, `(() => {
			const c = document.querySelector('latchkey-privacy').shadowRoot.querySelector('.c')
			return getComputedStyle(c).borderTopWidth + ' ' + getComputedStyle(c.querySelector('[data-do=withdraw]')).textDecorationLine
		})()`))
	})
	for _, site := range []string{"/progress-group/cymraeg", "/housing-plus/cymraeg"} {
		t.Run(site, func(t *testing.T) { // longer words on a small screen
			p := open(t, openShadows, sized(320, 568))
			p.visit(site)
			p.see("button", "Gwrthod y cyfan")
			for range 5 {
				p.press(kb.Tab)
				assert.Empty(t, eval[string](p, focus))
			}
		})
	}
}

// TestObjectingStrikesThroughNoWords shows that the button in a line of text paints
// nothing over its neighbours, in forced colours and with the focus.
func TestObjectingStrikesThroughNoWords(t *testing.T) { // V11, V17
	p := open(t, openShadows)
	p.visit("/care-plus/")
	p.see("button", "Object: switch this off")
	p.press(kb.Tab)
	p.press(kb.Tab)
	assert.Equal(t, "Object: switch this off 0px none -6px", eval[string](p, `(() => {
		const e = document.querySelector('latchkey-privacy').shadowRoot.activeElement, s = getComputedStyle(e)
		return [e.textContent, s.borderTopWidth, s.boxShadow, s.outlineOffset].join(' ')
	})()`))
}
