package ui

import (
	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"latchkey/app/group"
	"latchkey/app/i18n"
)

// LandlordPicker asks who the visitor's landlord is, so that they read the
// notice of the right organisation. It is a form that needs no script. The
// answer is the name of an organisation and is kept nowhere but in the address.
type LandlordPicker struct {
	app.Compo
	T         *i18n.Catalogue
	Lang      string // of the page
	Action    string
	Landlords []Landlord
	Picked    string
	Open      bool // shown at once; else behind its title, because most visitors came to read
}

// Render draws the question.
func (p *LandlordPicker) Render() app.UI {
	t := p.T
	choices := append(append([]Landlord{}, p.Landlords...), Landlord{ID: group.NotSure, Name: t.T("notice.landlord.unsure")})
	form := app.Form().Method("get").Action(val(p.Action)).Body(
		app.Input().Type("hidden").Name("lang").Value(val(p.Lang)),
		app.FieldSet().Aria("describedby", "landlord-hint").Body(
			app.Legend().Class("sr").Text(t.T("notice.landlord")),
			app.P().ID("landlord-hint").Class("hint").Text(t.T("notice.landlord.hint")),
			app.Div().Class("choices").Body(app.Range(choices).Slice(func(i int) app.UI { return p.choice(choices[i]) })),
		),
		app.Div().Class("buttons").Body(app.Button().Type("submit").Class("quiet").Text(t.T("notice.landlord.button"))),
	)
	return opened(app.Details().Class("landlord screen"), p.Open).Body(app.Summary().Text(t.T("notice.landlord.summary")), form)
}

func (p *LandlordPicker) choice(l Landlord) app.UI {
	id := "landlord-" + l.ID
	input := checked(app.Input().Type("radio").Name("landlord").ID(val(id)).Value(val(l.ID)), l.ID == p.Picked)
	if l.About == "" {
		return app.Div().Class("choice").Body(input, app.Label().For(val(id)).Text(l.Name))
	}
	return app.Div().Class("choice").Body(
		input.Aria("describedby", val(id+"-about")),
		app.Label().For(val(id)).Text(l.Name),
		app.Div().ID(val(id+"-about")).Class("hint").Text(l.About),
	)
}
