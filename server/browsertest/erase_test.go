package browsertest

import "testing"

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
