package ui

import (
	"latchkey/app/consent"
	"latchkey/app/group"
)

// PurposeView is one purpose of a site, in the words of one language, with
// everything that is used for it.
type PurposeView struct {
	ID           consent.PurposeID `json:"id"`
	Basis        consent.Basis     `json:"basis"`
	Name         string            `json:"name"`
	About        string            `json:"about"`
	Technologies []TechnologyView  `json:"technologies"`
}

// TechnologyView is one declared cookie, storage item, script or embed.
type TechnologyView struct {
	Name     string     `json:"name"`
	Kind     group.Kind `json:"kind"`
	Provider string     `json:"provider"`
	Duration string     `json:"duration"` // ISO 8601 period, or "session", or empty
	About    string     `json:"about,omitempty"`
}

// PurposesOf describes the purposes of a site in a language.
func PurposesOf(g *group.Group, s *group.Site, lang string) []PurposeView {
	fallback := s.Languages[0]
	var views []PurposeView
	for _, p := range g.PurposesOf(s) {
		view := PurposeView{ID: p.ID, Basis: p.Basis, Name: string(p.ID)}
		if words, ok := g.Purpose(p.ID); ok {
			view.Name, _ = words.Name.In(lang, fallback)
			view.About, _ = words.About.In(lang, fallback)
		}
		for _, t := range s.Technologies {
			if t.Purpose != p.ID {
				continue
			}
			about, _ := t.About.In(lang, fallback)
			view.Technologies = append(view.Technologies, TechnologyView{
				Name: t.Name, Kind: t.Kind, Provider: t.Provider, Duration: t.Duration, About: about,
			})
		}
		views = append(views, view)
	}
	return views
}
