package server_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"latchkey/app/dpv/schematest"
	"latchkey/server"
	"latchkey/server/config"
)

// forms of the list of cookies, by their addresses below the site.
var cookieForms = []string{"cookies", "cookies.html", "cookies.json"}

func TestTheListOfCookiesIsMadeFromTheDeclaration(t *testing.T) { // W13
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS(groups)))
	path := filepath.Join(dir, "connect", "group.yaml")
	yaml, err := os.ReadFile(path)
	require.NoError(t, err)
	r := startWith(t, t.TempDir(), func(o *server.Options) {
		o.Config, err = config.Load(dir, o.Now())
		require.NoError(t, err)
	})
	for _, form := range cookieForms {
		body := r.do("GET", "/connect/"+form, "").body
		for _, want := range []string{"_sl", "Sitelook Analytics", "Statistics", "13 months", "Schedule A1, paragraph 2"} {
			assert.Contains(t, body, want, form)
		}
		assert.NotContains(t, body, "_brand_new", form)
	}

	changed := strings.Replace(string(yaml), "      - name: _sl\n", `      - name: _brand_new
        kind: storage
        provider: Sitelook Analytics
        purpose: statistics
        basis: consent
        duration: P3D
        data: [browsing]
        about:
          en-GB: Appeared in the configuration and nowhere else.
      - name: _sl
`, 1)
	require.NotEqual(t, string(yaml), changed)
	require.NoError(t, os.WriteFile(path, []byte(changed), 0o600))
	loaded, err := config.Load(dir, r.clock.Now())
	require.NoError(t, err)
	require.NoError(t, r.srv.Reload(t.Context(), loaded))
	for _, form := range cookieForms {
		body := r.do("GET", "/connect/"+form, "").body
		for _, want := range []string{"_brand_new", "browser storage", "3 days", "Appeared in the configuration and nowhere else."} {
			if form == "cookies.json" && want == "browser storage" {
				want = `"kind": "storage"`
			}
			assert.Contains(t, body, want, form)
		}
	}
}

func TestEveryFormOfTheListSaysTheSame(t *testing.T) {
	r := start(t)
	root := schematest.Parse(t, read(t, "../testdata/schema/cookies.schema.json"))
	loaded, err := config.Load(groups, r.clock.Now())
	require.NoError(t, err)
	for _, id := range loaded.SiteIDs() {
		_, site, _ := loaded.Site(id)
		for _, lang := range site.Languages {
			t.Run(id+" in "+lang, func(t *testing.T) {
				answer := r.do("GET", "/"+id+"/cookies.json?lang="+lang, "")
				require.Equal(t, http.StatusOK, answer.status)
				assert.Equal(t, "application/json", answer.header.Get("Content-Type"))
				assert.Equal(t, lang, answer.header.Get("Content-Language"))
				list := schematest.Parse(t, []byte(answer.body))
				assert.Empty(t, schematest.Faults(t, root, list))
				assert.Equal(t, lang, list["language"])
				assert.Equal(t, "http://privacy.example.org/"+id+"/cookies?lang="+lang, list["page"])

				page := words(t, r.do("GET", "/"+id+"/cookies?lang="+lang, "").body)
				fragment := words(t, r.do("GET", "/"+id+"/cookies.html?lang="+lang, "").body)
				count := 0
				for _, p := range list["purposes"].([]any) {
					purpose := p.(map[string]any)
					for _, text := range []any{purpose["name"], purpose["about"], purpose["law"]} {
						assert.Contains(t, page, text)
						assert.Contains(t, fragment, text)
					}
					for _, each := range purpose["technologies"].([]any) {
						count++
						technology := each.(map[string]any)
						for _, key := range []string{"name", "provider", "lasts", "about"} {
							assert.Contains(t, page, technology[key])
							assert.Contains(t, fragment, technology[key])
						}
					}
				}
				assert.Len(t, site.Technologies, count, "each is listed once")
			})
		}
	}
}

