package ui

import (
	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"latchkey/app/i18n"
)

// Panel is the dialog around the centre on a host page. The loader adds the
// iframe, and opens it with showModal.
type Panel struct {
	app.Compo
	T *i18n.Catalogue
}

// Render draws the dialog with its Close button.
func (p *Panel) Render() app.UI {
	t := p.T
	return app.Dialog().Aria("label", val(t.T("banner.panel"))).Body(do("close", t.T("banner.close")))
}
