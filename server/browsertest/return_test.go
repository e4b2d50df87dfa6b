package browsertest

import (
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"
)

func TestNothingTypedIsLostByLookingElsewhere(t *testing.T) {
	const what, name = "Letters about the lift.", "Ewan Away"
	withoutWasm := first(`delete window.WebAssembly`)
	tests := []struct {
		name    string
		options []option
		start   func(p *tab)
		away    func(p *tab)
	}{
		{"at another page of the panel", nil, (*tab).requestInPanel, (*tab).readNoticeAndReturn},
		{"at another page of the panel, without WebAssembly", []option{withoutWasm}, (*tab).requestInPanel, (*tab).readNoticeAndReturn},
		{"at another page", nil, (*tab).requestAlone, (*tab).readNoticeAndReturn},
		{"by closing the panel", nil, (*tab).requestInPanel, func(p *tab) {
			p.closePanel()
			p.click("link", "My data")
		}},
		{"by loading the page again", nil, (*tab).requestAlone, func(p *tab) {
			p.holds(`String(history.state).includes('Ewan')`) // in a pause of the typing
			p.reload()
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := open(t, tt.options...)
			tt.start(p)
			if tt.options == nil {
				p.live()
			}
			p.next()
			p.asks("What would you like to see?")
			p.write("What would you like to see?", what)
			p.next()
			p.asks("How can we reply to you?")
			p.write("Your full name", name)
			tt.away(p)
			p.asks("How can we reply to you?")
			assert.Equal(t, name, p.reads("Your full name"))
			p.click("button", "Back")
			p.asks("What would you like to see?")
			assert.Equal(t, what, p.reads("What would you like to see?"))
			p.next()
			p.asks("How can we reply to you?")
			assert.Equal(t, name, p.reads("Your full name"))
			p.inOrder()
		})
	}
}

func TestThePanelForgetsARequestThatWasSent(t *testing.T) {
	p := open(t)
	p.requestInPanel()
	p.live()
	p.next()
	p.asks("What would you like to see?")
	p.write("What would you like to see?", "All of it.")
	p.next()
	p.asks("How can we reply to you?")
	p.write("Your full name", "Fay Forgotten")
	p.write("Phone number", "01632 960 984")
	p.next()
	p.asks("Check your answers and send your request")
	p.closePanel()
	p.click("link", "My data")
	p.asks("Check your answers and send your request")
	p.click("button", "Send your request")
	p.asks("We have your request")
	p.closePanel()
	p.click("link", "My data")
	p.asks("Who are you asking for?")
	p.live()
	p.next()
	p.asks("What would you like to see?")
	assert.Empty(t, p.reads("What would you like to see?"))
	p.closePanel()
	p.click("button", "Choose")
	p.see("heading", "Your choices")
	p.closePanel()
	p.until("another view has taken the place of what was begun", func() bool {
		_, waits := p.findPanel()
		return !waits
	})
	p.inOrder()
}

// closePanel closes the panel by the keyboard.
func (p *tab) closePanel() {
	p.t.Helper()
	p.press(kb.Escape)
	p.gone("dialog", "Privacy centre")
}

// requestInPanel opens the request form in the panel of Connect's website.
func (p *tab) requestInPanel() {
	p.t.Helper()
	p.visit("/connect/")
	p.click("link", "My data")
	p.panel()
}

// requestAlone opens the same at its own address.
func (p *tab) requestAlone() {
	p.t.Helper()
	p.centre("/connect/request/access")
}

// readNoticeAndReturn follows a link of the page and comes back by the browser's Back button.
func (p *tab) readNoticeAndReturn() {
	p.t.Helper()
	p.click("link", "Privacy notice")
	p.see("heading", "Connect Housing privacy notice")
	p.settle()
	p.back()
}

// live waits until WebAssembly has taken the request form over.
func (p *tab) live() {
	p.t.Helper()
	const js = `document.documentElement.classList.contains('live')`
	if _, framed := p.findPanel(); framed {
		p.panelHolds(js)
		return
	}
	p.holds(js)
}

// forward goes a page forward in the tab's history.
func (p *tab) forward() {
	p.t.Helper()
	h := do(p, page.GetNavigationHistory, cdp.Empty{})
	to := h.Entries[h.CurrentIndex+1]
	do(p, page.NavigateToHistoryEntry, page.NavigateToHistoryEntryParams{EntryID: to.ID})
}

// TestGoingBackWithoutWebAssembly answers a request by pages that no browser may store, goes back
// over all of them and forward again, and loads one again.
func TestGoingBackWithoutWebAssembly(t *testing.T) {
	for name, start := range map[string]func(p *tab){"at its own address": (*tab).requestAlone, "in the panel": (*tab).requestInPanel} {
		t.Run(name, func(t *testing.T) {
			const what = "Letters about the boiler.\n\n\"Both\" of them & more"
			who := "Gwen Back " + name
			p := open(t, first(`delete window.WebAssembly`))
			pageHolds := func(js string) {
				if _, framed := p.findPanel(); framed {
					p.panelHolds(js)
				} else {
					p.holds(js)
				}
				p.settle()
			}
			start(p)
			p.asks("Who are you asking for?")
			p.click("radio", "Somebody else")
			p.write("Their full name (optional)", "Hari Other")
			p.next()
			p.asks("What would you like to see?")
			p.next()
			p.refuses("What would you like to see?", "textbox", "What would you like to see?", "Tell us what it is about")
			p.write("What would you like to see?", what)
			p.next()
			p.asks("How can we reply to you?")
			p.write("Your full name", who)
			pageHolds(`JSON.stringify(history.state).includes("Gwen")`) // in a pause of the typing

			holds := func(answer string) {
				pageHolds(`document.querySelector('textarea[name=what]')?.value === ` + quote(answer))
			}
			// As it was sent, as it was refused (the line of the error summary led to an entry of its own), and before that.
			for _, answer := range []string{what, what, ""} {
				p.back()
				holds(answer)
			}
			p.back()
			pageHolds(`document.querySelector('[name=subject]')?.value === "Hari Other"`)
			p.asks("Who are you asking for?")
			assert.True(t, p.chosen("radio", "Somebody else"))
			assert.Equal(t, "Hari Other", p.reads("Their full name (optional)"))
			for _, answer := range []string{"", what, what} {
				p.forward()
				holds(answer)
			}
			p.forward()
			pageHolds(`document.querySelector('[name=name]')?.value === ` + quote(who))
			p.asks("How can we reply to you?")
			assert.Equal(t, who, p.reads("Your full name"), "what was typed and not sent is there as well")
			p.click("radio", "By phone")
			p.write("Phone number", "01632 960 985")
			p.next()
			p.asks("Check your answers and send your request")
			assert.Contains(t, p.text(), "Hari Other")
			p.click("button", "Send your request")
			p.asks("We have your request")
			received(t, who)
			p.back()
			p.asks("Check your answers and send your request")
			p.click("button", "Send your request")
			p.asks("We have your request")
			received(t, who)                  // once
			if name == "at its own address" { // in a frame, browsers say that they do not heed autofocus
				p.inOrder()
			}
		})
	}
}
