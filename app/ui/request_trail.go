package ui

import (
	"net/url"
	"strconv"
	"strings"

	"latchkey/app/rights"
)

// place is where a person is in the journey, as the browser's history holds it.
type place struct {
	At     int // how many pages were turned to before, since the journey began
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
	at, err := strconv.ParseUint(parts[1], 10, 16)
	review, err2 := strconv.ParseBool(parts[3])
	return place{At: int(at), Step: rights.Step(parts[2]), Review: review}, err == nil && err2 == nil
}

// note writes the place with the answers so far. The browser keeps it with the
// page, in the same way and for as long as it keeps what is typed into a plain
// form: for somebody who comes back from another page or loads this one again.
func (p place) note(f rights.Form) string {
	f.To = ""
	return p.String() + " " + f.Values().Encode()
}

// parseNote reads what note wrote; ok is false for anything else, a place
// without answers included.
func parseNote(s string) (p place, f rights.Form, ok bool) {
	i := strings.LastIndexByte(s, ' ')
	if i < 0 {
		return place{}, rights.Form{}, false
	}
	p, ok = parsePlace(s[:i])
	values, err := url.ParseQuery(s[i+1:])
	if !ok || err != nil {
		return place{}, rights.Form{}, false
	}
	f, err = rights.Parse(values)
	f.To = ""
	return p, f, err == nil && f.Step == p.Step && f.Review == p.Review
}

// trail is the way through the journey, as the browser's Back and Forward
// buttons know it. The zero value is at no place.
type trail struct {
	places []place
	at     int
}

// here is the place of the page that is shown.
func (t *trail) here() place { return t.places[t.at] }

// start begins a trail at a page.
func (t *trail) start(f rights.Form) place {
	t.places, t.at = []place{{Step: f.Step, Review: f.Review}}, 0
	return t.places[0]
}

// resume goes on from a place that an earlier document has noted. What lay
// around it is not known.
func (t *trail) resume(p place) {
	t.places, t.at = make([]place, p.At+1), p.At
	t.places[p.At] = p
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

// to goes to a place that the browser has gone to, and reports whether it can be
// on the trail: one that an earlier document has noted can.
func (t *trail) to(p place) bool {
	if p.At >= len(t.places) {
		t.places = append(t.places, make([]place, p.At+1-len(t.places))...)
	}
	if known := t.places[p.At]; known != p && known != (place{}) {
		return false
	}
	t.places[p.At], t.at = p, p.At
	return true
}
