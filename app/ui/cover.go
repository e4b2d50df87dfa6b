package ui

import (
	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"latchkey/app/group"
	"latchkey/app/i18n"
)

// Cover lies over a frame with somebody else's content, until its purpose is on
// or the visitor lets that one frame be loaded. It stands on the host page, in
// the frame's own size. Its texts hold {title}, {provider} and {purpose}, which
// the loader replaces; the loader also adds the picture, and takes the link away
// where the content has no address of its own.
type Cover struct {
	app.Compo
	T     *i18n.Catalogue
	Shows group.Content // what the frame shows; zero for content of no special form
}

// Contents are the forms of content that a [Cover] has words for.
var Contents = []group.Content{"", group.Video, group.Map, group.Post, group.Form}

// Render draws what is missing and from whom, what allowing it means, the two
// ways to allow it, and the way around it. The names of the buttons begin with
// what they show (WCAG 2.2, 2.5.3) and go on with what and from whom.
func (c *Cover) Render() app.UI {
	t := c.T
	name := t.T("cover.name")
	button := func(what, key string) app.UI {
		return app.Button().DataSet("do", val(what)).Aria("label", val(t.T("cover.button", "what", t.T(key), "name", name))).Text(t.T(key))
	}
	return app.Div().Class("h").Role("group").Aria("label", val(name)).Body(
		app.P().Class("t").Text("{title}"),
		app.P().Text(t.T("cover."+Form(c.Shows)+".text")),
		app.P().Class("y").Text(t.T("cover.always.text")),
		app.Div().Body(
			button("once", "cover.once"),
			button("always", "cover.always"),
		),
		app.P().Class("k").Body(
			app.A().Href("#").Target("_blank").Rel("noopener noreferrer").Text(t.T("common.newtab", "text", t.T("cover.link"))),
		),
	)
}

// Form names what a frame shows in message keys.
func Form(shows group.Content) string {
	if shows == "" {
		return "other"
	}
	return string(shows)
}
