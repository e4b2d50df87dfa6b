package ui

import (
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"latchkey/app/rights"
)

// check shows all answers before they are sent, each with a way to change it
// (WCAG 2.2, 3.3.4; GOV.UK Design System, check answers).
func (p *requestPage) check() []app.UI {
	t, v := p.T, p.View
	send := "request.check.send"
	if v.kind() == rights.Complaint {
		send = "request.check.send.complaint"
	}
	rows := p.rows()
	return []app.UI{
		p.already(),
		p.heading(),
		app.Dl().Class("summary").Body(app.Range(rows).Slice(func(i int) app.UI { return p.row(rows[i]) })),
		app.P().Text(p.whenDue()),
		app.P().Text(t.T("request.check.true")),
		app.Div().Class("buttons").Body(
			app.Button().Type("submit").Name(rights.ControlTo).Value(rights.ToSend).Text(t.T(send)),
		),
	}
}

// already says that this request was sent before, and what sending it now does:
// with other answers it makes a second one, and once the first was erased a new one.
func (p *requestPage) already() app.UI {
	if p.View.Erased {
		return app.Div().Class("message").Attr("role", "status").Body(
			app.P().Text(p.T.T("request.check.erased")),
			app.P().Text(p.T.T("request.check.erased.again")),
		)
	}
	if p.View.Already == "" {
		return nil
	}
	return app.Div().Class("message").Attr("role", "status").Body(
		app.P().Text(p.T.T("request.check.already", "reference", p.View.Already)),
		app.P().Text(p.T.T("request.check.already.second")),
	)
}

// whenDue says by when an answer would come.
func (p *requestPage) whenDue() string {
	clock := p.View.clock()
	key := "request.check.due"
	switch p.View.kind() {
	case rights.Complaint:
		key = "request.check.due.complaint"
	case rights.Marketing:
		key = "request.check.due.marketing"
	}
	return p.T.T(key, "date", p.T.Date(clock.Due.Time()))
}

// answer is one row of the check page.
type answer struct {
	field string // its label is the message request.check.FIELD
	text  string
	step  rights.Step
}

// rows lists what was answered and asked, in the order of the pages.
func (p *requestPage) rows() []answer {
	t, v := p.T, p.View
	r := v.Journey.Settled(v.Form.Request)
	rows := []answer{{rights.FieldKind, t.T("request.kind." + string(r.Kind)), rights.StepKind}}
	if len(v.Journey.Entities) > 1 {
		rows = append(rows, answer{rights.FieldEntity, strings.Join(v.entityNames(t, r.Entities), "\n"), rights.StepOrganisation})
	}
	if r.Other {
		authority := ""
		if r.Authority != "" {
			authority = t.T("request.authority." + string(r.Authority))
		}
		if r.AuthorityIs != "" {
			authority += "\n" + r.AuthorityIs
		}
		rows = append(rows,
			answer{rights.FieldFor, t.T("request.who.other"), rights.StepWho},
			answer{rights.FieldSubject, r.Subject, rights.StepWho},
			answer{rights.FieldAuthority, authority, rights.StepWho})
	} else {
		rows = append(rows, answer{rights.FieldFor, t.T("request.who.self"), rights.StepWho})
	}
	said := r.Values()
	for _, name := range whatControls(r.Kind) {
		rows = append(rows, answer{name, said.Get(name), rights.StepWhat})
	}
	by := ""
	if r.Reply != "" {
		by = t.T("request.reply-by." + string(r.Reply))
	}
	rows = append(rows, answer{rights.FieldName, r.Name, rights.StepReply}, answer{rights.FieldReply, by, rights.StepReply})
	for _, name := range []string{
		rights.FieldEmail, rights.FieldPhone, rights.FieldAddress, rights.FieldSafe, rights.FieldAdjustments, rights.FieldReference,
	} {
		rows = append(rows, answer{name, said.Get(name), rights.StepReply})
	}
	return rows
}

// row draws an answer and its Change button.
func (p *requestPage) row(a answer) app.UI {
	label := p.T.T("request.check." + a.field)
	text := a.text
	if text == "" {
		text = p.T.T("request.check.none")
	}
	return app.Div().Body(
		app.Dt().Text(label),
		app.Dd().Text(text),
		app.Dd().Class("act").Body(
			app.Button().Type("submit").Class("link").Name(rights.ControlTo).Value(val(string(a.step))).Body(
				app.Text(p.T.T("request.check.change")),
				app.Span().Class("sr").Text(" "+p.T.T("request.check.change.what", "what", label)),
			),
		),
	)
}
