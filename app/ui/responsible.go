package ui

import (
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"latchkey/app/group"
	"latchkey/app/i18n"
)

// Responsible says who decides on a visitor's data and how to reach them. It
// stands at the foot of every page, always in the same order (WCAG 2.2, 3.2.6),
// and says so where a fact is not published.
type Responsible struct {
	app.Compo
	T    *i18n.Catalogue
	Site SiteView
}

// Render draws the entity, its registration, its contacts and the regulator.
func (r *Responsible) Render() app.UI {
	t, e := r.T, r.Site.Entity
	if e.Name == "" {
		return app.P().Text(t.T("common.centre"))
	}
	ico := e.ICO
	if ico == "" {
		ico = t.T("common.entity.ico.none")
	}
	facts := app.Dl().Class("facts").Body(
		fact(t.T("common.entity.ico"), app.Text(ico)),
		fact(t.T("common.entity.contact"), contactOr(t, e.Contact, t.T("common.entity.contact.none"))),
		fact(t.T("common.entity.dpo"), dpoOr(t, e.DPO, t.T("common.entity.dpo.none"))),
		app.If(r.Site.Regulator.Name != "", func() app.UI {
			g := r.Site.Regulator
			return fact(t.T("common.entity.regulator"), app.Div().Body(
				app.P().Class("tight").Text(t.T("common.entity.regulator.text", "name", g.Name)),
				contact(t, group.Contact{Phone: g.Phone, Post: g.Post, Web: g.Web}),
			))
		}),
	)
	return app.Section().Aria("label", val(t.T("common.foot.title"))).Body(
		app.H2().Text(t.T("common.foot.title")),
		app.P().Text(t.T("common.foot.text", "entity", e.Name, "site", r.Site.Name)),
		facts,
		app.P().Class("alone screen").Body(
			app.A().Href(val(r.Site.Home)).Text(t.T("common.back", "site", r.Site.Name)),
		),
	)
}

// fact is a term and its value, for a list of class facts.
func fact(term string, value app.UI) app.UI {
	return app.Div().Body(app.Dt().Text(term), app.Dd().Body(value))
}

func contactOr(t *i18n.Catalogue, c group.Contact, none string) app.UI {
	if c.Empty() {
		return app.Text(none)
	}
	return contact(t, c)
}

func dpoOr(t *i18n.Catalogue, c *group.Contact, none string) app.UI {
	if c == nil {
		return app.Text(none)
	}
	return contactOr(t, *c, none)
}

// contact lists the ways to reach somebody, each on a line of its own.
func contact(t *i18n.Catalogue, c group.Contact) app.UI {
	var lines []app.UI
	if c.Name != "" {
		lines = append(lines, app.Li().Text(c.Name))
	}
	if c.Phone != "" {
		lines = append(lines, app.Li().Body(app.A().Href(val("tel:"+strings.ReplaceAll(c.Phone, " ", ""))).Text(c.Phone)))
	}
	if c.Email != "" {
		lines = append(lines, app.Li().Body(app.A().Href(val("mailto:"+c.Email)).Text(c.Email)))
	}
	if c.Post != "" {
		lines = append(lines, app.Li().Text(c.Post))
	}
	if c.Web != "" {
		lines = append(lines, app.Li().Body(outside(t, c.Web)))
	}
	return app.Ul().Class("plain tight").Body(lines...)
}

// outside links to a website that is not ours. It opens a tab of its own and
// says so, because in a panel there is no way back from it.
func outside(t *i18n.Catalogue, address string) app.UI {
	href := address
	if !strings.Contains(href, "://") {
		href = "https://" + href
	}
	name := strings.TrimSuffix(strings.TrimPrefix(href, "https://"), "/")
	return app.A().Href(val(href)).Target("_blank").Rel("noopener").Text(t.T("common.newtab", "text", name))
}
