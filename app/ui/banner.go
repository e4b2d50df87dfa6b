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
	// Hint is what this visitor is told besides.
	Hint Hint
}

// Banner asks for consent on the host page. The loader builds it from a node
// tree in a shadow root; what its buttons do is named by data-do, and data-when
// names what must hold for an element to be shown. It is a region and no dialog:
// nobody has to answer (LAW 7.3).
type Banner struct {
	app.Compo
	T    *i18n.Catalogue
	View BannerView
}

// Render draws who asks for what, what is on already and how to object to that,
// and the answers. Accept all and Reject all are the same element with the same
// class (LAW V3). A hint stands directly behind the title: see web/loader/hint.ts.
func (b *Banner) Render() app.UI {
	t, v := b.T, b.View
	title := t.T("banner.title", "site", v.Site)
	parts := []app.UI{app.H2().Text(title)}
	parts = append(parts, v.Hint.paragraphs(t)...)
	parts = append(parts, app.P().Body(
		app.Text(t.T("banner.ask", "entity", v.Entity, "purposes", strings.Join(named(v.Purposes, asks), ", "))+" "),
		app.A().DataSet("do", "notice").Href(val(v.Notice)).Text(t.T("banner.notice")),
	))
	if exempt := named(v.Purposes, consent.Basis.Exempt); len(exempt) > 0 {
		parts = append(parts,
			app.P().DataSet("when", "exempt").Body(
				app.Text(t.T("banner.exempt", "purposes", aims(t, v.Purposes))+" "),
				do("object", objection(t, v.Purposes)),
			),
			// The focus comes here when the button that had it is gone.
			app.P().DataSet("when", "objected").TabIndex(-1).Text(t.T("banner.objected", "purposes", strings.Join(exempt, ", "))),
		)
	}
	parts = append(parts, app.Div().Body(
		do("accept", t.T("banner.accept")),
		do("reject", t.T("banner.reject")),
		do("choose", t.T("banner.choose")),
	))
	return app.Div().Class("b").Role("region").Aria("label", val(title)).Body(parts...)
}

func asks(b consent.Basis) bool { return b == consent.ByConsent }

// named lists the names of the purposes of some bases.
func named(purposes []PurposeView, which func(consent.Basis) bool) []string {
	var names []string
	for _, p := range purposes {
		if which(p.Basis) {
			names = append(names, p.Name)
		}
	}
	return names
}

// aims lists the exempt purposes with what the law exempts them for.
func aims(t *i18n.Catalogue, purposes []PurposeView) string {
	var all []string
	for _, p := range purposes {
		if p.Basis.Exempt() {
			all = append(all, t.T("banner.aim."+string(p.Basis), "purpose", p.Name))
		}
	}
	return strings.Join(all, "; ")
}

// objection is what the button says that objects to all exempt purposes.
func objection(t *i18n.Catalogue, purposes []PurposeView) string {
	if len(named(purposes, func(b consent.Basis) bool { return b == consent.AppearanceExempt })) > 0 {
		return t.T("banner.object")
	}
	return t.T("banner.object.statistics")
}

// do is a button of the first layer.
func do(what, text string) app.HTMLButton {
	return app.Button().DataSet("do", val(what)).Text(text)
}
