package browsertest

import (
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/consent"
)

// boxOf is the place and size of an element on the page.
func boxOf(p *tab, selector string) string {
	p.t.Helper()
	return eval[string](p, `(() => {
		const r = document.querySelector(`+quote(selector)+`).getBoundingClientRect()
		return [r.x + scrollX, r.y + scrollY, r.width, r.height].map(Math.round).join()
	})()`)
}

func TestPlaceholder(t *testing.T) {
	for name, size := range map[string]option{"on a desktop": sized(1280, 800), "on a small phone": phone} {
		t.Run("it takes exactly the film's place "+name, func(t *testing.T) {
			p := open(t, size)
			// A page without Latchkey shows the film's own box.
			p.on(lk.latchkey+"/embed/*", fails)
			p.visit("/connect/")
			want := boxOf(p, ".film iframe")
			p.on(lk.latchkey+"/embed/*", pass)
			p.visit("/connect/")
			title := p.placeholder()
			assert.Equal(t, "Film: an allotment in Harehills (Clipview)", title)
			assert.Equal(t, want, boxOf(p, "latchkey-placeholder"))
			assert.Equal(t, want, boxOf(p, ".film iframe"), "the page around it does not move")
			p.see("button", "Allow once: "+title)
			p.see("button", "Always allow: "+title)
		})
	}
	t.Run("Allow once shows the film once and says yes to nothing", func(t *testing.T) {
		p := open(t)
		p.visit("/connect/")
		title := p.placeholder()
		before := boxOf(p, ".film iframe")
		p.click("button", "Allow once: "+title)
		p.gone("group", title)
		p.see("heading", "Clipview")
		p.settle()
		assert.Equal(t, before, boxOf(p, ".film iframe"), "the page did not move")
		assert.Contains(t, p.thirdParty(), "player")
		assert.NotContains(t, p.thirdParty(), "circle.js", "the rest of the purpose stays off")
		assert.Nil(t, p.choice())
		p.recorded(1)
		assert.Equal(t, consent.AllowOnce, p.stored()[0].Event.Method)
		p.see("region", "Cookies on Connect Housing")
		p.reload()
		p.placeholder()
	})
	t.Run("Always allow says yes to its purpose alone", func(t *testing.T) {
		p := open(t)
		p.visit("/connect/")
		title := p.placeholder()
		p.click("button", "Always allow: "+title)
		p.gone("group", title)
		p.see("heading", "Clipview")
		p.recorded(1)
		p.until("the rest of the purpose runs", func() bool { return len(p.ran()) == 1 })
		p.settle()
		assert.Equal(t, []string{ranPixel}, p.ran())
		choice := p.choice()
		require.NotNil(t, choice)
		assert.Equal(t, consent.AlwaysAllow, choice.Method)
		assert.Equal(t, map[consent.PurposeID]bool{"marketing": true}, choice.On)
		p.see("region", "Cookies on Connect Housing") // the other questions are still to be answered
		p.visit("/connect/")
		p.gone("group", title)
		p.see("heading", "Clipview")
		p.settle()
		assert.Equal(t, []string{ranPixel}, p.ran())
	})
	t.Run("by keyboard, the focus goes on into the film", func(t *testing.T) {
		p := open(t)
		p.visit("/connect/")
		title := p.placeholder()
		p.tabTo("button", "Allow once: "+title)
		p.press("\r")
		p.gone("group", title)
		p.see("heading", "Clipview")
		p.holds(`document.activeElement === document.querySelector('.film iframe')`)
	})
}

