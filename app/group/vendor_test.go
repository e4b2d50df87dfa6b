package group_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/consent"
	"latchkey/app/group"
)

// uses makes a group with one site, whose technologies have these purposes.
func uses(purposes ...consent.Purpose) (*group.Group, *group.Site) {
	g := &group.Group{Sites: []group.Site{{ID: "site"}}}
	s := &g.Sites[0]
	for _, p := range purposes {
		g.Purposes = append(g.Purposes, group.Purpose{ID: p.ID})
		s.Technologies = append(s.Technologies, group.Technology{Purpose: p.ID, Basis: p.Basis})
	}
	return g, s
}

func TestWhatAVendorFollows(t *testing.T) {
	necessary := consent.Purpose{ID: consent.Necessary, Basis: consent.Essential}
	visits := consent.Purpose{ID: "visits", Basis: consent.StatisticsExempt}
	statistics := consent.Purpose{ID: consent.Statistics, Basis: consent.ByConsent}
	marketing := consent.Purpose{ID: consent.Marketing, Basis: consent.ByConsent}
	tests := []struct {
		name     string
		purposes []consent.Purpose
		vendor   group.Vendor
		want     map[string]consent.PurposeID
	}{
		{
			"without a mapping, the usual one",
			[]consent.Purpose{necessary, statistics, marketing}, group.Vendor{ID: "clarity"},
			map[string]consent.PurposeID{"ad_Storage": "marketing", "analytics_Storage": "statistics"},
		},
		{
			"a purpose that the site does not have denies its categories",
			[]consent.Purpose{necessary, statistics}, group.Vendor{ID: "google"},
			map[string]consent.PurposeID{
				"ad_storage": "", "ad_user_data": "", "ad_personalization": "", "analytics_storage": "statistics",
				"functionality_storage": "", "personalization_storage": "",
			},
		},
		{
			"a mapping replaces the usual one, and what it leaves out is denied",
			[]consent.Purpose{necessary, visits, statistics}, group.Vendor{ID: "matomo", Purposes: map[string]consent.PurposeID{"tracking": "visits"}},
			map[string]consent.PurposeID{"tracking": "visits", "cookies": ""},
		},
		{
			"a mapping to what the site does not have is none",
			[]consent.Purpose{necessary}, group.Vendor{ID: "meta", Purposes: map[string]consent.PurposeID{"pixel": "marketing"}},
			map[string]consent.PurposeID{"pixel": ""},
		},
		{
			"WordPress counts anonymously under the exemption, where the site does",
			[]consent.Purpose{necessary, statistics, visits}, group.Vendor{ID: "wordpress"},
			map[string]consent.PurposeID{
				"functional": "necessary", "preferences": "", "statistics-anonymous": "visits", "statistics": "statistics", "marketing": "",
			},
		},
		{
			"and with consent where it does not",
			[]consent.Purpose{necessary, statistics}, group.Vendor{ID: "wordpress"},
			map[string]consent.PurposeID{
				"functional": "necessary", "preferences": "", "statistics-anonymous": "statistics", "statistics": "statistics", "marketing": "",
			},
		},
		{
			"a vendor that nobody knows has no categories",
			[]consent.Purpose{necessary}, group.Vendor{ID: "nobody"}, map[string]consent.PurposeID{},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g, s := uses(tt.purposes...)
			assert.Equal(t, tt.want, g.Follows(s, tt.vendor))
		})
	}
}

// What is always on grants nothing by itself but what a website can't do without.
func TestByDefaultNothingIsGrantedByWhatIsAlwaysOn(t *testing.T) {
	for id, categories := range group.Vendors {
		require.NotEmpty(t, categories, id)
		for category, purpose := range categories {
			if purpose == consent.Necessary {
				assert.Equal(t, "wordpress functional", id+" "+category)
			}
		}
	}
}
