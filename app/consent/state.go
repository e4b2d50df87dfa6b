package consent

import "time"

// State is what a page knows about consent: the site's purposes and the
// visitor's choice, if one stands.
type State struct {
	Purposes []Purpose
	Revision string
	Choice   *Choice // nil before the first choice
}

// Standing returns s with stored as its choice if that still answers the
// site's questions: same revision, and not older than months on the day today
// (YYYY-MM-DD). Otherwise the state is returned without a choice, and the
// visitor is asked. A date after today (a clock that was wrong) counts as made today.
func (s State) Standing(stored *Choice, today string, months int) State {
	s.Choice = nil
	if stored == nil || stored.Revision != s.Revision || stored.Date != "" && expired(stored.Date, today, months) {
		return s
	}
	for _, p := range s.Purposes {
		if _, asked := stored.On[p.ID]; p.Basis.Choosable() && !asked {
			return s
		}
	}
	s.Choice = stored
	return s
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
	return !t.Before(m.AddDate(0, months, 0))
}

// Allowed reports whether technologies of the purpose may run: essential ones
// always, exempt ones unless objected to, all others only after a yes. An
// unknown purpose is never allowed.
func (s State) Allowed(id PurposeID) bool {
	for _, p := range s.Purposes {
		if p.ID != id {
			continue
		}
		switch {
		case p.Basis == Essential:
			return true
		case s.Choice == nil:
			return p.Basis.Exempt()
		default:
			return s.Choice.On[id]
		}
	}
	return false
}

// Everything returns the answers of Accept all (on) or Reject all (off). A
// refusal leaves exempt purposes as they are: objecting to them is its own
// action, with its own switch (PECR Schedule A1 paras 5 and 6).
func (s State) Everything(on bool) map[PurposeID]bool {
	all := map[PurposeID]bool{}
	for _, p := range s.Purposes {
		switch {
		case p.Basis == ByConsent:
			all[p.ID] = on
		case p.Basis.Exempt():
			all[p.ID] = on || s.Allowed(p.ID)
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
// chosen, are dropped; purposes that the choice leaves out keep their present
// setting. It is pure: the same state and choice always give the same result.
func Apply(s State, choice Choice) (State, []Effect) {
	next := State{Purposes: s.Purposes, Revision: s.Revision}
	made := choice
	made.Revision = s.Revision
	made.On = map[PurposeID]bool{}
	for _, p := range s.Purposes {
		if !p.Basis.Choosable() {
			continue
		}
		on, said := choice.On[p.ID]
		if !said {
			on = s.Allowed(p.ID)
		}
		made.On[p.ID] = on
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
