package ui_test

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"latchkey/app/i18n"
	"latchkey/app/rights"
	"latchkey/app/ui"
)

func TestEveryPageOfTheRequestIsWhole(t *testing.T) {
	for name, v := range requestViews() {
		for _, lang := range i18n.Languages {
			v.Lang = lang
			t.Run(name+" "+lang, func(t *testing.T) {
				doc := parse(t, v)
				all := text(doc)
				assert.NotContains(t, all, "[request.", "a message is missing")
				assert.NotContains(t, all, "{", "a placeholder is not filled")
				assert.Len(t, find(doc, is("h1")), 1)
				assert.Empty(t, find(doc, is("input", "type", "file")), "no upload (LAW T4)")
				assert.Empty(t, find(doc, is("", "required", "*")), "no required attribute: errors are in words")
				assert.Empty(t, find(doc, is("b")), "what was typed is text")

				ids := map[string]bool{}
				for _, e := range find(doc, is("", "id", "*")) {
					id, _ := attr(e, "id")
					assert.False(t, ids[id], "id %q stands twice", id)
					ids[id] = true
				}
				for _, name := range []string{"for", "aria-describedby", "aria-labelledby"} {
					for _, e := range find(doc, is("", name, "*")) {
						v, _ := attr(e, name)
						for id := range strings.FieldsSeq(v) {
							assert.True(t, ids[id], "%s of %s leads to no %q", name, e.Data, id)
						}
					}
				}
				for _, e := range find(doc, func(n *html.Node) bool { return n.Data == "input" || n.Data == "textarea" }) {
					if kind, _ := attr(e, "type"); kind != "hidden" {
						id, _ := attr(e, "id")
						assert.NotEmpty(t, find(doc, is("label", "for", id)), "a label for %q", id)
					}
				}
				ways := find(doc, is("section", "class", "ways"))
				require.Len(t, ways, 1)
				assert.NotEmpty(t, find(ways[0], is("a")), "contacts stand with it (LAW T2)")
				assert.NotEmpty(t, ui.Title(v))
			})
		}
	}
}

func TestEveryPageCarriesAllAnswers(t *testing.T) {
	for _, step := range []rights.Step{rights.StepKind, rights.StepOrganisation, rights.StepWho, rights.StepWhat, rights.StepReply, rights.StepCheck} {
		t.Run(string(step), func(t *testing.T) {
			view := requestPage(step, answered())
			view.Request.Form.Review = step != rights.StepCheck
			to := rights.ToContinue
			if step == rights.StepCheck {
				to = rights.ToSend
			}
			got, err := rights.Parse(posted(t, parse(t, view), to))
			require.NoError(t, err)
			want := view.Request.Form
			want.To = to
			assert.Equal(t, want, got, "a browser without script sends back what the page was made from")
		})
	}
}

