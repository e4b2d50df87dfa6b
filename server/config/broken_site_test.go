package config_test

import "testing"

func TestASiteWithSomethingWrong(t *testing.T) {
	breakOneThing(t, []broken{
		{
			name: "a site of an entity that the group does not have",
			old:  "    entity: acme-care",
			new:  "    entity: acme-cafe",
			want: []string{`acme/group.yaml:106:13: the group has no entity "acme-cafe": want acme or acme-care`},
		},
		{
			name: "a site with the id of another",
			old:  "  - id: acme-care\n    name: Acme Care\n",
			new:  "  - id: acme\n    name: Acme Care\n",
			want: []string{`acme/group.yaml:104:9: the site "acme" exists already, in acme/group.yaml: its id is its address, so give one of them another`},
		},
		{
			name: "a site with an address of the server",
			old:  "  - id: acme-care\n    name: Acme Care\n",
			new:  "  - id: api\n    name: Acme Care\n",
			want: []string{`acme/group.yaml:104:9: "api" is an address of the server itself: choose another id`},
		},
		{
			name: "receipts that a site keeps for ever",
			old:  `    origins: ["http://127.0.0.1:8090"]`,
			new:  "    receipts_kept: 121\n    origins: [\"http://127.0.0.1:8090\"]",
			want: []string{"acme/group.yaml:108:20: receipts_kept is 121 months: want 1 to 120"},
		},
		{
			name: "no origin",
			old:  `origins: ["http://127.0.0.1:8090"]`,
			new:  "origins: []",
			want: []string{"acme/group.yaml:108:14: the site has no origin: list the addresses that may embed it, such as https://www.example.org"},
		},
		{
			name: "an origin with a path",
			old:  "      - https://shop.acme.example",
			new:  "      - https://shop.acme.example/",
			want: []string{`acme/group.yaml:60:9: "https://shop.acme.example/" is more than an origin: want only "https://shop.acme.example"`},
		},
		{
			name: "an origin with a wildcard",
			old:  "      - https://shop.acme.example",
			new:  "      - https://*.acme.example",
			want: []string{`acme/group.yaml:60:9: "https://*.acme.example" is not an origin: wildcards are not allowed, so list each origin`},
		},
		{
			name: "an origin without a scheme",
			old:  "      - https://shop.acme.example",
			new:  "      - shop.acme.example",
			want: []string{`acme/group.yaml:60:9: "shop.acme.example" is not an origin: want scheme, host and perhaps port, such as https://www.example.org`},
		},
		{
			name: "an origin that is not safe",
			old:  "      - https://shop.acme.example",
			new:  "      - http://shop.acme.example",
			want: []string{`acme/group.yaml:60:9: "http://shop.acme.example" is not safe: want https (http is for 127.0.0.1 and localhost only)`},
		},
		{
			name: "an origin that is no web page",
			old:  "      - https://shop.acme.example",
			new:  "      - ftp://shop.acme.example",
			want: []string{`acme/group.yaml:60:9: "ftp://shop.acme.example" is not an origin that can be used: want https`},
		},
		{
			name: "an origin with the port that goes without saying",
			old:  "      - https://shop.acme.example",
			new:  "      - https://shop.acme.example:443",
			want: []string{`acme/group.yaml:60:9: "https://shop.acme.example:443" is not how browsers write this origin: want "https://shop.acme.example"`},
		},
		{
			name: "an origin in capitals",
			old:  "      - https://shop.acme.example",
			new:  "      - https://Shop.acme.example",
			want: []string{`acme/group.yaml:60:9: "https://Shop.acme.example" is not how browsers write this origin: want "https://shop.acme.example"`},
		},
		{
			name: "an origin that is listed twice",
			old:  "      - https://shop.acme.example",
			new:  "      - https://www.acme.example",
			want: []string{"acme/group.yaml:60:9: https://www.acme.example is listed already: keep one"},
		},
		{
			name: "a front page on another origin",
			old:  "home: https://www.acme.example/",
			new:  "home: https://acme.example/",
			want: []string{`acme/group.yaml:57:11: "https://acme.example/" is on none of the site's origins: add https://acme.example to them, or correct it`},
		},
		{
			name: "a front page with a fragment",
			old:  "home: https://www.acme.example/",
			new:  "home: https://www.acme.example/#top",
			want: []string{`acme/group.yaml:57:11: "https://www.acme.example/#top" is not the address of a front page: want one such as https://www.example.org/`},
		},
		{
			name: "a front page that the cookie does not reach",
			old:  "home: http://127.0.0.1:8090/care/",
			new:  "home: http://127.0.0.1:8090/homes/",
			want: []string{`acme/group.yaml:107:11: "http://127.0.0.1:8090/homes/" is outside /care/, the path of the consent cookie: the choice would be lost there`},
		},
		{
			name: "a language without a catalogue",
			old:  "languages: [en-GB, cy]",
			new:  "languages: [en-GB, cy, fr]",
			want: []string{`acme/group.yaml:61:28: there is no catalogue for the language "fr": want en-GB or cy`},
		},
		{
			name: "a language that is listed twice",
			old:  "languages: [en-GB, cy]",
			new:  "languages: [en-GB, cy, en-GB]",
			want: []string{"acme/group.yaml:61:28: en-GB is listed already: keep one"},
		},
		{
			name: "a choice remembered for too long",
			old:  "months: 12",
			new:  "months: 13",
			want: []string{"acme/group.yaml:69:15: a choice can't be remembered for 13 months: want 6 to 12, the same for yes and no"},
		},
		{
			name: "a choice remembered for too short a time",
			old:  "months: 12",
			new:  "months: 0",
			want: []string{"acme/group.yaml:69:15: a choice can't be remembered for 0 months: want 6 to 12, the same for yes and no"},
		},
		{
			name: "a cookie path that is none",
			old:  "      path: /\n",
			new:  "      path: homes\n",
			want: []string{`acme/group.yaml:70:13: "homes" is not a path: want one that begins with /, such as /homes/`},
		},
		{
			name: "two sites whose cookies would meet",
			old:  "      - https://shop.acme.example",
			new:  "      - http://127.0.0.1:8090",
			want: []string{"acme/group.yaml:111:20: the sites acme and acme-care share http://127.0.0.1:8090, and their choices would overwrite one another: give each a cookie path of its own, such as /acme-care/"},
		},
	})
}

