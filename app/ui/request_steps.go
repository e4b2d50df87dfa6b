package ui

import (
	"slices"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"latchkey/app/rights"
)

// kind asks which right, in plain words, "I'm not sure" included.
func (p *requestPage) kind() []app.UI {
	t, v := p.T, p.View
	q := question{
		name: rights.FieldKind, kind: "radio", hint: t.T("request.kind.hint"),
	}
	for _, k := range v.Journey.Kinds() {
		q.choices = append(q.choices, choice{
			value: string(k), on: k == v.Form.Request.Kind,
			label: t.T("request.kind." + string(k)), hint: t.T("request.kind." + string(k) + ".hint"),
		})
	}
	return []app.UI{
		p.heading(),
		app.P().Class("lead").Text(t.T("request.intro")),
		p.shortcuts(),
		p.ask(q),
		p.buttons(),
	}
}

// shortcuts are things that somebody can have without a request.
func (p *requestPage) shortcuts() app.UI {
	list := p.View.Shortcuts
	if len(list) == 0 {
		return nil
	}
	return app.Details().ID("shortcuts").Body(
		app.Summary().Text(p.T.T("request.shortcuts.title")),
		app.Div().Body(
			app.P().Text(p.T.T("request.shortcuts.text")),
			app.Ul().Body(app.Range(list).Slice(func(i int) app.UI { return app.Li().Text(list[i]) })),
		),
	)
}

// organisation asks who holds the information: one, several, every one, or not sure.
func (p *requestPage) organisation() []app.UI {
	t, v := p.T, p.View
	q := question{
		name: rights.FieldEntity, kind: "checkbox", legend: p.heading(), hint: t.T("request.organisation.hint"),
	}
	add := func(id, label, hint string) {
		q.choices = append(q.choices, choice{
			value: id, label: label, hint: hint, on: slices.Contains(v.Form.Request.Entities, id),
		})
	}
	for _, e := range v.Entities {
		add(e.ID, e.Name, e.About)
	}
	add(rights.EveryOrganisation, t.T("request.organisation.all"), "")
	add(rights.OrganisationNotSure, t.T("request.organisation.not-sure"), t.T("request.organisation.not-sure.hint"))
	return []app.UI{p.ask(q), p.buttons()}
}

// who asks whether the person asks for somebody else. A style hides what only
// concerns those who do.
func (p *requestPage) who() []app.UI {
	t, r := p.T, p.View.Form.Request
	authority := question{
		name: rights.FieldAuthority, kind: "radio",
		legend: app.Text(t.T("request.authority.label")), hint: t.T("request.authority.hint"),
	}
	for _, a := range rights.Authorities {
		authority.choices = append(authority.choices, choice{
			value: string(a), label: t.T("request.authority." + string(a)), on: a == r.Authority,
		})
	}
	return []app.UI{
		p.ask(question{
			name: rights.FieldFor, kind: "radio", legend: p.heading(), hint: t.T("request.who.hint"),
			choices: []choice{
				{value: rights.ForSelf, label: t.T("request.who.self"), on: !r.Other},
				{value: rights.ForOther, label: t.T("request.who.other"), on: r.Other},
			},
		}),
		app.Div().Class("others").Body(
			app.H2().Text(t.T("request.others.title")),
			app.P().Text(t.T("request.others.text")),
			p.write(line{
				name: rights.FieldSubject, label: t.T("request.subject.label"), hint: t.T("request.subject.hint"),
				text: r.Subject, autocomplete: "off",
			}),
			p.ask(authority),
			p.longText(rights.FieldAuthorityIs, t.T("request.authority-is.label"), "", r.AuthorityIs, 3),
		),
		p.buttons(),
	}
}

