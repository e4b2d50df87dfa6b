package config_test

import "testing"

func TestAFileThatCantBeRead(t *testing.T) {
	breakOneThing(t, []broken{
		{
			name: "a line that is not YAML",
			old:  "name: Acme Homes\nregulator",
			new:  "name: \"Acme Homes\nregulator",
			want: []string{"acme/group.yaml:64:7: the file is not YAML here: value is not allowed in this context. map key-value is pre-defined. Look at this line and the one before: keys that belong together begin in the same column, and a text that holds a colon, a quotation mark or # stands in quotes"},
		},
		{
			name: "a tab",
			old:  "  phone: 0303",
			new:  "\tphone: 0303",
			want: []string{"acme/group.yaml:6:1: the file is not YAML here: found character '\t' that cannot start any token. Indent with spaces, and not with tabs"},
		},
		{
			name: "a colour without quotes, between brackets",
			old:  "  name: Information Commissioner's Office\n",
			new:  "  name: {en: #5b2a86}\n",
			want: []string{"acme/group.yaml:9:1: the file is not YAML here: ',' or '}' must be specified. Close every bracket that was opened above, and put quotes there round a text that holds a comma, a colon or #"},
		},
		{
			name: "an address with a port, between brackets and without quotes",
			old:  "regulator:\n",
			new:  "providers: [{name: Them, role: processor, address: 1 Street, contact: a@b.example, stored_in: [http://127.0.0.1:8096]}]\nregulator:\n",
			want: []string{"acme/group.yaml:4:96: this item: want one text here, and neither keys nor a list. Put quotes round an address with a port",
				"acme/group.yaml:39:1: providers stands here a second time: it is on line 4 already, so keep one of the two"},
		},
		{
			name: "a key with one letter too many",
			old:  "receipts_kept: 24",
			new:  "receipts_kept: 24\nregullator: {}",
			want: []string{`acme/group.yaml:53:1: "regullator" is not a key here: did you mean regulator?`},
		},
		{
			name: "a key with two letters that changed places",
			old:  "receipts_kept: 24",
			new:  "receipts_kept: 24\npurpsoes: []",
			want: []string{`acme/group.yaml:53:1: "purpsoes" is not a key here: did you mean purposes?`},
		},
		{
			name: "a key that nobody knows",
			old:  "receipts_kept: 24",
			new:  "receipts_kept: 24\ncolour: blue",
			want: []string{`acme/group.yaml:53:1: "colour" is not a key here: want entities, extra_holidays, id, name, providers, purge_share, purposes, receipts_kept, regulator, requests, requests_kept or sites`},
		},
		{
			name: "a key with a slip in it",
			old:  "      on_brand: \"#ffffff\"\n      surface: \"#fafafa\"",
			new:  "      onBrand: \"#ffffff\"\n      surface: \"#fafafa\"",
			want: []string{
				"acme/group.yaml:63:7: on_brand is missing: add it",
				`acme/group.yaml:64:7: "onBrand" is not a key here: did you mean on_brand?`,
			},
		},
		{
			name: "a key that stands twice",
			old:  "receipts_kept: 24",
			new:  "receipts_kept: 24\nname: Acme",
			want: []string{"acme/group.yaml:53:1: name stands here a second time: it is on line 3 already, so keep one of the two"},
		},
		{
			name: "a key without a value",
			old:  "  phone: 0303 123 1113",
			new:  "  phone:",
			want: []string{"acme/group.yaml:6:9: phone has no value: give it one, or delete the line"},
		},
		{
			name: "an empty text",
			old:  "  phone: 0303 123 1113",
			new:  `  phone: ""`,
			want: []string{"acme/group.yaml:6:10: phone is empty: give it a text, or delete the line"},
		},
		{
			name: "a text where a list belongs",
			old:  "    languages: [en-GB, cy]",
			new:  "    languages: en-GB",
			want: []string{"acme/group.yaml:61:16: languages: want a list here, each item on its own line after a hyphen"},
		},
		{
			name: "a list where keys belong",
			old:  "requests:\n  stairs_from: 2027-04-01\n  shortcuts:\n    - en-GB: A copy of a letter\n      cy: Copi o lythyr",
			new:  "requests: [stairs]",
			want: []string{"acme/group.yaml:44:11: requests: want keys with values here, each on its own line and indented"},
		},
		{
			name: "a switch where a text belongs",
			old:  "name: Acme Homes\nregulator",
			new:  "name: true\nregulator",
			want: []string{"acme/group.yaml:3:7: name: want a text; put quotes round it if it is one"},
		},
		{
			name: "words where a number belongs",
			old:  "receipts_kept: 24",
			new:  "receipts_kept: two years",
			want: []string{"acme/group.yaml:52:16: receipts_kept: want a whole number"},
		},
		{
			name: "an alias",
			old:  "    team: rights@acme.example",
			new:  "    team: &team rights@acme.example",
			want: []string{"acme/group.yaml:31:11: team: &anchors, *aliases and !tags are not read here: write the value out"},
		},
		{
			name: "a second document",
			old:  "receipts_kept: 24",
			new:  "receipts_kept: 24\n---\nid: other",
			want: []string{"acme/group.yaml:54:1: a second document begins here: put everything into one, and delete the line of three hyphens"},
		},
	})
}

