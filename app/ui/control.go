package ui

import (
	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"latchkey/app/consent"
	"latchkey/app/i18n"
)

// Control is what stays on every page of the host in the banner's place: a small
// button to see and change the choice; one that takes a yes back with a single
// click, as giving it took (LAW V7), while there is one to take back; and directly
// after a choice the word that it is saved (WCAG 2.2, 4.1.3).
//
// A site that uses only what is exempt has no banner (LAW V12). There, as long as
// nobody has objected, the control is a notice of one line as well: what is on,
// and the button that objects to it.
type Control struct {
	app.Compo
	T        *i18n.Catalogue
	Purposes []PurposeView
}

// Render draws the buttons and the status. The first button stays whatever is
// chosen, so that the focus can go there.
func (c *Control) Render() app.UI {
	t := c.T
	box := app.Div().Class("c")
	parts := []app.UI{do("open", t.T("banner.control"))}
	if notice := notified(t, c.Purposes); notice != "" {
		box = box.Role("region").Aria("label", val(t.T("banner.control")))
		parts = append(parts,
			app.Span().DataSet("when", "exempt").Text(notice),
			do("object", objection(t, c.Purposes)).DataSet("when", "exempt"),
		)
	} else {
		parts = append(parts, do("withdraw", t.T("banner.reject")).DataSet("when", "consented"))
	}
	return box.Body(append(parts, app.Span().Role("status").Text(t.T("banner.saved")))...)
}

// notified is the notice of a site that uses only what is exempt; empty for other sites.
func notified(t *i18n.Catalogue, purposes []PurposeView) string {
	has := map[consent.Basis]bool{}
	for _, p := range purposes {
		has[p.Basis] = true
	}
	switch {
	case has[consent.ByConsent]:
		return ""
	case has[consent.StatisticsExempt] && has[consent.AppearanceExempt]:
		return t.T("banner.only.both")
	case has[consent.StatisticsExempt]:
		return t.T("banner.only.statistics")
	case has[consent.AppearanceExempt]:
		return t.T("banner.only.appearance")
	}
	return ""
}
