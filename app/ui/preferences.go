package ui

import (
	"slices"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"latchkey/app/consent"
	"latchkey/app/i18n"
)

// PreferencesView is what the preferences page shows.
type PreferencesView struct {
	// Edition is the id of the consent.Edition of this page, layer 2; GPCEdition
	// that of the page as browsers with Global Privacy Control show it.
	Edition    string        `json:"edition"`
	GPCEdition string        `json:"gpcEdition"`
	Purposes   []PurposeView `json:"purposes"`
	Months     int           `json:"months"` // how long a choice is remembered
	// GPC says that the browser sends Global Privacy Control; Refused are the
	// purposes that the signal refuses (https://www.w3.org/TR/gpc/).
	GPC     bool                `json:"gpc"`
	Refused []consent.PurposeID `json:"refused"`
}

// Preferences is where a visitor decides purpose by purpose, and objects to what
// runs without consent. The choice belongs to the host page, so the switches
// stay hidden until the boot script is connected with it; the page at its own
// address explains everything and leads to the site.
type Preferences struct {
	app.Compo
	T    *i18n.Catalogue
	Site SiteView
	View PreferencesView
}

// Render draws the purposes, each with its switch and all that it stands for.
func (p *Preferences) Render() app.UI {
	t, site := p.T, p.Site.Name
	asked := len(named(p.View.Purposes, asks)) > 0
	intro := "preferences.intro"
	if !asked {
		intro = "preferences.intro.exempt"
	}
	return app.Article().Body(
		app.H1().Text(t.T("preferences.title")),
		app.P().Text(t.T(intro, "entity", p.Site.Entity.Name, "site", site)),
		p.signal(),
		app.Div().Class("note").DataSet("when", "alone").Body(
			app.P().Text(t.T("preferences.alone", "site", site)),
			app.P().Body(app.A().Class("button").Href(val(p.Site.Home+"#latchkey-preferences")).
				Text(t.T("preferences.alone.link", "site", site))),
		),
		app.Form().ID("preferences").Method("post").
			DataSet("edition", val(p.View.Edition)).DataSet("edition-gpc", val(p.View.GPCEdition)).Body(
			app.Range(p.View.Purposes).Slice(func(i int) app.UI {
				v := p.View.Purposes[i]
				return &Purpose{T: t, View: v, GPC: p.View.GPC, Refused: slices.Contains(p.View.Refused, v.ID)}
			}),
			app.If(asked, func() app.UI {
				return bootHidden(app.Div().Class("buttons equal").DataSet("when", "connected")).Body(
					p.button("save", "preferences.save"),
					p.button("accept-all", "preferences.accept"),
					p.button("reject-all", "preferences.reject"),
				)
			}),
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

// signal says that the browser sends Global Privacy Control. The server shows it
// to a browser that told it so; in a panel the boot script hears it from the host page.
func (p *Preferences) signal() app.UI {
	key := "preferences.gpc"
	if len(p.View.Refused) == 0 {
		key = "preferences.gpc.none"
	}
	return ifSent(app.Div().Class("note").DataSet("gpc", "page"), p.View.GPC).Body(app.P().Text(p.T.T(key)))
}

// ifSent hides what is only for browsers with Global Privacy Control.
func ifSent[E interface{ Hidden(bool) E }](e E, sent bool) E {
	if sent {
		return e
	}
	return bootHidden(e)
}

func (p *Preferences) button(do, key string) app.UI {
	return app.Button().Type("submit").Name("do").Value(val(do)).Text(p.T.T(key))
}

// Purpose is one purpose among the preferences: what it means, on which rule it
// rests, its switch, and what is used for it.
type Purpose struct {
	app.Compo
	T       *i18n.Catalogue
	View    PurposeView
	GPC     bool // the browser sends Global Privacy Control
	Refused bool // that signal refuses the purpose
}

// Render draws the purpose. Nothing is ticked in the server's HTML (LAW V4): what
// the visitor chose before, the boot script ticks.
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
		app.If(p.Refused, func() app.UI {
			return ifSent(app.P().Class("mark").DataSet("gpc", val(id)), p.GPC).Text(t.T("preferences.gpc.refused"))
		}),
		app.If(asks(v.Basis), func() app.UI { return p.choice() }),
		app.If(v.Basis.Exempt(), func() app.UI { return p.objection() }),
		app.Details().Body(
			app.Summary().Text(t.N("preferences.used", len(v.Technologies))),
			&Technologies{T: t, Caption: v.Name, Rows: v.Technologies},
		),
	)
}

// choice is the switch of a purpose by consent. It counts when it is saved.
func (p *Purpose) choice() app.UI {
	id := string(p.View.ID)
	return bootHidden(app.Div().Class("choice").DataSet("when", "connected")).Body(
		app.Input().Type("checkbox").Name("on").ID(val("on-"+id)).Value(val(id)).Aria("describedby", val("basis-"+id)),
		app.Label().For(val("on-"+id)).Text(p.T.T("preferences.allow", "purpose", p.View.Name)),
	)
}

// objection is the switch of an exempt purpose: one click, which counts at once
// (PECR Schedule A1 paras 5 and 6; LAW V11). The boot script shows the half that
// fits what holds.
func (p *Purpose) objection() app.UI {
	t, id := p.T, string(p.View.ID)
	half := func(now, say, do, key string) app.UI {
		return bootHidden(app.Div().Class("objection").DataSet("exempt", val(id)).DataSet("now", val(now))).Body(
			app.P().Text(t.T(say)),
			app.Button().Class("quiet").Type("submit").Name("do").Value(val(do)).DataSet("purpose", val(id)).
				Text(t.T(key, "purpose", p.View.Name)),
		)
	}
	return bootHidden(app.Div().DataSet("when", "connected")).Body(
		half("on", "preferences.object.on", "object", "preferences.object"),
		half("off", "preferences.object.off", "save", "preferences.again"),
	)
}
