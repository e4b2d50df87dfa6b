package browsertest

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// bannerSays is what the banner says. The tab must have been opened with openShadows.
func (p *tab) bannerSays() string {
	p.t.Helper()
	return eval[string](p, `document.querySelector('latchkey-privacy')?.shadowRoot.querySelector('.b')?.innerText ?? ''`)
}

// withGPC is a browser that sends Global Privacy Control.
var withGPC = first(`Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { get: () => true })`)

// TestWhoAnsweredAnEarlierRevisionIsToldWhy asks again with a reason, and the
// receipt proves the words.
func TestWhoAnsweredAnEarlierRevisionIsToldWhy(t *testing.T) {
	p := open(t, openShadows)
	p.visit("/connect/news")
	eval[any](p, `void (document.cookie = 'latchkey=1.2026-11-01.0badcafe.b.marketing:0.preferences:0.statistics:0; path=/connect/')`)
	p.visit("/connect/")
	p.see("region", "Cookies on Connect Housing")
	const why = "You have chosen before. We ask again because what the website uses has changed since then."
	assert.Contains(t, p.bannerSays(), why)
	p.click("button", "Reject all")
	p.recorded(1)
	p.click("link", "My cookie receipt")
	p.panel()
	p.panelHolds(`document.body.textContent.includes(` + quote(why) + `)`)
}

// TestGlobalPrivacyControlIsSaid says it in the banner and in the preferences.
func TestGlobalPrivacyControlIsSaid(t *testing.T) { // V16
	p := open(t, openShadows, withGPC)
	p.visit("/connect/")
	p.see("region", "Cookies on Connect Housing")
	assert.Contains(t, p.bannerSays(), "Your browser asks us not to share your information (Global Privacy Control).")
	p.click("button", "Choose")
	p.panelHolds(`document.documentElement.classList.contains('connected')`)
	p.says("Your browser sends Global Privacy Control")
	p.says("Turned off by your browser’s Global Privacy Control")
	p.click("button", "Save choices")
	p.recorded(1)
	stored := p.stored()
	require.Len(t, stored, 1)
	assert.True(t, stored[0].Event.GPC)
}