// whatControls names the controls of the page that asks what it is about.
func whatControls(k rights.Kind) []string {
	asks := k.Asks()
	names := []string{rights.FieldWhat}
	if asks.Correct {
		names = append(names, rights.FieldCorrect)
	}
	if asks.Period {
		names = append(names, rights.FieldPeriod)
	}
	if asks.Format {
		names = append(names, rights.FieldFormat)
	}
	return names
}

// what asks what it is about, in the person's own words.
func (p *requestPage) what() []app.UI {
	t, r, kind := p.T, p.View.Form.Request, p.View.kind()
	main := p.longText(rights.FieldWhat, p.View.heading(t), t.T("request.what.hint."+string(kind)), r.What, 10)
	main.Heading = true
	texts := map[string]struct {
		text string
		rows int
	}{
		rights.FieldCorrect: {r.Correct, 5},
		rights.FieldPeriod:  {r.Period, 3},
		rights.FieldFormat:  {r.Format, 3},
	}
	body := []app.UI{p.moved(), main}
	for _, name := range whatControls(kind)[1:] {
		more := texts[name]
		body = append(body, p.longText(name, t.T("request."+name+".label"), t.T("request."+name+".hint"), more.text, more.rows))
	}
	return append(body, p.own(kind), p.buttons())
}

// own offers somebody who asks for information about their home, and means
// information about themselves, the right way to it, with nothing to type again
// (LAW T19).
func (p *requestPage) own(k rights.Kind) app.UI {
	if k != rights.STAIRs {
		return nil
	}
	return app.Div().Class("note").Body(
		app.P().Text(p.T.T("request.own.text")),
		app.P().Body(app.Button().Type("submit").Class("quiet").
			Name(rights.ControlTo).Value(rights.ToAccess).Text(p.T.T("request.own.button"))),
	)
}

// moved says that a request was made one for the person's own information.
func (p *requestPage) moved() app.UI {
	if !p.View.Moved {
		return nil
	}
	return app.Div().Class("message").Attr("role", "status").Body(app.P().Text(p.T.T("request.own.moved")))
}

// reply asks for a name and a way to reply, and how to do so safely.
func (p *requestPage) reply() []app.UI {
	t, r := p.T, p.View.Form.Request
	by := question{
		name: rights.FieldReply, kind: "radio",
		legend: app.Text(t.T("request.reply-by.label")), hint: t.T("request.reply-by.hint"),
	}
	for _, way := range rights.Replies {
		by.choices = append(by.choices, choice{
			value: string(way), label: t.T("request.reply-by." + string(way)), on: way == r.Reply,
		})
	}
	address := p.longText(rights.FieldAddress, t.T("request.address.label"), t.T("request.address.hint"), r.Address, 4)
	address.Autocomplete = "street-address"
	return []app.UI{
		p.heading(),
		p.write(line{name: rights.FieldName, label: t.T("request.name.label"), hint: p.nameHint(), text: r.Name, autocomplete: "name"}),
		p.ask(by),
		p.write(line{
			name: rights.FieldEmail, label: t.T("request.email.label"), hint: t.T("request.email.hint"),
			text: r.Email, kind: "email", autocomplete: "email",
		}),
		p.write(line{name: rights.FieldPhone, label: t.T("request.phone.label"), text: r.Phone, kind: "tel", autocomplete: "tel", short: true}),
		address,
		p.longText(rights.FieldSafe, t.T("request.safe.label"), t.T("request.safe.hint"), r.Safe, 3),
		p.longText(rights.FieldAdjustments, t.T("request.adjustments.label"), t.T("request.adjustments.hint"), r.Adjustments, 3),
		p.write(line{
			name: rights.FieldReference, label: t.T("request.reference.label"), hint: t.T("request.reference.hint"),
			text: r.Reference, autocomplete: "off", short: true,
		}),
		p.buttons(),
	}
}

// nameHint tells somebody who asks for another person that this is about themselves.
func (p *requestPage) nameHint() string {
	if p.View.Form.Request.Other {
		return p.T.T("request.name.hint.other")
	}
	return ""
}
