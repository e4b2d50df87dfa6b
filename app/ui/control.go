package ui

import (
	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"latchkey/app/i18n"
)

// Control is what stays on every page of the host in the banner's place: a small
// button to see and change the choice; one that takes a yes back with a single
// click, as giving it took (LAW V7), which the loader shows while there is one to
// take back; and directly after a choice the word that it is saved (WCAG 2.2, 4.1.3).
type Control struct {
	app.Compo
	T        *i18n.Catalogue
	Position string // "right", or else the left corner; see group.Theme
}

// Render draws the buttons and the status.
func (c *Control) Render() app.UI {
	box := app.Div().Class("c")
	if c.Position == "right" {
		box = box.Class("r")
	}
	return box.Body(
		do("open", c.T.T("banner.control")),
		hidden(do("withdraw", c.T.T("banner.reject")), true),
		app.Span().Role("status").Text(c.T.T("banner.saved")),
	)
}
