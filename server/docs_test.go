package server_test

import (
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"latchkey/web"
)

// docsPages are the addresses of all pages of the documentation.
func docsPages(t *testing.T) []string {
	t.Helper()
	var pages []string
	require.NoError(t, fs.WalkDir(web.Docs, "docs", func(name string, d fs.DirEntry, err error) error {
		if path.Ext(name) == ".md" {
			pages = append(pages, "/"+strings.TrimSuffix(strings.TrimSuffix(name, ".md"), "README"))
		}
		return err
	}))
	return pages
}

func TestTheDocumentationIsServed(t *testing.T) {
	r := start(t)
	pages := docsPages(t)
	require.Contains(t, pages, "/docs/")
	require.Contains(t, pages, "/docs/install")
	require.Contains(t, pages, "/docs/operations/")
	for _, address := range pages {
		got := r.do("GET", address, "")
		require.Equal(t, http.StatusOK, got.status, address)
		assert.Equal(t, "text/html; charset=utf-8", got.header.Get("Content-Type"), address)
		assert.Equal(t, "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
			got.header.Get("Content-Security-Policy"), address)
		assert.NotRegexp(t, `(?i)<script|<style|\s(style|on[a-z]+)=`, got.body, "nothing that the policy forbids: %s", address)
		assert.NotContains(t, got.body, "raw HTML omitted", address)
		assert.Equal(t, http.StatusNotModified, r.do("GET", address, "", "If-None-Match", got.header.Get("ETag")).status, address)
		doc := parsed(t, got.body)
		titles := elements(doc, "h1")
		require.Len(t, titles, 1, address)
		if address != "/docs/" {
			assert.Equal(t, textOf(titles[0])+" – Latchkey documentation", textOf(elements(doc, "title")[0]))
			current := 0
			for _, a := range elements(doc, "a") {
				if attribute(a, "aria-current") == "page" {
					current++
					assert.Equal(t, address, attribute(a, "href"))
					assert.Equal(t, textOf(titles[0]), textOf(a))
				}
			}
			assert.Equal(t, 1, current, "%s is in the index, web/docs/README.md", address)
		}
		level := 1
		for n := range doc.Descendants() {
			if h := headingLevel(n); h > 0 {
				assert.LessOrEqual(t, h, level+1, "%s: %s skips a level", address, textOf(n))
				level = h
			}
		}
	}
	assert.Equal(t, http.StatusNotFound, r.do("GET", "/docs/nothing", "").status)
	assert.Equal(t, http.StatusNotFound, r.do("GET", "/docs/install.md", "").status)
	assert.Equal(t, http.StatusNotFound, r.do("GET", "/docs/..%2fembed.go", "").status)
	assert.Contains(t, r.do("GET", "/docs/nothing", "").header.Get("Content-Security-Policy"), "style-src 'self'")
}

// TestNoLinkOfTheDocumentationLeadsNowhere follows every link, to the heading
// that it names; those to other sites are only looked at.
func TestNoLinkOfTheDocumentationLeadsNowhere(t *testing.T) {
	r := start(t)
	ids := map[string]map[string]bool{} // by page
	links := map[string][]string{}
	for _, address := range docsPages(t) {
		doc := parsed(t, r.do("GET", address, "").body)
		ids[address] = map[string]bool{}
		for n := range doc.Descendants() {
			if id := attribute(n, "id"); id != "" {
				assert.False(t, ids[address][id], "%s: two headings have the id %s", address, id)
				ids[address][id] = true
			}
			for _, key := range []string{"href", "src"} {
				if to := attribute(n, key); to != "" {
					links[address] = append(links[address], to)
				}
			}
		}
	}
	for from, all := range links {
		for _, to := range all {
			if strings.HasPrefix(to, "https://") || strings.HasPrefix(to, "mailto:") {
				continue
			}
			page, anchor, _ := strings.Cut(to, "#")
			if page == "" {
				page = from
			}
			if strings.HasPrefix(page, "/docs/") && ids[page] != nil {
				assert.True(t, anchor == "" || ids[page][anchor], "%s links to %s, and there is no such heading", from, to)
				continue
			}
			assert.Empty(t, anchor, "%s links to %s", from, to)
			assert.Equal(t, http.StatusOK, r.do("GET", page, "").status, "%s links to %s, which is not there", from, to)
		}
	}
}

func TestTheDocumentationIsReadableInTheRepository(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	require.NoError(t, fs.WalkDir(web.Docs, "docs", func(name string, d fs.DirEntry, err error) error {
		require.NoError(t, err)
		if path.Ext(name) != ".md" {
			return nil
		}
		src := read(t, "../web/"+name)
		for _, m := range link.FindAllStringSubmatch(withoutCode(string(src)), -1) {
			to, _, _ := strings.Cut(m[1], "#")
			if to == "" || strings.Contains(to, ":") {
				continue
			}
			assert.FileExists(t, path.Join("../web", path.Dir(name), to), "%s links to %s", name, m[1])
		}
		return nil
	}))
}

// TestThePagesStandInTheOrderOfTheIndex reads the documentation from its first
// page to its last by the links at the end of each.
func TestThePagesStandInTheOrderOfTheIndex(t *testing.T) {
	r := start(t)
	var index, read []string
	for _, a := range elements(elements(parsed(t, r.do("GET", "/docs/", "").body), "article")[0], "a") {
		if to := attribute(a, "href"); strings.HasPrefix(to, "/docs/") && !slices.Contains(index, to) {
			index = append(index, to)
		}
	}
	for at := "/docs/"; at != ""; {
		next := ""
		for _, a := range elements(parsed(t, r.do("GET", at, "").body), "a") {
			if attribute(a, "rel") == "next" {
				next = attribute(a, "href")
				read = append(read, next)
			}
		}
		at = next
	}
	assert.Equal(t, index, read)
}

// W12: what a web team must not believe of us.
func TestTheDocumentationSaysWhatLatchkeyDoesNotDo(t *testing.T) {
	body := words(t, start(t).do("GET", "/docs/limits", "").body)
	for _, want := range []string{"TCF", "server-side tagging", "regulation 6", "noscript", "HttpOnly"} {
		assert.Contains(t, strings.ToLower(body), strings.ToLower(want))
	}
}

func TestTheTypesAreServed(t *testing.T) {
	got := start(t).do("GET", "/embed/latchkey.d.ts", "")
	require.Equal(t, http.StatusOK, got.status)
	assert.Equal(t, "application/typescript; charset=utf-8", got.header.Get("Content-Type"))
	assert.Equal(t, "*", got.header.Get("Access-Control-Allow-Origin"))
	assert.Equal(t, string(web.Types), got.body)
}

func parsed(t *testing.T, source string) *html.Node {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(source))
	require.NoError(t, err)
	return doc
}

func elements(root *html.Node, tag string) []*html.Node {
	var found []*html.Node
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && n.Data == tag {
			found = append(found, n)
		}
	}
	return found
}

func textOf(root *html.Node) string {
	var b strings.Builder
	for n := range root.Descendants() {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
	}
	return b.String()
}

func headingLevel(n *html.Node) int {
	if n.Type == html.ElementNode && len(n.Data) == 2 && n.Data[0] == 'h' && n.Data[1] >= '1' && n.Data[1] <= '6' {
		return int(n.Data[1] - '0')
	}
	return 0
}

var code = regexp.MustCompile("(?s)```.*?```|`[^`\n]*`")

// withoutCode is Markdown without its code.
func withoutCode(src string) string { return code.ReplaceAllString(src, "") }
