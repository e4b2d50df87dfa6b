package browsertest

import (
	"testing"

	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/consent"
)

// none is what Reject all says.
func (w website) none() map[consent.PurposeID]bool {
	no := map[consent.PurposeID]bool{}
	for id := range w.yes {
		no[id] = false
	}
	return no
}

func TestNothingRunsBeforeAChoiceOrAfterReject(t *testing.T) { // V1, V2, V14, V15
	for _, w := range websites {
		t.Run(w.id, func(t *testing.T) {
			p := open(t)
			home := "/" + w.id + "/"
			p.visit(home)
			p.see("region", w.banner())
			p.onlyExempt(w, "before a choice")
			assert.Nil(t, p.choice())

			p.click("button", "Reject all")
			p.gone("region", w.banner())
			p.see("button", "Privacy")
			p.recorded(1)
			p.onlyExempt(w, "after Reject")
			choice := p.choice()
			require.NotNil(t, choice)
			assert.Equal(t, consent.RejectAll, choice.Method)
			assert.Equal(t, w.none(), choice.On)

			for _, name := range w.pages {
				p.visit(home + name)
				p.onlyExempt(w, "on "+name)
				p.see("button", "Privacy")
			}
			p.reload()
			p.onlyExempt(w, "after a reload")
			p.back()
			p.onlyExempt(w, "after going back")
			p.see("button", "Privacy")
			assert.NotContains(t, p.names("region"), w.banner(), "it does not ask again")
			assert.Equal(t, []int64{201}, p.receipts(), "one choice, one receipt")
			for name := range p.storage() {
				assert.NotContains(t, name, "latchkey", "somebody who only refused keeps no id")
			}
			assert.Empty(t, p.errors())
		})
	}
}

func TestAcceptReleasesEverythingInDocumentOrder(t *testing.T) {
	for _, w := range websites {
		t.Run(w.id, func(t *testing.T) {
			p := open(t)
			home := "/" + w.id + "/"
			p.visit(home)
			p.settle()
			cover := p.placeholder()
			p.click("button", "Accept all")
			p.gone("region", w.banner())
			p.gone("group", cover)
			p.until("all tags have run", func() bool { return len(p.ran()) == len(w.exempt)+len(w.consented) })
			p.recorded(1)
			p.settle()
			assert.Equal(t, w.consented, p.ran()[len(w.exempt):], "in document order, each once")
			assert.True(t, eval[bool](p, `document.querySelector('.film iframe').src.startsWith(`+quote(lk.third)+`)`), "the film is there")
			choice := p.choice()
			require.NotNil(t, choice)
			assert.Equal(t, consent.AcceptAll, choice.Method)
			assert.Equal(t, w.yes, choice.On)

			p.net.mu.Lock()
			p.net.all = nil
			p.net.mu.Unlock()
			p.visit(home)
			p.until("all tags have run again", func() bool { return len(p.ran()) == len(w.exempt)+len(w.consented) })
			p.settle()
			p.see("button", "Privacy")
			assert.NotContains(t, p.names("region"), w.banner())
			assert.Equal(t, []string{"GET /embed/" + w.id + ".js"}, p.sent(lk.latchkey), "a later page asks the server nothing but its loader")
			assert.Empty(t, p.errors())
		})
	}
}

// placeholder is the name of the page's only placeholder.
func (p *tab) placeholder() string {
	p.t.Helper()
	title := eval[string](p, `document.querySelector('.film iframe').title`) + " (Clipview)"
	p.see("group", title)
	return title
}

func TestAcceptAndRejectAreEqual(t *testing.T) { // V3
	const look = `function () {
		const s = getComputedStyle(this), of = {}
		for (const name of s) if (!/^(perspective|transform)-origin$/.test(name)) of[name] = s.getPropertyValue(name)
		of.element = this.localName
		return of
	}`
	p := open(t)
	for _, w := range websites {
		for _, width := range []int64{1280, 320} {
			p.size(width, 640)
			p.visit("/" + w.id + "/")
			accept, reject := p.see("button", "Accept all"), p.see("button", "Reject all")
			assert.Equal(t, ask[map[string]string](p, accept, look), ask[map[string]string](p, reject, look), "%s at %d pixels", w.id, width)
			a, _ := p.where(accept)
			r, _ := p.where(reject)
			assert.InDelta(t, a.Width, r.Width, 1, "%s at %d pixels: width", w.id, width)
			assert.InDelta(t, a.Height, r.Height, 1, "%s at %d pixels: height", w.id, width)
			assert.GreaterOrEqual(t, a.Height, 44.0)
		}
	}
}

