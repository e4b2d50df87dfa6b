package ui

import (
	"encoding/json"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"latchkey/app/consent"
	"latchkey/app/i18n"
)

// ProofView is what the check of receipts needs: it runs in the visitor's own
// browser, and is fetched when they ask for it.
type ProofView struct {
	Script  string `json:"script"`         // address of web/verify.ts as built
	Program string `json:"program"`        // address of cmd/proof as built for WebAssembly
	Exec    string `json:"exec"`           // address of the compiler's start script
	Base    string `json:"base,omitempty"` // path that the server is reached under, see SiteView
}

// Addresses of the server that the check asks, below its base.
const (
	logKeys     = "/log/keys"      // public keys of the log, one a line
	receiptAPI  = "/api/receipts/" // receipt files
	proofResult = "proof-result"   // id of the element that says how a check ended
)

// What a check can come to, as web/verify.ts names it.
var proofResults = []string{"busy", "genuine", "pending", "changed", "unsigned", "unreadable", "key", "nofile", "failed"}

// ReceiptProof lets a visitor check a receipt, the one shown or one in a file,
// against the public log, without having to trust this server.
type ReceiptProof struct {
	app.Compo
	T    *i18n.Catalogue
	View ProofView
	// Shown says that the page shows a receipt, whose code is in the form "receipt".
	Shown bool
}

// Render draws the section. What needs JavaScript is shown with JavaScript only;
// what can be done without it is always there.
func (p *ReceiptProof) Render() app.UI {
	t := p.T
	words := map[consent.Answer]string{}
	for _, a := range []consent.Answer{consent.Yes, consent.No, consent.NotAsked} {
		words[a] = t.T("receipt.answer." + string(a))
	}
	names, err := json.Marshal(words)
	if err != nil {
		panic(err) // strings always marshal
	}
	title := t.T("receipt.proof.title.any")
	if p.Shown {
		title = t.T("receipt.proof.title")
	}
	return app.Section().Class("proof screen").
		DataSet("script", val(p.View.Script)).DataSet("program", val(p.View.Program)).DataSet("exec", val(p.View.Exec)).
		DataSet("keys", val(p.View.Base+logKeys)).DataSet("receipts", val(p.View.Base+receiptAPI)).DataSet("words", val(string(names))).Body(
		app.H2().Text(title),
		app.P().Text(t.T("receipt.proof.intro")),
		app.If(p.Shown, func() app.UI {
			return app.P().Class("scripted").Body(
				app.Button().Type("button").Class("quiet").DataSet("do", "verify").Value("receipt").Text(t.T("receipt.proof.check")),
			)
		}),
		app.Details().Class("scripted").Body(
			app.Summary().Text(t.T("receipt.proof.file.title")),
			app.Div().Body(
				app.Div().Class("field").Body(
					app.Label().For("proof-file").Text(t.T("receipt.proof.file")),
					app.Span().Class("hint").ID("proof-file-hint").Text(t.T("receipt.proof.file.hint")),
					app.Input().Type("file").ID("proof-file").Accept(".json,application/json").Aria("describedby", "proof-file-hint"),
				),
				app.Button().Type("button").Class("quiet").DataSet("do", "verify").Value("file").Text(t.T("receipt.proof.file.check")),
			),
		),
		app.Details().Class("scripted").Body(
			app.Summary().Text(t.T("receipt.proof.key.title")),
			app.Div().Class("field").Body(
				app.Label().For("proof-keys").Text(t.T("receipt.proof.key")),
				app.Span().Class("hint").ID("proof-keys-hint").Text(t.T("receipt.proof.key.hint")),
				app.Textarea().ID("proof-keys").Rows(3).Spellcheck(false).Aria("describedby", "proof-keys-hint"),
			),
		),
		app.Div().Role("status").ID(proofResult).Body(app.Range(proofResults).Slice(func(i int) app.UI {
			how := proofResults[i]
			return bootHidden(app.P().Class("note").DataSet("proof", val(how))).Text(t.T("receipt.proof.result." + how))
		})),
		bootHidden(app.Dl().Class("facts").DataSet("proof", "genuine")).Body(
			p.said("receipt.proof.stored", "stored"),
			p.said("receipt.proof.controller", "controller"),
			p.said("receipt.proof.answers", "answers"),
			p.said("receipt.proof.leaf", "leaf"),
			p.said("receipt.proof.signer", "signer"),
		),
		app.Details().Body(
			app.Summary().Text(t.T("receipt.proof.own.title")),
			app.Div().Body(
				app.P().Text(t.T("receipt.proof.own")),
				app.P().Body(app.Code().Class("code").Text("latchkey verify receipt FILE --key KEY")),
				app.P().Body(app.A().Href(val(p.View.Base+logKeys)).Attr("target", "_blank").Text(t.T("receipt.proof.own.keys"))),
			),
		),
	)
}

// said is a fact that a checked file says; the check fills it in.
func (p *ReceiptProof) said(key, name string) app.UI {
	return fact(p.T.T(key), app.Span().DataSet("fill", val(name)))
}