func TestAStoredChoiceOutlivesAFailingServer(t *testing.T) { // V10
	tests := []struct {
		name string
		fail answer
	}{
		{"that is down", fails},
		{"that never answers", hangs},
		{"that answers 500", says(500, "text/plain", "broken")},
		{"that forbids", says(403, "application/json", `{}`)},
		{"that sends a page of HTML", says(200, "text/html", "<!doctype html><title>Captive portal</title>")},
	}
	p := open(t)
	p.visit("/housing-plus/")
	p.click("button", "Reject all")
	p.recorded(1)
	before := p.choice()
	do(p, network.SetCacheDisabled, network.SetCacheDisabledParams{CacheDisabled: true})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := p.in(t)
			p.on(lk.latchkey+"/*", tt.fail)
			p.start(lk.demo + "/housing-plus/repairs")
			p.holds(`document.readyState !== 'loading' && !!document.querySelector('h1')`)
			assert.Empty(t, p.thirdParty())
			assert.Empty(t, p.ran(), "without the loader nothing that is marked runs, exempt or not")
			assert.Equal(t, before, p.choice())
		})
	}
	t.Run("and holds again when the server is back", func(t *testing.T) {
		p := p.in(t)
		p.on(lk.latchkey+"/*", pass)
		p.visit("/housing-plus/")
		p.see("button", "Privacy")
		p.onlyExempt(websites[2], "after the failures")
		assert.Equal(t, before, p.choice())
	})
}

func TestReceiptsWaitForTheServer(t *testing.T) { // O10
	const api = "/api/receipts"
	tests := []struct {
		name string
		fail func() answer
	}{
		{"that is down", func() answer { return fails }},
		{"that is busy", func() answer { return says(503, "application/problem+json", `{}`) }},
		{"that answers with a page of HTML", func() answer { return says(200, "text/html", "<!doctype html>") }},
		{"that stores the receipt, but whose answer is lost", func() answer { return lost }},
	}
	for _, tt := range tests {
		t.Run("of a server "+tt.name, func(t *testing.T) {
			p := open(t)
			p.on(lk.latchkey+api, tt.fail())
			p.visit("/reside/")
			p.click("button", "Reject all")
			p.until("it was tried", func() bool { return len(p.receipts()) == 1 })
			p.settle()
			require.NotNil(t, p.choice(), "the choice counts at once")
			assert.Contains(t, p.storage()["latchkey.reside"], "event", "the receipt waits")

			p.on(lk.latchkey+api, pass)
			p.visit("/reside/services")
			p.until("nothing waits", func() bool { return p.storage()["latchkey.reside"] == "" })
			p.settle()
			tried := len(p.receipts()) // on a slow machine the page before has tried again, too
			assert.GreaterOrEqual(t, tried, 2, "tried in vain, and once more")
			p.visit("/reside/contact")
			p.settle()
			assert.Len(t, p.receipts(), tried, "and not again")
			assert.Len(t, p.stored(), 1, "stored once")
		})
	}
	t.Run("but not for one that says no for good", func(t *testing.T) {
		p := open(t)
		p.on(lk.latchkey+api, says(422, "application/problem+json", `{}`))
		p.visit("/reside/")
		p.click("button", "Reject all")
		p.until("nothing waits", func() bool { return len(p.receipts()) == 1 && p.storage()["latchkey.reside"] == "" })
		require.NotNil(t, p.choice())
	})
}

// TestOneRequestDrawsTheBanner lets a page have its loader and nothing else of Latchkey's.
func TestOneRequestDrawsTheBanner(t *testing.T) { // issue line 7
	w := websites[1]
	for button, ran := range map[string]int{"Accept all": len(w.exempt) + len(w.consented), "Reject all": len(w.exempt)} {
		t.Run(button, func(t *testing.T) {
			p := open(t)
			p.on(lk.latchkey+"/*", fails)
			p.on(lk.latchkey+"/embed/reside.js", pass)
			p.visit("/reside/")
			p.see("region", w.banner())
			p.click("button", button)
			p.gone("region", w.banner())
			p.see("button", "Privacy")
			require.NotNil(t, p.choice())
			p.until("what may run has", func() bool { return len(p.ran()) == ran })
			p.settle()
			assert.Len(t, p.ran(), ran)
			assert.Equal(t, 1, len(p.sent(lk.latchkey+"/embed/reside.js")))
		})
	}
}

