package ui

import (
	"strings"
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"latchkey/app/consent"
	"latchkey/app/i18n"
)

// ErasureView is where a visitor is in erasing a receipt.
type ErasureView struct {
	Step  ErasureStep `json:"step"`
	Count int         `json:"count,omitempty"` // receipts that it is about: the one shown, and those before it
	At    time.Time   `json:"at,omitzero"`     // when they were erased
	Left  bool        `json:"left,omitempty"`  // later receipts of the device are still there, and the code opens them

	Receipts []string     `json:"receipts,omitempty"` // ids of what is gone, which the device need not keep
	Choices  []SwitchView `json:"choices,omitempty"`  // what can be chosen on the site
}

// SwitchView is a purpose that can be on or off.
type SwitchView struct {
	ID   consent.PurposeID `json:"id"`
	Name string            `json:"name"`
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
	page := app.Article()
	if len(v.Receipts) > 0 {
		page = page.DataSet("erased", val(strings.Join(v.Receipts, " ")))
	}
	return page.Body(
		r.heading(),
		app.If(v.Step != EraseGone, r.explain),
		app.If(v.Step == EraseGone, func() app.UI { return app.P().Text(t.T("erasure.gone.text")) }),
		app.If(v.Step != EraseAsk, r.stands),
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

// stands says what holds now: which is what the visitor has chosen, with nothing to prove it by. What that is, and
// what their browser keeps, only the host page knows: it fills in the half that the boot script shows.
func (r *ReceiptErase) stands() app.UI {
	t, v := r.T, r.View
	site := r.Site.Name
	kept := func(how, key string) app.UI {
		return bootHidden(app.P().DataSet("kept", val(how))).Text(t.T(key, "site", site))
	}
	proof := "erasure.stands.no"
	if v.Left {
		proof = "erasure.stands.left"
	}
	return app.Section().Body(
		app.H2().Text(t.T("erasure.stands.title")),
		app.P().DataSet("when", "alone").Text(t.T("erasure.stands.alone", "site", site)),
		bootHidden(app.Div().DataSet("when", "connected")).Body(
			app.If(len(v.Choices) > 0, func() app.UI {
				return app.Div().Body(
					app.P().Text(t.T("erasure.stands.choice", "site", site)),
					app.Ul().Body(app.Range(v.Choices).Slice(func(i int) app.UI { return &StandingChoice{T: t, View: v.Choices[i]} })),
				)
			}),
			kept("no", proof),
			kept("waiting", "erasure.stands.waiting"),
			kept("stored", "erasure.stands.stored"),
			app.P().Body(
				app.A().Href(val(r.Site.Href(t.Lang(), PreferencesPage))).Text(t.T("erasure.stands.withdraw")),
			),
		),
	)
}

// StandingChoice says of a purpose that it is on, or that it is off: the boot script shows what holds.
type StandingChoice struct {
	app.Compo
	T    *i18n.Catalogue
	View SwitchView
}

// Render draws both halves.
func (c *StandingChoice) Render() app.UI {
	half := func(now string) app.UI {
		return bootHidden(app.Span().DataSet("stands", val(string(c.View.ID))).DataSet("now", val(now))).
			Text(c.T.T("erasure.stands."+now, "purpose", c.View.Name))
	}
	return app.Li().Body(half("on"), half("off"))
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
