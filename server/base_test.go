package server_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"latchkey/app/fault"
	"latchkey/server"
)

// behind starts a server whose people reach it at https://www.example.org and a
// path, and a reverse proxy that serves that path.
func behind(t *testing.T, path string, strip bool) *running {
	t.Helper()
	r := startWith(t, t.TempDir(), func(o *server.Options) { o.PublicURL = "https://www.example.org" + path + "/" })
	inner, err := url.Parse(r.URL)
	require.NoError(t, err)
	var to http.Handler = &httputil.ReverseProxy{Rewrite: func(p *httputil.ProxyRequest) {
		p.SetURL(inner)
		p.Out.Host = p.In.Host
		p.SetXForwarded()
		p.Out.Header.Set("X-Forwarded-Proto", "https")
	}}
	if strip {
		to = http.StripPrefix(path, to)
	}
	site := http.NewServeMux()
	site.Handle(path+"/", to)
	outer := *r
	outer.Server = httptest.NewServer(site)
	t.Cleanup(outer.Close)
	return &outer
}

// addressAttributes are the attributes of pages that hold addresses.
var addressAttributes = regexp.MustCompile(`^(href|src|action|data-(wasm|exec|script|program|keys|receipts))$`)

// addresses lists every address in a page that leads to the server.
func addresses(t *testing.T, page string) []string {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(page))
	require.NoError(t, err)
	var found []string
	for n := range doc.Descendants() {
		for _, a := range n.Attr {
			if addressAttributes.MatchString(a.Key) && !strings.Contains(a.Val, ":") && !strings.HasPrefix(a.Val, "#") {
				found = append(found, a.Val)
			}
		}
	}
	return found
}

func TestEverythingStaysBelowThePathThatTheServerIsReachedBy(t *testing.T) {
	for _, c := range []struct {
		name, path string
		strip      bool
	}{
		{"a proxy that takes the path off", "/latchkey", true},
		{"a proxy that leaves the path on", "/latchkey", false},
		{"a path of several parts", "/about/privacy", true},
		{"a path that is called like a site", "/reside", true},
		{"a path that is called like an address of the server", "/api", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := behind(t, c.path, c.strip)
			seen := map[string]bool{}
			queue := []string{c.path + "/reside/", c.path + "/reside/notice/reside", c.path + "/care-plus/request/access", c.path + "/docs/"}
			for len(queue) > 0 && len(seen) < 250 {
				at := queue[0]
				queue = queue[1:]
				if seen[at] {
					continue
				}
				seen[at] = true
				got := r.do("GET", at, "")
				if strings.HasSuffix(at, "/api/receipts/") { // what follows is put there by a script
					continue
				}
				require.Less(t, got.status, 400, "%s", at)
				if !strings.HasPrefix(got.header.Get("Content-Type"), "text/html") {
					continue
				}
				for _, to := range addresses(t, got.body) {
					require.True(t, strings.HasPrefix(to, c.path+"/"), "%s leads to %s", at, to)
					queue = append(queue, to)
				}
			}
			assert.Greater(t, len(seen), 30)
			for _, page := range docsPages(t) {
				assert.True(t, seen[c.path+page], "%s was not reached from the index of the documentation", page)
			}
			assert.True(t, seen[c.path+"/embed/latchkey.d.ts"])

			t.Run("a form leads to its end", func(t *testing.T) {
				at := r.visit(c.path+"/progress-group/request").
					press("continue", "kind", "access").press("continue", "entity", "reside").press("continue", "for", "self").
					press("continue", "what", "All").
					press("continue", "name", "Ada Tenant", "reply-by", "email", "email", "ada@example.org", "safe", "").
					press("send")
				require.Equal(t, http.StatusSeeOther, at.page.status, at.page.body)
				to := at.page.header.Get("Location")
				assert.True(t, strings.HasPrefix(to, c.path+"/progress-group/request/sent/"), to)
				assert.Equal(t, http.StatusOK, r.do("GET", to, "").status)
			})
			t.Run("a redirect of the mux stays below it", func(t *testing.T) {
				assert.Equal(t, c.path+"/embed/", r.do("GET", c.path+"/embed", "").header.Get("Location"))
			})
			t.Run("whether the website is reached by TLS alone is not ours to say", func(t *testing.T) {
				assert.Empty(t, r.do("GET", c.path+"/healthz", "").header.Get("Strict-Transport-Security"))
				assert.Empty(t, r.do("GET", c.path+"/nowhere/", "").header.Get("Strict-Transport-Security"))
			})
		})
	}
}

func TestThePublicAddress(t *testing.T) {
	for in, want := range map[string][3]string{
		"https://privacy.example.org":            {"https://privacy.example.org", "https://privacy.example.org", ""},
		"https://privacy.example.org/":           {"https://privacy.example.org", "https://privacy.example.org", ""},
		"https://www.example.org/latchkey/":      {"https://www.example.org/latchkey", "https://www.example.org", "/latchkey"},
		"http://127.0.0.1:8080/a/b-c_d.e":        {"http://127.0.0.1:8080/a/b-c_d.e", "http://127.0.0.1:8080", "/a/b-c_d.e"},
		"":                                       {},
		"privacy.example.org":                    {},
		"ftp://privacy.example.org":              {},
		"https://user@example.org":               {},
		"https://www.example.org/latchkey?a":     {},
		"https://www.example.org/latchkey#a":     {},
		"https://www.example.org/../x":           {},
		"https://www.example.org//x":             {},
		"https://www.example.org/a%20b":          {},
		`https://www.example.org/"><script>`:     {},
		"https://www.example.org/latchkey/.well": {},
	} {
		public, origin, path, err := server.SplitPublic(in)
		if want[0] == "" {
			assert.ErrorIs(t, err, fault.Invalid, in)
			continue
		}
		require.NoError(t, err, in)
		assert.Equal(t, want, [3]string{public, origin, path})
	}
}
