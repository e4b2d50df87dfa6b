package ui

import (
	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"latchkey/app/i18n"
)

// ProblemKind says what went wrong, as far as it concerns a visitor.
type ProblemKind string

const (
	// Missing: there is no such page.
	Missing ProblemKind = "missing"
	// Refused: what was sent can't be taken as it is.
	Refused ProblemKind = "refused"
	// Broken: something is wrong on our side.
	Broken ProblemKind = "broken"
	// Busy: it can't be done now, but may be in a while.
	Busy ProblemKind = "busy"
)

// ProblemView is what the problem page shows.
type ProblemView struct {
	Kind ProblemKind `json:"kind"`
	// Trace finds the incident in the log; empty for a missing page.
	Trace string `json:"trace,omitempty"`
	// About is what the visitor was at, where they need to know what became of it.
	About ProblemAbout `json:"about,omitempty"`
}

// ProblemAbout says what a visitor was at when it did not work.
type ProblemAbout string

const (
	// Sending: a page of the request form was on its way.
	Sending ProblemAbout = "sending"
	// Confirmation: a confirmation was asked for, which is shown for a time only.
	Confirmation ProblemAbout = "sent"
)

// Problem tells a person that something did not work, what still holds, and how
// to go on without this page.
type Problem struct {
	app.Compo
	T    *i18n.Catalogue
	Site SiteView
	View ProblemView
}

// Render draws what happened and the other ways to reach the organisation.
func (p *Problem) Render() app.UI {
	t, kind := p.T, string(p.View.Kind)
	if kind == "" {
		kind = string(Broken)
	}
	e := p.Site.Entity
	return app.Article().Body(
		app.H1().Text(t.T("problem."+kind+".title")),
		app.P().Text(t.T("problem."+kind+".text")),
		app.If(p.View.About != "", func() app.UI { return app.P().Text(t.T("problem." + string(p.View.About))) }),
		app.If(p.View.Trace != "", func() app.UI {
			return app.P().Text(t.T("problem.trace", "trace", p.View.Trace))
		}),
		app.If(p.Site.ID != "", func() app.UI {
			return app.P().Body(app.A().Href(val(p.Site.Href(t.Lang(), HomePage))).Text(t.T("problem.home")))
		}),
		app.If(!e.Contact.Empty(), func() app.UI {
			return app.Section().Body(
				app.H2().Text(t.T("problem.ways")),
				app.P().Text(t.T("problem.ways.text")),
				contact(t, e.Contact),
			)
		}),
	)
}
