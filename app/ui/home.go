package ui

import (
	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"latchkey/app/i18n"
)

// Home is the start of a site's centre: what a visitor can do here.
type Home struct {
	app.Compo
	T    *i18n.Catalogue
	Site SiteView
}

// Render draws a list of the centre's pages, with what each is good for.
func (h *Home) Render() app.UI {
	t := h.T
	return app.Article().Body(
		app.H1().Text(t.T("home.title", "site", h.Site.Name)),
		app.P().Class("lead").Text(t.T("home.lead", "entity", h.Site.Entity.Name)),
		app.Ul().Class("cards").Body(app.Range(sections).Slice(func(i int) app.UI {
			page := sections[i]
			return app.Li().Body(
				app.H2().Body(app.A().Href(val(h.Site.Href(t.Lang(), page))).Text(t.T("common.nav."+string(page)))),
				app.P().Text(t.T("home."+string(page))),
			)
		})),
	)
}
