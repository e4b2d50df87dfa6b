package config

import (
	"slices"

	"golang.org/x/text/language"

	"latchkey/app/consent"
	"latchkey/app/dpv"
	"latchkey/app/group"
)

var roles = []string{string(group.Processor), string(group.ThirdParty)}

// checkProviders checks the organisations that the group's sites give data to.
func checkProviders(g *loaded) {
	d := g.doc
	first := map[string]bool{}
	for i, p := range g.Providers {
		at := path("providers", i)
		if d.required(path(at, "name"), p.Name) && first[p.Name] {
			d.problem(path(at, "name"), "the provider %q is listed already: keep one", p.Name)
		}
		first[p.Name] = true
		if d.required(path(at, "role"), string(p.Role)) && !isAny(string(p.Role), roles...) {
			d.problem(path(at, "role"), "%q is not a role: want %s", p.Role, oneOf(roles))
		}
		d.required(path(at, "address"), p.Address)
		d.required(path(at, "contact"), p.Contact)
		checkEach(d, path(at, "stored_in"), p.StoredIn, placeFault)
		uses := func(t group.Technology) bool { return t.Provider == p.Name }
		if p.Name != "" && !slices.ContainsFunc(g.Sites, func(s group.Site) bool { return slices.ContainsFunc(s.Technologies, uses) }) {
			d.warn(at, "no technology of any site has the provider %s", p.Name)
		}
	}
}

// placeFault says why s is not a place where data is kept, or "".
func placeFault(s string) string {
	if s == group.OnDevice {
		return ""
	}
	if r, err := language.ParseRegion(s); err == nil && r.IsCountry() && len(s) == 2 && r.String() == s {
		return ""
	}
	return quote(s) + " is not a place: want " + group.OnDevice + ", or a country by its two capital letters, such as GB"
}

// checkRecorded checks what a record of consent has to say about a technology
// that a visitor can choose about: which personal data it is, where that is kept
// and who else gets it (ISO/IEC TS 27560, mandatory fields). What is missing is a
// warning: a banner works without it, and a folder that was sound stays so.
func checkRecorded(g *loaded, at string, t group.Technology) {
	d := g.doc
	checkEach(d, path(at, "data"), t.Data, dataFault)
	if len(t.Data) > 1 && slices.Contains(t.Data, dpv.Nothing) {
		d.problem(path(at, "data"), "%s stands for no personal data at all: delete it, or the others", dpv.Nothing)
	}
	checkEach(d, path(at, "stored_in"), t.StoredIn, placeFault)
	if t.Basis == "" || !t.Basis.Choosable() || t.Purpose == consent.Necessary {
		return
	}
	if d.empty(path(at, "data"), len(t.Data)) {
		d.warn(path(at, "data"), "data is missing: a record of the choice says which personal data is used. List %s", oneOf(dataKeys()))
	}
	if t.Provider != "" && d.empty(path(at, "stored_in"), len(g.StoredIn(t))) {
		d.warn(path(at, "stored_in"), "stored_in is missing: a record of the choice says where the data is kept. List %s or countries such as GB, here or at the provider", group.OnDevice)
	}
	if _, known := g.Provider(t.Provider); len(t.Hosts) > 0 && t.Provider != "" && !known {
		d.warn(path(at, "provider"), "%s is not listed under providers: a record of the choice says who receives data, so add it with its role, address and contact", t.Provider)
	}
}

func dataFault(key string) string {
	if _, known := dpv.CategoryOf(key); known {
		return ""
	}
	return quote(key) + " is not a category of personal data: want " + oneOf(dataKeys())
}

func dataKeys() []string {
	keys := make([]string, len(dpv.Categories))
	for i, c := range dpv.Categories {
		keys[i] = c.Key
	}
	return keys
}
