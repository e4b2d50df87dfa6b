package ui

import (
	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"latchkey/app/i18n"
)

// PreferencesView is what the preferences page shows.
type PreferencesView struct {
	// Edition is the id of the consent.Edition of this page, layer 2.
	Edition  string        `json:"edition"`
	Purposes []PurposeView `json:"purposes"`
	Months   int           `json:"months"` // how long a choice is remembered
}

// Preferences is where a visitor decides purpose by purpose. The choice belongs
// to the host page, so the switches stay hidden until the boot script is
// connected with it; the page at its own address explains everything and leads
// to the site.
type Preferences struct {
	app.Compo
	T    *i18n.Catalogue
	Site SiteView
	View PreferencesView
}

// Render draws the purposes, each with its switch and all that it stands for.
func (p *Preferences) Render() app.UI {
	t, site := p.T, p.Site.Name
	return app.Article().Body(
		app.H1().Text(t.T("preferences.title")),
		app.P().Text(t.T("preferences.intro", "entity", p.Site.Entity.Name, "site", site)),
		app.Div().Class("note").DataSet("when", "alone").Body(
			app.P().Text(t.T("preferences.alone", "site", site)),
			app.P().Body(app.A().Class("button").Href(val(p.Site.Home+"#latchkey-preferences")).
				Text(t.T("preferences.alone.link", "site", site))),
		),
		app.Form().ID("preferences").Method("post").DataSet("edition", val(p.View.Edition)).Body(
			app.Range(p.View.Purposes).Slice(func(i int) app.UI {
				return &Purpose{T: t, View: p.View.Purposes[i]}
			}),
			bootHidden(app.Div().Class("buttons equal").DataSet("when", "connected")).Body(
				p.button("save", "preferences.save"),
				p.button("accept-all", "banner.accept"),
				p.button("reject-all", "banner.reject"),
			),
			app.Div().Role("status").Body(
				bootHidden(app.P().Class("message").DataSet("say", "saved")).Body(
					app.Text(t.T("preferences.saved")+" "),
					app.A().Href(val(p.Site.Href(t.Lang(), ReceiptPage))).Text(t.T("preferences.saved.receipt")),
				),
			),
		),
		app.P().Text(t.N("preferences.months", p.View.Months)),
		app.P().Text(t.T("common.law.name")),
	)
}

func (p *Preferences) button(do, key string) app.UI {
	return app.Button().Type("submit").Name("do").Value(val(do)).Text(p.T.T(key))
}

// Purpose is one purpose among the preferences: what it means, on which rule it
// rests, its switch, and what is used for it.
type Purpose struct {
	app.Compo
	T    *i18n.Catalogue
	View PurposeView
}

// Render draws the purpose. Only exempt purposes are ticked in the server's
// HTML (LAW V4, V11): what the visitor chose before, the boot script ticks.
func (p *Purpose) Render() app.UI {
	t, v := p.T, p.View
	id := string(v.ID)
	return app.Section().Class("purpose").Aria("labelledby", val("purpose-"+id)).Body(
		app.H2().ID(val("purpose-"+id)).Text(v.Name),
		app.If(v.About != "", func() app.UI { return app.P().Text(v.About) }),
		app.P().ID(val("basis-"+id)).Body(
			app.Strong().Text(t.T("common.basis."+string(v.Basis))+"."),
			app.Text(" "+lawOf(t, v.Basis)),
		),
		app.If(v.Basis.Choosable(), func() app.UI { return p.choice() }),
		app.Details().Body(
			app.Summary().Text(t.N("preferences.used", len(v.Technologies))),
			&Technologies{T: t, Caption: v.Name, Rows: v.Technologies},
		),
	)
}

func (p *Purpose) choice() app.UI {
	id, exempt := string(p.View.ID), p.View.Basis.Exempt()
	box := app.Input().Type("checkbox").Name("on").ID(val("on-"+id)).Value(val(id)).Aria("describedby", val("basis-"+id))
	if exempt {
		box = box.DataSet("exempt", "yes") // Reject all leaves it: objecting is its own switch
	}
	if exempt && app.IsServer {
		box = checked(box, true) // on the client the boot script's setting stands
	}
	return bootHidden(app.Div().Class("choice").DataSet("when", "connected")).Body(
		box,
		app.Label().For(val("on-"+id)).Text(p.T.T("preferences.allow", "purpose", p.View.Name)),
		app.If(exempt, func() app.UI {
			return app.Span().Class("hint").Text(p.T.T("preferences.object"))
		}),
	)
}