func TestTheFragmentFitsIntoAnyPage(t *testing.T) {
	r := start(t)
	for level, want := range map[string][2]string{"": {"h2", "h3"}, "?level=3": {"h3", "h4"}, "?level=4": {"h4", "h5"}} {
		answer := r.do("GET", "/housing-plus/cookies.html"+level, "")
		require.Equal(t, http.StatusOK, answer.status)
		assert.Equal(t, "text/html; charset=utf-8", answer.header.Get("Content-Type"))
		assert.True(t, strings.HasPrefix(answer.body, "<section "), answer.body[:60])
		assert.NotRegexp(t, `(?i)<(html|head|body|main|script|style|link|iframe)|\s(style|on[a-z]+)=`, answer.body)

		root := fragment(t, answer.body)
		assert.Equal(t, "latchkey-cookies", attribute(root, "class"))
		assert.Equal(t, "en-GB", attribute(root, "lang"))
		headings := map[string]int{}
		ids := map[string]bool{}
		for n := range root.Descendants() {
			if headingLevel(n) > 0 {
				headings[n.Data]++
			}
			if class := attribute(n, "class"); class != "" && class != "code" {
				assert.True(t, strings.HasPrefix(class, "latchkey-cookies-"), "class %s could be the page's own", class)
			}
			if id := attribute(n, "id"); id != "" {
				assert.True(t, strings.HasPrefix(id, "latchkey-cookies-"), "id %s could be the page's own", id)
				ids[id] = true
			}
			if n.Data == "table" {
				assert.True(t, ids[attribute(n, "aria-labelledby")], "a table is named by the heading before it")
			}
			if href := attribute(n, "href"); href != "" {
				assert.Equal(t, "http://privacy.example.org/housing-plus/preferences?lang=en-GB", href)
				assert.Equal(t, "preferences", attribute(n, "data-latchkey"))
			}
		}
		assert.Equal(t, 1, headings[want[0]])
		assert.Equal(t, len(ids), headings[want[1]])
		assert.Len(t, headings, 2, "no other levels")
	}
	for _, level := range []string{"1", "5", "two", "-3"} {
		assert.Equal(t, http.StatusUnprocessableEntity, r.do("GET", "/housing-plus/cookies.html?level="+level, "").status, level)
	}
	assert.Equal(t, http.StatusNotFound, r.do("GET", "/nowhere/cookies.html", "").status)
	assert.Equal(t, http.StatusNotFound, r.do("GET", "/nowhere/cookies.json", "").status)
}

func TestWhatIsIncludedIsCachedByItsContent(t *testing.T) {
	r := start(t)
	for _, path := range []string{"/progress-group/cookies.html?lang=cy&level=3", "/progress-group/cookies.json?lang=cy"} {
		first := r.do("GET", path, "", "Accept-Encoding", "identity")
		require.Equal(t, http.StatusOK, first.status)
		assert.Equal(t, "public, max-age=60, stale-while-revalidate=600", first.header.Get("Cache-Control"))
		tag := first.header.Get("ETag")
		require.Regexp(t, `^W/"[0-9a-f]{16}"$`, tag)
		for range 8 { // go-app's order of attributes is random
			assert.Equal(t, tag, r.do("GET", path, "").header.Get("ETag"))
		}
		again := r.do("GET", path, "", "If-None-Match", tag)
		assert.Equal(t, http.StatusNotModified, again.status)
		assert.Empty(t, again.body)
		assert.NotEqual(t, tag, r.do("GET", strings.Replace(path, "lang=cy", "lang=en-GB", 1), "").header.Get("ETag"))
		assert.Equal(t, "br", r.do("GET", path, "", "Accept-Encoding", "br").header.Get("Content-Encoding"))
	}
}

func TestOnlyTheSitesOwnPagesMayFetchWhatIsIncluded(t *testing.T) {
	r := start(t)
	for _, form := range cookieForms[1:] {
		path := "/reside/" + form
		own := r.do("GET", path, "", "Origin", origin)
		assert.Equal(t, origin, own.header.Get("Access-Control-Allow-Origin"), path)
		assert.Contains(t, own.header.Get("Vary"), "Origin", path)
		foreign := r.do("GET", path, "", "Origin", "https://elsewhere.example")
		assert.Empty(t, foreign.header.Get("Access-Control-Allow-Origin"), path)
		assert.Empty(t, own.header.Get("Set-Cookie"))
		assert.Empty(t, own.header.Get("Access-Control-Allow-Credentials"), "without a visitor's cookies")
	}
}

// fragment parses a piece of HTML with one root element.
func fragment(t *testing.T, source string) *html.Node {
	t.Helper()
	body := elements(parsed(t, source), "body")[0]
	require.NotNil(t, body.FirstChild)
	return body.FirstChild
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// words is the text of a page.
func words(t *testing.T, source string) string {
	t.Helper()
	return textOf(parsed(t, source))
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	return b
}