func TestTheJourneyWithoutScript(t *testing.T) {
	view := requestPage(rights.StepKind, rights.Request{Language: "en-GB"})
	press := func(to string, fill url.Values) rights.Turn {
		t.Helper()
		values := posted(t, parse(t, view), to)
		maps.Copy(values, fill)
		form, err := rights.Parse(values)
		require.NoError(t, err)
		turn := view.Request.Journey.Turn(form)
		next := view.Request.Turned(turn)
		view.Request = &next
		return turn
	}
	press("continue", url.Values{"kind": {"stairs"}})
	press("continue", url.Values{"entity": {"reside", "futures"}})
	press("continue", url.Values{"for": {"other"}, "subject": {"Gwen"}})
	require.Equal(t, rights.StepWhat, view.Request.Form.Step)

	turn := press("continue", nil)
	require.NotEmpty(t, turn.Errors)
	doc := parse(t, view)
	assert.Equal(t, "Error: What would you like to know about your home? – Reside privacy centre", ui.Title(view))
	problem := find(doc, is("div", "id", "problem", "tabindex", "-1", "autofocus", "*"))
	require.Len(t, problem, 1)
	links := find(problem[0], is("a", "href", "#what"))
	require.Len(t, links, 1)
	assert.Equal(t, text(links[0]), text(find(doc, is("p", "id", "what-error"))[0]), "the same words in both places")
	require.Len(t, find(doc, is("textarea", "id", "what", "aria-invalid", "true")), 1)

	press("access", url.Values{"what": {"My own file"}})
	require.True(t, view.Request.Moved)
	assert.Equal(t, "My own file", text(find(parse(t, view), is("textarea", "id", "what"))[0]), "nothing to type again (LAW T19)")
	press("continue", nil)
	press("continue", url.Values{"name": {"Ann"}, "reply-by": {"phone"}, "phone": {"01632 960001"}})
	require.Equal(t, rights.StepCheck, view.Request.Form.Step)

	press("who", nil)
	require.Equal(t, rights.StepWho, view.Request.Form.Step)
	press("continue", url.Values{"for": {"self"}})
	require.Equal(t, rights.StepCheck, view.Request.Form.Step)
	assert.Len(t, find(parse(t, view), is("input", "type", "hidden", "value", "Gwen")), 1, "kept, should the person change their mind")
	assert.NotContains(t, text(find(parse(t, view), is("dl"))[0]), "Gwen")

	turn = press("send", nil)
	require.True(t, turn.Send)
	assert.Equal(t, rights.Request{
		Kind: rights.Access, Entities: []string{"futures", "reside"}, What: "My own file", Name: "Ann",
		Reply: rights.ByPhone, Phone: "01632 960001", Language: "en-GB",
	}, turn.Form.Request)
}

func TestOnlyLongAnswersCountTheirCharacters(t *testing.T) {
	doc := parse(t, requestPage(rights.StepWhat, rights.Request{Kind: rights.Access}))
	require.Len(t, find(doc, is("div", "id", "what-count")), 1)
	assert.Equal(t, "You can use up to 10,000 characters", text(find(doc, is("div", "id", "what-count"))[0]))
	assert.Empty(t, find(doc, is("div", "id", "period-count")))
	wrong := requestViews()["request what, with errors"]
	assert.Len(t, find(parse(t, wrong), is("div", "id", "period-count")), 1, "an answer that is too long says its limit")
}

func TestEnterNeverPressesBackOrChange(t *testing.T) {
	for name, v := range requestViews() {
		if v.Request.Sent != nil || v.Request.Form.Step == rights.StepCheck {
			continue
		}
		v.Site.Languages = []string{"en-GB"}
		button := find(parse(t, v), is("button", "type", "submit", "form", "request"))[0]
		assert.True(t, is("button", "name", "to", "value", "continue", "tabindex", "-1", "aria-hidden", "true")(button), name)
	}
}

func TestBackIsThereWhereThereIsSomewhereToGo(t *testing.T) {
	back := is("button", "value", "back")
	assert.Empty(t, find(parse(t, requestPage(rights.StepKind, answered())), back))
	// Its place is before the form, so without its form attribute it would do nothing.
	assert.Len(t, find(parse(t, requestPage(rights.StepWho, answered())), is("button", "value", "back", "form", "request")), 1)
}

func TestTheKindsOnOffer(t *testing.T) {
	v := requestPage(rights.StepKind, rights.Request{})
	assert.Len(t, find(parse(t, v), is("input", "type", "radio", "name", "kind")), 13)
	assert.Empty(t, find(parse(t, v), is("input", "checked", "*")), "none is chosen for the person")
	v.Request.Journey.STAIRs = rights.Date{}
	assert.Empty(t, find(parse(t, v), is("input", "value", "stairs")))
}

