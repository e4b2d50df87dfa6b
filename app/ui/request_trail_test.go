package ui

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/rights"
)

func TestPlacesSurviveTheBrowsersHistory(t *testing.T) {
	for _, want := range []place{{}, {At: 3, Step: rights.StepWhat}, {At: 12, Step: rights.StepReply, Review: true}} {
		got, ok := parsePlace(want.String())
		assert.True(t, ok)
		assert.Equal(t, want, got)
	}
	for _, s := range []string{"", "latchkey", "latchkey x what true", "latchkey -1 what true", "latchkey 1 what maybe", "other 1 what true", "latchkey 1 what true more"} {
		_, ok := parsePlace(s)
		assert.False(t, ok, s)
	}
}

func TestTheTrailFollowsBackAndForward(t *testing.T) {
	page := func(s rights.Step) rights.Form { return rights.Form{Step: s} }
	var w trail
	first := w.start(page(rights.StepKind))
	assert.False(t, w.back(page(rights.StepKind)), "nothing lies before the first page")
	second := w.push(page(rights.StepWho))
	third := w.push(page(rights.StepWhat))
	assert.True(t, w.back(page(rights.StepWho)))
	assert.False(t, w.back(page(rights.StepKind)), "that is two pages back")
	assert.False(t, w.back(rights.Form{Step: rights.StepWho, Review: true}), "the same page on another errand")

	assert.True(t, w.to(first))
	assert.True(t, w.to(third), "forward again")
	assert.True(t, w.to(second))
	w.push(page(rights.StepReply))
	assert.False(t, w.to(third), "what lay ahead is forgotten")

	earlier := place{At: 9, Step: rights.StepWhat}
	assert.True(t, w.to(earlier), "a place that an earlier document has noted")
	assert.Equal(t, earlier, w.here())
}

func TestANoteHoldsAllThatIsNeededToGoOn(t *testing.T) {
	form := rights.Form{
		Step: rights.StepReply, Review: true, Token: "a-token_=",
		Request: rights.Request{
			Kind: rights.Access, Entities: []string{"one", "two"}, Other: true, Subject: "Siân & Co", What: "Line 1\nline 2 = 50 %",
			Language: "cy",
		},
	}
	var w trail
	p := w.start(form)
	at, got, ok := parseNote(p.note(form))
	require.True(t, ok)
	assert.Equal(t, p, at)
	assert.Equal(t, form, got)

	var later trail
	later.resume(place{At: 2, Step: rights.StepReply})
	assert.False(t, later.back(rights.Form{Step: rights.StepWhat}), "what lay before is not known")
	assert.True(t, later.to(place{At: 1, Step: rights.StepWhat}))
	assert.True(t, later.to(place{At: 2, Step: rights.StepReply}))

	for name, s := range map[string]string{
		"nothing": "", "no answers": p.String(), "no place": "step=what", "no form": p.String() + " %zz",
		"another page": p.String() + " step=what", "an unknown answer": p.String() + " step=reply&review=yes&kind=other",
	} {
		_, _, ok := parseNote(s)
		assert.False(t, ok, name)
	}
}
