package config_test

import (
	"cmp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/server/config"
)

// warned is the sound folder with one thing changed in it that is worth a look.
type warned struct {
	name     string
	old, new string
	want     []string // all the warnings that this makes
}

func warnOfOneThing(t *testing.T, cases []warned) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			files := copyOf(t, soundDir)
			edit(t, files, "group.yaml", cmp.Or(c.old, "receipts_kept: 24\n"), cmp.Or(c.new, "receipts_kept: 24\n"))
			got, err := config.LoadFS(files, "acme", today)
			require.NoError(t, err)
			assert.Equal(t, append([]string{}, c.want...), texts(got.Warnings))
		})
	}
}

const (
	path = "      path: /\n" // the end of what the first site says of its cookie, on line 70
	shop = "      - https://www.acme.example\n      - https://shop.acme.example\n"
)

func TestACookieDomainWithSomethingWrong(t *testing.T) {
	domain := func(s string) string { return path + "      domain: " + s + "\n" }
	breakOneThing(t, []broken{
		{
			name: "a public suffix",
			old:  path, new: domain("co.uk"),
			want: []string{`acme/group.yaml:71:15: "co.uk" is a public suffix, under which anybody can have a website, so browsers take no cookie for all of it: want the site's own domain`},
		},
		{
			name: "the public suffix of charities",
			old:  path, new: domain("org.uk"),
			want: []string{`acme/group.yaml:71:15: "org.uk" is a public suffix, under which anybody can have a website, so browsers take no cookie for all of it: want the site's own domain`},
		},
		{
			name: "a public suffix of a company",
			old:  path, new: domain("github.io"),
			want: []string{`acme/group.yaml:71:15: "github.io" is a public suffix, under which anybody can have a website, so browsers take no cookie for all of it: want the site's own domain`},
		},
		{
			name: "a top-level domain, with the domain that was meant",
			old:  path, new: domain("example"),
			want: []string{`acme/group.yaml:71:15: "example" is a public suffix, under which anybody can have a website, so browsers take no cookie for all of it: want the site's own domain, "acme.example"`},
		},
		{
			name: "an address",
			old:  path, new: domain("https://acme.example/"),
			want: []string{`acme/group.yaml:71:15: "https://acme.example/" is an address and not a domain: want only "acme.example"`},
		},
		{
			name: "a port",
			old:  path, new: domain("acme.example:8443"),
			want: []string{`acme/group.yaml:71:15: "acme.example:8443" is more than a domain: want only "acme.example"`},
		},
		{
			name: "a dot in front",
			old:  path, new: domain(".acme.example"),
			want: []string{`acme/group.yaml:71:15: ".acme.example" begins with a dot, which browsers drop: want "acme.example"`},
		},
		{
			name: "capitals",
			old:  path, new: domain("Acme.example"),
			want: []string{`acme/group.yaml:71:15: "Acme.example" is not how browsers write this domain: want "acme.example"`},
		},
		{
			name: "an IP address",
			old:  path, new: domain("127.0.0.1"),
			want: []string{`acme/group.yaml:71:15: "127.0.0.1" is an IP address, which has no subdomains: delete this line, and the cookie belongs to the very host`},
		},
		{
			name: "an IP address of version 6",
			old:  path, new: domain(`"[::1]"`),
			want: []string{`acme/group.yaml:71:15: "[::1]" is an IP address, which has no subdomains: delete this line, and the cookie belongs to the very host`},
		},
		{
			name: "the machine itself",
			old:  path, new: domain("localhost"),
			want: []string{`acme/group.yaml:71:15: "localhost" is this machine, where browsers share no cookie among hosts: delete this line`},
		},
		{
			name: "an international name as it is read",
			old:  path, new: domain("tŷ.example"),
			want: []string{`acme/group.yaml:71:15: "tŷ.example" can't be a domain: want letters, digits, hyphens and dots (an international name in its xn-- form)`},
		},
		{
			name: "an origin outside",
			old:  path, new: domain("www.acme.example"),
			want: []string{"acme/group.yaml:71:15: a cookie of www.acme.example does not reach https://shop.acme.example, an origin of the site: no choice could be kept there. Delete this line, or make a site of its own of that origin"},
		},
		{
			name: "origins whose names only end alike",
			old:  path, new: domain("me.example"),
			want: []string{
				"acme/group.yaml:71:15: a cookie of me.example does not reach https://shop.acme.example, an origin of the site: no choice could be kept there. Delete this line, or make a site of its own of that origin",
				"acme/group.yaml:71:15: a cookie of me.example does not reach https://www.acme.example, an origin of the site: no choice could be kept there. Delete this line, or make a site of its own of that origin",
			},
		},
	})
}

func TestACookieDomainThatIsSound(t *testing.T) {
	warnOfOneThing(t, []warned{
		{name: "the domain of all origins", old: path, new: path + "      domain: acme.example\n"},
	})
	for domain, host := range map[string]string{"acme.org.uk": "www.acme.org.uk", "acme.github.io": "acme.github.io", "acme.co.uk": "shop.acme.co.uk"} {
		files := copyOf(t, soundDir)
		edit(t, files, "group.yaml", shop, "      - https://"+host+"\n")
		edit(t, files, "group.yaml", "home: https://www.acme.example/", "home: https://"+host+"/")
		edit(t, files, "group.yaml", path, path+"      domain: "+domain+"\n")
		_, err := config.LoadFS(files, "acme", today)
		assert.NoError(t, err, domain)
	}
}

