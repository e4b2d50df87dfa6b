package consent

import "slices"

// Change is one way in which what a site asks differs from what it asked when
// somebody made their choice.
type Change struct {
	Kind ChangeKind
	// Purpose is what the change is about; empty if it is about the controller.
	Purpose PurposeID
	// Name is the purpose as people read it: its present name, or for one that is
	// gone the last that it had.
	Name string
	// Basis is the basis that the purpose now has.
	Basis Basis
	// Who are the recipients that are new or gone; for a new controller, the one
	// before and then the one there is now.
	Who []string
}

// ChangeKind is what has changed.
type ChangeKind string

const (
	ControllerChanged ChangeKind = "controller"
	PurposeNew        ChangeKind = "purpose-new"
	PurposeGone       ChangeKind = "purpose-gone"
	BasisChanged      ChangeKind = "basis"
	RecipientNew      ChangeKind = "recipient-new"
	RecipientGone     ChangeKind = "recipient-gone"
)

// Changes compares what a site asked, as an earlier edition has it, with what it
// asks now: the controller first, then the purposes in their present order, then
// those that are gone. It finds what [Revision] depends on, and nothing else. Two
// editions of different revisions may still have no change that could be put in
// words: an early edition has no declaration, and so no recipients.
func Changes(before, now Edition) []Change {
	var changes []Change
	if before.Controller.Entity != now.Controller.Entity {
		changes = append(changes, Change{Kind: ControllerChanged, Who: []string{before.Controller.Name, now.Controller.Name}})
	}
	for _, p := range now.Purposes {
		change := Change{Purpose: p.ID, Name: now.name(p.ID), Basis: p.Basis}
		add := func(kind ChangeKind, who ...string) {
			change.Kind, change.Who = kind, who
			changes = append(changes, change)
		}
		at := slices.IndexFunc(before.Purposes, func(old Purpose) bool { return old.ID == p.ID })
		if at < 0 {
			add(PurposeNew)
			continue
		}
		if before.Purposes[at].Basis != p.Basis {
			add(BasisChanged)
		}
		if before.Declared == nil || now.Declared == nil {
			continue // who received the data then is not known
		}
		old, present := before.recipients(p.ID), now.recipients(p.ID)
		if who := without(present, old); len(who) > 0 {
			add(RecipientNew, who...)
		}
		if who := without(old, present); len(who) > 0 {
			add(RecipientGone, who...)
		}
	}
	for _, p := range before.Purposes {
		if !slices.ContainsFunc(now.Purposes, func(present Purpose) bool { return present.ID == p.ID }) {
			changes = append(changes, Change{Kind: PurposeGone, Purpose: p.ID, Name: before.name(p.ID), Basis: p.Basis})
		}
	}
	return changes
}

// name is a purpose as the edition's readers know it.
func (e Edition) name(id PurposeID) string {
	if p, ok := e.Purpose(id); ok && p.Name != "" {
		return p.Name
	}
	return string(id)
}

// recipients lists who receives the data of a purpose besides the controller,
// each once, in the order of declaration.
func (e Edition) recipients(id PurposeID) []string {
	p, _ := e.Purpose(id)
	var names []string
	for _, t := range p.Technologies {
		if t.Recipient != nil && !slices.Contains(names, t.Recipient.Name) {
			names = append(names, t.Recipient.Name)
		}
	}
	return names
}

// without lists what is in some and not in others.
func without(some, others []string) []string {
	return slices.DeleteFunc(slices.Clone(some), func(s string) bool { return slices.Contains(others, s) })
}
