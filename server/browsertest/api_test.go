package browsertest

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/consent"
)

func TestLaunchers(t *testing.T) {
	tests := []struct {
		name, page   string
		role, called string
		want         string // path of the panel
	}{
		{"a link to a request of a kind", "/progress-group/", "link", "See what we hold about you", "/progress-group/request/access"},
		{"a button", "/progress-group/repairs", "button", "Something in my file is wrong", "/progress-group/request/rectification"},
		{"a link to any request", "/progress-group/", "link", "Your information", "/progress-group/request"},
		{"a link to the notice", "/progress-group/", "link", "Privacy notice", "/progress-group/notice"},
		{"a link to one entity's notice", "/reside/", "link", "Group privacy notice", "/reside/notice/progress-housing-group"},
		{"the notice of a page that speaks for another entity", "/housing-plus/repairs", "link", "Privacy notice", "/housing-plus/notice/property-plus"},
		{"the preferences", "/reside/", "link", "Cookie choices", "/reside/preferences"},
		{"the receipt", "/connect/", "link", "My cookie receipt", "/connect/receipt"},
	}
	p, without := open(t), open(t, withoutScript)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, without := p.in(t), without.in(t)
			p.visit(tt.page)
			p.holds(`!!window.latchkey`)
			if p.choice() == nil {
				p.click("button", "Reject all") // the banner has a link to the notice, too
			}
			p.see("button", "Privacy")
			p.click(tt.role, tt.called)
			p.panelHolds(`location.pathname === '` + tt.want + `' && !!document.querySelector('main h1')`)
			p.settle()
			assert.Empty(t, p.errors())
			if tt.role == "link" {
				without.visit(tt.page)
				without.click("link", tt.called)
				without.until("the page is there at its own address", func() bool {
					return strings.HasPrefix(without.frames()[0].URL, lk.latchkey+"/")
				})
			}
		})
	}
}

// TestTheBannerLeadsToTheNoticeOfThePagesEntity follows the banner's own link, on
// a page of the site's entity and on one that speaks for another.
func TestTheBannerLeadsToTheNoticeOfThePagesEntity(t *testing.T) { // issue line 7
	p := open(t, openShadows)
	for page, want := range map[string]string{"/housing-plus/": "/housing-plus/notice", "/housing-plus/repairs": "/housing-plus/notice/property-plus"} {
		p.visit(page)
		p.see("region", "Cookies on Housing Plus Group")
		const link = `document.querySelector('latchkey-privacy').shadowRoot.querySelector('a')`
		assert.Equal(t, lk.latchkey+want+"?lang=en-GB", eval[string](p, link+`.href`), "for who opens it in another tab")
		eval[any](p, link+`.click()`)
		p.panelHolds(`location.pathname === ` + quote(want) + ` && !!document.querySelector('main h1')`)
	}
}

func TestAPI(t *testing.T) { // W4
	p := open(t)
	p.visit("/connect/")
	p.holds(`!!window.latchkey`)
	assert.True(t, eval[bool](p, `window.latchkey.ready.then((api) => api === window.latchkey)`))
	assert.Equal(t, map[string]bool{}, eval[map[string]bool](p, `window.latchkey.choices()`), "nothing was chosen")
	for purpose, want := range map[string]bool{"necessary": true, "statistics": false, "marketing": false, "unknown": false, "toString": false} {
		assert.Equal(t, want, eval[bool](p, `window.latchkey.allowed(`+quote(purpose)+`)`), purpose)
	}
	eval[any](p, `void (window.heard = [], ['ready', 'choice', 'open', 'close'].forEach((e) => {
		window.latchkey.on(e, (d) => heard.push('on ' + e + ' ' + (d && d.method || '')))
		document.addEventListener('latchkey:' + e, (x) => heard.push('dom ' + e + ' ' + (x.detail && x.detail.method || '')))
	}))`)
	p.holds(`heard.length === 1`)
	assert.Equal(t, []string{"on ready "}, eval[[]string](p, `heard`), "ready reaches a late listener")

	eval[any](p, `void window.latchkey.set({statistics: true, necessary: false, unknown: true})`)
	p.holds(`heard.length === 3`)
	assert.ElementsMatch(t, []string{"on choice api", "dom choice api"}, eval[[]string](p, `heard.slice(1)`))
	p.recorded(1)
	choice := p.choice()
	require.NotNil(t, choice)
	assert.Equal(t, map[consent.PurposeID]bool{"statistics": true}, choice.On, "what was not answered stays open")
	eval[any](p, `void window.latchkey.on('choice', (d) => heard.push('late ' + JSON.stringify(d.on.statistics)))`)
	p.holds(`heard.includes('late true')`)
	p.until("the tag has run", func() bool { return len(p.ran()) == 2 })

	eval[any](p, `void window.latchkey.open('notice')`)
	p.panel()
	p.holds(`heard.includes('dom open ')`)
	p.press("\x1b")
	p.holds(`heard.includes('dom close ')`)

	eval[any](p, `void window.latchkey.withdraw()`)
	p.recorded(2)
	p.holds(`!!window.demoRan && window.demoRan.list.length === 0 && window.latchkey && window.latchkey.allowed('statistics') === false`)
	assert.Empty(t, p.errors())
}

// TestAChoiceIsThereBeforeOtherScripts shows the script tag in <head> without async.
func TestAChoiceIsThereBeforeOtherScripts(t *testing.T) { // W4
	p := open(t)
	p.visit("/progress-group/hostile/head")
	p.holds(`!!window.early`)
	assert.False(t, eval[bool](p, `window.early.statistics`))
	p.settle()
	assert.Empty(t, p.ran())
	p.click("button", "Accept all")
	p.until("both have run", func() bool { return len(p.ran()) == 2 })
	p.reload()
	p.until("both have run", func() bool { return len(p.ran()) == 2 })
	assert.True(t, eval[bool](p, `window.early.statistics`), "known to the very next script")
	assert.Equal(t, []string{"inline in the head", "inline in the body"}, p.ran())
	assert.Empty(t, p.errors())
}

func TestLanguageOfThePage(t *testing.T) { // V22
	p := open(t)
	p.visit("/housing-plus/cymraeg")
	banner := p.see("region", "Cwcis…")
	assert.True(t, ask[bool](p, banner, `function () { return this.matches(':lang(cy)') }`), "a screen reader speaks it as Welsh")
	assert.NotContains(t, p.names("button"), "Reject all")
	p.click("link", "Gofynnwch am eich cofnodion")
	p.panel()
	assert.Equal(t, "cy", evalPanel[string](p, `document.documentElement.lang`))
	assert.Equal(t, "/housing-plus/request/access", evalPanel[string](p, `location.pathname`))
}

// TestAPageInALanguageThatTheSiteLacks shows the banner in the site's own
// language, and says so to screen readers.
func TestAPageInALanguageThatTheSiteLacks(t *testing.T) { // V22, WCAG 3.1.2
	p := open(t)
	p.visit("/reside/hostile/foreign")
	banner := p.see("region", "Cookies on Reside with Progress")
	assert.True(t, ask[bool](p, banner, `function () { return this.matches(':lang(en)') }`))
}