// TestTheBannerDoesNotWaitForStorage looks at when the loader begins to listen to other tabs, for which browsers open the storage at once.
func TestTheBannerDoesNotWaitForStorage(t *testing.T) { // issue line 24
	p := open(t, first(`{
		const { addEventListener } = window
		window.addEventListener = function (type, ...rest) {
			if (type === 'storage') window.listens = document.currentScript ? 'at once' : 'later'
			return addEventListener.call(this, type, ...rest)
		}
	}`))
	p.visit("/reside/")
	p.see("region", "Cookies on Reside with Progress")
	p.holds(`!!window.listens`)
	assert.Equal(t, "later", eval[string](p, `listens`))
}

// TestAChoiceCountsBeforeItIsSent looks at the page at the moment in which its receipt goes out.
func TestAChoiceCountsBeforeItIsSent(t *testing.T) { // issue line 9
	p := open(t, first(`{
		const { fetch } = window
		window.fetch = (address, init) => {
			if (String(address).endsWith('/api/receipts'))
				window.sending = { cookie: document.cookie, keepalive: init.keepalive, ran: demoRan.list.length, allowed: latchkey.allowed('statistics') }
			return fetch(address, init)
		}
	}`))
	p.visit("/reside/")
	p.click("button", "Accept all")
	p.recorded(1)
	type moment struct {
		Cookie             string
		Keepalive, Allowed bool
		Ran                int
	}
	at := eval[moment](p, `window.sending`)
	assert.Contains(t, at.Cookie, "latchkey="+p.choice().Cookie(), "it is stored")
	assert.True(t, at.Allowed, "it counts")
	assert.Greater(t, at.Ran, len(websites[1].exempt), "what waited for it runs")
	assert.True(t, at.Keepalive, "leaving the page does not end the request")
}

func TestElementsThatComeLate(t *testing.T) {
	p := open(t)
	p.visit("/connect/")
	p.click("button", "Reject all")
	p.recorded(1)
	eval[any](p, `(() => {
		for (const purpose of ['statistics', 'unknown']) {
			const s = document.createElement('script')
			s.type = 'text/plain'
			s.dataset.consent = purpose
			s.textContent = "window.demoRan('late ' + '" + purpose + "')"
			document.body.append(s)
		}
		for (const [tag, name] of [['img', 'src'], ['link', 'href']]) {
			const e = document.createElement(tag)
			e.dataset.consent = 'marketing'
			e.dataset[name] = '/shared/index.css?' + tag
			if (tag === 'link') e.rel = 'stylesheet'
			else e.alt = ''
			document.body.append(e)
		}
	})()`)
	p.settle()
	assert.Empty(t, p.ran())
	assert.Empty(t, p.sent(lk.demo+"/shared/index.css"))
	eval[any](p, `window.latchkey.set({statistics: true, marketing: true})`)
	p.until("what came late has run", func() bool { return len(p.sent(lk.demo+"/shared/index.css")) == 2 })
	p.until("the tags have run", func() bool { return len(p.ran()) == 4 })
	p.settle()
	assert.Contains(t, p.ran(), "late statistics")
	assert.NotContains(t, p.ran(), "late unknown", "an unknown purpose is never on")
}

// TestAnotherTabsChoice shows that a choice made elsewhere on the site counts
// here too, once the visitor comes back to the tab.
func TestAnotherTabsChoice(t *testing.T) {
	p := open(t)
	p.visit("/reside/")
	p.see("region", "Cookies on Reside with Progress")
	revision := revisionOf(t, p)
	eval[any](p, `void (document.cookie = 'latchkey=1.2026-11-01.`+revision+`.b.marketing:0.statistics:0.visits:0; path=/reside/')`)
	eval[any](p, `document.dispatchEvent(new Event('visibilitychange'))`)
	p.gone("region", "Cookies on Reside with Progress")
	p.see("button", "Privacy")
	assert.Empty(t, p.receipts(), "it was recorded where it was made")
}

// revisionOf makes a choice in a tab of its own, to learn the revision of the site's questions.
func revisionOf(t *testing.T, p *tab) string {
	t.Helper()
	other := open(t)
	other.visit(eval[string](p, `location.pathname`))
	other.click("button", "Reject all")
	other.recorded(1)
	return other.choice().Revision
}
