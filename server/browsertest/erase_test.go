package browsertest

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// twoChoices makes two choices on a page, and opens the receipt of the second in the panel.
func (p *tab) twoChoices() {
	p.t.Helper()
	p.visit("/connect/")
	p.click("button", "Accept all")
	p.recorded(1)
	eval[bool](p, `(window.before = true, latchkey.withdraw(), true)`)
	p.holds(`!window.before && !!window.latchkey`) // what ran is gone with the page
	p.recorded(2)
	p.click("link", "My cookie receipt")
	p.panel()
	p.see("heading", "Your receipt")
}

func TestTheHistoryOfADeviceIsErasedFromThePanel(t *testing.T) {
	p := open(t)
	p.twoChoices()
	p.see("heading", "Your choices on this device")
	p.click("button", "Show the receipt of…")
	p.see("heading", "Your receipt")
	p.click("button", "Erase this receipt")
	p.see("heading", "Erase this receipt?")
	p.click("button", "Keep it")
	p.see("heading", "Your choices on this device")
	p.click("button", "Erase this receipt")
	p.click("button", "Erase the receipt")
	p.see("heading", "Your receipt is erased")
	p.click("button", "Back to your newest receipt")
	p.see("heading", "Your receipt")
	p.click("button", "Erase this receipt")
	p.click("button", "Erase the receipt")
	p.see("heading", "Your receipt is erased")
}

// TestAnErasedReceiptGoesFromTheDevice erases the newest receipt in the panel, and an older one.
func TestAnErasedReceiptGoesFromTheDevice(t *testing.T) {
	const says = `document.querySelector('article').innerText`
	for _, c := range []struct{ lang, site, stands, on, proof string }{
		{"en-GB", "connect", "What you chose on Connect Housing still stands", ": on", "There is no record any more that proves this choice"},
		{"cy", "progress-group", "yn dal i sefyll", ": ymlaen", "Nid oes cofnod mwyach sy’n profi’r dewis hwn"},
	} {
		t.Run("the newest, in "+c.lang, func(t *testing.T) {
			p := open(t)
			key := "latchkey." + c.site
			p.visit("/" + c.site + "/")
			p.click("button", "Accept all")
			p.until("its receipt is kept", func() bool { return p.device(c.site).R != nil })
			cookie := p.cookies(lk.demo + "/")["latchkey"]
			eval[any](p, `void latchkey.open('receipt')`)
			p.panel()
			p.panelHolds(`!!document.querySelector('[name=erase]')`)
			if c.lang == "cy" {
				evalPanel[any](p, `void document.querySelector('[lang=cy]').click()`)
				p.panelHolds(`document.documentElement.lang === 'cy' && !!document.querySelector('[name=erase]')`)
			}
			evalPanel[any](p, `void document.querySelector('[name=erase]').click()`)
			p.panelHolds(`!!document.querySelector('[name=confirm][value=erase]')`)
			evalPanel[any](p, `void document.querySelector('[name=confirm][value=erase]').click()`)
			p.panelHolds(`!!document.querySelector('[data-erased]')`)
			p.until("the device keeps nothing of it", func() bool { return p.storage()[key] == "" })
			p.panelHolds(says + `.includes(` + quote(c.proof) + `)`)
			text := evalPanel[string](p, says)
			assert.Contains(t, text, c.stands)
			assert.Contains(t, text, c.on)
			assert.NotContains(t, text, ": off")
			assert.NotContains(t, text, ": i ffwrdd")
			assert.Equal(t, cookie, p.cookies(lk.demo + "/")["latchkey"], "the choice itself is not touched")
			assert.True(t, eval[bool](p, `latchkey.allowed('statistics')`))

			eval[any](p, `void latchkey.set({statistics: true, marketing: false})`)
			p.until("the next has its own", func() bool { return p.device(c.site).R != nil })
			stored := p.stored()
			assert.Empty(t, stored[len(stored)-1].Event.Previous, "and follows on nothing")
			assert.Empty(t, p.errors())
		})
	}
	t.Run("an older one leaves the newest", func(t *testing.T) {
		p := open(t)
		p.twoChoices()
		p.until("its receipt is kept", func() bool { return p.device("connect").R != nil })
		newest := p.device("connect").R.Receipt
		p.click("button", "Show the receipt of…")
		p.see("heading", "Your receipt")
		p.click("button", "Erase this receipt")
		p.click("button", "Erase the receipt")
		p.see("heading", "Your receipt is erased")
		p.panelHolds(says + `.includes('A later receipt is still there and proves this choice')`)
		p.settle()
		kept := p.device("connect").R
		require.NotNil(t, kept)
		assert.Equal(t, newest, kept.Receipt)
		assert.Empty(t, p.errors())
	})
}

// TestACodeThatOpensNothingGoesFromTheDevice erases a receipt at its own address, where the page can't know what the
// browser keeps, and opens the panel later.
func TestACodeThatOpensNothingGoesFromTheDevice(t *testing.T) {
	p := open(t)
	p.visit("/connect/")
	p.click("button", "Accept all")
	p.until("its receipt is kept", func() bool { return p.device("connect").R != nil })
	r := p.device("connect").R
	for _, options := range [][]option{{withoutScript}, nil} {
		own := open(t, options...)
		own.centre("/connect/receipt")
		own.write("Receipt code", r.Receipt+"."+r.Token)
		own.click("button", "Show my receipt")
		if options != nil {
			own.click("button", "Erase this receipt")
			own.click("button", "Erase the receipt")
			own.see("heading", "Your receipt is erased")
		} else {
			own.see("heading", "This receipt was erased")
		}
		said := own.things()
		assert.True(t, slices.ContainsFunc(said, func(it thing) bool {
			return strings.Contains(it.Name, "may still keep the code of this receipt. The code opens nothing any more.")
		}), "%v", said)
	}
	require.NotNil(t, p.device("connect").R)
	p.click("link", "My cookie receipt")
	p.panel()
	p.see("heading", "This receipt was erased")
	p.until("it is gone", func() bool { return p.storage()["latchkey.connect"] == "" })
}
