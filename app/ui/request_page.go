package ui

import (
	"slices"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"latchkey/app/group"
	"latchkey/app/i18n"
	"latchkey/app/rights"
)

// Request is the journey of a data-rights request: a form with one question a
// page, the check page and the confirmation. The server renders each page, and
// the form works as plain HTML; in the browser the same component turns the
// pages itself (see request_live.go).
type Request struct {
	app.Compo
	T    *i18n.Catalogue
	Site SiteView
	View RequestView

	now              *RequestView // the page turned to in the browser; nil for View
	trail            trail
	sending          bool
	strokes          int // how often something was typed
	popped, returned app.Func
}

// Render draws the page that the person is on.
func (r *Request) Render() app.UI {
	return app.Div().Class("request").
		On("submit", r.onSubmit).
		On("change", r.onChange).
		On("input", r.onInput).
		On("click", r.onClick).
		Body(&requestPage{T: r.T, Site: r.Site, View: *r.view()})
}

func (r *Request) view() *RequestView {
	if r.now != nil {
		return r.now
	}
	return &r.View
}

// requestPage is one page of the journey. Each has an identity of its own, so
// that no page inherits the text in the controls of another.
type requestPage struct {
	app.Compo
	T    *i18n.Catalogue
	Site SiteView
	View RequestView
}

// CompoID names the page (go-app: DismountEnforcer).
func (p *requestPage) CompoID() string {
	if p.View.Sent != nil {
		return "sent"
	}
	return string(p.View.Form.Step) + " " + string(p.View.kind())
}

func (p *requestPage) Render() app.UI {
	if p.View.Sent != nil {
		return p.sent()
	}
	f := &p.View.Form
	var body []app.UI
	switch f.Step {
	case rights.StepOrganisation:
		body = p.organisation()
	case rights.StepWho:
		body = p.who()
	case rights.StepWhat:
		body = p.what()
	case rights.StepReply:
		body = p.reply()
	case rights.StepCheck:
		body = p.check()
	default:
		body = p.kind()
	}
	return app.Div().Body(
		p.enter(),
		p.back(),
		p.problem(),
		app.Form().ID(RequestForm).Method("post").Attr("novalidate", "novalidate").Body(append(p.carried(), body...)...),
		p.otherWays(),
	)
}

// back is the way to the page before. It is a button of the form, so that what
// was typed goes along.
func (p *requestPage) back() app.UI {
	if _, ok := p.View.Journey.Previous(p.View.Form); !ok {
		return nil
	}
	return app.P().Body(
		app.Button().Type("submit").Class("link").Attr("form", RequestForm).
			Name(rights.ControlTo).Value(rights.ToBack).Text(p.T.T("request.back")),
	)
}

// enter is the button that the Enter key presses: browsers take the first that
// belongs to a form, and that is not to be Back. Nobody sees it or tabs to it.
func (p *requestPage) enter() app.UI {
	if p.View.Form.Step == rights.StepCheck {
		return nil // has no text fields
	}
	return app.Button().Type("submit").Class("sr").TabIndex(-1).Aria("hidden", val("true")).Attr("form", RequestForm).
		Name(rights.ControlTo).Value(rights.ToContinue).Text(p.T.T("request.continue"))
}

// carried are the hidden controls: what the form is about, and all answers of
// other pages.
func (p *requestPage) carried() []app.UI {
	f := p.View.Form
	values := f.Values()
	values.Del(rights.ControlTo)
	for _, name := range p.controls() {
		values.Del(name)
	}
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	var hidden []app.UI
	for _, name := range names {
		for _, value := range values[name] {
			hidden = append(hidden, app.Input().Type("hidden").Name(val(name)).Value(val(value)))
		}
	}
	return hidden
}

// controls names the controls that the page shows.
func (p *requestPage) controls() []string {
	switch p.View.Form.Step {
	case rights.StepOrganisation:
		return []string{rights.FieldEntity}
	case rights.StepWho:
		return []string{rights.FieldFor, rights.FieldSubject, rights.FieldAuthority, rights.FieldAuthorityIs}
	case rights.StepWhat:
		return whatControls(p.View.kind())
	case rights.StepReply:
		return []string{
			rights.FieldName, rights.FieldReply, rights.FieldEmail, rights.FieldPhone, rights.FieldAddress,
			rights.FieldSafe, rights.FieldAdjustments, rights.FieldReference,
		}
	case rights.StepCheck:
		return nil
	}
	return []string{rights.FieldKind}
}

// problem is the error summary: above the heading, focused when the page
// appears, each line a link to its control. Without script, autofocus does that.
func (p *requestPage) problem() app.UI {
	if len(p.View.Errors) == 0 {
		return nil
	}
	return app.Div().ID("problem").Class("problem").TabIndex(-1).
		Aria("labelledby", "problem-title").Attr("role", "alert").Attr("autofocus", "autofocus").
		Body(
			app.H2().ID("problem-title").Text(p.T.T("common.error.title")),
			app.Ul().Body(app.Range(p.View.Errors).Slice(func(i int) app.UI {
				e := p.View.Errors[i]
				return app.Li().Body(app.A().Href(val("#" + e.Name)).Text(fieldText(p.T, e)))
			})),
		)
}

// buttons is the row that ends a page.
func (p *requestPage) buttons() app.UI {
	return app.Div().Class("buttons").Body(
		app.Button().Type("submit").Name(rights.ControlTo).Value(rights.ToContinue).Text(p.T.T("request.continue")),
	)
}

// otherWays says that nobody needs this form, and how else to ask. It stands at
// the same place on every page (LAW T2; WCAG 2.2, 3.2.6).
func (p *requestPage) otherWays() app.UI {
	contacts := p.contacts()
	title, text, person := "request.ways.title", "request.ways.text", "request.ways.person"
	if p.View.Sent != nil {
		title, text, person = "request.ways.sent.title", "request.ways.sent.text", "request.ways.sent.person"
	}
	return app.Section().Class("ways").Aria("labelledby", "ways").Body(
		app.H2().ID("ways").Text(p.T.T(title)),
		app.P().Text(p.T.T(text)),
		app.P().Text(p.T.T(person)),
		app.Range(contacts).Slice(func(i int) app.UI {
			return app.Div().Body(
				app.H3().Text(contacts[i].names),
				contactOr(p.T, contacts[i].contact, p.T.T("common.entity.contact.none")),
			)
		}),
	)
}

// contactOf is somebody to turn to, and for which organisations.
type contactOf struct {
	names   string
	contact group.Contact
}

// contacts are those of the organisations chosen, else of the site's own; where
// several share one, it stands once. On the page that asks which, boxes are being
// ticked and nothing is chosen: what stands below them does not follow each tick.
func (p *requestPage) contacts() []contactOf {
	chosen := p.View.chosen()
	if len(chosen) == 0 || p.View.Form.Step == rights.StepOrganisation && p.View.Sent == nil {
		chosen = []EntityView{p.Site.Entity}
	}
	return shared(chosen, func(e EntityView) group.Contact { return e.Contact })
}

// shared groups organisations by a contact of theirs, in the order given.
func shared(entities []EntityView, of func(EntityView) group.Contact) []contactOf {
	var all []contactOf
	for _, e := range entities {
		i := slices.IndexFunc(all, func(c contactOf) bool { return c.contact == of(e) })
		if i < 0 {
			all = append(all, contactOf{names: e.Name, contact: of(e)})
			continue
		}
		all[i].names += ", " + e.Name
	}
	return all
}
