package config_test

import "testing"

func TestNothingCanSteerPeopleTowardsAYes(t *testing.T) {
	breakOneThing(t, []broken{
		{
			name: "a purpose that is on by default",
			old:  "  - id: marketing\n",
			new:  "  - id: marketing\n    default_on: true\n",
			want: []string{`acme/group.yaml:17:5: "default_on": nothing may be switched on for people before they choose. Delete this key: every purpose starts off, except those that the law exempts`},
		},
		{
			name: "a technology that is ticked",
			old:  "        kind: embed\n",
			new:  "        kind: embed\n        checked: true\n",
			want: []string{`acme/group.yaml:95:9: "checked": nothing may be switched on for people before they choose. Delete this key: every purpose starts off, except those that the law exempts`},
		},
		{
			name: "a Reject that is hidden",
			old:  "    cookie: {path: /care/}",
			new:  "    cookie: {path: /care/}\n    hide_reject: true",
			want: []string{`acme/group.yaml:112:5: "hide_reject": Reject has to stay on the first layer, as easy to use as Accept. Delete this key: it can't be hidden, moved or made smaller`},
		},
		{
			name: "an Accept with other words",
			old:  "      position: left",
			new:  "      position: left\n      accept_label: Great!",
			want: []string{`acme/group.yaml:68:7: "accept_label": the words and the look of Accept and Reject are the same everywhere, so that nobody is steered. Delete this key: they can't be changed`},
		},
		{
			name: "a wall",
			old:  "receipts_kept: 24",
			new:  "receipts_kept: 24\ncookie_wall: true",
			want: []string{`acme/group.yaml:53:1: "cookie_wall": a website may not be closed to people who refuse. Delete this key: there is no cookie wall`},
		},
		{
			name: "Accept reworded",
			file: "locales/en-GB.yaml",
			old:  "banner.notice: How we use information about you",
			new:  "banner.accept: Yes, of course",
			want: []string{"acme/locales/en-GB.yaml:2:1: banner.accept can't be changed: the words for choosing, accepting and refusing are the same on every website, so that nobody is steered. Delete this line"},
		},
		{
			name: "Reject reworded",
			file: "locales/en-GB.yaml",
			old:  "banner.notice: How we use information about you",
			new:  "banner.reject: Maybe later",
			want: []string{"acme/locales/en-GB.yaml:2:1: banner.reject can't be changed: the words for choosing, accepting and refusing are the same on every website, so that nobody is steered. Delete this line"},
		},
		{
			name: "Choose reworded",
			file: "locales/cy.yaml",
			old:  "banner.notice",
			new:  "banner.choose",
			want: []string{"acme/locales/cy.yaml:1:1: banner.choose can't be changed: the words for choosing, accepting and refusing are the same on every website, so that nobody is steered. Delete this line"},
		},
		{
			name: "the switch of a purpose reworded",
			file: "locales/en-GB.yaml",
			old:  "banner.notice: How we use information about you",
			new:  `"preferences.allow": "Keep {purpose}"`,
			want: []string{"acme/locales/en-GB.yaml:2:1: preferences.allow can't be changed: the words for choosing, accepting and refusing are the same on every website, so that nobody is steered. Delete this line"},
		},
	})
}

func TestAWordingWithSomethingWrong(t *testing.T) {
	breakOneThing(t, []broken{
		{
			name: "a text that there is not",
			file: "locales/en-GB.yaml",
			old:  "home.title: Privacy at {site}",
			new:  "home.titel: Privacy at {site}",
			want: []string{`acme/locales/en-GB.yaml:3:1: there is no text with the key "home.titel": look it up in the catalogue, or delete this line`},
		},
		{
			name: "a placeholder that is missing",
			file: "locales/en-GB.yaml",
			old:  "Privacy at {site}",
			new:  "Privacy",
			want: []string{"acme/locales/en-GB.yaml:3:13: this text must hold {site} and nothing else in braces: it stands for what is filled in"},
		},
		{
			name: "a placeholder too many",
			file: "locales/en-GB.yaml",
			old:  "How we use information about you",
			new:  "How {entity} uses information",
			want: []string{"acme/locales/en-GB.yaml:2:16: this text has no place for {entity}: delete it"},
		},
		{
			name: "a text that has a form for each number",
			file: "locales/en-GB.yaml",
			old:  "home.title: Privacy at {site}",
			new:  "preferences.months: For {n} months",
			want: []string{"acme/locales/en-GB.yaml:3:1: preferences.months has a form for each number, so it can't be changed here: delete this line"},
		},
		{
			name: "a text that stands twice",
			file: "locales/en-GB.yaml",
			old:  "home.title: Privacy at {site}",
			new:  "banner.notice: Privacy",
			want: []string{"acme/locales/en-GB.yaml:3:1: banner.notice stands here a second time: it is on line 2 already, so keep one of the two"},
		},
		{
			name: "keys that are nested",
			file: "locales/cy.yaml",
			old:  "banner.notice: Sut",
			new:  "banner:\n  notice: Sut",
			want: []string{"acme/locales/cy.yaml:2:3: banner: want one text here, and neither keys nor a list"},
		},
	})
}

func TestANoticeWithSomethingWrong(t *testing.T) {
	breakOneThing(t, []broken{
		{
			name: "a notice of an entity that the group does not have",
			file: "notices/acme.en-GB.md",
			old:  "[acme, acme-care]",
			new:  "\n  - acme\n  - acme-care\n  - acme-cars",
			want: []string{
				"acme/notices/acme.en-GB.md:9:5: the notice acme covers other entities here than in acme/notices/acme.cy.md: one version covers the same in every language",
				`acme/notices/acme.en-GB.md:11:5: the group has no entity "acme-cars": want acme or acme-care`,
			},
		},
		{
			name: "a notice in a language without a catalogue",
			file: "notices/acme.cy.md",
			old:  "language: cy",
			new:  "language: fr",
			want: []string{`acme/notices/acme.cy.md:6:11: there is no catalogue for the language "fr": want en-GB or cy`},
		},
		{
			name: "a version that stands twice",
			file: "notices/acme.cy.md",
			old:  "language: cy",
			new:  "language: en-GB",
			want: []string{"acme/notices/acme.en-GB.md:3:10: version 2026-10-01 of the notice acme in en-GB exists already, in acme/notices/acme.cy.md: give the newer one a version of its own"},
		},
		{
			name: "something wrong in the notice itself",
			file: "notices/acme.en-GB.md",
			old:  "## Complaints",
			new:  "# Complaints",
			want: []string{"acme/notices/acme.en-GB.md:15:1: a heading begins with ## for a section, or ### inside one; the notice's own title stands in the front matter"},
		},
	})
}
