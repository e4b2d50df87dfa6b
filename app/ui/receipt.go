package ui

import (
	"strconv"
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"latchkey/app/consent"
	"latchkey/app/i18n"
	"latchkey/app/rights"
)

// ReceiptView is what the receipt page shows: one receipt, or the form that
// asks for a receipt code.
type ReceiptView struct {
	// Receipt is the receipt found, or nil.
	Receipt *consent.Receipt `json:"receipt,omitempty"`
	// Code is what was typed or sent: RECEIPTID.TOKEN.
	Code string `json:"code,omitempty"`
	// Wrong is the key of the message that says what is wrong with Code:
	// [ReceiptMissing], [ReceiptUnknown], or empty.
	Wrong string `json:"wrong,omitempty"`
	// Purposes are the names of the purposes as they were when shown, by
	// position in Receipt.Event.Purposes; an empty one stands as its id.
	Purposes []string `json:"purposes,omitempty"`
	// Shown is the text that was on the screen, as kept under Event.Shown.
	Shown string `json:"shown,omitempty"`
	// Notice is the page of the notice version named on the receipt, or empty.
	Notice string `json:"notice,omitempty"`
	// Proof is how a receipt is checked; without it the page does not offer to.
	Proof *ProofView `json:"proof,omitempty"`
	// Show is the id of Receipt if it is an earlier one than that of Code.
	Show string `json:"show,omitempty"`
	// History is every choice of the device, newest first; empty if there is only one.
	History []ChoiceView `json:"history,omitempty"`
	// Erasure is where the visitor is in erasing the receipt, or nil.
	Erasure *ErasureView `json:"erasure,omitempty"`
}

// What can be wrong with a receipt code.
const (
	ReceiptMissing = "receipt.error.missing" // nothing was typed
	ReceiptUnknown = "receipt.error.unknown" // no such receipt, or not with that token
)

// receiptForm is the id of the form that sends the receipt code.
const receiptForm = "receipt"

func (v ReceiptView) title(t *i18n.Catalogue) string {
	switch {
	case v.Erasure != nil:
		return v.Erasure.title(t)
	case v.Receipt != nil:
		return t.T("receipt.title")
	case v.Wrong != "":
		return t.T("common.error", "title", t.T("receipt.find.title"))
	}
	return t.T("receipt.find.title")
}

// Receipt shows a visitor the evidence that is kept of their choice, in words,
// to save and to print (LAW V13); or finds it by its code.
type Receipt struct {
	app.Compo
	T    *i18n.Catalogue
	Site SiteView
	View ReceiptView
}

// Render draws the receipt, or the form that asks for its code.
func (r *Receipt) Render() app.UI {
	if r.View.Erasure != nil {
		return &ReceiptErase{T: r.T, Site: r.Site, Code: r.View.Code, Show: r.View.Show, View: *r.View.Erasure}
	}
	if r.View.Receipt == nil {
		return &ReceiptFinder{T: r.T, Site: r.Site, Code: r.View.Code, Wrong: r.View.Wrong, Proof: r.View.Proof}
	}
	t, e := r.T, r.View.Receipt.Event
	return app.Article().Body(
		app.H1().Text(t.T("receipt.title")),
		app.If(refusal(e), func() app.UI { return app.P().Class("note").Text(t.T("receipt.refused")) }),
		app.Div().Class("sheet").Body(
			r.facts(),
			r.answers(),
			r.shown(),
			r.prints(),
			app.If(r.View.Code != "", r.code),
		),
		app.Form().ID(receiptForm).Method("post").Action(val(r.Site.Href(t.Lang(), ReceiptPage))).Body(
			app.Input().Type("hidden").Name("code").Value(val(r.View.Code)),
			app.If(r.View.Show != "", func() app.UI { return app.Input().Type("hidden").Name("show").Value(val(r.View.Show)) }),
			app.Div().Class("buttons").Body(
				app.Button().Type("submit").Name("format").Value("json").Text(t.T("receipt.save")),
				app.Button().Type("submit").Class("quiet").Name("format").Value("jsonld").Text(t.T("receipt.save.jsonld")),
				app.Button().Type("button").Class("quiet scripted").DataSet("do", "print").Text(t.T("receipt.print")),
				app.Button().Type("submit").Class("quiet").Name("erase").Value(val(string(EraseAsk))).Text(t.T("erasure.start")),
			),
		),
		app.If(len(r.View.History) > 0, func() app.UI {
			return &ReceiptHistory{T: t, Choices: r.View.History, Shown: r.View.Receipt.ID}
		}),
		app.If(r.View.Proof != nil, func() app.UI { return &ReceiptProof{T: t, View: *r.View.Proof, Shown: true} }),
		app.P().Class("screen").Body(
			app.A().Href(val(r.Site.Href(t.Lang(), PreferencesPage))).Text(t.T("receipt.change")),
		),
	)
}