func TestAThemeWithSomethingWrong(t *testing.T) {
	breakOneThing(t, []broken{
		{
			name: "a colour that is missing",
			old:  "      text: \"#222222\"\n",
			new:  "",
			want: []string{"acme/group.yaml:63:7: text is missing: add it"},
		},
		{
			name: "a colour by name",
			old:  `text: "#222222"`,
			new:  "text: black",
			want: []string{`acme/group.yaml:66:13: "black" is not a colour: want # and six hexadecimal digits in quotes, such as "#1d3f72"`},
		},
		{
			name: "words on a button that can't be read",
			old:  "      on_brand: \"#ffffff\"\n      surface: \"#fafafa\"",
			new:  "      on_brand: \"#7f8fb0\"\n      surface: \"#fafafa\"",
			want: []string{"acme/group.yaml:64:17: on_brand on brand has a contrast of 3.21 to 1: want at least 4.5, so make one of #7f8fb0 and #1d3f72 darker or lighter"},
		},
		{
			name: "text that can't be read",
			old:  `text: "#222222"`,
			new:  `text: "#777777"`,
			want: []string{"acme/group.yaml:66:13: text on surface has a contrast of 4.29 to 1: want at least 4.5, so make one of #777777 and #fafafa darker or lighter"},
		},
		{
			name: "links that can't be read",
			old:  `{brand: "#00645c"`,
			new:  `{brand: "#33ccbb"`,
			want: []string{
				"acme/group.yaml:110:20: brand on surface has a contrast of 2.00 to 1: want at least 4.5, so make one of #33ccbb and #ffffff darker or lighter",
				"acme/group.yaml:110:41: on_brand on brand has a contrast of 2.00 to 1: want at least 4.5, so make one of #ffffff and #33ccbb darker or lighter",
			},
		},
		{
			name: "a corner that there is not",
			old:  "position: left",
			new:  "position: top",
			want: []string{`acme/group.yaml:67:17: "top" is not a place for the Privacy control: want left or right`},
		},
		{
			name: "a nonce from nowhere",
			old:  "    languages: [en-GB, cy]\n", new: "    nonce: page\n    languages: [en-GB, cy]\n",
			want: []string{`acme/group.yaml:61:12: "page" says nothing about nonces: want own or inherit`},
		},
	})
}

