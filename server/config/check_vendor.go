package config

import (
	"maps"
	"slices"

	"latchkey/app/consent"
	"latchkey/app/group"
)

// ownUse are the vendors that use what they are sent for themselves too, or that
// record single visits: no exemption covers them as they are usually set up
// (PECR Schedule A1 para 5; LAW 1.2).
var ownUse = []string{"clarity", "google", "meta", "uet"}

// checkVendors checks the consent signals that the i-th site sends.
func checkVendors(g *loaded, i int) {
	d, s := g.doc, &g.Sites[i]
	bases := map[consent.PurposeID]consent.Basis{}
	var known []string
	for _, p := range g.PurposesOf(s) {
		bases[p.ID] = p.Basis
		known = append(known, string(p.ID))
	}
	first := map[string]bool{}
	for j, v := range s.Vendors {
		at := path("sites", i, "vendors", j)
		if !d.required(path(at, "id"), v.ID) {
			continue
		}
		usual, ok := group.Vendors[v.ID]
		switch {
		case !ok:
			d.problem(path(at, "id"), "there is no signal for the vendor %q: want %s", v.ID, oneOf(slices.Sorted(maps.Keys(group.Vendors))))
			continue
		case first[v.ID]:
			d.problem(path(at, "id"), "the vendor %q is listed already: keep one", v.ID)
		}
		first[v.ID] = true
		for _, category := range slices.Sorted(maps.Keys(v.Purposes)) {
			here := path(at, "purposes", category)
			purpose := v.Purposes[category]
			switch _, has := bases[purpose]; {
			case d.unread[here]:
			case !hasKey(usual, category):
				d.problemKey(here, "%s has no category %q: want %s", v.ID, category, oneOf(slices.Sorted(maps.Keys(usual))))
			case !has:
				d.problem(here, "nothing that the site uses has the purpose %q: want %s, or delete this line, and the category stays denied", purpose, oneOf(known))
			}
		}
		checkMapping(d, at, v, usual, bases)
	}
}

// checkMapping holds what a vendor's categories follow to the law: what is
// granted because a purpose runs without a yes needs an exemption of its own.
func checkMapping(d *document, at string, v group.Vendor, usual map[string]consent.PurposeID, bases map[consent.PurposeID]consent.Basis) {
	follows, where := v.Purposes, path(at, "purposes")
	if len(follows) == 0 {
		follows, where = usual, path(at, "id")
	}
	granted := false
	for _, category := range slices.Sorted(maps.Keys(usual)) {
		purpose, here := follows[category], where
		if len(v.Purposes) > 0 {
			here = path(where, category)
		}
		basis, has := bases[purpose]
		granted = granted || has
		switch meant := usual[category]; {
		case !has || basis == consent.ByConsent:
		case meant == consent.Marketing:
			d.problem(here, "%s of %s stores for advertisements, which no exemption covers, and %s runs without a yes (%s): want a purpose by consent", category, v.ID, purpose, basis)
		case meant == consent.Statistics && basis == consent.Essential:
			d.problem(here, "%s of %s stores for statistics, which are not essential in the law, and %s is always on: want a purpose by consent, or one with its own exemption", category, v.ID, purpose)
		case meant == consent.Statistics && isAny(v.ID, ownUse...):
			d.warn(here, "%s of %s would run before a choice, because %s is exempt: %s uses what it gets for itself or records single visits, and the exemption is for your own statistics alone (PECR Schedule A1 para 5). Want a purpose by consent", category, v.ID, purpose, v.ID)
		}
	}
	if !granted && len(v.Purposes) == 0 {
		d.warn(where, "no category of %s follows a purpose of this site, so all of them stay denied: say with purposes which category follows which", v.ID)
	}
}

func hasKey[V any](m map[string]V, key string) bool {
	_, ok := m[key]
	return ok
}
