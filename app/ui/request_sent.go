package ui

import (
	"slices"
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"latchkey/app/group"
	"latchkey/app/rights"
)

// sent is the confirmation: the acknowledgement with the ten items of LAW 3.4,
// numbered here as there.
func (p *requestPage) sent() app.UI {
	t, s := p.T, *p.View.Sent
	return app.Div().Body(
		app.Div().Class("done").Body(
			p.heading(),
			app.P().Class("lead").Body( // 1
				app.Text(t.T("request.sent.reference")+" "),
				app.Strong().Text(s.Reference),
			),
		),
		app.If(s.Repeat, func() app.UI {
			return app.Div().Class("message").Body(app.P().Text(t.T("request.sent.repeat")))
		}),
		p.keep(), // 10
		app.H2().Text(t.T("request.sent.what.title")),
		app.Dl().Class("facts").Body(
			fact(t.T("request.sent.received"), app.Text(t.Date(s.Clock.Received.Time()))), // 3
			fact(t.T("request.sent.kind"), app.Text(p.understood())),                      // 4
			app.If(s.Other, func() app.UI { return fact(t.T("request.check.for"), app.Text(t.T("request.who.other"))) }),
			p.answering(), // 2
			fact(t.T("request.sent.reply"), app.Text(t.T("request.reply-by."+string(s.Reply)))),
			fact(t.T(p.sentKey("request.sent.due")), app.Text(t.Date(s.Clock.Due.Time()))), // 5
		),
		p.next(),
		app.H2().Text(t.T("request.sent.needed.title")), // 6
		app.P().Text(t.T("request.sent.needed.text")),
		app.P().Text(t.T("request.sent.needed.offline")),
		app.H2().Text(t.T(p.sentKey("request.sent.change.title"))), // 7
		app.P().Text(t.T(p.sentKey("request.sent.change.text"), "reference", s.Reference)),
		p.reach(),
		p.disagree(),
		p.otherWays(),
	)
}

// sentKey is the variant of a message for the kind of request, if it has one.
func (p *requestPage) sentKey(key string) string {
	if own := key + "." + string(p.View.Sent.Kind); p.T.Has(own) {
		return own
	}
	return key
}

// keep offers to print or save the page, whose address does not last.
func (p *requestPage) keep() app.UI {
	email := "request.sent.keep"
	if p.View.Sent.Email {
		email = "request.sent.keep.email"
	}
	return app.Div().Class("screen").Body(
		app.P().Text(p.T.T(email)),
		app.Div().Class("buttons").Body(
			app.Button().Type("button").Class("quiet scripted").DataSet("do", "print").Text(p.T.T("request.sent.print")),
		),
	)
}

// understood says what the person wants to do.
func (p *requestPage) understood() string {
	if p.View.Sent.Kind == rights.Unsure {
		return p.T.T("request.sent.kind.unsure")
	}
	return p.T.T("request.kind." + string(p.View.Sent.Kind))
}

// answering says who will answer: whoever was asked, or the organisation that
// finds out for somebody who was not sure whom to ask.
func (p *requestPage) answering() app.UI {
	t, v := p.T, p.View
	to := strings.Join(v.entityNames(t, v.Sent.Entities), ", ")
	switch {
	case slices.Contains(v.Sent.Entities, rights.EveryOrganisation):
		to = t.T("request.sent.entities.all", "group", p.Site.Group)
	case len(v.chosen()) == 0:
		return fact(t.T("request.sent.answers"), app.Text(t.T("request.sent.answers.text", "entity", p.Site.Entity.Name)))
	}
	return fact(t.T("request.sent.entities"), app.Text(to))
}

// next says what happens, and that the date may change (5).
func (p *requestPage) next() app.UI {
	t, c := p.T, p.View.Sent.Clock
	name := p.Site.Entity.Name
	if chosen := p.View.chosen(); len(chosen) == 1 {
		name = chosen[0].Name
	}
	return app.Div().Body(
		app.H2().Text(t.T("request.sent.next.title")),
		app.P().Text(t.T(p.sentKey("request.sent.next"), "date", t.Date(c.Due.Time()))),
		app.If(c.Provisional != "", func() app.UI { return app.P().Text(t.T(c.Provisional, "entity", name)) }),
		app.Details().ID("sum").Body(
			app.Summary().Text(t.T("request.sent.sum")),
			app.Ol().Body(app.Range(c.Why).Slice(func(i int) app.UI { return app.Li().Text(reasonText(t, c.Why[i])) })),
		),
	)
}

// reach gives the data protection officers, and how to ask for another format,
// language or adjustment (8).
func (p *requestPage) reach() app.UI {
	t := p.T
	chosen := p.View.chosen()
	if len(chosen) == 0 {
		chosen = []EntityView{p.Site.Entity}
	}
	officers := shared(chosen, func(e EntityView) group.Contact {
		if e.DPO == nil {
			return group.Contact{}
		}
		return *e.DPO
	})
	return app.Div().Body(
		app.H2().Text(t.T("request.sent.reach.title")),
		app.P().Text(t.T("request.sent.reach.text")),
		app.Dl().Class("facts").Body(app.Range(officers).Slice(func(i int) app.UI {
			return fact(t.T("request.sent.reach.dpo", "entity", officers[i].names),
				contactOr(t, officers[i].contact, t.T("request.sent.reach.none")))
		})),
	)
}

// disagree says how to complain, to the organisation and to the regulator (9).
func (p *requestPage) disagree() app.UI {
	t, g := p.T, p.Site.Regulator
	title := app.H2().Text(t.T(p.sentKey("request.sent.complain.title")))
	regulator := app.P().Text(t.T(p.sentKey("request.sent.complain.regulator"), "name", g.Name, "reference", p.View.Sent.Reference))
	contact := contactOr(t, group.Contact{Name: g.Name, Phone: g.Phone, Post: g.Post, Web: g.Web}, t.T("common.none"))
	if p.View.Sent.Kind == rights.Complaint {
		return app.Div().Body(title, regulator, contact) // they have just complained to the organisation
	}
	complain := p.Site.Base + "/" + p.Site.ID + "/request/" + string(rights.Complaint) + "?lang=" + t.Lang()
	return app.Div().Body(
		title,
		app.P().Body(
			app.Text(t.T("request.sent.complain.us")+" "),
			app.A().Href(val(complain)).Text(t.T("request.sent.complain.link")),
		),
		app.If(p.View.Sent.Kind == rights.STAIRs, func() app.UI {
			return app.P().Text(t.T("request.sent.complain.stairs"))
		}),
		regulator,
		contact,
	)
}