func TestOnlyAnAnswerIsAnAnswer(t *testing.T) { // V5, V19, V20
	w := websites[0]
	p := open(t)
	p.visit("/progress-group/news")
	p.see("region", w.banner())
	p.press(kb.Escape)
	p.press(kb.PageDown, kb.End)
	p.holds(`scrollY > 200`) // the page scrolls: the banner locks nothing
	p.clickAt(640, 100)
	p.visit("/progress-group/")
	p.visit("/progress-group/repairs")
	p.see("region", w.banner())
	p.onlyExempt(w, "after Escape, scrolling, a click on the page and going on")
	assert.Nil(t, p.choice())
	assert.Empty(t, p.receipts())

	t.Run("nor is opening and leaving the preferences", func(t *testing.T) {
		p := open(t)
		p.visit("/progress-group/")
		p.click("button", "Choose")
		p.panel()
		p.press(kb.Escape)
		p.gone("dialog", "Privacy centre")
		p.see("region", w.banner())
		assert.Nil(t, p.choice())
		assert.Empty(t, p.receipts())
	})
	t.Run("and the focus is not trapped", func(t *testing.T) {
		p := open(t)
		p.visit("/progress-group/")
		p.see("region", w.banner())
		p.tabTo("button", "Accept all")
		p.tabTo("link", "Skip to main content")
	})
}

func TestWithdrawalTakesNoMoreThanAcceptance(t *testing.T) { // V7
	p := open(t)
	p.visit("/connect/")
	p.click("button", "Accept all") // one action
	p.until("all tags have run", func() bool { return len(p.ran()) == 4 })
	p.recorded(1)
	p.visit("/connect/news")
	p.until("all tags have run", func() bool { return len(p.ran()) == 4 })
	p.settle()

	p.click("button", "Reject all")             // on the page itself, beside Privacy: one action
	p.holds(`window.demoRan.list.length === 0`) // the page was loaded again without
	p.recorded(2)
	p.settle()
	assert.Empty(t, p.ran())
	choice := p.choice()
	require.NotNil(t, choice)
	assert.Equal(t, consent.Withdraw, choice.Method)
	for id, on := range choice.On {
		assert.False(t, on, id)
	}
	p.visit("/connect/")
	p.settle()
	assert.Empty(t, p.ran())
}

func TestWithoutCookies(t *testing.T) { // V21
	w := websites[0]
	t.Run("Reject counts on the page", func(t *testing.T) {
		p := open(t, noCookies)
		p.visit("/progress-group/")
		p.click("button", "Reject all")
		p.gone("region", w.banner())
		p.settle()
		assert.Empty(t, p.ran())
		assert.Empty(t, p.thirdParty())
		p.visit("/progress-group/repairs")
		p.see("region", w.banner())
		assert.Empty(t, p.ran(), "the next page has to ask again, and assumes nothing")
	})
	t.Run("Accept counts on the page", func(t *testing.T) {
		p := open(t, noCookies)
		p.visit("/progress-group/")
		p.click("button", "Accept all")
		p.until("all tags have run", func() bool { return len(p.ran()) == 4 })
		p.visit("/progress-group/repairs")
		p.see("region", w.banner())
		p.settle()
		assert.Empty(t, p.ran())
	})
	t.Run("storage that throws changes nothing", func(t *testing.T) {
		p := open(t, noStorage)
		p.visit("/reside/")
		p.click("button", "Accept all")
		p.until("all tags have run", func() bool { return len(p.ran()) == 3 })
		p.recorded(1)
		p.visit("/reside/services")
		p.until("all tags have run", func() bool { return len(p.ran()) == 3 })
		require.NotNil(t, p.choice())
		assert.Empty(t, p.errors())
	})
}