func TestTheRightContactStandsOnThePage(t *testing.T) {
	ways := func(v ui.View) string { return text(find(parse(t, v), is("section", "class", "ways"))[0]) }
	r := answered()
	r.Entities = nil
	assert.Contains(t, ways(requestPage(rights.StepWhat, r)), "data@reside.example", "of the site, as long as none is chosen")
	r.Entities = []string{"group"}
	assert.Contains(t, ways(requestPage(rights.StepWhat, r)), "01772 450600")
	assert.NotContains(t, ways(requestPage(rights.StepWhat, r)), "data@reside.example")
	r.Entities = []string{"reside", "group", "futures"}
	assert.Contains(t, ways(requestPage(rights.StepWhat, r)), "Reside Housing Association, Key Unlocking Futures Limited", "one contact, once")
}

func TestTheCheckPageShowsAllAnswers(t *testing.T) {
	r := answered()
	r.Format = ""
	v := requestPage(rights.StepCheck, r)
	v.Request.Journey.Today = rights.Date{Year: 2026, Month: time.November, Day: 26}
	doc := parse(t, v)
	all := text(find(doc, is("dl", "class", "summary"))[0])
	for _, want := range []string{
		"See the information we hold about me", "Progress Housing Group Limited", `Gwen "Ellis"`, "neighbour", "<b>All</b> letters & calls",
		"Siân Ó Briain", "By post", "sian@example.org", "1 High Street", "no voicemail", "large print", "T-1", "Not provided",
	} {
		assert.Contains(t, all, want)
	}
	assert.NotContains(t, all, "kept", "an answer to a question that this kind does not ask")
	changes := find(find(doc, is("dl", "class", "summary"))[0], is("button", "name", "to"))
	assert.NotEmpty(t, changes)
	for _, b := range changes {
		assert.Regexp(t, `^Change \(.+\)$`, text(b), "says what it changes")
	}
	assert.Contains(t, text(doc), "you should hear from us by Tuesday 29 December 2026")
	assert.Len(t, find(doc, is("button", "value", "send")), 1)
}

func TestTheConfirmationHasItsTenItems(t *testing.T) {
	r := answered()
	doc := parse(t, sentPage(r, rights.FromIdentityAndDetail))
	all := text(find(doc, is("main"))[0])
	for item, want := range map[string]string{
		"1 reference":           "LK-7F3K-Q2MD",
		"2 who answers":         "Progress Housing Group Limited",
		"3 received":            "Thursday 26 November 2026",
		"4 understood":          "See the information we hold about me",
		"4 for whom":            "Who it is forSomebody else",
		"how to reply":          "How you asked us to replyBy post",
		"5 due":                 "Tuesday 29 December 2026",
		"5 may change":          "That date may change",
		"5 why it may":          "Progress Housing Group Limited counts the month from the day it knows who you are",
		"5 the sum":             "There is a bank holiday (Boxing Day)",
		"6 needed now":          "Nothing. If we need something",
		"6 without a computer":  "by phone, by post or in person",
		"7 change or withdraw":  "give your reference LK-7F3K-Q2MD",
		"8 officer":             "0333 320 4555",
		"8 format and language": "large print, or another language",
		"9 complain to us":      "You can complain to us first",
		"9 regulator":           "0303 123 1113",
		"10 save":               "Print this page or save it",
	} {
		assert.Contains(t, all, want, item)
	}
	assert.Len(t, find(doc, is("a", "href", "/reside/request/complaint?lang=en-GB")), 1)
	assert.Len(t, find(doc, is("button", "data-do", "print")), 1)
	assert.Empty(t, find(doc, is("form", "id", "request")), "nothing to send again")
	for _, secret := range []string{"letters & calls", "Gwen", "Siân", "sian@example.org", "High Street", "voicemail"} {
		assert.NotContains(t, all, secret, "what the person wrote is not repeated")
	}
}

func TestSendingAgainIsSaid(t *testing.T) {
	views := requestViews()
	assert.Contains(t, text(parse(t, views["request check, sent before"])), "under the reference LK-7F3K-Q2MD")
	assert.Contains(t, text(parse(t, views["request sent, twice"])), "You sent this more than once")
	assert.NotContains(t, text(parse(t, sentPage(answered(), rights.FromSubmission))), "more than once")
}

