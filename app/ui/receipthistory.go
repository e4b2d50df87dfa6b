package ui

import (
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"latchkey/app/consent"
	"latchkey/app/i18n"
)

// ChoiceView is one choice in the history of a device.
type ChoiceView struct {
	Receipt string         `json:"receipt"` // id
	Chosen  time.Time      `json:"chosen"`
	Method  consent.Method `json:"method"`
	Answers []AnswerView   `json:"answers"`
}

// AnswerView is what was answered about a purpose that could be chosen.
type AnswerView struct {
	Name   string         `json:"name"` // of the purpose, or its id
	Answer consent.Answer `json:"answer"`
}

// ReceiptHistory lists every choice that a device made, each with its receipt.
type ReceiptHistory struct {
	app.Compo
	T       *i18n.Catalogue
	Choices []ChoiceView // newest first
	Shown   string       // id of the receipt that is on the page
}

// Render draws the list. Its buttons belong to the page's form, which holds the receipt code.
func (h *ReceiptHistory) Render() app.UI {
	t := h.T
	heads := []string{t.T("history.when"), t.T("receipt.answers"), t.T("receipt.method")}
	return app.Section().Class("history").Body(
		app.H2().Text(t.T("history.title")),
		app.P().Text(t.T("history.intro")),
		app.Table().Class("stack").Body(
			app.Caption().Class("sr").Text(t.T("history.title")),
			app.THead().Body(app.Tr().Body(
				app.Range(heads).Slice(func(i int) app.UI { return app.Th().Scope("col").Text(heads[i]) }),
				app.Th().Scope("col").Class("screen").Text(t.T("history.receipt")),
			)),
			app.TBody().Body(app.Range(h.Choices).Slice(func(i int) app.UI {
				c := h.Choices[i]
				return app.Tr().Body(
					app.Th().Scope("row").Text(moment(t, c.Chosen)),
					app.Td().DataSet("label", val(heads[1])).Body(app.Range(c.Answers).Slice(func(j int) app.UI {
						return app.Div().Text(t.T("history.answer", "purpose", c.Answers[j].Name, "answer", t.T("receipt.answer."+string(c.Answers[j].Answer))))
					})),
					app.Td().DataSet("label", val(heads[2])).Text(t.T("receipt.method."+string(c.Method))),
					app.Td().Class("screen").DataSet("label", val(t.T("history.receipt"))).Body(h.show(c)),
				)
			})),
		),
	)
}

// show leads to the receipt of a choice, unless that is the one on the page.
func (h *ReceiptHistory) show(c ChoiceView) app.UI {
	if c.Receipt == h.Shown {
		return app.Text(h.T.T("history.shown"))
	}
	return app.Button().Type("submit").Class("link").Attr("form", receiptForm).Name("open").Value(val(c.Receipt)).
		Aria("label", val(h.T.T("history.show.of", "when", moment(h.T, c.Chosen)))).Text(h.T.T("history.show"))
}
