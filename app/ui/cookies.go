package ui

import (
	"strconv"

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
				restsOn(t, p),
				&Technologies{T: t, Caption: p.Name, Rows: p.Technologies},
			)
		}),
		app.P().Text(t.N("preferences.months", c.View.Months)),
		app.P().Text(t.T("common.law.name")),
	)
}

// restsOn says what a purpose rests on, with the paragraph of the law.
func restsOn(t *i18n.Catalogue, p PurposeView) app.UI {
	return app.P().Body(
		app.Strong().Text(t.T("common.basis."+string(p.Basis))+"."),
		app.Text(" "+p.Law(t)),
	)
}

// Law says why the purpose may be used, with the paragraph of the law.
func (p PurposeView) Law(t *i18n.Catalogue) string { return lawOf(t, p.Basis) }

// Classes of [CookiesFragment], for the style sheet of the page that it is put
// into. They are documented, so they never change.
const (
	fragmentClass        = "latchkey-cookies"         // the whole; also what ids in it begin with
	fragmentPurposeClass = "latchkey-cookies-purpose" // the section of a purpose
	fragmentTableClass   = "latchkey-cookies-table"   //
)

// Levels of the first heading of [CookiesFragment].
const (
	MinFragmentLevel = 2 // a page has its own heading of level 1
	MaxFragmentLevel = 4 // those of the purposes are one level lower
)

// CookiesFragment is the content of [Cookies] for a page that is somebody
// else's: without a document around it, with headings that fit in, with classes
// and ids of its own, and with addresses that lead to the centre from anywhere.
type CookiesFragment struct {
	app.Compo
	T      *i18n.Catalogue
	Site   SiteView
	View   CookiesView
	Centre string // scheme and host of the privacy centre, without a slash at the end
	Level  int    // of the first heading, from MinFragmentLevel to MaxFragmentLevel
}

// Render draws a section. The link to the choices opens the panel where the
// page has the loader.
func (c *CookiesFragment) Render() app.UI {
	t, site := c.T, c.Site.Name
	return app.Section().Class(fragmentClass).Lang(val(t.Lang())).Dir(val(t.Dir())).Body(
		heading(c.Level).Text(t.T("cookies.title", "site", site)),
		app.P().Text(t.T("cookies.intro", "site", site)),
		app.If(len(c.View.Purposes) == 0, func() app.UI { return app.P().Text(t.T("cookies.none")) }),
		app.P().Body(app.A().Href(val(c.Centre+c.Site.Href(t.Lang(), PreferencesPage))).
			DataSet("latchkey", val(string(PreferencesPage))).Text(t.T("cookies.change"))),
		app.Range(c.View.Purposes).Slice(func(i int) app.UI {
			p := c.View.Purposes[i]
			id := fragmentClass + "-" + string(p.ID)
			return app.Section().Class(fragmentPurposeClass).Body(
				heading(c.Level+1).ID(val(id)).Text(p.Name),
				app.If(p.About != "", func() app.UI { return app.P().Text(p.About) }),
				restsOn(t, p),
				&Technologies{T: t, Rows: p.Technologies, Class: fragmentTableClass, LabelledBy: id},
			)
		}),
		app.P().Text(t.N("preferences.months", c.View.Months)),
		app.P().Text(t.T("common.law.name")),
	)
}

// heading is a heading of a level from 1 to 6.
func heading(level int) app.HTMLElem {
	return app.Elem("h" + strconv.Itoa(level))
}