func TestCookiesOfTwoSitesThatWouldMeet(t *testing.T) {
	apart := ", where it would be taken for that site's own: make them one site with the origins of both, or give each a cookie path of its own, such as /acme-care/"
	for _, c := range []struct {
		name                string
		first, origin, mine string
		want                []string
	}{
		{
			name:  "one for a whole domain, and a site on a host of it",
			first: "acme.example", origin: "https://care.acme.example", mine: "{path: /}",
			want: []string{"acme/group.yaml:111:13: the consent cookie of the site acme, for all of acme.example, reaches https://care.acme.example of the site acme-care" + apart},
		},
		{
			name:  "two for the same domain",
			first: "acme.example", origin: "https://care.acme.example", mine: "{domain: acme.example}",
			want: []string{"acme/group.yaml:111:13: the consent cookie of the site acme, for all of acme.example, reaches https://care.acme.example of the site acme-care" + apart},
		},
		{
			name:  "the later one for a whole domain",
			first: "", origin: "https://acme.example", mine: "{domain: acme.example}",
			want: []string{
				"acme/group.yaml:111:13: the consent cookie of the site acme-care, for all of acme.example, reaches https://shop.acme.example of the site acme" + apart,
				"acme/group.yaml:111:13: the consent cookie of the site acme-care, for all of acme.example, reaches https://www.acme.example of the site acme" + apart,
			},
		},
		{name: "one for a domain, and a host beside it", first: "acme.example", origin: "https://acmecare.example", mine: "{path: /}"},
		{name: "two hosts of a domain that share nothing", first: "", origin: "https://care.acme.example", mine: "{path: /}"},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := copyOf(t, soundDir)
			if c.first != "" {
				edit(t, files, "group.yaml", "      months: 12\n"+path, "      domain: "+c.first+"\n"+path)
			}
			edit(t, files, "group.yaml", "home: http://127.0.0.1:8090/care/", "home: "+c.origin+"/")
			edit(t, files, "group.yaml", `["http://127.0.0.1:8090"]`, `["`+c.origin+`"]`)
			edit(t, files, "group.yaml", "{path: /care/}", c.mine)
			_, err := config.LoadFS(files, "acme", today)
			if c.want == nil {
				require.NoError(t, err)
				return
			}
			var invalid *config.Invalid
			require.ErrorAs(t, err, &invalid)
			assert.Equal(t, c.want, texts(invalid.Problems))
		})
	}
}

func TestWhatIsWorthALookAboutASitesCookieAndDebugging(t *testing.T) {
	warnOfOneThing(t, []warned{
		{
			name: "the same host with two ports",
			old:  shop, new: shop + "      - http://127.0.0.1:9090\n",
			want: []string{"acme/group.yaml:112:20: the sites acme and acme-care share the host 127.0.0.1, and cookies know no ports, so their choices would overwrite one another: give each a cookie path of its own, such as /acme-care/"},
		},
		{
			name: "a debug overlay that anybody can see",
			old:  "    languages: [en-GB, cy]\n", new: "    debug: true\n    languages: [en-GB, cy]\n",
			want: []string{"acme/group.yaml:61:12: debug is on: anybody who adds ?latchkey=debug to an address of the site sees what is on the page and why it runs. Switch it off when you have finished"},
		},
		{
			name: "a nonce that is lent",
			old:  "    languages: [en-GB, cy]\n", new: "    nonce: inherit\n    languages: [en-GB, cy]\n",
			want: []string{"acme/group.yaml:61:12: marked scripts without a nonce get the one of Latchkey's tag, so the page's policy does not hold back what others write into it. Where you can, give the scripts the nonce in the page, and leave this out"},
		},
		{
			name: "a first-party endpoint on one host of two",
			old:  "    languages: [en-GB, cy]\n", new: "    first_party: true\n    languages: [en-GB, cy]\n",
			want: []string{"acme/group.yaml:61:18: the site has 2 hosts, and each keeps a cookie of its own: the server renews the one of the host that it is reached by. Set cookie.domain if they share a domain"},
		},
		{
			name: "a first-party endpoint for a cookie with a path",
			old:  "    cookie: {path: /care/}\n", new: "    first_party: true\n    cookie: {path: /care/}\n",
			want: []string{"acme/group.yaml:111:18: the consent cookie is kept under /care/: the server renews it only where it is reached below that path, such as /care/latchkey"},
		},
		{
			name: "no debug overlay, and nothing renewed",
			old:  "    languages: [en-GB, cy]\n", new: "    debug: false\n    nonce: own\n    first_party: false\n    data_layer: false\n    languages: [en-GB, cy]\n",
		},
	})
	breakOneThing(t, []broken{{
		name: "a switch that is neither on nor off",
		old:  "    languages: [en-GB, cy]\n", new: "    debug: \"yes\"\n    languages: [en-GB, cy]\n",
		want: []string{"acme/group.yaml:61:12: debug: want true or false"},
	}})
}
