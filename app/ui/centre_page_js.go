package ui

import (
	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"latchkey/app/i18n"
)

// page is the component of the page itself. The WebAssembly takes over only pages
// that do something in Go (see View.Live), so that it carries no others.
func (c *Centre) page(t *i18n.Catalogue) app.UI {
	if c.View.Request == nil {
		return app.Div()
	}
	return &Request{T: t, Site: c.View.Site, View: *c.View.Request}
}
