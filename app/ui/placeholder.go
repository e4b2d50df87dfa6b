package ui

import (
	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"latchkey/app/i18n"
)

// Placeholder stands where an embed would be, until its purpose is on. Its
// texts hold {title}, {provider} and {purpose}, which the loader replaces.
type Placeholder struct {
	app.Compo
	T *i18n.Catalogue
}

// Render draws what is missing, from whom, and the two ways to allow it. The
// buttons' names begin with what they show, and say which content they mean.
func (p *Placeholder) Render() app.UI {
	t := p.T
	button := func(what, key string) app.UI {
		return app.Button().DataSet("do", val(what)).Aria("label", val(t.T(key)+": {title}")).Text(t.T(key))
	}
	return app.Div().Class("h").Role("group").Aria("label", "{title}").Body(
		app.P().Body(app.B().Text("{title}")),
		app.P().Text(t.T("banner.placeholder.text")+" "+t.T("banner.placeholder.always")),
		app.Div().Body(
			button("once", "banner.placeholder.once"),
			button("always", "banner.placeholder.ever"),
		),
	)
}