func TestAComplaintIsAcknowledged(t *testing.T) {
	r := answered()
	r.Kind = rights.Complaint
	all := text(find(parse(t, sentPage(r, rights.FromSubmission)), is("main"))[0])
	assert.Contains(t, all, "We have your complaint")
	assert.Contains(t, all, "This page is your acknowledgement")
	assert.Contains(t, all, "You should hear more from us byTuesday 29 December 2026")
	assert.Contains(t, all, "You can complain to the Information Commissioner. Tell it our reference, LK-7F3K-Q2MD.")
	for _, not := range []string{"You should hear from us by", "complain to us first", "your request"} {
		assert.NotContains(t, all, not)
	}
	assert.Empty(t, find(parse(t, sentPage(r, rights.FromSubmission)), is("a", "href", "/reside/request/complaint?lang=en-GB")), "it has been made")
}

func TestTheConfirmationSaysWhoAnswersAndWhatWasUnderstood(t *testing.T) {
	says := func(r rights.Request) string {
		return text(find(parse(t, sentPage(r, rights.FromSubmission)), is("dl", "class", "facts"))[0])
	}
	r := answered()
	r.Kind, r.Entities, r.Other = rights.Unsure, []string{rights.OrganisationNotSure}, false
	all := says(r)
	assert.NotContains(t, all, "I’m not sure", "what somebody does not know is no answer to what we understood, and to whom it goes")
	assert.Contains(t, all, "We understood that you would like toAsk for something in your own words. We will work out what applies.")
	assert.Contains(t, all, "Who will answerReside Housing Association will find out who holds the information, and tell you.")
	assert.NotContains(t, all, "Who it is for")

	r.Entities = []string{rights.EveryOrganisation}
	all = says(r)
	assert.Contains(t, all, "Sent toAll organisations of "+site().Group)
	assert.NotContains(t, all, "will find out", "every one of them has it")
}

func TestARequestViewTravelsAsJSON(t *testing.T) {
	for name, v := range requestViews() {
		b, err := json.Marshal(v)
		require.NoError(t, err)
		var back ui.View
		require.NoError(t, json.Unmarshal(b, &back))
		// Attributes have no order, so pages are compared by what they hold.
		assert.Equal(t, nodes(parse(t, v)), nodes(parse(t, back)), "%s: the client draws what the server drew", name)
	}
}

// nodes lists the elements and texts of a page in order, attributes sorted.
func nodes(doc *html.Node) []string {
	var list []string
	for d := range doc.Descendants() {
		attrs := make([]string, 0, len(d.Attr))
		for _, a := range d.Attr {
			attrs = append(attrs, a.Key+"="+a.Val)
		}
		slices.Sort(attrs)
		list = append(list, d.Data+" "+strings.Join(attrs, " "))
	}
	return list
}

func TestTakeOverKeepsWhatIsBeingTyped(t *testing.T) {
	view := requestPage(rights.StepReply, answered())
	live := posted(t, parse(t, view), "continue")
	live.Set("name", "Ann ")
	live.Set("email", "ann@ex")
	live.Set("safe", "not after\n")
	view.TakeOver(ui.Live{Form: live})
	got := view.Request.Form
	assert.Equal(t, "Ann ", got.Request.Name, "letter by letter")
	assert.Equal(t, "ann@ex", got.Request.Email)
	assert.Equal(t, "not after\n", got.Request.Safe)
	assert.Equal(t, answered().What, strings.ReplaceAll(got.Request.What, "\r", ""), "answers of other pages stay")
	assert.Equal(t, rights.StepReply, got.Step)
	assert.Equal(t, `sealed"token`, got.Token)

	sent := sentPage(answered(), rights.FromSubmission)
	sent.TakeOver(ui.Live{Form: url.Values{"step": {"kind"}, "name": {"x"}}})
	assert.Empty(t, sent.Request.Form.Request.Name)
	other := requestPage(rights.StepWho, answered())
	other.TakeOver(ui.Live{})
	assert.Equal(t, answered(), other.Request.Form.Request, "a document without the form changes nothing")
}
