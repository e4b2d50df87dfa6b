package ui

import (
	"testing"

	"github.com/stretchr/testify/assert"

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
	assert.False(t, w.to(place{At: 9, Step: rights.StepWhat}), "a place of another document")
}
