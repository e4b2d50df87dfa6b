package group

import (
	"cmp"

	"latchkey/app/consent"
)

// Provider returns the provider with a name.
func (g *Group) Provider(name string) (Provider, bool) {
	for _, p := range g.Providers {
		if p.Name == name {
			return p, true
		}
	}
	return Provider{}, false
}

// StoredIn says where the data of a technology is kept: what it says itself,
// else its provider; nothing if neither does.
func (g *Group) StoredIn(t Technology) []string {
	if len(t.StoredIn) > 0 {
		return t.StoredIn
	}
	p, _ := g.Provider(t.Provider)
	return p.StoredIn
}

// PartyOf names an entity as receipts do.
func (g *Group) PartyOf(e Entity) consent.Party {
	contact := g.ContactFor(e)
	return consent.Party{
		Entity: e.ID, Name: e.Name, ICO: e.ICO,
		Contact: cmp.Or(contact.Email, contact.Phone, contact.Web, contact.Post, contact.Name),
		Address: cmp.Or(e.Address, contact.Post),
	}
}

// Declared is what the site declares, in a language and for editions to keep.
// Centre is the address of its privacy centre.
func (g *Group) Declared(s *Site, lang, centre string) *consent.Declared {
	d := &consent.Declared{Group: g.ID, Site: s.Name, Home: s.Home, Centre: centre, Months: s.Cookie.MonthsOrDefault()}
	for _, p := range g.PurposesOf(s) {
		declared := consent.DeclaredPurpose{ID: p.ID, Name: string(p.ID)}
		if words, ok := g.Purpose(p.ID); ok {
			declared.Name, _ = words.Name.In(lang, s.Languages[0])
			declared.About, _ = words.About.In(lang, s.Languages[0])
		}
		for _, t := range s.Technologies {
			if t.Purpose == p.ID {
				declared.Technologies = append(declared.Technologies, g.declaredTechnology(s, t, lang))
			}
		}
		d.Purposes = append(d.Purposes, declared)
	}
	return d
}

func (g *Group) declaredTechnology(s *Site, t Technology, lang string) consent.DeclaredTechnology {
	d := consent.DeclaredTechnology{
		Name: t.Name, Kind: string(t.Kind), Provider: t.Provider, Duration: t.Duration, Data: t.Data, StoredIn: g.StoredIn(t),
	}
	d.About, _ = t.About.In(lang, s.Languages[0])
	if p, ok := g.Provider(t.Provider); ok {
		d.Recipient = &consent.Recipient{Name: p.Name, Role: string(p.Role), Address: p.Address, Contact: p.Contact}
	}
	if t.Decision != nil {
		d.Decision = t.Decision.By + ", " + t.Decision.Date + ": " + t.Decision.Why
	}
	return d
}