func TestATechnologyWithSomethingWrong(t *testing.T) {
	breakOneThing(t, []broken{
		{
			name: "no kind",
			old:  "        kind: embed\n",
			new:  "",
			want: []string{"acme/group.yaml:93:9: kind is missing: add it"},
		},
		{
			name: "no provider",
			old:  "        provider: Clipview\n",
			new:  "",
			want: []string{"acme/group.yaml:93:9: provider is missing: add it"},
		},
		{
			name: "no duration",
			old:  "        duration: session\n",
			new:  "",
			want: []string{"acme/group.yaml:93:9: duration is missing: add it"},
		},
		{
			name: "no text about it in a language of the site",
			old:  "{en-GB: Plays our videos., cy: Yn chwarae ein fideos.}",
			new:  "{en-GB: Plays our videos.}",
			want: []string{"acme/group.yaml:99:16: what Clipview player does is missing in cy, a language of the site acme: add it"},
		},
		{
			name: "a kind that there is not",
			old:  "kind: embed",
			new:  "kind: plugin",
			want: []string{`acme/group.yaml:94:15: "plugin" is not a kind of technology: want cookie, storage, script or embed`},
		},
		{
			name: "a purpose that the group does not have",
			old:  "purpose: marketing",
			new:  "purpose: adverts",
			want: []string{`acme/group.yaml:96:18: the group has no purpose "adverts": want necessary, visits or marketing, or add it under purposes`},
		},
		{
			name: "a basis that there is not",
			old:  "basis: consent",
			new:  "basis: legitimate-interest",
			want: []string{`acme/group.yaml:97:16: "legitimate-interest" is not a basis: want essential, statistics-exempt, appearance-exempt or consent`},
		},
		{
			name: "a duration in words",
			old:  "duration: session",
			new:  "duration: 13 months",
			want: []string{`acme/group.yaml:98:19: "13 months" does not say how long: want session, or an ISO 8601 period such as P13M or PT30M`},
		},
		{
			name: "a duration of nothing",
			old:  "duration: session",
			new:  "duration: P0D",
			want: []string{`acme/group.yaml:98:19: "P0D" does not say how long: want session, or an ISO 8601 period such as P13M or PT30M`},
		},
		{
			name: "a host that is not an origin",
			old:  "https://player.clipview.example",
			new:  "player.clipview.example",
			want: []string{`acme/group.yaml:101:13: "player.clipview.example" is not an origin: want scheme, host and perhaps port, such as https://www.example.org`},
		},
		{
			name: "an exemption that nobody decided on",
			old:  "        decision:\n          by: Data Protection Officer\n          date: 2026-10-05\n          why: Only totals, on our own server.\n          terms: None, because we host it ourselves; its licence of 2026-09-01 was read.\n",
			new:  "",
			want: []string{"acme/group.yaml:83:16: the exemption statistics-exempt needs a decision: add decision with by, date, why and terms"},
		},
		{
			name: "a decision without a reason",
			old:  "          why: Only totals, on our own server.\n          terms: None, because we host it ourselves; its licence of 2026-09-01 was read.\n",
			new:  "",
			want: []string{"acme/group.yaml:87:11: why is missing: add it"},
		},
		{
			name: "a decision that is still to be made",
			old:  "date: 2026-10-05",
			new:  "date: 2027-01-01",
			want: []string{"acme/group.yaml:88:17: the decision of 2027-01-01 is still to come: an exemption can be used once it is made"},
		},
		{
			name: "an exemption for marketing",
			old:  "basis: consent",
			new:  "basis: statistics-exempt",
			want: []string{"acme/group.yaml:97:16: no exemption covers marketing: want consent"},
		},
		{
			name: "something necessary that can be refused",
			old:  "        purpose: necessary\n        basis: essential\n        duration: P12M\n        about: {en-GB: Remembers your choice., cy",
			new:  "        purpose: necessary\n        basis: consent\n        duration: P12M\n        about: {en-GB: Remembers your choice., cy",
			want: []string{"acme/group.yaml:76:16: what is called necessary can't be a matter of choice: want essential, or another purpose"},
		},
		{
			name: "one purpose with two bases",
			old:  "purpose: marketing\n        basis: consent",
			new:  "purpose: visits\n        basis: consent",
			want: []string{"acme/group.yaml:97:16: visits has the basis consent here and statistics-exempt at _pk_id.*: a purpose has one basis on a site, so give one of the two another purpose"},
		},
		{
			name: "the same cookie twice",
			old:  "      - name: _pk_id.*\n        kind: cookie\n        provider: Acme Homes\n        purpose: visits",
			new:  "      - name: latchkey\n        kind: cookie\n        provider: Acme Homes\n        purpose: necessary",
			want: []string{
				`acme/group.yaml:79:15: the cookie "latchkey" is declared for necessary already: keep one`,
				"acme/group.yaml:83:16: necessary has the basis statistics-exempt here and essential at latchkey: a purpose has one basis on a site, so give one of the two another purpose",
				"acme/group.yaml:83:16: what is called necessary can't be a matter of choice: want essential, or another purpose",
			},
		},
	})
}