func TestAGroupWithSomethingWrong(t *testing.T) {
	breakOneThing(t, []broken{
		{
			name: "no id",
			old:  "id: acme\nname: Acme Homes\nregulator",
			new:  "name: Acme Homes\nregulator",
			want: []string{"acme/group.yaml:1:1: id is missing: add it"},
		},
		{
			name: "an id that is not one",
			old:  "id: acme\nname: Acme Homes\nregulator",
			new:  "id: Acme Homes\nname: Acme Homes\nregulator",
			want: []string{`acme/group.yaml:2:5: "Acme Homes" can't be an id: want lower-case letters, digits and inner hyphens, starting with a letter, at most 40`},
		},
		{
			name: "no regulator's name",
			old:  "  name: Information Commissioner's Office\n",
			new:  "",
			want: []string{"acme/group.yaml:5:3: name is missing: add it"},
		},
		{
			name: "no day of the last check",
			old:  "  checked: 2026-11-23\n",
			new:  "",
			want: []string{"acme/group.yaml:5:3: checked is missing: add it"},
		},
		{
			name: "a day that does not exist",
			old:  "checked: 2026-11-23",
			new:  "checked: 2026-02-30",
			want: []string{`acme/group.yaml:8:12: "2026-02-30" is not a day: want year, month and day, such as 2026-11-23`},
		},
		{
			name: "a check that is still to come",
			old:  "checked: 2026-11-23",
			new:  "checked: 2026-11-24",
			want: []string{"acme/group.yaml:8:12: checked is 2026-11-24, which is still to come: want the day on which somebody last looked"},
		},
		{
			name: "an address without https",
			old:  "web: https://ico.org.uk",
			new:  "web: ico.org.uk",
			want: []string{`acme/group.yaml:7:8: "ico.org.uk" is not a web address: want one that begins with https://`},
		},
		{
			name: "receipts that are kept for no time",
			old:  "receipts_kept: 24",
			new:  "receipts_kept: 0",
			want: []string{"acme/group.yaml:52:16: receipts_kept is 0 months: want 1 to 120"},
		},
		{
			name: "a purge of more than all",
			old:  "receipts_kept: 24",
			new:  "receipts_kept: 24\npurge_share: 101",
			want: []string{"acme/group.yaml:53:14: purge_share is 101 percent: want 1 to 100"},
		},
		{
			name: "a holiday on no day",
			old:  "2027-06-04",
			new:  "4 June 2027",
			want: []string{`acme/group.yaml:50:11: "4 June 2027" is not a day: want year, month and day, such as 2026-11-23`},
		},
		{
			name: "a holiday that is listed twice",
			old:  "    name: A proclaimed day",
			new:  "    name: A proclaimed day\n  - date: 2027-06-04\n    name: The same",
			want: []string{"acme/group.yaml:52:11: the day 2027-06-04 is listed already: keep one"},
		},
		{
			name: "a day for STAIRs that is none",
			old:  "stairs_from: 2027-04-01",
			new:  "stairs_from: April",
			want: []string{`acme/group.yaml:45:16: "April" is not a day: want year, month and day, such as 2026-11-23`},
		},
		{
			name: "a shortcut that lacks a language",
			old:  "\n      cy: Copi o lythyr",
			new:  "",
			want: []string{"acme/group.yaml:47:7: this shortcut is missing in cy, a language of the site acme: add it"},
		},
		{
			name: "a language without a catalogue",
			old:  "      cy: Copi o lythyr",
			new:  "      cy: Copi o lythyr\n      fr: Une copie",
			want: []string{`acme/group.yaml:49:7: there is no catalogue for the language "fr": want en-GB or cy`},
		},
	})
}

