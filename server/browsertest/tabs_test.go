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

// TestSeveralCookiesAreOneChoiceOrAQuestion leaves two choices in a page, as a change of cookie.domain does, or another
// website under the same domain. Where they say the same, one remains. Where they do not, nobody can tell which one is
// the visitor's, whatever their dates: nothing runs, and the visitor is asked.
func TestSeveralCookiesAreOneChoiceOrAQuestion(t *testing.T) {
	// The choice belongs to www alone; my is a website of somebody else.
	h := serveHomes(t, `cookie: {months: 6, domain: homes.example}`, `cookie: {months: 6}`, `, "https://my.homes.example:8443"`, "")
	const marked = `<script>window.ran = []</script><script type="text/plain" data-consent="statistics">ran.push('statistics')</script>
<script type="text/plain" data-consent="marketing">ran.push('marketing')</script>`
	h.page("/", marked)
	h.page("/homes/", marked)
	p := open(t)
	p.goTo(h.www() + "/")
	p.click("button", "Accept all")
	p.recorded(1)
	revision := p.choice().Revision
	set := func(date, rest, attributes string) string {
		return "document.cookie = 'latchkey=1." + date + "." + revision + rest + ";Max-Age=99999;Secure" + attributes + "'"
	}
	const yes, no = ".a.marketing:1.statistics:1", ".b.marketing:0.statistics:0"
	today, tomorrow := time.Now().UTC().Format(time.DateOnly), time.Now().UTC().AddDate(0, 0, 1).Format(time.DateOnly)
	for _, tt := range []struct {
		name, own, other string
		want             string // the choice that is left
	}{
		{"a yes of tomorrow from beside, and a no", set(today, no, ";Path=/"), set(tomorrow, yes, ";Path=/;Domain=homes.example"), ""},
		{"a yes of before from beside, and a no", set(today, no, ";Path=/"), set("2026-10-01", yes, ";Path=/;Domain=homes.example"), ""},
		{"a yes from beside under a path, and a no", set(today, no, ";Path=/"), set(tomorrow, yes, ";Path=/homes;Domain=homes.example"), ""},
		{"a no from beside, and a yes", set(today, yes, ";Path=/"), set(tomorrow, no, ";Path=/;Domain=homes.example"), ""},
		{"a yes to more from beside", set(today, ".c.marketing:0.statistics:1", ";Path=/"), set(tomorrow, yes, ";Path=/;Domain=homes.example"), ""},
		{"the same from before a change of the domain", set(tomorrow, no, ";Path=/"), set("2026-10-01", no, ";Path=/;Domain=homes.example"), "1.2026-10-01." + revision + no},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := open(t)
			p.goTo(h.www() + "/empty")
			eval[any](p, "void ("+tt.own+")")
			p.goTo(h.my() + "/empty")
			eval[any](p, "void ("+tt.other+")")
			p.goTo(h.www() + "/homes/")
			if tt.want != "" {
				p.until("one is left", func() bool { return len(p.consentCookies(h.www()+"/homes/")) == 1 })
				p.see("button", "Privacy")
				assert.Equal(t, tt.want, p.consentCookies(h.www() + "/homes/")[0].Value)
				return
			}
			p.see("region", "Cookies on Lantern Homes")
			p.settle()
			assert.Empty(t, eval[[]string](p, `ran`), "while they disagree")
			assert.False(t, eval[bool](p, `latchkey.allowed('statistics') || latchkey.allowed('marketing')`))
			assert.Empty(t, p.consentCookies(h.www()+"/homes/"), "neither is left")
			assert.Empty(t, p.receipts(), "nobody has chosen")
			p.click("button", "Reject all")
			p.recorded(1)
			p.reload()
			p.see("button", "Privacy")
			p.settle()
			assert.Empty(t, eval[[]string](p, `ran`), "after a no")
			require.Len(t, p.consentCookies(h.www()+"/homes/"), 1)
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
