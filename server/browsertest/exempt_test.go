package browsertest

import (
	"testing"

	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/consent"
)

// TestASiteWithOnlyExemptTechnologies has no banner: one line says what runs,
// and one click objects to it, at once and for good.
func TestASiteWithOnlyExemptTechnologies(t *testing.T) { // V11, V12
	for name, size := range map[string]option{"on a desktop": sized(1280, 800), "on a small phone": phone} {
		t.Run(name, func(t *testing.T) {
			p := open(t, size, openShadows)
			p.visit("/property-plus/")
			p.see("button", "Object: stop counting")
			p.see("button", "Privacy")
			assert.NotContains(t, p.names("region"), "Cookies on Property Plus")
			p.until("the visit is counted", func() bool { return len(p.ran()) == 1 })
			height := eval[float64](p, `document.querySelector('latchkey-privacy').shadowRoot.querySelector('.c').offsetHeight`)
			if name == "on a desktop" {
				assert.LessOrEqual(t, height, 50.0, "one line")
			} else {
				assert.LessOrEqual(t, height, 110.0, "the words, which the tests' wide font breaks once, and the buttons")
			}

			p.tabTo("button", "Object: stop counting")
			p.press(kb.Enter)
			p.recorded(1)
			p.gone("button", "Object: stop counting")
			p.until("the focus is on the control", func() bool { return p.focused().is("button", "Privacy") || len(p.ran()) == 0 })
			stored := p.stored()
			require.Len(t, stored, 1)
			assert.Equal(t, consent.Object, stored[0].Event.Method)
			require.NotNil(t, p.choice())
			assert.Equal(t, map[consent.PurposeID]bool{"visits": false}, p.choice().On)

			p.visit("/property-plus/adaptations")
			p.see("button", "Privacy")
			p.settle()
			assert.Empty(t, p.ran(), "it lasts")
			assert.NotContains(t, p.names("button"), "Object: stop counting", "nothing is left to object to")
			assert.Empty(t, p.thirdParty())
		})
	}
}

// TestAnObjectionInTheBannerLeavesTheQuestionOpen objects to what runs without
// consent, and answers nothing else by it.
func TestAnObjectionInTheBannerLeavesTheQuestionOpen(t *testing.T) { // V11
	p := open(t, openShadows)
	p.visit("/housing-plus/")
	p.see("region", "Cookies on Housing Plus Group")
	p.until("the visit is counted", func() bool { return len(p.ran()) > 0 })
	p.click("button", "Object: stop counting")
	p.recorded(1)
	require.NotNil(t, p.choice())
	assert.Equal(t, map[consent.PurposeID]bool{"visits": false}, p.choice().On)
	p.visit("/housing-plus/news")
	p.see("region", "Cookies on Housing Plus Group")
	p.holds(`document.querySelector('latchkey-privacy').shadowRoot.querySelector('.b').innerText.includes('Switched off: Counting visits.')`)
	p.settle()
	assert.Empty(t, p.ran())
	p.click("button", "Accept all")
	p.recorded(2)
	assert.False(t, p.choice().On["visits"], "an objection lasts")
	assert.True(t, p.choice().On["statistics"])
}

// TestObjectingInThePreferences takes one click, and so does taking it back.
func TestObjectingInThePreferences(t *testing.T) { // V11
	p := open(t)
	p.visit("/property-plus/")
	p.click("button", "Privacy")
	p.panelHolds(`document.documentElement.classList.contains('connected')`)
	p.click("button", "Object: switch off Counting visits")
	p.recorded(1)
	p.see("button", "Take back my objection: switch on Counting visits")
	assert.Equal(t, consent.Object, p.choice().Method)
	assert.False(t, p.choice().On["visits"])
	p.click("button", "Take back my objection: switch on Counting visits")
	p.recorded(1)
	p.see("button", "Object: switch off Counting visits")
	p.until("it is on again", func() bool { return p.choice().On["visits"] })
}

func TestExemptTechnologiesSuitEverybody(t *testing.T) { // V17
	p := open(t, openShadows)
	p.visit("/property-plus/")
	p.see("button", "Object: stop counting")
	p.suits("the notice of a site without a banner")
	p.visit("/care-plus/")
	p.see("region", "Cookies on Care Plus")
	p.suits("a banner with exempt purposes")
}