func TestAnEntityWithSomethingWrong(t *testing.T) {
	breakOneThing(t, []broken{
		{
			name: "an entity without a name",
			old:  "    name: Acme Care Limited\n",
			new:  "",
			want: []string{"acme/group.yaml:32:5: name is missing: add it"},
		},
		{
			name: "an entity that stands twice",
			old:  "  - id: acme-care\n    name: Acme Care Limited",
			new:  "  - id: acme\n    name: Acme Care Limited",
			want: []string{
				`acme/group.yaml:32:9: the entity "acme" exists already: give one of them another id`,
				`acme/group.yaml:106:13: the group has no entity "acme-care": want acme`,
				`acme/notices/acme.cy.md:8:18: the group has no entity "acme-care": want acme`,
				`acme/notices/acme.en-GB.md:8:18: the group has no entity "acme-care": want acme`,
			},
		},
		{
			name: "an id that the request form uses",
			old:  "  - id: acme-care\n    name: Acme Care Limited",
			new:  "  - id: not-sure\n    name: Acme Care Limited",
			want: []string{
				`acme/group.yaml:32:9: the id "not-sure" means something else in the request form: choose another`,
				`acme/group.yaml:106:13: the group has no entity "acme-care": want acme or not-sure`,
				`acme/notices/acme.cy.md:8:18: the group has no entity "acme-care": want acme or not-sure`,
				`acme/notices/acme.en-GB.md:8:18: the group has no entity "acme-care": want acme or not-sure`,
			},
		},
		{
			name: "an ICO number that is none",
			old:  "ico: ZA654321",
			new:  "ico: number 654321",
			want: []string{`acme/group.yaml:34:10: "number 654321" is not an ICO registration number: want capital letters and digits, such as ZA123456`},
		},
		{
			name: "a registration without its body",
			old:  "      - body: Care Quality Commission\n        number: 1-101",
			new:  "      - number: 1-101",
			want: []string{"acme/group.yaml:36:9: body is missing: add it"},
		},
		{
			name: "an e-mail address that is none",
			old:  "email: dpo@acme.example",
			new:  "email: dpo at acme",
			want: []string{`acme/group.yaml:29:14: "dpo at acme" is not an e-mail address: want one such as rights@example.org`},
		},
		{
			name: "an e-mail address with a name",
			old:  "team: rights@acme.example",
			new:  "team: Rights <rights@acme.example>",
			want: []string{`acme/group.yaml:31:11: "Rights <rights@acme.example>" is not an e-mail address: want one such as rights@example.org`},
		},
		{
			name: "an e-mail address that no mail can be sent to",
			old:  "team: rights@acme.example",
			new:  "team: rights@acme_homes.example",
			want: []string{`acme/group.yaml:31:11: "rights@acme_homes.example" is not an e-mail address: want one such as rights@example.org`},
		},
		{
			name: "a contact with nothing in it",
			old:  "    registrations:\n",
			new:  "    contact: {}\n    registrations:\n",
			want: []string{"acme/group.yaml:35:14: contact holds nothing to turn to: add a phone number, an address or an e-mail address, or delete it"},
		},
		{
			name: "a clock that no rule goes by",
			old:  "clock: submission",
			new:  "clock: receipt",
			want: []string{`acme/group.yaml:30:12: "receipt" does not say when the response month starts: want submission, written-and-identity or identity-and-detail`},
		},
		{
			name: "a group that nobody can turn to",
			old:  "    contact:\n      phone: 01632 960000\n      email: hello@acme.example\n      web: https://acme.example/contact\n",
			new:  "",
			want: []string{"acme/group.yaml:20:5: the group's first entity has no contact: add a phone number, an address or an e-mail address that people can turn to"},
		},
		{
			name: "a group whose requests go nowhere",
			old:  "    team: rights@acme.example\n",
			new:  "",
			want: []string{"acme/group.yaml:20:5: the group's first entity has no team: add the e-mail address that requests are sent to"},
		},
		{
			name: "a group without a clock",
			old:  "    clock: submission\n",
			new:  "",
			want: []string{"acme/group.yaml:20:5: the group's first entity has no clock: say when the response month starts, with submission, written-and-identity or identity-and-detail"},
		},
	})
}

func TestAPurposeWithSomethingWrong(t *testing.T) {
	breakOneThing(t, []broken{
		{
			name: "a purpose that stands twice",
			old:  "  - id: visits\n",
			new:  "  - id: marketing\n",
			want: []string{
				`acme/group.yaml:16:9: the purpose "marketing" exists already: give one of them another id`,
				`acme/group.yaml:82:18: the group has no purpose "visits": want necessary or marketing, or add it under purposes`,
			},
		},
		{
			name: "a purpose with a name that can't be in a page",
			old:  "  - id: visits\n",
			new:  "  - id: Visits!\n",
			want: []string{
				`acme/group.yaml:13:9: "Visits!" can't be a purpose: want lower-case letters, digits and inner hyphens, starting with a letter, at most 24`,
				`acme/group.yaml:82:18: the group has no purpose "visits": want necessary, Visits! or marketing, or add it under purposes`,
			},
		},
		{
			name: "a purpose without a name in a language of a site",
			old:  "{en-GB: Counting visits, cy: Cyfrif ymweliadau}",
			new:  "{en-GB: Counting visits}",
			want: []string{"acme/group.yaml:14:11: the name of the purpose visits is missing in cy, a language of the site acme: add it"},
		},
		{
			name: "a purpose without a text about it",
			old:  "    about: {en-GB: Videos of other companies., cy: Fideos cwmnïau eraill.}\n",
			new:  "",
			want: []string{
				"acme/group.yaml:16:5: the text about the purpose marketing is missing in cy, a language of the site acme: add it",
				"acme/group.yaml:16:5: the text about the purpose marketing is missing in en-GB, a language of the site acme: add it",
			},
		},
	})
}
