package browsertest

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// Matomo that counts for the website alone runs before a choice, until there is an objection.
func testMatomoExempt(t *testing.T) { // V11, W6
	const started = `["matomo","setTrackerUrl",`
	p := open(t)
	p.visit("/counted/")
	p.until("the visit is counted", func() bool { return len(reports("matomo")) == 1 })
	p.settle()
	assert.Equal(t, "true", reports("matomo")[0].Get("cookies"))
	assert.Equal(t, []string{"_pk_id.1"}, p.siteCookies())
	for _, call := range p.calls() {
		assert.NotContains(t, call, "onsent", "nobody asks for consent")
	}

	p.forget()
	eval[any](p, `void (window.still = true)`)
	eval[any](p, `window.latchkey.set({ visits: false })`)
	p.holds(`!window.still && document.readyState === 'complete'`)
	p.settle()
	assert.Equal(t, []string{`["matomo","optUserOut"]`}, p.calls(), "told at once")
	assert.Empty(t, p.sinceLoad(), "off means no request")
	assert.Equal(t, []string{"mtm_consent_removed"}, p.siteCookies(), "Matomo remembers the objection, too")
	p.forget()
	p.visit("/counted/")
	p.settle()
	assert.Empty(t, p.thirdParty(), "on the next page")
	assert.Empty(t, p.calls())

	eval[any](p, `window.latchkey.set({ visits: true })`)
	p.until("visits are counted again", func() bool { return len(reports("matomo")) == 1 })
	p.settle()
	assert.Contains(t, p.calls(), `["matomo","forgetUserOptOut"]`)
	assert.Contains(t, p.calls()[0], started)
	assert.NotContains(t, p.siteCookies(), "mtm_consent_removed", "Matomo does not remember the objection that was taken back")
}

// Matomo may count without cookies under the exemption, and with them by consent.
func testMatomoCookies(t *testing.T) {
	p := open(t)
	p.visit("/apart/")
	p.until("the visit is counted", func() bool { return len(reports("matomo")) == 1 })
	p.settle()
	assert.Equal(t, "false", reports("matomo")[0].Get("cookies"))
	assert.Empty(t, p.siteCookies())
	assert.Contains(t, p.calls(), `["matomo","requireCookieConsent"]`)

	p.click("button", "Accept all")
	p.recorded(1)
	p.until("Matomo is told", func() bool {
		calls := p.calls()
		return calls[len(calls)-1] == `["matomo","setCookieConsentGiven"]`
	})
	p.forget()
	p.visit("/apart/")
	p.until("the next page is counted", func() bool { return len(reports("matomo")) == 1 })
	p.settle()
	assert.Equal(t, "true", reports("matomo")[0].Get("cookies"))
	assert.Equal(t, []string{"_pk_id.1"}, p.siteCookies())

	p.forget()
	p.click("button", "Reject all")
	p.until("Matomo is told of the withdrawal", func() bool {
		calls := p.calls()
		return len(calls) > 0 && calls[0] == `["matomo","forgetCookieConsentGiven"]`
	})
	p.until("the cookie has gone", func() bool { return len(p.siteCookies()) == 0 })
	p.forget()
	p.visit("/apart/")
	p.until("it counts on", func() bool { return len(reports("matomo")) == 1 })
	p.settle()
	assert.Equal(t, "false", reports("matomo")[0].Get("cookies"))
	assert.Empty(t, p.siteCookies())
}

