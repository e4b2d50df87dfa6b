package ui

import (
	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"latchkey/app/i18n"
)

// ReceiptFinder asks for a receipt code. In a panel the host page knows the code
// and the boot script sends it; then this is only seen where there is none, and
// says why, in the paragraphs with data-kept.
type ReceiptFinder struct {
	app.Compo
	T     *i18n.Catalogue
	Site  SiteView
	Code  string // as typed
	Wrong string // message key, or empty
	Proof *ProofView
}

// Render draws the form, after an error with a summary that has the focus (LAW 7.4).
func (f *ReceiptFinder) Render() app.UI {
	t := f.T
	describe, class := "code-hint", "field"
	if f.Wrong != "" {
		describe, class = "code-hint code-error", "field wrong"
	}
	code := app.Input().Type("text").Name("code").ID("code").AutoComplete(false).Spellcheck(false).
		Aria("describedby", val(describe)).Value(val(f.Code))
	if f.Wrong != "" {
		code = code.Aria("invalid", yesno(true))
	}
	return app.Article().Body(
		app.If(f.Wrong != "", func() app.UI {
			return app.Div().Class("problem").TabIndex(-1).
				Aria("labelledby", "problem-title").Role("alert").Attr("autofocus", "autofocus").Body(
				app.H2().ID("problem-title").Text(t.T("common.error.title")),
				app.Ul().Body(app.Li().Body(app.A().Href("#code").Text(t.T(f.Wrong)))),
			)
		}),
		app.H1().Text(t.T("receipt.find.title")),
		app.P().Text(t.T("receipt.find.intro")),
		app.P().DataSet("when", "alone").Text(t.T("receipt.find.alone", "site", f.Site.Name)),
		app.Div().Role("status").Body(
			f.kept("no"),
			f.kept("waiting"),
			f.kept("stored"),
		),
		app.Form().ID(receiptForm).Method("post").Action(val(f.Site.Href(t.Lang(), ReceiptPage))).Attr("novalidate", "novalidate").Body(
			app.Div().Class(val(class)).Body(
				app.Label().For("code").Text(t.T("receipt.find.code")),
				app.Span().Class("hint").ID("code-hint").Text(t.T("receipt.find.hint")),
				app.If(f.Wrong != "", func() app.UI {
					return app.Span().Class("error").ID("code-error").Text(t.T(f.Wrong))
				}),
				code,
			),
			app.Button().Type("submit").Text(t.T("receipt.find.submit")),
		),
		app.If(f.Proof != nil, func() app.UI { return &ReceiptProof{T: t, View: *f.Proof} }),
	)
}

func (f *ReceiptFinder) kept(how string) app.UI {
	return bootHidden(app.P().Class("note").DataSet("kept", val(how))).Text(f.T.T("receipt.kept."+how, "site", f.Site.Name))
}
