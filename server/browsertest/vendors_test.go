package browsertest

import (
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/consent"
	"latchkey/server/demosite"
)

// TestVendors shows on pages with vendors' tags what the vendors get to know:
// on the network, and by the record that their doubles keep (testdata/vendors).
// It serves websites of its own, and is one test so that they start once.
func TestVendors(t *testing.T) {
	serveVendors(t)
	t.Run("by consent", testVendorsByConsent)
	t.Run("order in dataLayer", testDataLayer)
	t.Run("Matomo under the exemption", testMatomoExempt)
	t.Run("Matomo with cookies by consent", testMatomoCookies)
	t.Run("WordPress", testWordPress)
	t.Run("frames", testVendorFrames)
	t.Run("tags that nobody holds back", testUngated)
}

// serveVendors serves testdata/vendors in the place of the sample groups and
// their websites, until the test ends.
func serveVendors(t *testing.T) {
	t.Helper()
	before := lk
	t.Cleanup(func() { lk = before })
	dir := t.TempDir()
	lk.data = filepath.Join(dir, "data")
	require.NoError(t, os.CopyFS(filepath.Join(dir, "groups"), os.DirFS("../../testdata/vendors/groups")))
	config := filepath.Join(dir, "groups", "vendors", "group.yaml")
	b, err := os.ReadFile(config)
	require.NoError(t, err)
	origins := strings.NewReplacer(demoOrigin, lk.demo, thirdOrigin, lk.third)
	require.NoError(t, os.WriteFile(config, []byte(origins.Replace(string(b))), 0o600))
	stop, err := startProduct(dir)
	require.NoError(t, err)
	t.Cleanup(stop)
	lk.site, err = demosite.New(demosite.Options{
		Sites: os.DirFS("../../testdata/vendors/sites"), Vendors: os.DirFS("../../testdata/vendors"),
		Latchkey: lk.latchkey, ThirdParty: lk.third,
	})
	require.NoError(t, err)
}

// calls lists what the doubles received in this tab since it was last
// forgotten, each call as JSON: ["meta","consent","revoke"].
func (p *tab) calls() []string {
	p.t.Helper()
	var lines []string
	for _, call := range eval[[]json.RawMessage](p, `JSON.parse(sessionStorage.getItem('received') || '[]')`) {
		lines = append(lines, string(call))
	}
	return lines
}

// forget makes the doubles and the third party forget what they received.
func (p *tab) forget() {
	p.t.Helper()
	eval[any](p, `sessionStorage.removeItem('received')`)
	lk.site.Third.Forget()
}

// reports lists what a vendor's double reported to its collecting address.
func reports(vendor string) []url.Values {
	var found []url.Values
	for _, hit := range lk.site.Third.Received() {
		if hit.Path == vendor {
			query, _ := url.ParseQuery(hit.Query)
			found = append(found, query)
		}
	}
	return found
}

