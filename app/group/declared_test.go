package group_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"latchkey/app/consent"
	"latchkey/app/group"
)

func TestADeclarationIsInTheWordsOfOneLanguage(t *testing.T) {
	site := group.Site{
		ID: "reside", Name: "Reside with Progress", Home: "https://reside.example/", Languages: []string{"en-GB", "cy"},
		Technologies: []group.Technology{
			{
				Name: "_pk_id.*", Kind: "cookie", Provider: "Reside", Purpose: "visits", Basis: consent.StatisticsExempt, Duration: "P13M",
				About: group.Text{"en-GB": "Counts visits.", "cy": "Yn cyfrif ymweliadau."}, Data: []string{"identifier"}, StoredIn: []string{"device", "GB"},
				Decision: &group.Decision{By: "DPO", Date: "2026-10-05", Why: "Only totals."},
			},
			{Name: "player", Kind: group.Embed, Provider: "Clipview", Purpose: "marketing", Basis: consent.ByConsent, Duration: "session", Data: []string{"viewing"}},
		},
	}
	g := group.Group{
		ID: "progress",
		Purposes: []group.Purpose{
			{ID: "visits", Name: group.Text{"en-GB": "Counting visits", "cy": "Cyfrif ymweliadau"}, About: group.Text{"en-GB": "We count."}},
			{ID: "marketing", Name: group.Text{"en-GB": "Marketing"}},
			{ID: "unused", Name: group.Text{"en-GB": "Unused"}},
		},
		Providers: []group.Provider{{Name: "Clipview", Role: group.ThirdParty, Address: "Leeds", Contact: "dpo@clipview.example", StoredIn: []string{"US"}}},
		Sites:     []group.Site{site},
	}

	got := g.Declared(&site, "cy", "https://privacy.example/reside")

	assert.Equal(t, &consent.Declared{
		Group: "progress", Site: "Reside with Progress", Home: "https://reside.example/", Centre: "https://privacy.example/reside", Months: 12,
		Purposes: []consent.DeclaredPurpose{
			{ID: "visits", Name: "Cyfrif ymweliadau", About: "We count.", Technologies: []consent.DeclaredTechnology{{
				Name: "_pk_id.*", Kind: "cookie", Provider: "Reside", Duration: "P13M", About: "Yn cyfrif ymweliadau.",
				Data: []string{"identifier"}, StoredIn: []string{"device", "GB"}, Decision: "DPO, 2026-10-05: Only totals.",
			}}},
			{ID: "marketing", Name: "Marketing", Technologies: []consent.DeclaredTechnology{{
				Name: "player", Kind: "embed", Provider: "Clipview", Duration: "session", Data: []string{"viewing"}, StoredIn: []string{"US"},
				Recipient: &consent.Recipient{Name: "Clipview", Role: "third-party", Address: "Leeds", Contact: "dpo@clipview.example"},
			}}},
		},
	}, got)
}

func TestAPartyIsNamedWithWhatIsKnownOfIt(t *testing.T) {
	g := group.Group{Entities: []group.Entity{{ID: "head", Name: "Head Limited", Contact: group.Contact{Phone: "01632 960000", Post: "1 High Street"}}}}
	for _, c := range []struct {
		name   string
		entity group.Entity
		want   consent.Party
	}{
		{
			"its own address and e-mail come first",
			group.Entity{ID: "a", Name: "A", ICO: "ZA1", Address: "2 Low Street", Contact: group.Contact{Email: "a@a.example", Phone: "1", Post: "3 Mid Street"}},
			consent.Party{Entity: "a", Name: "A", ICO: "ZA1", Contact: "a@a.example", Address: "2 Low Street"},
		},
		{
			"one without a contact has the group's",
			group.Entity{ID: "b", Name: "B"},
			consent.Party{Entity: "b", Name: "B", Contact: "01632 960000", Address: "1 High Street"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			assert.Equal(t, c.want, g.PartyOf(c.entity))
		})
	}
}
