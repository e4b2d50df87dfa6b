package server_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/consent"
	"latchkey/app/group"
	"latchkey/server"
)

// vendorBudget is what a vendor may add to a site's loader, in bytes as sent with brotli.
const vendorBudget = 250

// with starts a server whose site progress-group has been changed.
func with(t *testing.T, change func(*group.Site)) *running {
	t.Helper()
	return startWith(t, t.TempDir(), func(o *server.Options) {
		for _, g := range o.Config.Groups {
			if s, ok := g.Site("progress-group"); ok {
				change(s)
				return
			}
		}
		require.Fail(t, "no site progress-group")
	})
}

// TestSizeOfAVendor holds what each vendor adds to a loader to its budget.
func TestSizeOfAVendor(t *testing.T) {
	const loader = "/embed/progress-group.js"
	bare := with(t, func(s *group.Site) { s.Vendors, s.DataLayer = nil, false }).size(loader)
	more := func(name string, change func(*group.Site)) {
		n := with(t, func(s *group.Site) {
			s.Vendors, s.DataLayer = nil, false
			change(s)
		}).size(loader) - bare
		fmt.Printf("%-44s %7d  of %7d\n", "vendor "+name, n, vendorBudget)
		assert.LessOrEqual(t, n, vendorBudget, name)
		assert.Positive(t, n, "%s is in the loader", name)
	}
	for _, id := range slices.Sorted(maps.Keys(group.Vendors)) {
		more(id, func(s *group.Site) { s.Vendors = []group.Vendor{{ID: id}} })
	}
	more("events in dataLayer", func(s *group.Site) { s.DataLayer = true })
}

// TestOnlyWhatASiteUsesTravels finds each vendor by a call that only it has.
func TestOnlyWhatASiteUsesTravels(t *testing.T) {
	calls := map[string]string{
		"google": "ads_data_redaction", "clarity": "consentv2", "uet": "uetq", "meta": "fbq", "matomo": "_paq",
		"wordpress": "wp_consent_type", "datalayer": "latchkey_",
	}
	assert.ElementsMatch(t, append(slices.Collect(maps.Keys(group.Vendors)), "datalayer"), slices.Collect(maps.Keys(calls)))
	for used := range calls {
		t.Run(used, func(t *testing.T) {
			r := with(t, func(s *group.Site) {
				s.Vendors, s.DataLayer = []group.Vendor{{ID: used}}, used == "datalayer"
				if s.DataLayer {
					s.Vendors = nil
				}
			})
			body := r.do("GET", "/embed/progress-group.js", "").body
			for vendor, call := range calls {
				assert.Equal(t, vendor == used, regexp.MustCompile(regexp.QuoteMeta(call)).MatchString(body), "the calls of %s", vendor)
			}
			assert.NotContains(t, r.do("GET", "/embed/connect.js", "").body, calls[used], "another site does not pay for it")
		})
	}
}

// TestWhatAVendorIsToldToFollow is the mapping as the loader gets it.
func TestWhatAVendorIsToldToFollow(t *testing.T) { // W6
	tests := []struct {
		name, want string
		site       string
		vendors    []group.Vendor
	}{
		{
			name: "as usual", vendors: []group.Vendor{{ID: "google"}},
			want: `({ad_personalization:"marketing",ad_storage:"marketing",ad_user_data:"marketing",analytics_storage:"statistics",` +
				`functionality_storage:"preferences",personalization_storage:"preferences"})`,
		},
		{
			name: "as the site says, and denied where it says nothing",
			vendors: []group.Vendor{{ID: "google", Purposes: map[string]consent.PurposeID{
				"analytics_storage": consent.Marketing, "ad_storage": "unknown",
			}}},
			want: `({ad_personalization:"",ad_storage:"",ad_user_data:"",analytics_storage:"marketing",functionality_storage:"",personalization_storage:""})`,
		},
		{
			name: "Matomo by consent", vendors: []group.Vendor{{ID: "matomo"}},
			want: `({tracking:"statistics",cookies:"statistics"})`,
		},
		{
			name: "Matomo under the exemption", site: "reside",
			vendors: []group.Vendor{{ID: "matomo", Purposes: map[string]consent.PurposeID{"tracking": "visits", "cookies": "statistics"}}},
			want:    `({tracking:"visits",cookies:"statistics",exempt:true})`,
		},
		{
			name: "WordPress, where the site counts under the exemption", site: "reside", vendors: []group.Vendor{{ID: "wordpress"}},
			want: `({functional:"necessary",marketing:"marketing",preferences:"",statistics:"statistics","statistics-anonymous":"visits"})`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			site := "progress-group"
			if tt.site != "" {
				site = tt.site
			}
			r := startWith(t, t.TempDir(), func(o *server.Options) {
				for _, g := range o.Config.Groups {
					if s, ok := g.Site(site); ok {
						s.Vendors = tt.vendors
					}
				}
			})
			assert.Contains(t, r.do("GET", "/embed/"+site+".js", "").body, tt.want)
		})
	}
}