// siteCookies lists the cookies of the website but for Latchkey's own.
func (p *tab) siteCookies() []string {
	p.t.Helper()
	var names []string
	for name := range p.cookies(eval[string](p, `location.href`)) {
		if name != consent.CookieName {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// nobodyKnows asserts that no vendor was asked for anything, told anything, or
// has left anything.
func (p *tab) nobodyKnows(when string) {
	p.t.Helper()
	p.settle()
	assert.Empty(p.t, p.thirdParty(), "%s: what the third party received", when)
	assert.Empty(p.t, p.sent(lk.third), "%s: requests to the third party", when)
	assert.Empty(p.t, p.calls(), "%s: what the doubles received", when)
	assert.Empty(p.t, p.siteCookies(), "%s: cookies", when)
	for name := range p.storage() {
		assert.True(p.t, strings.HasPrefix(name, "latchkey"), "%s: storage item %s", when, name)
	}
}

// sinceLoad lists the requests to the third party since the page was last loaded.
func (p *tab) sinceLoad() []string {
	p.t.Helper()
	here := eval[string](p, `location.href`)
	var sent []string
	for _, r := range slices.Backward(p.requests()) {
		if r.URL == here {
			break
		}
		if strings.HasPrefix(r.URL, lk.third) {
			sent = append(sent, r.URL)
		}
	}
	return sent
}

// vendor is what is to be expected of a tag that a page holds back until its purpose is on.
type vendor struct {
	name, page string
	// accepted is what its double receives after Accept, returning on the next
	// page, and withdrawn when consent is taken back.
	accepted, returning, withdrawn []string
	cookies                        []string // that it leaves under consent
	keeps                          []string // storage items that it leaves
	reports                        []string // who reports, by the double's name
}

const grantedAll = `"ad_personalization":"granted","ad_storage":"granted","ad_user_data":"granted","analytics_storage":"granted",` +
	`"functionality_storage":"granted","personalization_storage":"granted","security_storage":"granted"`

var deniedAll = strings.Replace(strings.ReplaceAll(grantedAll, "granted", "denied"), `"security_storage":"denied"`, `"security_storage":"granted"`, 1)

var heldBack = []vendor{
	{
		name: "Microsoft Clarity", page: "clarity",
		accepted:  []string{`["clarity","consentv2",{"ad_Storage":"granted","analytics_Storage":"granted"}]`},
		returning: []string{`["clarity","consentv2",{"ad_Storage":"granted","analytics_Storage":"granted"}]`},
		withdrawn: []string{`["clarity","consentv2",{"ad_Storage":"denied","analytics_Storage":"denied"}]`},
		cookies:   []string{"_clck", "_clsk"}, reports: []string{"clarity"},
	},
	{
		name: "Microsoft Advertising", page: "uet",
		accepted:  []string{`["uet","consent","default","denied"]`, `["uet","consent","update","granted"]`},
		returning: []string{`["uet","consent","default","denied"]`, `["uet","consent","update","granted"]`},
		withdrawn: []string{`["uet","consent","update","denied"]`},
		cookies:   []string{"_uetvid"}, reports: []string{"uet"},
	},
	{
		name: "Meta Pixel", page: "meta",
		accepted:  []string{`["meta","consent","revoke"]`, `["meta","consent","grant"]`, `["meta","init","42"]`, `["meta","track","PageView"]`},
		returning: []string{`["meta","consent","revoke"]`, `["meta","consent","grant"]`, `["meta","init","42"]`, `["meta","track","PageView"]`},
		withdrawn: []string{`["meta","consent","revoke"]`},
		cookies:   []string{"_fbp"}, reports: []string{"meta"},
	},
	{
		name: "Matomo", page: "matomo",
		accepted: []string{
			`["matomo","setTrackerUrl","THIRD/vendors/collect/matomo"]`, `["matomo","setSiteId","1"]`,
			`["matomo","requireConsent"]`, `["matomo","setConsentGiven",true]`, `["matomo","trackPageView"]`,
		},
		returning: []string{
			`["matomo","setTrackerUrl","THIRD/vendors/collect/matomo"]`, `["matomo","setSiteId","1"]`,
			`["matomo","requireConsent"]`, `["matomo","setConsentGiven",true]`, `["matomo","trackPageView"]`,
		},
		withdrawn: []string{`["matomo","forgetConsentGiven"]`},
		cookies:   []string{"_pk_id.1"}, reports: []string{"matomo"},
	},
	{
		name: "Hotjar, which takes no signal", page: "hotjar",
		cookies: []string{"_hjSessionUser_42", "_hjSession_42"}, reports: []string{"hotjar"},
	},
	{
		name: "reading toolbars", page: "toolbars",
		cookies: []string{"Recite.Persist"}, keeps: []string{"baSettings"}, reports: []string{"reciteme", "browsealoud"},
	},
	{
		name: "chat widgets", page: "chats",
		accepted:  []string{`["tawk","tawk"]`, `["crisp","double"]`, `["intercom","double"]`, `["zendesk","double"]`},
		returning: []string{`["tawk","tawk"]`, `["crisp","double"]`, `["intercom","double"]`, `["zendesk","double"]`},
		cookies:   []string{"__zlcmid", "crisp-client%2Fsession%2Fdouble", "intercom-id-double", "twk_uuid_double"},
		reports:   []string{"tawk", "crisp", "intercom", "zendesk"},
	},
}

func testVendorsByConsent(t *testing.T) { // V1, V2, V8, W6
	for _, v := range heldBack {
		t.Run(v.name, func(t *testing.T) {
			page := "/tags/" + v.page
			calls := func(want []string) []string {
				var lines []string
				for _, line := range want {
					lines = append(lines, strings.ReplaceAll(line, "THIRD", lk.third))
				}
				return lines
			}
			// Scripts that a tag inserts come in no certain order.
			same := assert.Equal
			if v.page == "chats" {
				same = func(t assert.TestingT, want, got any, args ...any) bool {
					return assert.ElementsMatch(t, want, got, args...)
				}
			}
			runs := func(p *tab, when string, want []string) {
				p.t.Helper()
				for _, name := range v.reports {
					p.until(when+", "+name+" reports", func() bool { return len(reports(name)) > 0 })
				}
				p.settle()
				same(p.t, calls(want), p.calls(), "%s: what the double received", when)
				assert.Equal(p.t, v.cookies, p.siteCookies(), "%s: cookies", when)
				for _, name := range v.keeps {
					assert.Contains(p.t, p.storage(), name, "%s: storage", when)
				}
			}

			p := open(t)
			p.visit(page)
			p.see("button", "Reject all")
			p.nobodyKnows("before a choice")
			p.click("button", "Reject all")
			p.recorded(1)
			p.nobodyKnows("after Reject")
			p.visit(page)
			p.see("button", "Privacy")
			p.nobodyKnows("on the next page after Reject")

			p = open(t)
			p.visit(page)
			p.click("button", "Accept all")
			p.recorded(1)
			runs(p, "after Accept", v.accepted)
			p.forget()
			p.visit(page)
			runs(p, "on the next page after Accept", v.returning)
			assert.Empty(t, p.errors())

			p.forget()
			p.see("button", "Privacy")
			eval[any](p, `window.still = true`)
			p.click("button", "Reject all")
			p.holds(`!window.still && document.readyState === 'complete'`) // loaded again
			p.recorded(2)
			p.settle()
			assert.Equal(t, calls(v.withdrawn), p.calls(), "what the double was told when consent was taken back")
			assert.Empty(t, p.sinceLoad(), "requests after the page was loaded again")
			assert.Empty(t, p.siteCookies(), "cookies after consent was taken back")
			for _, name := range v.keeps {
				assert.NotContains(t, p.storage(), name)
			}
			p.forget()
			p.visit(page)
			p.settle()
			assert.Empty(t, p.thirdParty(), "on the next page after consent was taken back")
			assert.Empty(t, p.calls())
			assert.Empty(t, p.siteCookies())
		})
	}
}
