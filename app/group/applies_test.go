package group_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"latchkey/app/group"
)

// progress is a group in which one member has a notice of its own, one comes
// under the group's notice by name, and one is named by no notice.
func progress() *group.Group {
	return &group.Group{
		ID:       "progress",
		Entities: []group.Entity{{ID: "head"}, {ID: "reside"}, {ID: "lifeline"}, {ID: "newcomer"}},
		Sites:    []group.Site{{ID: "main", Entity: "head"}, {ID: "reside", Entity: "reside"}},
	}
}

func TestWhichNoticesApply(t *testing.T) {
	groupWide := group.Scope{ID: "group", Entities: []string{"head", "reside", "lifeline"}}
	own := group.Scope{ID: "reside", Entities: []string{"reside"}}
	both := []group.Scope{groupWide, own}

	for _, c := range []struct {
		name    string
		site    string
		page    string
		embed   string
		answer  string
		notices []group.Scope
		entity  string
		want    []group.Applicable
		unsure  bool
	}{
		{
			name: "the group's site shows the group's notice", site: "main", notices: both,
			entity: "head", want: []group.Applicable{{"group", group.WhyOwn}},
		},
		{
			name: "a visitor of the member's site gets its notice, and the group's as a customer of the group", site: "reside", notices: both,
			entity: "reside", want: []group.Applicable{{"reside", group.WhyOwn}, {"group", group.WhyGroup}},
		},
		{
			name: "so it is when the group's notice does not name the member", site: "reside",
			notices: []group.Scope{{ID: "group", Entities: []string{"head"}}, own},
			entity:  "reside", want: []group.Applicable{{"reside", group.WhyOwn}, {"group", group.WhyGroup}},
		},
		{
			name: "a member without a notice of its own comes under the one that names it", site: "main", embed: "lifeline", notices: both,
			entity: "lifeline", want: []group.Applicable{{"group", group.WhyMember}},
		},
		{
			name: "a member that no notice names falls back to the group's", site: "main", embed: "newcomer", notices: both,
			entity: "newcomer", want: []group.Applicable{{"group", group.WhyFallback}},
		},
		{
			name: "a single controller has its one notice", site: "main",
			notices: []group.Scope{{ID: "only", Entities: []string{"head"}}},
			entity:  "head", want: []group.Applicable{{"only", group.WhyOwn}},
		},
		{
			name: "the script tag's entity stands before the site's", site: "main", embed: "reside", notices: both,
			entity: "reside", want: []group.Applicable{{"reside", group.WhyOwn}, {"group", group.WhyGroup}},
		},
		{
			name: "the address of the page stands before the script tag", site: "main", page: "lifeline", embed: "reside", notices: both,
			entity: "lifeline", want: []group.Applicable{{"group", group.WhyMember}},
		},
		{
			name: "the visitor's own answer stands before all", site: "main", page: "lifeline", embed: "lifeline", answer: "reside", notices: both,
			entity: "reside", want: []group.Applicable{{"reside", group.WhyOwn}, {"group", group.WhyGroup}},
		},
		{
			name: "an entity that the group does not have leaves the site's", site: "reside", page: "elsewhere", embed: "nobody", answer: "nowhere", notices: both,
			entity: "reside", want: []group.Applicable{{"reside", group.WhyOwn}, {"group", group.WhyGroup}},
		},
		{
			name: "who is not sure is offered every notice, the site's own first", site: "main", answer: group.NotSure, notices: both,
			entity: "head", want: []group.Applicable{{"group", group.WhyOwn}, {"reside", group.WhyMaybe}}, unsure: true,
		},
		{
			name: "not being sure does not change the entity that the page asks for", site: "main", page: "reside", answer: group.NotSure, notices: both,
			entity: "reside", want: []group.Applicable{{"reside", group.WhyOwn}, {"group", group.WhyGroup}}, unsure: true,
		},
		{
			name: "the narrowest notice comes first, and two of the group's own both apply", site: "main",
			notices: []group.Scope{groupWide, {ID: "jobs", Entities: []string{"head"}}},
			entity:  "head", want: []group.Applicable{{"jobs", group.WhyOwn}, {"group", group.WhyOwn}},
		},
		{
			name: "without any notice there is none to offer, and nothing breaks", site: "main",
			entity: "head", want: nil,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := progress()
			site, _ := g.Site(c.site)

			got := g.Applies(group.Situation{Site: site, Page: c.page, Embed: c.embed, Answer: c.answer}, c.notices)

			assert.Equal(t, c.entity, got.Entity.ID)
			assert.Equal(t, c.want, got.Notices)
			assert.Equal(t, !c.unsure, got.Sure)
		})
	}
}

func TestWhichEntitiesAreCovered(t *testing.T) {
	g := progress()
	own := []group.Scope{{ID: "reside", Entities: []string{"reside"}}}
	assert.True(t, g.Covered("reside", own), "by its own notice")
	assert.False(t, g.Covered("lifeline", own), "by nobody's")
	assert.True(t, g.Covered("lifeline", []group.Scope{{ID: "group", Entities: []string{"head"}}}), "by the group's")
}

func TestRequestsAreOfferedTheSitesEntityFirstThenTheGroups(t *testing.T) {
	g := progress()
	site, _ := g.Site("reside")
	var got []string
	for _, e := range g.RequestEntities(site) {
		got = append(got, e.ID)
	}
	assert.Equal(t, []string{"reside", "head", "lifeline", "newcomer"}, got)
	assert.Equal(t, "head", g.Entities[0].ID, "the group itself is left alone")
}

func TestWhatAMemberLacksComesFromTheGroup(t *testing.T) {
	g := progress()
	g.Entities[0].Clock, g.Entities[0].Team = "submission", "team@example.org"
	g.Entities[1].Clock, g.Entities[1].Team = "identity-and-detail", "reside@example.org"

	assert.Equal(t, "identity-and-detail", g.ClockFor(g.Entities[1]))
	assert.Equal(t, "reside@example.org", g.TeamFor(g.Entities[1]))
	assert.Equal(t, "submission", g.ClockFor(g.Entities[2]))
	assert.Equal(t, "team@example.org", g.TeamFor(g.Entities[2]))

	site := &g.Sites[0]
	assert.Equal(t, 24, g.ReceiptMonthsFor(site))
	g.ReceiptsKept = 36
	assert.Equal(t, 36, g.ReceiptMonthsFor(site))
	site.ReceiptsKept = 12
	assert.Equal(t, 12, g.ReceiptMonthsFor(site))
}
