package ui

import (
	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"latchkey/app/i18n"
)

// Control is the small button that stays on every page of the host, to change
// or withdraw a choice (LAW V7).
type Control struct {
	app.Compo
	T        *i18n.Catalogue
	Position string // "right", or else the left corner; see group.Theme
}

// Render draws the button.
func (c *Control) Render() app.UI {
	b := app.Button().Class("c")
	if c.Position == "right" {
		b = b.Class("r")
	}
	return b.DataSet("do", "open").Lang(val(c.T.Lang())).Text(c.T.T("banner.control"))
}
