package ui

import (
	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"latchkey/app/consent"
	"latchkey/app/group"
	"latchkey/app/i18n"
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
	Duration string     `json:"duration,omitempty"` // ISO 8601 period, or "session", or empty
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

// Technologies is the table of what is used for one purpose: name, who sets it,
// what it does, how long it lasts (LAW B11). On a phone each row is a block.
type Technologies struct {
	app.Compo
	T          *i18n.Catalogue
	Caption    string // read out, and not shown
	Rows       []TechnologyView
	Class      string // of the table in a page with a style of its own; "stack" if empty
	LabelledBy string // id of the heading that names the table, in place of a caption
}

// Render draws the table.
func (c *Technologies) Render() app.UI {
	t := c.T
	heads := []string{
		t.T("common.technology.name"), t.T("common.technology.provider"),
		t.T("common.technology.about"), t.T("common.technology.duration"),
	}
	table := app.Table().Class(val(or(c.Class, "stack")))
	if c.LabelledBy != "" {
		table = table.Aria("labelledby", val(c.LabelledBy))
	}
	return table.Body(
		app.If(c.LabelledBy == "", func() app.UI { return app.Caption().Class("sr").Text(c.Caption) }),
		app.THead().Body(app.Tr().Body(app.Range(heads).Slice(func(i int) app.UI {
			return app.Th().Scope("col").Text(heads[i])
		}))),
		app.TBody().Body(app.Range(c.Rows).Slice(func(i int) app.UI {
			r := c.Rows[i]
			cell := func(column int, text string) app.UI {
				return app.Td().DataSet("label", val(heads[column])).Text(or(text, t.T("common.none")))
			}
			return app.Tr().Body(
				app.Th().Scope("row").Body(
					app.Span().Class("code").Text(r.Name),
					app.Text(" ("+t.T("common.kind."+string(r.Kind))+")"),
				),
				cell(1, r.Provider),
				cell(2, r.About),
				cell(3, Duration(t, r.Duration)),
			)
		})),
	)
}

func or(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

// lawOf says why a purpose of this basis may be used, with the paragraph of law.
func lawOf(t *i18n.Catalogue, b consent.Basis) string {
	return t.T("common.law."+string(b), "paragraph", b.Paragraph())
}
