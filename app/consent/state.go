package consent

import (
	"maps"
	"slices"
	"time"
)

// State is what a page knows about consent: the site's purposes, the visitor's
// choice if one stands, and the wish that the browser sends.
type State struct {
	Purposes []Purpose
	Revision string
	Shared   []PurposeID // purposes that Global Privacy Control refuses
	GPC      bool        // the browser sends Global Privacy Control
	Choice   *Choice     // nil before the first choice
}

// Standing returns s with stored as its choice if that still answers the
// site's questions: same revision, and not older than months on the day today
// (YYYY-MM-DD). Otherwise the state is returned without a choice, and the
// visitor is asked. A date after today (a clock that was wrong) counts, unless
// the choice would stand for longer than longest. A browser that sends Global Privacy Control, and did not at the time
// of the choice, takes back what the signal refuses; a choice made with it stands.
func (s State) Standing(stored *Choice, today string, months int) State {
	s.Choice = nil
	if stored == nil || stored.Revision != s.Revision || stored.Date != "" && expired(stored.Date, today, months) {
		return s
	}
	choice := *stored
	choice.On = maps.Clone(stored.On)
	if s.GPC && !stored.GPC {
		for _, id := range s.Shared {
			choice.On[id] = false
		}
	}
	s.Choice = &choice
	return s
}

// Open reports whether there is something to ask: a purpose by consent that was
// neither answered nor refused by Global Privacy Control.
func (s State) Open() bool {
	return slices.ContainsFunc(s.Purposes, func(p Purpose) bool {
		if p.Basis != ByConsent || s.GPC && slices.Contains(s.Shared, p.ID) {
			return false
		}
		_, answered := s.answer(p.ID)
		return !answered
	})
}

func (s State) answer(id PurposeID) (on, answered bool) {
	if s.Choice == nil {
		return false, false
	}
	on, answered = s.Choice.On[id]
	return on, answered
}

func expired(made, today string, months int) bool {
	m, err := time.Parse(time.DateOnly, made)
	if err != nil {
		return true
	}
	t, err := time.Parse(time.DateOnly, today)
	if err != nil {
		return true
	}
	left := m.AddDate(0, months, 0).Sub(t)
	return left <= 0 || left >= longest
}

// longest is for how long a choice of a wrong clock may still stand, nearly
// three years: one of a clock that was further ahead would stand, in effect, for ever.
const longest = 9e10 * time.Millisecond

// Allowed reports whether technologies of the purpose may run: essential ones
// always, exempt ones unless objected to, all others only after a yes. An
// unknown purpose is never allowed.
func (s State) Allowed(id PurposeID) bool {
	for _, p := range s.Purposes {
		if p.ID != id {
			continue
		}
		on, answered := s.answer(id)
		if !answered {
			on = p.Basis.Exempt()
		}
		return on || p.Basis == Essential
	}
	return false
}

// Everything returns the answers of Accept all (on) or Reject all (off). They
// leave exempt purposes as they are: objecting to these is its own action, with
// its own switch, and lasts (PECR Schedule A1 paras 5 and 6).
func (s State) Everything(on bool) map[PurposeID]bool {
	all := map[PurposeID]bool{}
	for _, p := range s.Purposes {
		if p.Basis == ByConsent {
			all[p.ID] = on
		}
	}
	return all
}

// Effect is something that a page must do after a choice, in the order given.
type Effect struct {
	Do      Do        `json:"do"`
	Purpose PurposeID `json:"purpose,omitempty"`
}

// Do names an [Effect].
type Do string

const (
	// Store writes the choice to the cookie; always first, before anything is sent.
	Store Do = "store"
	// Release lets the gated elements of the purpose run.
	Release Do = "release"
	// Stop ends the purpose: what has run can't be un-run, so the page is
	// loaded again if anything of it ran.
	Stop Do = "stop"
	// Record sends the receipt.
	Record Do = "record"
)

// Apply makes choice the state's choice and returns what must be done about
// it. Answers to purposes that the site does not have, or that can't be
// chosen, are dropped; purposes that the choice leaves out keep the answer that
// they have, or stay unanswered. It is pure: the same state and choice always
// give the same result.
func Apply(s State, choice Choice) (State, []Effect) {
	next := s
	made := choice
	made.Revision, made.GPC = s.Revision, s.GPC
	made.On = map[PurposeID]bool{}
	for _, p := range s.Purposes {
		if !p.Basis.Choosable() {
			continue
		}
		on, said := choice.On[p.ID]
		if !said {
			on, said = s.answer(p.ID)
		}
		if said {
			made.On[p.ID] = on
		}
	}
	next.Choice = &made

	effects := []Effect{{Do: Store}}
	for _, p := range s.Purposes {
		switch before, after := s.Allowed(p.ID), next.Allowed(p.ID); {
		case before && !after:
			effects = append(effects, Effect{Do: Stop, Purpose: p.ID})
		case !before && after:
			effects = append(effects, Effect{Do: Release, Purpose: p.ID})
		}
	}
	return next, append(effects, Effect{Do: Record})
}
