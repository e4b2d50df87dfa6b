package siteaudit

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/consent"
	"latchkey/app/group"
)

// Who follows the first audit's proposals for Latchkey's own items has nothing to fill in, and gates nothing.
func TestLatchkeysOwnItemsAreExplained(t *testing.T) {
	a, err := newAuditor(Options{
		URLs:  []string{"https://www.taff.example/"},
		Group: &group.Group{Entities: []group.Entity{{ID: "taff", Name: "Taff Vale Homes Limited"}}},
		Site:  &group.Site{ID: "taff", Name: "Taff Vale Homes", Entity: "taff", Languages: []string{"en-GB", "cy"}},
	})
	require.NoError(t, err)
	a.judgeCookie(Cookie{Name: consent.CookieName, Domain: "www.taff.example", SetBy: "script"}, false)
	a.judgeItem(Item{Area: "localStorage", Name: "latchkey.taff"}, false)
	a.judgeItem(Item{Area: "localStorage", Name: "latchkey.other"}, false)
	require.Len(t, a.report.Findings, 3)
	cookie, item, other := a.report.Findings[0], a.report.Findings[1], a.report.Findings[2]
	for _, f := range []Finding{cookie, item} {
		assert.Contains(t, f.Do, "It is Latchkey's own")
		assert.NotContains(t, f.Do, "gate")
		assert.Contains(t, f.Declaration, "provider: Taff Vale Homes Limited\n")
		assert.Contains(t, f.Declaration, "purpose: necessary  # The group has no such purpose: add it under purposes, first\n")
		assert.NotContains(t, f.Declaration, `""`)
	}
	assert.Contains(t, cookie.Declaration, "duration: P12M\n")
	assert.Contains(t, item.Declaration, "Yn cadw")
	assert.Contains(t, other.Do, "gate")
	assert.Contains(t, other.Declaration, `en-GB: ""`)
}

// www and not www, http and https: the banner is there, and no choice is ever recorded.
func TestAPageAtAnOriginThatIsNotListed(t *testing.T) {
	for origin, listed := range map[string]bool{
		"https://www.taff.example":      true,
		"https://taff.example":          false,
		"http://www.taff.example":       false,
		"https://www.taff.example:8443": false,
	} {
		a, err := newAuditor(Options{
			URLs:  []string{"https://elsewhere.example/"}, // which redirected
			Group: &group.Group{},
			Site:  &group.Site{ID: "taff", Origins: []string{"https://www.taff.example"}},
		})
		require.NoError(t, err)
		a.judgeSource(source{address: "https://elsewhere.example/", origin: origin, works: true})
		said := ""
		for _, f := range a.report.Findings {
			if f.Rule == unknownOrigin {
				said = f.What
			}
		}
		assert.Equal(t, listed, said == "", origin)
		if !listed {
			assert.Contains(t, said, "the site's origins are https://www.taff.example: the server refuses")
		}
	}
}
