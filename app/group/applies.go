package group

import (
	"cmp"
	"slices"
)

// NotSure is the visitor's answer to "who is your landlord?" when they can't say.
const NotSure = "not-sure"

// Scope is what [Group.Applies] needs to know of a notice: its id, and the
// entities that it covers.
type Scope struct {
	ID       string
	Entities []string
}

// Situation is what decides which notice applies to a visitor. Any part but
// Site may be empty; an entity that the group does not have counts as empty.
type Situation struct {
	Site   *Site
	Page   string // entity that the page's address asks for: /SITE/notice/ENTITY
	Embed  string // data-entity of the script tag
	Answer string // the visitor's own answer: an entity, or NotSure
}

// Why is the reason why a notice is offered: a message key, whose text names
// the entity as {entity}.
type Why string

const (
	// WhyOwn: the notice was written for this entity.
	WhyOwn Why = "notice.why.own"
	// WhyMember: the notice covers several organisations, this one among them.
	WhyMember Why = "notice.why.member"
	// WhyGroup: who is a customer of the group as well comes under its notice too.
	WhyGroup Why = "notice.why.group"
	// WhyFallback: no notice names the entity, so the group's stands in.
	WhyFallback Why = "notice.why.fallback"
	// WhyMaybe: the visitor does not know who their landlord is, and this is
	// the notice of another organisation of the group.
	WhyMaybe Why = "notice.why.maybe"
)

// Applicable is a notice that applies, and why.
type Applicable struct {
	Notice string // id
	Why    Why
}

// Applied is the answer of [Group.Applies].
type Applied struct {
	Entity  Entity       // the controller that the visitor deals with
	Sure    bool         // false if the visitor said that they don't know
	Notices []Applicable // the most specific first; empty only if no notice covers the entity or the group
}

// Applies says which controller a visitor deals with and which notices apply
// to them, in the order in which they are offered.
//
// The entity is the one that the visitor names; else the one that the page's
// address asks for; else that of the script tag; else the site's. Its notices
// are those that cover it, the one with the fewest entities first. Who deals
// with a member of a group is often a customer of the group too, so the
// group's own notice follows where it is another one; and it stands in for an
// entity that no notice covers. A visitor who is not sure is offered
// the notices of the other entities as well.
func (g *Group) Applies(at Situation, notices []Scope) Applied {
	applied := Applied{Sure: at.Answer != NotSure}
	for _, id := range []string{at.Answer, at.Page, at.Embed, at.Site.Entity} {
		if e, ok := g.Entity(id); ok {
			applied.Entity = e
			break
		}
	}

	offered := map[string]bool{}
	offer := func(n Scope, why Why) {
		if !offered[n.ID] {
			offered[n.ID] = true
			applied.Notices = append(applied.Notices, Applicable{Notice: n.ID, Why: why})
		}
	}
	own := covering(notices, applied.Entity.ID)
	for i, n := range own {
		switch {
		case applied.Entity.ID == g.head() || len(n.Entities) == 1:
			offer(n, WhyOwn)
		case i > 0 && covers(n, g.head()):
			offer(n, WhyGroup)
		default:
			offer(n, WhyMember)
		}
	}
	for _, n := range covering(notices, g.head()) {
		why := WhyGroup
		if len(own) == 0 {
			why = WhyFallback
		}
		offer(n, why)
	}
	if !applied.Sure {
		for _, n := range notices {
			offer(n, WhyMaybe)
		}
	}
	return applied
}

// Covered reports whether a notice covers the entity, its own or, standing in,
// the group's.
func (g *Group) Covered(entity string, notices []Scope) bool {
	return len(covering(notices, entity)) > 0 || len(covering(notices, g.head())) > 0
}

// RequestEntities lists the entities that a request made on s can be for, in
// the order in which the form offers them: the site's, then the group's own,
// then the others.
func (g *Group) RequestEntities(s *Site) []Entity {
	rank := func(e Entity) int {
		switch e.ID {
		case s.Entity:
			return 0
		case g.head():
			return 1
		}
		return 2
	}
	es := slices.Clone(g.Entities)
	slices.SortStableFunc(es, func(a, b Entity) int { return cmp.Compare(rank(a), rank(b)) })
	return es
}

// head is the id of the group's own entity, or "" in a group without entities.
func (g *Group) head() string {
	if len(g.Entities) == 0 {
		return ""
	}
	return g.Entities[0].ID
}

// covering lists the notices that cover an entity, those with the fewest entities first.
func covering(notices []Scope, entity string) []Scope {
	var found []Scope
	for _, n := range notices {
		if covers(n, entity) {
			found = append(found, n)
		}
	}
	slices.SortStableFunc(found, func(a, b Scope) int { return cmp.Compare(len(a.Entities), len(b.Entities)) })
	return found
}

func covers(n Scope, entity string) bool { return slices.Contains(n.Entities, entity) }
