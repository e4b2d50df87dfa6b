package ui

import (
	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"latchkey/app/i18n"
)

// CookiesView is what the cookies page shows.
type CookiesView struct {
	Purposes []PurposeView `json:"purposes"`
	Months   int           `json:"months"` // how long a choice is remembered
}

// Cookies lists everything that a site may keep on a device, made from the
// site's declaration, with the rule that each purpose rests on (LAW W13).
type Cookies struct {
	app.Compo
	T    *i18n.Catalogue
	Site SiteView
	View CookiesView
}

// Render draws a table for each purpose.
func (c *Cookies) Render() app.UI {
	t, site := c.T, c.Site.Name
	return app.Article().Class("wide").Body(
		app.H1().Text(t.T("cookies.title", "site", site)),
		app.P().Text(t.T("cookies.intro", "site", site)),
		app.If(len(c.View.Purposes) == 0, func() app.UI { return app.P().Text(t.T("cookies.none")) }),
		app.P().Body(app.A().Href(val(c.Site.Href(t.Lang(), PreferencesPage))).Text(t.T("cookies.change"))),
		app.Range(c.View.Purposes).Slice(func(i int) app.UI {
			p := c.View.Purposes[i]
			return app.Section().Class("purpose").Body(
				app.H2().Text(p.Name),
				app.If(p.About != "", func() app.UI { return app.P().Text(p.About) }),
				app.P().Body(
					app.Strong().Text(t.T("common.basis."+string(p.Basis))+"."),
					app.Text(" "+lawOf(t, p.Basis)),
				),
				&Technologies{T: t, Caption: p.Name, Rows: p.Technologies},
			)
		}),
		app.P().Text(t.N("preferences.months", c.View.Months)),
		app.P().Text(t.T("common.law.name")),
	)
}
