package ui_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"latchkey/app/consent"
	"latchkey/app/ui"
)

// erasing is the page of a receipt at a step of erasing it.
func erasing(v ui.ErasureView) ui.View {
	return ui.View{
		Page: ui.ReceiptPage, Lang: "en-GB", Site: site(), Path: "/reside/receipt",
		Receipt: &ui.ReceiptView{Code: receipt().ID + ".token", Erasure: &v},
	}
}

// sends lists what the buttons of the receipt form send.
func sends(doc *html.Node) []string {
	var found []string
	for _, b := range find(find(doc, is("form", "id", "receipt"))[0], is("button")) {
		name, _ := attr(b, "name")
		value, _ := attr(b, "value")
		found = append(found, name+"="+value+": "+text(b))
	}
	return found
}

func TestErasingIsAskedForBeforeItIsDone(t *testing.T) {
	v := erasing(ui.ErasureView{Step: ui.EraseAsk, Count: 3})
	v.Receipt.Show = "6f1c0b1e-2a58-4a0e-9a5e-000000000001"
	doc := parse(t, v)
	assert.Equal(t, "Erase these 3 receipts?", text(find(doc, is("h1"))[0]))
	assert.Contains(t, text(doc), "The 2 receipts before this one are erased with it")
	assert.Contains(t, text(doc), "This can’t be undone.")
	assert.Equal(t, []string{"confirm=erase: Erase 3 receipts", "confirm=keep: Keep it"}, sends(doc))
	for name, value := range map[string]string{"code": receipt().ID + ".token", "show": v.Receipt.Show, "erase": "ask"} {
		assert.Len(t, find(doc, is("input", "type", "hidden", "name", name, "value", value)), 1, name)
	}
	one := parse(t, erasing(ui.ErasureView{Step: ui.EraseAsk, Count: 1}))
	assert.Equal(t, "Erase this receipt?", text(find(one, is("h1"))[0]))
	assert.NotContains(t, text(one), "before this one")
}

func TestWhatWasErasedIsSaid(t *testing.T) {
	at := time.Date(2026, time.July, 23, 9, 15, 0, 0, time.UTC)
	doc := parse(t, erasing(ui.ErasureView{Step: ui.EraseDone, Count: 1, At: at, Left: true}))
	assert.Equal(t, "Your receipt is erased", text(find(doc, is("h1"))[0]))
	assert.Contains(t, text(doc), "Thursday 23 July 2026 at 10:15, UK time")
	assert.Contains(t, text(doc), "Proof that a receipt was erased, and when.")
	assert.NotContains(t, text(doc), "can’t be undone")
	assert.Equal(t, []string{"=: Back to your newest receipt"}, sends(doc))
	assert.Empty(t, find(doc, is("input", "name", "erase")), "another language does not ask again")

	assert.Empty(t, find(doc, func(n *html.Node) bool { _, there := attr(n, "data-erased"); return there }), "the page names nothing that it does not know")

	nothing := parse(t, erasing(ui.ErasureView{Step: ui.EraseDone, Count: 2, At: at}))
	assert.Empty(t, sends(nothing), "there is nothing to go back to")
	gone := parse(t, erasing(ui.ErasureView{Step: ui.EraseGone}))
	assert.Equal(t, "This receipt was erased", text(find(gone, is("h1"))[0]))
	assert.Empty(t, sends(gone))
}

func TestTheHistoryOfADeviceLeadsToEachReceipt(t *testing.T) {
	v := views()["receipt"]
	assert.Empty(t, find(parse(t, v), is("section", "class", "history")), "one choice is no history")
	v.Receipt.History = []ui.ChoiceView{
		{Receipt: receipt().ID, Chosen: time.Date(2026, time.July, 23, 8, 15, 0, 0, time.UTC), Method: consent.Save,
			Answers: []ui.AnswerView{{Name: "Statistics", Answer: consent.Yes}, {Name: "<b>", Answer: consent.No}}},
		{Receipt: "earlier", Chosen: time.Date(2026, time.January, 2, 12, 0, 0, 0, time.UTC), Method: consent.RejectAll,
			Answers: []ui.AnswerView{{Name: "Statistics", Answer: consent.No}}},
	}
	history := find(parse(t, v), is("section", "class", "history"))
	require.Len(t, history, 1)
	rows := find(find(history[0], is("tbody"))[0], is("tr"))
	require.Len(t, rows, 2)
	assert.Contains(t, text(rows[0]), "Thursday 23 July 2026 at 09:15, UK time")
	assert.Contains(t, text(rows[0]), "Statistics: Yes")
	assert.Contains(t, text(rows[0]), "<b>: No")
	assert.Contains(t, text(rows[0]), "Shown on this page")
	assert.Empty(t, find(rows[0], is("button")))
	show := find(rows[1], is("button", "type", "submit", "form", "receipt", "name", "open", "value", "earlier"))
	require.Len(t, show, 1)
	label, _ := attr(show[0], "aria-label")
	assert.Equal(t, "Show the receipt of Friday 2 January 2026 at 12:00, UK time", label)
}

// At its own address, and without script, the page can't know what the browser keeps, and says what follows from that.
func TestWhatStandsAfterAnErasureIsSaid(t *testing.T) {
	ids := []string{"6f1c0b1e-2a58-4a0e-9a5e-000000000001", "6f1c0b1e-2a58-4a0e-9a5e-000000000002"}
	choices := []ui.SwitchView{{ID: "statistics", Name: "Statistics"}, {ID: "marketing", Name: "<b>"}}
	for _, step := range []ui.ErasureStep{ui.EraseDone, ui.EraseGone} {
		for _, lang := range []string{"en-GB", "cy"} {
			v := erasing(ui.ErasureView{Step: step, Count: 2, Receipts: ids, Choices: choices})
			v.Lang = lang
			doc := parse(t, v)
			assert.Len(t, find(doc, is("article", "data-erased", ids[0]+" "+ids[1])), 1, "for the host page")
			var alone, connected []string
			for _, n := range find(doc, func(n *html.Node) bool { _, there := attr(n, "data-when"); return there }) {
				when, _ := attr(n, "data-when")
				if _, hidden := attr(n, "hidden"); hidden {
					connected = append(connected, when)
				} else {
					alone = append(alone, when)
				}
			}
			assert.Equal(t, []string{"alone"}, alone)
			assert.Equal(t, []string{"connected"}, connected)
			for _, id := range []string{"statistics", "marketing"} {
				for _, now := range []string{"on", "off"} {
					half := find(doc, is("span", "data-stands", id, "data-now", now))
					require.Len(t, half, 1)
					_, hidden := attr(half[0], "hidden")
					assert.True(t, hidden, "until the host page says what holds")
				}
			}
			assert.NotEmpty(t, find(doc, is("a", "href", "/reside/preferences?lang="+lang)), "how to take it back")
		}
	}
	english := text(parse(t, erasing(ui.ErasureView{Step: ui.EraseDone, Count: 1, Receipts: ids[:1], Choices: choices})))
	assert.Contains(t, english, "may still keep the code of this receipt. The code opens nothing any more.")
	assert.Contains(t, english, "There is no record any more that proves this choice.")
	assert.Empty(t, find(parse(t, erasing(ui.ErasureView{Step: ui.EraseAsk, Count: 1})), is("span", "data-now", "on")), "before, it stands as it stood")
}
