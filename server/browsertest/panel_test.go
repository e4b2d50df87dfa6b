package browsertest

import (
	"slices"
	"testing"

	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/consent"
)

func TestPanelIsARealDialog(t *testing.T) { // V19
	closes := []struct {
		name  string
		close func(p *tab)
	}{
		{"Escape on the host page closes it", func(p *tab) { p.press(kb.Escape) }},
		{"Escape inside the frame closes it", func(p *tab) {
			p.click("checkbox", "Allow: Statistics")
			p.press(kb.Escape)
		}},
		{"its button closes it", func(p *tab) { p.click("button", "Close") }},
	}
	for _, c := range closes {
		t.Run(c.name, func(t *testing.T) {
			p := open(t)
			p.visit("/progress-group/news")
			p.see("region", "Cookies on Progress Housing Group")
			eval[any](p, `scrollTo(0, 300)`)
			p.holds(`scrollY === 300`)
			p.tabTo("button", "Choose")
			before := eval[float64](p, `scrollY`)
			p.press(kb.Enter)
			dialog := p.see("dialog", "Privacy centre")
			assert.Equal(t, "true", dialog.Is["modal"])
			p.see("Iframe", "Privacy centre")
			p.panel()
			p.see("heading", "Your choices")
			c.close(p)
			p.gone("dialog", "Privacy centre")
			p.until("the focus is back", func() bool { return p.focused().is("button", "Choose") })
			assert.InDelta(t, before, eval[float64](p, `scrollY`), 1, "the page does not jump")
			assert.Nil(t, p.choice(), "closing says nothing")
		})
	}
	t.Run("the page behind it can't be reached, and the focus stays inside", func(t *testing.T) {
		p := open(t)
		p.visit("/progress-group/")
		p.click("button", "Choose")
		p.panel()
		p.see("checkbox", "Allow: Statistics")
		for range 40 {
			p.press(kb.Tab)
			_, outside := p.find("link", "Report a repair")
			require.False(t, outside, "the page is inert")
		}
	})
	t.Run("the frame is as tall as its content, if the window allows", func(t *testing.T) {
		p := open(t, sized(1280, 4000))
		p.visit("/connect/")
		p.click("button", "Choose")
		p.panel()
		p.panelHolds(`document.documentElement.classList.contains('connected')`)
		p.panelHolds(`document.documentElement.scrollHeight <= innerHeight`)
		evalPanel[any](p, `document.querySelectorAll('details').forEach((d) => (d.open = true))`)
		p.panelHolds(`document.documentElement.scrollHeight <= innerHeight`)
	})
	t.Run("where the control is the opener, the focus returns to it", func(t *testing.T) {
		p := open(t)
		p.visit("/connect/")
		p.click("button", "Reject all")
		p.recorded(1)
		p.click("button", "Privacy")
		p.panel()
		p.press(kb.Escape)
		p.until("the focus is back", func() bool { return p.focused().is("button", "Privacy") })
	})
	t.Run("where the opener is gone, the control has the focus", func(t *testing.T) {
		p := open(t)
		p.visit("/connect/")
		p.click("button", "Choose")
		p.panel()
		p.click("button", "Save choices")
		p.recorded(1)
		p.press(kb.Escape)
		p.until("the focus is on the control", func() bool { return p.focused().is("button", "Privacy") })
	})
}

func TestPreferencesReachThePage(t *testing.T) { // V4, V6, issue line 13
	p := open(t)
	p.visit("/housing-plus/")
	eval[any](p, `void (window.heard = [], document.addEventListener('latchkey:choice', (e) => heard.push(e.detail)))`)
	p.click("button", "Choose")
	p.panel()
	p.panelHolds(`document.documentElement.classList.contains('connected')`)
	boxes := map[string]string{}
	for _, it := range p.things() {
		if it.Role == "checkbox" {
			boxes[it.Name] = it.Is["checked"]
		}
	}
	want := map[string]string{
		"Allow: Preferences": "false", "Allow: Statistics": "false", "Allow: Marketing": "false",
	}
	assert.Equal(t, want, boxes, "what needs consent is off")
	p.see("button", "Object: switch off Counting visits")

	p.click("checkbox", "Allow: Statistics")
	p.click("button", "Save choices")
	p.panelHolds(`document.body.innerText.includes('Your choices are saved.')`)
	p.recorded(1)
	p.holds(`window.heard.length === 1`)
	wantOn := map[consent.PurposeID]bool{"preferences": false, "statistics": true, "marketing": false}
	choice := p.choice()
	require.NotNil(t, choice)
	assert.Equal(t, consent.Save, choice.Method)
	assert.Equal(t, wantOn, choice.On)
	stored := p.stored()
	require.Len(t, stored, 1)
	assert.Equal(t, 2, stored[0].Event.Layer, "the receipt says that it was the second layer")
	assert.Equal(t, "housing-plus-group", stored[0].Event.Controller.Entity)

	p.visit("/housing-plus/news")
	p.until("the statistics tag runs", func() bool { return slices.Contains(p.ran(), ranTag) })
	p.settle()
	assert.NotContains(t, p.ran(), ranPixel)
	assert.Equal(t, map[string]bool{"preferences": false, "statistics": true, "marketing": false},
		eval[map[string]bool](p, `window.latchkey.choices()`))

	p.click("button", "Privacy")
	p.panel()
	p.panelHolds(`document.querySelector('#on-statistics').checked && !document.querySelector('#on-marketing').checked`)
	assert.Empty(t, p.errors())
}

