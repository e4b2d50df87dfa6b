package ui

import (
	"strconv"
	"strings"

	"latchkey/app/rights"
)

// place is where a person is in the journey, as the browser's history holds it.
// It says nothing about them: the answers stay in the page.
type place struct {
	At     int // how many pages were turned to before, since the document was opened
	Step   rights.Step
	Review bool
}

// String writes the place for the browser's history.
func (p place) String() string {
	return "latchkey " + strconv.Itoa(p.At) + " " + string(p.Step) + " " + strconv.FormatBool(p.Review)
}

// parsePlace reads what String wrote; ok is false for anything else.
func parsePlace(s string) (p place, ok bool) {
	parts := strings.Split(s, " ")
	if len(parts) != 4 || parts[0] != "latchkey" {
		return place{}, false
	}
	at, err := strconv.Atoi(parts[1])
	review, err2 := strconv.ParseBool(parts[3])
	return place{At: at, Step: rights.Step(parts[2]), Review: review}, err == nil && err2 == nil && at >= 0
}

// trail is the way through the journey, as the browser's Back and Forward
// buttons know it. The zero value is at no place.
type trail struct {
	places []place
	at     int
}

// start begins a trail at a page.
func (t *trail) start(f rights.Form) place {
	t.places, t.at = []place{{Step: f.Step, Review: f.Review}}, 0
	return t.places[0]
}

// back reports whether a page is the one that the browser's Back button leads to.
func (t *trail) back(f rights.Form) bool {
	return t.at > 0 && t.places[t.at-1].Step == f.Step && t.places[t.at-1].Review == f.Review
}

// push goes on to a page and forgets what lay ahead. It returns the new place.
func (t *trail) push(f rights.Form) place {
	p := place{At: t.at + 1, Step: f.Step, Review: f.Review}
	t.places = append(t.places[:t.at+1], p)
	t.at = p.At
	return p
}

// to goes to a place that the browser has gone to, and reports whether it is on
// the trail.
func (t *trail) to(p place) bool {
	if p.At >= len(t.places) || t.places[p.At] != p {
		return false
	}
	t.at = p.At
	return true
}
