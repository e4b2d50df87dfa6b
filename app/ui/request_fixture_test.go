package ui_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"latchkey/app/group"
	"latchkey/app/rights"
	"latchkey/app/ui"
)

// landlordViews are two organisations with contacts of their own, and one that shares
// the first one's.
func landlordViews() []ui.EntityView {
	dpo := &group.Contact{Name: "Data protection officer", Phone: "0333 320 4555", Post: "Sumner House, Leyland"}
	first := site().Entity
	first.DPO, first.Start, first.About = dpo, string(rights.FromSubmission), "Homes with support"
	return []ui.EntityView{
		first,
		{ID: "group", Name: "Progress Housing Group Limited", Start: string(rights.FromIdentityAndDetail), DPO: dpo,
			Contact: group.Contact{Phone: "01772 450600", Post: "Sumner House, Leyland"}},
		{ID: "futures", Name: "Key Unlocking Futures Limited", Contact: first.Contact, Start: string(rights.FromIdentityAndDetail)},
	}
}

// answered is a request with an answer to every question, some of them hostile.
func answered() rights.Request {
	return rights.Request{
		Kind: rights.Access, Entities: []string{"group"},
		Other: true, Subject: "Gwen \"Ellis\"", Authority: rights.OtherAuthority, AuthorityIs: "neighbour",
		What: "<b>All</b> letters & calls\n\nsince May", Correct: "kept", Period: "2023", Format: "paper",
		Name: "Siân Ó Briain", Reply: rights.ByPost, Email: "sian@example.org", Phone: "01772 000000",
		Address: "1 High Street\nLeyland", Safe: "no voicemail", Adjustments: "large print", Reference: "T-1", Language: "en-GB",
	}
}

// requestPage is a page of the journey with a form token.
func requestPage(step rights.Step, r rights.Request) ui.View {
	return ui.View{
		Page: ui.RequestPage, Lang: "en-GB", Site: site(), Path: "/reside/request",
		Request: &ui.RequestView{
			Form:     rights.Form{Step: step, Request: r, Token: `sealed"token`},
			Entities: landlordViews(), Shortcuts: []string{"A copy of a letter we sent you"},
			Journey: rights.Journey{
				Entities: []string{"reside", "group", "futures"},
				Today:    rights.Date{Year: 2027, Month: time.April, Day: 1}, STAIRs: rights.Date{Year: 2027, Month: time.April, Day: 1},
			},
		},
	}
}

// sentPage is the confirmation of a request received on 26 November 2026.
func sentPage(r rights.Request, rule rights.Start) ui.View {
	v := requestPage(rights.StepCheck, rights.Request{})
	v.Request.Sent = ui.SentOf(rights.Record{
		Reference: "LK-7F3K-Q2MD", Start: rule, Received: time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC), Request: r,
	}, rights.Calendar{})
	return v
}

// requestViews are every page and state of the journey.
func requestViews() map[string]ui.View {
	views := map[string]ui.View{}
	for _, step := range []rights.Step{rights.StepKind, rights.StepOrganisation, rights.StepWho, rights.StepWhat, rights.StepReply, rights.StepCheck} {
		views["request "+string(step)] = requestPage(step, answered())
		views["request "+string(step)+", nothing answered"] = requestPage(step, rights.Request{Language: "en-GB"})
	}
	for _, k := range rights.Kinds {
		r := answered()
		r.Kind = k
		views["request what "+string(k)] = requestPage(rights.StepWhat, r)
		views["request sent "+string(k)] = sentPage(r, rights.FromIdentityAndDetail)
	}
	for _, step := range []rights.Step{rights.StepOrganisation, rights.StepWho, rights.StepWhat, rights.StepReply} {
		long := strings.Repeat("ŵ", 12_000)
		r := rights.Request{
			Kind: rights.Access, Entities: []string{"reside", "all"}, Other: true, Subject: long, Authority: rights.OtherAuthority, AuthorityIs: long,
			Period: long, Format: long, Email: "ann", Phone: "1", Address: long, Safe: long, Adjustments: long, Reference: long,
		}
		v := requestPage(step, r)
		v.Request.Errors = v.Request.Journey.Validate(step, r)
		views["request "+string(step)+", with errors"] = v
	}
	moved := requestPage(rights.StepWhat, answered())
	moved.Request.Moved = true
	views["request moved"] = moved
	already := requestPage(rights.StepCheck, answered())
	already.Request.Already = "LK-7F3K-Q2MD"
	views["request check, sent before"] = already
	erased := requestPage(rights.StepCheck, answered())
	erased.Request.Erased = true
	views["request check, erased since"] = erased
	repeat := sentPage(answered(), rights.FromSubmission)
	repeat.Request.Sent.Repeat = true
	views["request sent, twice"] = repeat
	unsure := answered()
	unsure.Entities, unsure.Email = []string{rights.OrganisationNotSure}, ""
	views["request sent, not sure whom"] = sentPage(unsure, rights.FromSubmission)
	return views
}

// posted is the form of a page as a browser without script would send it with a button.
func posted(t *testing.T, doc *html.Node, to string) url.Values {
	t.Helper()
	forms := find(doc, is("form", "id", "request"))
	require.Len(t, forms, 1)
	values := url.Values{}
	for _, c := range find(forms[0], func(n *html.Node) bool { return n.Data == "input" || n.Data == "textarea" }) {
		name, _ := attr(c, "name")
		value, _ := attr(c, "value")
		kind, _ := attr(c, "type")
		_, on := attr(c, "checked")
		if (kind == "radio" || kind == "checkbox") && !on {
			continue
		}
		if c.Data == "textarea" {
			value = strings.ReplaceAll(text(c), "\n", "\r\n")
		}
		values.Add(name, value)
	}
	buttons := find(doc, func(n *html.Node) bool {
		form, inside := attr(n, "form")
		return is("button", "type", "submit", "name", "to", "value", to)(n) && (!inside || form == "request")
	})
	require.NotEmpty(t, buttons, "there is a button %q", to)
	values.Set("to", to)
	return values
}