// Plugins of WordPress ask the WP Consent API, which hears from us.
func testWordPress(t *testing.T) { // W6
	p := open(t)
	p.visit("/counted/wordpress")
	p.see("button", "Reject all")
	p.settle()
	assert.Equal(t, []string{`["wordpress","optin","functional","allow"]`, `["wordpress","optin","statistics-anonymous","allow"]`}, unique(p.calls()), "before a choice")
	assert.Equal(t, []string{"wp_consent_functional", "wp_consent_statistics-anonymous", "wp_counter"}, p.siteCookies(), "before a choice")

	p.click("button", "Reject all")
	p.recorded(1)
	p.settle()
	reject := []string{
		`["wordpress","optin","functional","allow"]`, `["wordpress","optin","marketing","deny"]`, `["wordpress","optin","preferences","deny"]`,
		`["wordpress","optin","statistics","deny"]`, `["wordpress","optin","statistics-anonymous","allow"]`,
	}
	assert.Equal(t, reject, p.calls()[len(p.calls())-5:], "after Reject")
	assert.NotContains(t, p.siteCookies(), "wp_adverts")
	p.forget()
	p.visit("/counted/wordpress")
	p.settle()
	assert.Equal(t, reject, unique(p.calls()), "on the next page after Reject")
	assert.NotContains(t, p.siteCookies(), "wp_adverts")

	eval[any](p, `window.latchkey.set({ marketing: true })`)
	p.until("the plugin shows its advertisements", func() bool { return eval[bool](p, `document.cookie.includes('wp_adverts')`) })
	p.forget()
	p.visit("/counted/wordpress")
	p.settle()
	assert.Contains(t, p.calls(), `["wordpress","optin","marketing","allow"]`, "on the next page after a yes")
	assert.Contains(t, p.siteCookies(), "wp_adverts")

	p.forget()
	eval[any](p, `window.latchkey.withdraw()`)
	p.until("the plugin is told", func() bool { return eval[bool](p, `!window.wp_has_consent('marketing')`) })
	p.settle()
	assert.NotContains(t, p.siteCookies(), "wp_adverts")
	assert.Contains(t, p.siteCookies(), "wp_counter", "what is exempt goes on")
}

// unique leaves the first of equal calls: a plugin is told again when the page is there.
func unique(calls []string) []string {
	seen := map[string]bool{}
	var left []string
	for _, c := range calls {
		if !seen[c] {
			left = append(left, c)
		}
		seen[c] = true
	}
	return left
}

// Frames of YouTube, Vimeo and Google Maps need no signal: they come when they may.
func testVendorFrames(t *testing.T) {
	frames := map[string]string{
		"youtube": "Film: what happens after you report damp", "vimeo": "Film: a day with the repairs team", "maps": "Map: our office in Leyland",
	}
	shown := func(p *tab, when string) {
		p.t.Helper()
		for vendor := range frames {
			p.until(when+", "+vendor+" is there", func() bool { return len(reports(vendor)) == 2 }) // the frame, and the picture in it
		}
	}
	p := open(t)
	p.visit("/tags/frames")
	for _, title := range frames {
		p.see("group", title+"…")
	}
	p.nobodyKnows("before a choice")
	p.click("button", "Reject all")
	p.recorded(1)
	p.nobodyKnows("after Reject")
	for _, title := range frames {
		p.see("group", title+"…")
	}
	p.visit("/tags/frames")
	p.nobodyKnows("on the next page after Reject")

	p = open(t)
	p.visit("/tags/frames")
	p.click("button", "Accept all")
	p.recorded(1)
	shown(p, "after Accept")
	p.forget()
	p.visit("/tags/frames")
	shown(p, "on the next page after Accept")
	p.settle()
	p.forget()
	eval[any](p, `window.still = true`)
	p.click("button", "Reject all")
	p.holds(`!window.still && document.readyState === 'complete'`)
	p.settle()
	assert.Empty(t, p.sinceLoad(), "after consent was taken back")
	for _, title := range frames {
		p.see("group", title+"…")
	}
}

// A tag that the page runs at once, against our advice, still hears from us
// first: it stores nothing, and reports no more than its vendor says it does.
func testUngated(t *testing.T) {
	p := open(t)
	p.visit("/tags/ungated")
	p.see("button", "Reject all")
	p.until("the tags run", func() bool { return len(reports("google")) > 0 && len(reports("clarity")) > 0 })
	p.settle()
	for _, call := range []string{
		`["meta","consent","revoke"]`, `["matomo","requireConsent"]`, `["clarity","consentv2",{"ad_Storage":"denied","analytics_Storage":"denied"}]`,
	} {
		assert.Contains(t, p.calls(), call)
	}
	assert.Empty(t, reports("meta"), "revoked before init")
	assert.Empty(t, reports("matomo"))
	for _, report := range reports("google") {
		assert.Equal(t, "G100", report.Get("gcs"))
	}
	assert.Empty(t, p.siteCookies())

	p.click("button", "Accept all")
	p.recorded(1)
	p.until("each reports", func() bool { return len(reports("meta")) > 0 && len(reports("matomo")) > 0 })
	p.until("with cookies", func() bool { return len(p.siteCookies()) >= 6 })
	assert.Subset(t, p.siteCookies(), []string{"_clck", "_clsk", "_fbp", "_ga", "_gcl_au", "_pk_id.1"})
}
