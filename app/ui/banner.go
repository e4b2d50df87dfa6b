package ui

import (
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"latchkey/app/consent"
	"latchkey/app/i18n"
)

// BannerView is what the first layer says on one site in one language.
type BannerView struct {
	Site   string // the site's name
	Entity string // the controller's legal name
	// Purposes are the site's purposes; only their names and bases are shown.
	Purposes []PurposeView
	// Notice is the address of the notice page, as the loader takes it.
	Notice string
}

// Banner asks for consent on the host page. The loader builds it from a node
// tree in a shadow root; what its buttons do is named by data-do. It is a region
// and no dialog: nobody has to answer (LAW 7.3).
type Banner struct {
	app.Compo
	T    *i18n.Catalogue
	View BannerView
}

// Render draws who asks for what, and the answers. Accept all and Reject all
// are the same element with the same class (LAW V3).
func (b *Banner) Render() app.UI {
	t, v := b.T, b.View
	title := t.T("banner.title", "site", v.Site)
	asked := b.names(func(p consent.Basis) bool { return p == consent.ByConsent })
	exempt := b.names(consent.Basis.Exempt)
	return app.Div().Class("b").Role("region").Aria("label", val(title)).Body(
		app.H2().Text(title),
		app.P().Body(
			app.Text(t.T("banner.ask", "entity", v.Entity, "purposes", asked)+" "),
			app.A().DataSet("do", "notice").Href(val(v.Notice)).Text(t.T("banner.notice")),
		),
		app.If(exempt != "", func() app.UI { return app.P().Text(t.T("banner.exempt", "purposes", exempt)) }),
		app.Div().Body(
			do("accept", t.T("banner.accept")),
			do("reject", t.T("banner.reject")),
			do("choose", t.T("banner.choose")),
		),
	)
}

func (b *Banner) names(which func(consent.Basis) bool) string {
	var names []string
	for _, p := range b.View.Purposes {
		if which(p.Basis) {
			names = append(names, p.Name)
		}
	}
	return strings.Join(names, ", ")
}

// do is a button of the first layer.
func do(what, text string) app.HTMLButton {
	return app.Button().DataSet("do", val(what)).Text(text)
}
