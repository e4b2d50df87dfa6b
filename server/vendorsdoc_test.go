package server_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"latchkey/app/group"
	"latchkey/server/config"
)

// fenced finds the examples of one language in a page of the documentation.
func fenced(t *testing.T, page, language string) []string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "web", "docs", page))
	require.NoError(t, err)
	var found []string
	for _, m := range regexp.MustCompile("(?s)```"+language+"\n(.*?)```").FindAllStringSubmatch(string(b), -1) {
		found = append(found, m[1])
	}
	require.NotEmpty(t, found, "%s has examples in %s", page, language)
	return found
}

// TestTheVendorsPageConfigures takes every piece of configuration on the page
// into a site that has the purposes which it speaks of.
func TestTheVendorsPageConfigures(t *testing.T) {
	b, err := os.ReadFile("../testdata/vendors/groups/vendors/group.yaml")
	require.NoError(t, err)
	own := regexp.MustCompile(`(?s)    (?:data_layer|vendors):.*?(    technologies:)`)
	for _, example := range fenced(t, "vendors.md", "yaml") {
		t.Run(strings.TrimSpace(example), func(t *testing.T) {
			sites := strings.SplitAfter(string(b), "sites:\n")
			require.Len(t, sites, 2)
			of := regexp.MustCompile(`(?m)^  - id: `).Split(sites[1], -1)
			for i, site := range of {
				uses := strings.Contains(site, "purpose: visits")
				if strings.TrimSpace(site) == "" || uses != strings.Contains(example, "visits") {
					continue
				}
				if strings.Contains(example, ": statistics") && !strings.Contains(site, "purpose: statistics") {
					continue
				}
				of[i] = own.ReplaceAllString(site, strings.ReplaceAll(example, "$", "$$")+"$1")
			}
			dir := t.TempDir()
			require.NoError(t, os.CopyFS(dir, os.DirFS("../testdata/vendors/groups")))
			changed := sites[0] + strings.Join(of, "  - id: ")
			require.NotEqual(t, string(b), changed)
			require.NoError(t, os.WriteFile(filepath.Join(dir, "vendors", "group.yaml"), []byte(changed), 0o600))
			_, err := config.Load(dir, time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC))
			require.NoError(t, err)
		})
	}
}

// TestTheVendorsPageHoldsBack finds in every example that what comes from
// somebody else waits for a purpose.
func TestTheVendorsPageHoldsBack(t *testing.T) {
	elsewhere := regexp.MustCompile(`^(https?:)?//`)
	for _, example := range fenced(t, "vendors.md", "html") {
		page, err := html.Parse(strings.NewReader(example))
		require.NoError(t, err)
		for n := range page.Descendants() {
			attr := map[string]string{}
			for _, a := range n.Attr {
				attr[a.Key] = a.Val
				assert.NotRegexp(t, `^(on|style$)`, a.Key, "a strict policy forbids it: %s", example)
			}
			if elsewhere.MatchString(attr["src"]) {
				assert.Equal(t, "text/plain", attr["type"], example)
				assert.NotEmpty(t, attr["data-consent"], example)
			}
			if n.Data == "iframe" {
				assert.NotEmpty(t, attr["data-consent"], example)
				assert.NotEmpty(t, attr["title"], example)
			}
		}
	}
}

// TestTheVendorsPageSaysWhatItMust holds the page to what it has to say (LAW
// W12), and to the vendors and categories that there are.
func TestTheVendorsPageSaysWhatItMust(t *testing.T) { // W12
	b, err := os.ReadFile("../web/docs/vendors.md")
	require.NoError(t, err)
	page := string(b)
	for _, must := range []string{
		"## IAB TCF is not supported", "advertising space", "Do not follow that in the United Kingdom", "Regulation 6",
		"Server-side tagging", "<noscript>", "url_passthrough",
	} {
		assert.Contains(t, page, must)
	}
	for id, categories := range group.Vendors {
		assert.Contains(t, page, "| `"+id+"` |")
		for category := range categories {
			assert.Contains(t, page, "`"+category+"`", id)
		}
	}
}
