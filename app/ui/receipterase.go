package ui

import (
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"latchkey/app/i18n"
)

// ErasureView is where a visitor is in erasing a receipt.
type ErasureView struct {
	Step  ErasureStep `json:"step"`
	Count int         `json:"count,omitempty"` // receipts that it is about: the one shown, and those before it
	At    time.Time   `json:"at,omitzero"`     // when they were erased
	Left  bool        `json:"left,omitempty"`  // later receipts of the device are still there, and the code opens them
}

// ErasureStep is a step of erasing a receipt.
type ErasureStep string

const (
	EraseAsk  ErasureStep = "ask"  // what would go and what stays, before anything is done
	EraseDone ErasureStep = "done" // it has just been erased
	EraseGone ErasureStep = "gone" // the code is genuine, and its receipt has been erased before
)

func (v ErasureView) title(t *i18n.Catalogue) string {
	switch v.Step {
	case EraseAsk:
		return t.N("erasure.ask", v.Count)
	case EraseDone:
		return t.N("erasure.done", v.Count)
	}
	return t.T("erasure.gone")
}

// ReceiptErase asks a visitor whether their receipt is to be erased, and says
// what was done (UK GDPR Art 17). A receipt goes with all those before it, because
// nobody could find those without it.
type ReceiptErase struct {
	app.Compo
	T    *i18n.Catalogue
	Site SiteView
	Code string // the receipt code
	Show string // id of the receipt that it is about, if it is not the one of the code
	View ErasureView
}

// Render draws the step. All buttons send the same form.
func (r *ReceiptErase) Render() app.UI {
	t, v := r.T, r.View
	step := ErasureStep("")
	if v.Step == EraseAsk {
		step = EraseAsk // the page is the same in another language
	}
	form := app.Form().ID(receiptForm).Method("post").Action(val(r.Site.Href(t.Lang(), ReceiptPage)))
	fields := []app.UI{
		app.Input().Type("hidden").Name("code").Value(val(r.Code)),
		app.If(r.Show != "", func() app.UI { return app.Input().Type("hidden").Name("show").Value(val(r.Show)) }),
		app.If(step != "", func() app.UI { return app.Input().Type("hidden").Name("erase").Value(val(string(step))) }),
	}
	switch {
	case v.Step == EraseAsk:
		fields = append(fields, app.Div().Class("buttons").Body(
			app.Button().Type("submit").Name("confirm").Value("erase").Text(t.N("erasure.confirm", v.Count)),
			app.Button().Type("submit").Class("quiet").Name("confirm").Value("keep").Text(t.T("erasure.keep")),
		))
	case v.Left:
		fields = append(fields, app.Div().Class("buttons").Body(app.Button().Type("submit").Text(t.T("erasure.left"))))
	}
	return app.Article().Body(
		r.heading(),
		app.If(v.Step != EraseGone, r.explain),
		app.If(v.Step == EraseGone, func() app.UI { return app.P().Text(t.T("erasure.gone.text")) }),
		form.Body(fields...),
		app.P().Class("screen").Body(
			app.A().Href(val(r.Site.Href(t.Lang(), PreferencesPage))).Text(t.T("receipt.change")),
		),
	)
}

func (r *ReceiptErase) heading() app.UI {
	t, v := r.T, r.View
	if v.Step != EraseDone {
		return app.H1().Text(v.title(t))
	}
	return app.Div().Class("done").Role("status").Body(
		app.H1().Text(v.title(t)),
		app.P().Class("lead").Text(moment(t, v.At)),
	)
}

// explain says what goes and what stays.
func (r *ReceiptErase) explain() app.UI {
	t, v := r.T, r.View
	before := v.Step == EraseAsk
	key := func(k string) string {
		if before {
			return "erasure.ask." + k
		}
		return "erasure.done." + k
	}
	return app.Div().Body(
		app.If(before && v.Count > 1, func() app.UI { return app.P().Text(t.N("erasure.ask.earlier", v.Count-1)) }),
		app.H2().Text(t.T(key("goes.title"))),
		app.P().Text(t.T("erasure.goes")),
		app.H2().Text(t.T("erasure.stays.title")),
		app.Ul().Body(
			app.Li().Text(t.T("erasure.stays.proof")),
			app.Li().Text(t.T("erasure.stays.backups")),
			app.Li().Text(t.T("erasure.stays.choice", "site", r.Site.Name)),
		),
		app.If(before, func() app.UI { return app.P().Class("note").Text(t.T("erasure.ask.final")) }),
	)
}
