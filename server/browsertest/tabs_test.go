package browsertest

import (
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/consent"
)

// consentCookies are the consent cookies of an address, with their attributes.
func (p *tab) consentCookies(url string) []*network.Cookie {
	p.t.Helper()
	var found []*network.Cookie
	for _, c := range do(p, network.GetCookies, network.GetCookiesParams{URLs: []string{url}}).Cookies {
		if c.Name == consent.CookieName {
			found = append(found, c)
		}
	}
	return found
}

// TestOneChoiceForAllHosts makes a choice on one host and finds it on the other.
// A yes and a no are kept alike.
func TestOneChoiceForAllHosts(t *testing.T) { // V9, issue 4 line 3
	h := serveHomes(t)
	h.page("/", "")
	for button, name := range map[string]string{"Accept all": "a yes", "Reject all": "a no"} {
		t.Run(name, func(t *testing.T) {
			p := open(t)
			p.goTo(h.www() + "/")
			p.click("button", button)
			p.recorded(1)
			cookies := p.consentCookies(h.www() + "/")
			require.Len(t, cookies, 1)
			assert.Equal(t, ".homes.example", cookies[0].Domain)
			assert.True(t, cookies[0].Secure)
			assert.InDelta(t, float64(time.Now().Add(6*31*24*time.Hour).Unix()), cookies[0].Expires, 120, "six months of 31 days")

			p.goTo(h.my() + "/")
			p.see("button", "Privacy")
			p.settle()
			assert.NotContains(t, p.names("region"), "Cookies on Lantern Homes")
			assert.Equal(t, cookies[0].Value, p.consentCookies(h.my() + "/")[0].Value)
			assert.Empty(t, p.errors())
		})
	}
}

// TestCookiesOfAnEarlierSettingAreHealed leaves two choices behind, as after a
// change of cookie.domain: the later one counts, and one cookie remains.
func TestCookiesOfAnEarlierSettingAreHealed(t *testing.T) { // issue 4 line 3
	h := serveHomes(t)
	h.page("/", "")
	p := open(t)
	p.goTo(h.www() + "/")
	p.click("button", "Accept all")
	p.recorded(1)
	revision := p.choice().Revision
	older := `latchkey=1.2026-10-01.` + revision + `.a.marketing:1.statistics:1`
	newer := `latchkey=1.2026-11-01.` + revision + `.b.marketing:0.statistics:0`
	for name, cookies := range map[string][2]string{
		"the later one for the host":   {older + ";Domain=homes.example", newer},
		"the later one for the domain": {newer + ";Domain=homes.example", older},
	} {
		t.Run(name, func(t *testing.T) {
			p := p.in(t)
			for _, c := range cookies {
				eval[any](p, `void (document.cookie = `+quote(c+";Path=/;Max-Age=99999")+`)`)
			}
			require.Len(t, p.consentCookies(h.www()+"/"), 2)
			p.reload()
			p.until("one is left", func() bool { return len(p.consentCookies(h.www()+"/")) == 1 })
			p.see("button", "Privacy")
			p.settle()
			cookie := p.consentCookies(h.www() + "/")[0]
			assert.Equal(t, newer, "latchkey="+cookie.Value)
			assert.Equal(t, ".homes.example", cookie.Domain)
			assert.NotContains(t, p.names("region"), "Cookies on Lantern Homes")
			assert.False(t, eval[bool](p, `latchkey.allowed('marketing')`))
		})
	}
}

// TestAChoiceIsAskedForAgainOnlyForAReason changes a text, and then who receives the data.
func TestAChoiceIsAskedForAgainOnlyForAReason(t *testing.T) { // V6, issue 4 line 3
	h := serveHomes(t)
	h.page("/", "")
	p := open(t, openShadows)
	p.goTo(h.www() + "/")
	p.click("button", "Reject all")
	p.recorded(1)

	edit := []string{"Another company measures how people use the website.", "Another company measures for us how the website is used."}
	h.serve(edit...)
	h.page("/", "")
	p.goTo(h.www() + "/")
	p.see("button", "Privacy")
	p.settle()
	assert.NotContains(t, p.names("region"), "Cookies on Lantern Homes", "another wording is no reason")

	h.serve(append(edit, "Shoutwell", "Callwell")...)
	h.page("/", "")
	p.goTo(h.www() + "/")
	p.see("region", "Cookies on Lantern Homes")
	assert.Contains(t, p.bannerSays(), "Callwell")
	assert.Contains(t, p.bannerSays(), "We ask again")
	p.click("button", "Reject all")
	p.recorded(1) // by the server with this configuration
	p.reload()
	p.see("button", "Privacy")
}

// TestTwoTabsAgree makes a choice in one of two tabs; the other, which nobody
// looks at, follows at once.
func TestTwoTabsAgree(t *testing.T) { // issue 4 line 3
	const path = "/connect/gates/tabs"
	lk.pages.Store(path, `<!doctype html><html lang="en-GB"><head><title>Tabs</title><script>window.ran = []</script>
<script async src="`+lk.latchkey+`/embed/connect.js"></script></head><body><h1>Tabs</h1>
<script type="text/plain" data-consent="statistics">ran.push('tag')</script></body></html>`)
	t.Cleanup(func() { lk.pages.Delete(path) })
	p := open(t)
	p.visit(path)
	p.see("region", "Cookies on Connect Housing")
	other := p.beside()
	other.visit(path)
	other.click("button", "Accept all")
	other.recorded(1)
	p.holds(`ran.length === 1`)
	p.gone("region", "Cookies on Connect Housing")
	assert.Empty(t, p.receipts(), "recorded where it was made")

	// Withdrawn in one, it is over in the other, which is loaded again as the tag had run.
	eval[any](other, `void latchkey.withdraw()`)
	p.until("it is over here, too", func() bool { return p.loads(lk.demo+path) == 2 })
	p.holds(`!!window.latchkey && ran.length === 0 && latchkey.allowed('statistics') === false`)
}

// TestAPageFromTheBackForwardCacheAgrees makes a choice on the next page and goes back.
func TestAPageFromTheBackForwardCacheAgrees(t *testing.T) { // issue 4 line 3
	const path = "/connect/gates/cached"
	lk.pages.Store(path, `<!doctype html><html lang="en-GB"><head><title>Cached</title><script>window.ran = []</script>
<script async src="`+lk.latchkey+`/embed/connect.js"></script></head><body><h1>Cached</h1>
<script type="text/plain" data-consent="statistics">ran.push('tag')</script></body></html>`)
	t.Cleanup(func() { lk.pages.Delete(path) })
	p := open(t)
	p.visit(path)
	p.see("region", "Cookies on Connect Housing")
	eval[any](p, `void (addEventListener('pageshow', event => (window.restored = event.persisted)))`)
	p.visit("/connect/news")
	p.click("button", "Accept all")
	p.recorded(1)
	p.back()
	p.holds(`window.restored === true`)
	p.holds(`ran.length === 1`)
	p.gone("region", "Cookies on Connect Housing")
	p.see("button", "Privacy")
}
