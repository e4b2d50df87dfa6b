package ui

import "latchkey/app/group"

// SiteOf describes a site in a language.
func SiteOf(g *group.Group, s *group.Site, lang string) SiteView {
	view := SiteView{
		ID: s.ID, Name: s.Name, Home: s.Home, Group: g.Name, Languages: s.Languages, Regulator: g.Regulator,
	}
	if e, ok := g.Entity(s.Entity); ok {
		view.Entity = EntityOf(g, e, lang, s.Languages[0])
	}
	return view
}

// EntityOf describes an entity in a language, or in the fallback. Where it has
// no contact or data protection officer of its own, those of the group stand.
func EntityOf(g *group.Group, e group.Entity, lang, fallback string) EntityView {
	about, _ := e.About.In(lang, fallback)
	start := e.Clock
	if start == "" && len(g.Entities) > 0 {
		start = g.Entities[0].Clock
	}
	return EntityView{
		ID: e.ID, Name: e.Name, Trading: e.Trading, About: about, ICO: e.ICO, Registrations: e.Registrations,
		Address: e.Address, Contact: g.ContactFor(e), DPO: g.DPOFor(e), Start: start,
	}
}
