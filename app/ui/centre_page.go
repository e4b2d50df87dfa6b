//go:build !js

package ui

import (
	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"latchkey/app/i18n"
)

// page is the component of the page itself.
func (c *Centre) page(t *i18n.Catalogue) app.UI {
	v := c.View
	switch {
	case v.Page == HomePage:
		return &Home{T: t, Site: v.Site}
	case v.Page == PreferencesPage && v.Preferences != nil:
		return &Preferences{T: t, Site: v.Site, View: *v.Preferences}
	case v.Page == NoticePage && v.Notice != nil:
		return &Notice{T: t, Site: v.Site, View: *v.Notice}
	case v.Page == CookiesPage && v.Cookies != nil:
		return &Cookies{T: t, Site: v.Site, View: *v.Cookies}
	case v.Page == RequestPage && v.Request != nil:
		return &Request{T: t, Site: v.Site, View: *v.Request}
	case v.Page == ReceiptPage && v.Receipt != nil:
		return &Receipt{T: t, Site: v.Site, View: *v.Receipt}
	case v.Page == ProblemPage && v.Problem != nil:
		return &Problem{T: t, Site: v.Site, View: *v.Problem}
	}
	return &Problem{T: t, Site: v.Site, View: ProblemView{Kind: Missing}}
}
