package ui

import (
	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"latchkey/app/i18n"
	"latchkey/app/rights"
)

// Centre is a whole page of the privacy centre: the root component, on the
// server and in the browser. What stands around the page is the same on every
// page, and in the same order (WCAG 2.2, 3.2.3 and 3.2.6).
type Centre struct {
	app.Compo
	View View
}

// Render draws the page that the view names.
func (c *Centre) Render() app.UI {
	t, v := c.View.Catalogue(), c.View
	return app.Div().Class("page").Body(
		app.A().Class("skip").Href("#main").Text(t.T("common.skip")),
		app.Header().Body(
			app.Div().Class("band").Body(app.Div().Class("wrap").Body(
				c.siteName(t),
				c.languages(t),
			)),
			app.If(v.Site.ID != "", func() app.UI { return c.navigation(t) }),
		),
		app.Main().ID("main").Class("wrap").TabIndex(-1).Body(c.page(t)),
		app.Footer().Class("foot").Body(
			app.Div().Class("wrap").Body(&Responsible{T: t, Site: v.Site}),
		),
	)
}

func (c *Centre) siteName(t *i18n.Catalogue) app.UI {
	if c.View.Site.ID == "" {
		return app.P().Class("site").Text(t.T("common.centre"))
	}
	return app.A().Class("site").Href(val(c.View.Site.Home)).Text(c.View.Site.Name)
}

// languages offers this same page in the site's other languages: by links, or
// where the page answers a form, by buttons that send that form again, so that
// nothing typed is lost.
func (c *Centre) languages(t *i18n.Catalogue) app.UI {
	tags := c.View.Site.Languages
	if len(tags) < 2 {
		return nil
	}
	return app.Nav().Class("languages").Aria("label", val(t.T("common.language"))).Body(
		c.enter(),
		app.Ul().Class("row").Body(app.Range(tags).Slice(func(i int) app.UI {
			tag, form := tags[i], c.View.form()
			href, name := c.View.here(tag), i18n.For(tag).T("common.language.self")
			if form != "" {
				b := app.Button().Type("submit").Attr("form", val(form)).FormAction(val(href)).
					Name(rights.ControlTo).Value(rights.ToStay).Lang(val(tag)).Text(name)
				if tag == c.View.Lang {
					b = b.Aria("current", val("true"))
				}
				return app.Li().Body(b)
			}
			a := app.A().Href(val(href)).Lang(val(tag)).HrefLang(val(tag)).Text(name)
			if tag == c.View.Lang {
				a = a.Aria("current", val("true"))
			}
			return app.Li().Body(a)
		})),
	)
}

// enter is the button that the Enter key presses in the page's form. Browsers
// take the form's first, and that is not to be a language. Nobody sees it or
// tabs to it.
func (c *Centre) enter() app.UI {
	form := c.View.form()
	if form == "" {
		return nil
	}
	b := app.Button().Type("submit").Class("sr").TabIndex(-1).Aria("hidden", val("true")).Attr("form", val(form)).
		Text(c.View.Catalogue().T("common.continue"))
	if form == RequestForm {
		b = b.Name(rights.ControlTo).Value(rights.ToContinue)
	}
	return b
}

// sections are the pages that the navigation leads to, in its order.
var sections = []Page{PreferencesPage, NoticePage, RequestPage, ReceiptPage, CookiesPage}

func (c *Centre) navigation(t *i18n.Catalogue) app.UI {
	return app.Nav().Class("nav").Aria("label", val(t.T("common.centre"))).Body(
		app.Div().Class("wrap").Body(app.Ul().Class("row").Body(
			app.Range(sections).Slice(func(i int) app.UI {
				link := app.A().Href(val(c.View.Site.Href(t.Lang(), sections[i]))).Text(t.T("common.nav." + string(sections[i])))
				if sections[i] == c.View.Page {
					link = link.Aria("current", "page")
				}
				return app.Li().Body(link)
			}),
		)),
	)
}