// refusal reports whether the visitor said yes to nothing that needs a yes, and
// never had before: then their device keeps no receipt code (LAW V14).
func refusal(e consent.Event) bool {
	for _, p := range e.Purposes {
		if p.Basis == consent.ByConsent && p.Answer == consent.Yes {
			return false
		}
	}
	return e.Previous == ""
}

func (r *Receipt) facts() app.UI {
	t, e := r.T, r.View.Receipt.Event
	chosen := r.View.Receipt.Time.Add(-time.Duration(e.Age) * time.Second)
	party := e.Controller.Name
	if e.Controller.ICO != "" {
		party = t.T("receipt.controller.ico", "name", party, "ico", e.Controller.ICO)
	}
	gpc := "receipt.gpc.no"
	if e.GPC {
		gpc = "receipt.gpc.yes"
	}
	notice := t.T("receipt.notice.version", "id", e.Notice.ID, "version", e.Notice.Version)
	noticed := app.Text(notice)
	if r.View.Notice != "" {
		noticed = app.A().Href(val(r.View.Notice)).Text(notice)
	}
	return app.Dl().Class("facts").Body(
		fact(t.T("receipt.chose"), app.Text(moment(t, chosen))),
		fact(t.T("receipt.stored"), app.Text(moment(t, r.View.Receipt.Time))),
		fact(t.T("receipt.site"), app.Text(r.Site.Name)),
		fact(t.T("receipt.controller"), app.Text(party)),
		app.If(e.Controller.Contact != "", func() app.UI { return fact(t.T("receipt.contact"), app.Text(e.Controller.Contact)) }),
		fact(t.T("receipt.method"), app.Text(t.T("receipt.how",
			"method", t.T("receipt.method."+string(e.Method)), "layer", t.T("receipt.layer."+strconv.Itoa(e.Layer))))),
		fact(t.T("receipt.language"), app.Text(i18n.For(e.Language).T("common.language.self"))),
		fact(t.T("receipt.notice"), noticed),
		fact(t.T("receipt.gpc"), app.Text(t.T(gpc))),
	)
}

// moment writes an instant in the time of the United Kingdom.
func moment(t *i18n.Catalogue, instant time.Time) string {
	local := instant.In(rights.London())
	return t.T("receipt.chose.time", "date", t.Date(local), "time", local.Format("15:04"))
}

func (r *Receipt) answers() app.UI {
	t, e := r.T, r.View.Receipt.Event
	heads := []string{t.T("receipt.answers.purpose"), t.T("receipt.answers.basis"), t.T("receipt.answers.answer")}
	return app.Table().Class("stack").Body(
		app.Caption().Text(t.T("receipt.answers")),
		app.THead().Body(app.Tr().Body(app.Range(heads).Slice(func(i int) app.UI {
			return app.Th().Scope("col").Text(heads[i])
		}))),
		app.TBody().Body(app.Range(e.Purposes).Slice(func(i int) app.UI {
			p := e.Purposes[i]
			name := string(p.ID)
			if i < len(r.View.Purposes) {
				name = or(r.View.Purposes[i], name)
			}
			return app.Tr().Body(
				app.Th().Scope("row").Text(name),
				app.Td().DataSet("label", val(heads[1])).Text(t.T("common.basis."+string(p.Basis))),
				app.Td().DataSet("label", val(heads[2])).Body(app.Strong().Text(t.T("receipt.answer."+string(p.Answer)))),
			)
		})),
	)
}

func (r *Receipt) shown() app.UI {
	return app.Details().Body(
		app.Summary().Text(r.T.T("receipt.shown")),
		app.P().Class("shown").Lang(val(r.View.Receipt.Event.Language)).Text(or(r.View.Shown, r.T.T("receipt.shown.none"))),
	)
}

// prints lists what names the texts and settings behind the receipt.
func (r *Receipt) prints() app.UI {
	t, e := r.T, r.View.Receipt.Event
	prints := []struct{ key, value string }{
		{"receipt.print.receipt", r.View.Receipt.ID},
		{"receipt.print.event", e.ID},
		{"receipt.print.previous", e.Previous},
		{"receipt.print.shown", e.Shown},
		{"receipt.print.notice", e.Notice.Hash},
		{"receipt.print.config", e.Config},
		{"receipt.print.revision", e.Revision},
		{"receipt.print.loader", e.Loader},
	}
	return app.Details().Body(
		app.Summary().Text(t.T("receipt.prints")),
		app.P().Text(t.T("receipt.prints.text")),
		app.Dl().Class("facts").Body(app.Range(prints).Slice(func(i int) app.UI {
			if prints[i].value == "" {
				return nil
			}
			return fact(t.T(prints[i].key), app.Span().Class("code").Text(prints[i].value))
		})),
	)
}

func (r *Receipt) code() app.UI {
	return app.Section().Body(
		app.H2().Text(r.T.T("receipt.code")),
		app.P().Body(app.Span().Class("code").Text(r.View.Code)),
		app.P().Text(r.T.T("receipt.code.text")),
	)
}
