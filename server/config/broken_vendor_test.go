package config_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"latchkey/app/group"
)

// languages is line 61 of the sound group: what is put before it is of the first site.
const languages = "    languages: [en-GB, cy]\n"

func orOf(words []string) string {
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

func categoriesOf(vendor string) string {
	return orOf(slices.Sorted(maps.Keys(group.Vendors[vendor])))
}

func TestAVendorWithSomethingWrong(t *testing.T) {
	known := orOf(slices.Sorted(maps.Keys(group.Vendors)))
	breakOneThing(t, []broken{
		{
			name: "a vendor that nobody knows",
			old:  languages, new: "    vendors: [{id: shoeshop}]\n" + languages,
			want: []string{`acme/group.yaml:61:20: there is no signal for the vendor "shoeshop": want ` + known},
		},
		{
			name: "a vendor without a name",
			old:  languages, new: "    vendors: [{purposes: {a: visits}}]\n" + languages,
			want: []string{"acme/group.yaml:61:15: id is missing: add it"},
		},
		{
			name: "a vendor twice",
			old:  languages, new: "    vendors: [{id: meta}, {id: meta}]\n" + languages,
			want: []string{`acme/group.yaml:61:32: the vendor "meta" is listed already: keep one`},
		},
		{
			name: "a category that the vendor does not have",
			old:  languages, new: "    vendors: [{id: google, purposes: {adverts: marketing}}]\n" + languages,
			want: []string{`acme/group.yaml:61:39: google has no category "adverts": want ` + categoriesOf("google")},
		},
		{
			name: "a purpose that the site does not have",
			old:  languages, new: "    vendors: [{id: google, purposes: {ad_storage: adverts}}]\n" + languages,
			want: []string{`acme/group.yaml:61:51: nothing that the site uses has the purpose "adverts": want necessary, visits or marketing, or delete this line, and the category stays denied`},
		},
		{
			name: "advertisements with what is necessary",
			old:  languages, new: "    vendors: [{id: google, purposes: {ad_storage: necessary}}]\n" + languages,
			want: []string{"acme/group.yaml:61:51: ad_storage of google stores for advertisements, which no exemption covers, and necessary runs without a yes (essential): want a purpose by consent"},
		},
		{
			name: "advertisements with what is exempt",
			old:  languages, new: "    vendors: [{id: clarity, purposes: {ad_Storage: visits}}]\n" + languages,
			want: []string{"acme/group.yaml:61:52: ad_Storage of clarity stores for advertisements, which no exemption covers, and visits runs without a yes (statistics-exempt): want a purpose by consent"},
		},
		{
			name: "statistics with what is necessary",
			old:  languages, new: "    vendors: [{id: matomo, purposes: {tracking: necessary}}]\n" + languages,
			want: []string{"acme/group.yaml:61:49: tracking of matomo stores for statistics, which are not essential in the law, and necessary is always on: want a purpose by consent, or one with its own exemption"},
		},
	})
}

func TestWhatIsWorthALookAboutVendors(t *testing.T) {
	warnOfOneThing(t, []warned{
		{
			name: "statistics that a vendor uses for itself, under an exemption",
			old:  languages, new: "    vendors: [{id: google, purposes: {analytics_storage: visits}}]\n" + languages,
			want: []string{"acme/group.yaml:61:58: analytics_storage of google would run before a choice, because visits is exempt: google uses what it gets for itself or records single visits, and the exemption is for your own statistics alone (PECR Schedule A1 para 5). Want a purpose by consent"},
		},
		{
			name: "a vendor of which nothing would ever be granted",
			old:  languages, new: "    vendors: [{id: matomo}]\n" + languages,
			want: []string{"acme/group.yaml:61:20: no category of matomo follows a purpose of this site, so all of them stay denied: say with purposes which category follows which"},
		},
		{
			name: "statistics of one's own under their exemption",
			old:  languages, new: "    vendors: [{id: matomo, purposes: {tracking: visits, cookies: visits}}]\n" + languages,
		},
		{
			name: "the usual mapping",
			old:  languages, new: "    vendors: [{id: google}, {id: meta}]\n" + languages,
		},
	})
}

func TestWhatAnEmbedShows(t *testing.T) {
	breakOneThing(t, []broken{
		{
			name: "something that there is no picture for",
			old:  "shows: video", new: "shows: film",
			want: []string{`acme/group.yaml:103:16: "film" is not something that an embed shows: want video, map, post or form, or delete this line`},
		},
		{
			name: "something that is no embed",
			old:  "kind: embed", new: "kind: script",
			want: []string{"acme/group.yaml:103:16: shows is for the placeholder of an embed, and this is of the kind script: delete this line"},
		},
	})
}

func TestAnExemptionThatHardlyHolds(t *testing.T) {
	const by = "          by: Data Protection Officer\n          date: 2026-10-05\n          why: Only totals, on our own server.\n"
	const terms = "          terms: None, because we host it ourselves; its licence of 2026-09-01 was read.\n"
	warnOfOneThing(t, []warned{
		{
			name: "no terms of the vendor",
			old:  by + terms, new: by,
			want: []string{"acme/group.yaml:87:11: terms is missing: say which terms of Acme Homes were checked, with their date or address, or why there are none"},
		},
		{
			name: "a provider that uses the data for itself",
			old:  "        provider: Acme Homes\n        purpose: visits\n", new: "        provider: Clipview\n        purpose: visits\n",
			want: []string{"acme/group.yaml:81:19: Clipview is listed as a third party, which uses the data for itself too: statistics-exempt is for the site's own purpose alone (PECR Schedule A1 para 5). Want a purpose by consent"},
		},
		{
			name: "the cookie of a vendor that is known",
			old:  "name: _pk_id.*", new: "name: _ga_*",
			want: []string{"acme/group.yaml:79:15: _ga_* looks like Google Analytics and Google Ads, which as usually set up uses the data for itself or follows single visitors: statistics-exempt does not cover that (PECR Schedule A1 para 5). Want a purpose by consent"},
		},
		{
			name: "data about who somebody is",
			old:  "data: [identifier, browsing]", new: "data: [identifier, profile]",
			want: []string{"acme/group.yaml:91:28: profile goes beyond what statistics-exempt is for (PECR Schedule A1 para 5): take it out of what is collected, or want a purpose by consent"},
		},
		{
			name: "a signal that has nothing to refuse",
			old:  "    name: {en-GB: Counting visits, cy: Cyfrif ymweliadau}\n", new: "    gpc: true\n    name: {en-GB: Counting visits, cy: Cyfrif ymweliadau}\n",
			want: []string{"acme/group.yaml:14:10: Global Privacy Control refuses what is asked, and visits is asked nowhere: on every site it is essential or exempt. Delete this line"},
		},
	})
}