func TestReceiptInThePanel(t *testing.T) { // V13
	p := open(t)
	p.visit("/connect/")
	p.click("button", "Accept all")
	p.recorded(1)
	p.until("all tags have run", func() bool { return len(p.ran()) == 4 })
	p.click("link", "My cookie receipt")
	p.panel()
	p.see("heading", "Your receipt")
	text := evalPanel[string](p, `document.body.innerText`)
	assert.Contains(t, text, "Connect Housing Association")
	assert.Contains(t, text, "Accept all")
	stored := p.stored()
	require.Len(t, stored, 1)
	assert.Contains(t, text, stored[0].ID)

	t.Run("somebody who only refused is told why there is none to show later", func(t *testing.T) {
		p := open(t)
		p.visit("/connect/")
		p.click("button", "Reject all")
		p.recorded(1)
		p.visit("/connect/repairs")
		p.click("link", "My cookie receipt")
		p.panel()
		p.see("heading", "Find your receipt")
	})
}

// TestPanelWhenTheServerFails shows that a visitor is never stuck in the panel.
func TestPanelWhenTheServerFails(t *testing.T) {
	p := open(t)
	p.visit("/connect/")
	p.on(lk.latchkey+"/connect/preferences", says(500, "text/html", "<!doctype html><title>Error</title><p>Error"))
	p.click("button", "Choose")
	p.see("dialog", "Privacy centre")
	p.press(kb.Escape)
	p.gone("dialog", "Privacy centre")
	p.on(lk.latchkey+"/connect/preferences", pass)
	p.click("button", "Choose")
	p.panel()
	p.see("heading", "Your choices")
}

func TestPreferencesAtTheirOwnAddress(t *testing.T) { // issue line 11
	p := open(t)
	p.centre("/housing-plus/preferences")
	p.see("heading", "Your choices")
	assert.Empty(t, p.names("checkbox"), "what can't be set here is not offered here")
	assert.NotContains(t, p.names("button"), "Save choices")
	p.click("link", "Choose on Housing Plus Group")
	p.holds(`location.origin === ` + quote(lk.demo))
	p.see("dialog", "Privacy centre")
	p.panel()
	p.see("checkbox", "Allow: Statistics")
	assert.Equal(t, lk.demo+"/housing-plus/", eval[string](p, `location.href`), "the address is the page's own again")
}

func TestAFurtherPageInThePanelHasTheFocus(t *testing.T) {
	for name, options := range map[string][]option{"with WebAssembly": nil, "without WebAssembly": {first(`delete window.WebAssembly`)}} {
		t.Run(name, func(t *testing.T) {
			p := open(t, options...)
			begins := func(role, name string) {
				p.see(role, name)
				p.until(name+" has the focus", func() bool { return p.focused().is(role, name) })
			}
			p.requestInPanel()
			if options == nil {
				p.live()
			}
			p.see("heading", "Who are you asking for?")
			assert.True(t, p.focused().is("button", "Close"), "the panel itself has it first")
			p.next()
			begins("heading", "What would you like to see?")
			p.next()
			begins("alert", "There is a problem")
			p.write("What would you like to see?", "All of it.")
			p.next()
			begins("heading", "How can we reply to you?")
			p.write("Your full name", "Fritz Further")
			p.write("Phone number", "01632 960 984")
			p.next()
			begins("heading", "Check your answers and send your request")
			p.click("button", "Send your request")
			begins("heading", "We have your request")
			p.panelHolds(`scrollY === 0`)
		})
	}
}
