package group

import (
	"slices"

	"latchkey/app/consent"
)

// RefusedByGPC lists the purposes of a site that a browser's Global Privacy
// Control signal refuses: those by consent that give data to a third party or
// are for marketing, unless the group says otherwise. The signal has no legal
// effect of its own in the United Kingdom; it is a wish that we respect until
// the visitor makes a choice (https://www.w3.org/TR/gpc/).
func (g *Group) RefusedByGPC(s *Site) []consent.PurposeID {
	var refused []consent.PurposeID
	for _, p := range g.PurposesOf(s) {
		if p.Basis != consent.ByConsent {
			continue
		}
		refuses := p.ID == consent.Marketing || slices.ContainsFunc(s.Technologies, func(t Technology) bool {
			provider, _ := g.Provider(t.Provider)
			return t.Purpose == p.ID && provider.Role == ThirdParty
		})
		if words, ok := g.Purpose(p.ID); ok && words.GPC != nil {
			refuses = *words.GPC
		}
		if refuses {
			refused = append(refused, p.ID)
		}
	}
	return refused
}
