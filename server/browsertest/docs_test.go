package browsertest

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// An example of the documentation that is a whole page and marked "html run".
var (
	pageExample = regexp.MustCompile("(?ms)^```html run\n(.*?)^```$")
	elsewhere   = regexp.MustCompile(`https://([a-z]+)\.example\.com(/[^"' ?;>]*)?`)
	waitsFor    = regexp.MustCompile(`data-consent="`)
)

const documentedServer = "https://privacy.example.org"

// TestExamplesOfTheDocumentation opens every example that is a page: the banner
// appears, nothing of the third parties in it is asked for before a choice or
// after Reject all, and all of it after Accept all.
func TestExamplesOfTheDocumentation(t *testing.T) {
	files, err := filepath.Glob("../../web/docs/*.md")
	require.NoError(t, err)
	examples := 0
	for _, f := range files {
		src, err := os.ReadFile(f)
		require.NoError(t, err)
		for i, m := range pageExample.FindAllStringSubmatch(string(src), -1) {
			examples++
			name := strings.TrimSuffix(filepath.Base(f), ".md")
			t.Run(name, func(t *testing.T) {
				var asked []string // of the third parties, once all is allowed
				page := elsewhere.ReplaceAllStringFunc(strings.ReplaceAll(m[1], documentedServer, lk.latchkey), func(address string) string {
					parts := elsewhere.FindStringSubmatch(address)
					if parts[2] == "" { // an origin in a policy
						return lk.third
					}
					file := "docs-" + parts[1] + "-" + strings.ReplaceAll(strings.Trim(parts[2], "/"), "/", "-")
					asked = append(asked, file)
					return lk.third + "/third-party/" + file
				})
				path := "/reside/docs/" + name + "/" + string(rune('a'+i))
				lk.pages.Store(path, page)

				p := open(t)
				p.visit(path)
				p.see("region", "Cookies on Reside with Progress")
				p.settle()
				assert.Empty(t, p.thirdParty(), "before a choice")
				p.click("button", "Reject all")
				p.recorded(1)
				p.see("button", "Privacy")
				p.reload()
				p.see("button", "Privacy")
				p.settle()
				assert.Empty(t, p.thirdParty(), "after Reject all")

				p = open(t)
				p.visit(path)
				p.click("button", "Accept all")
				p.recorded(1)
				if waitsFor.MatchString(page) {
					require.NotEmpty(t, asked)
				}
				for _, file := range asked {
					p.until(file+" is asked for", func() bool { return strings.Contains(strings.Join(p.thirdParty(), " "), file) })
				}
				// The third party has no such files; everything else must be in order.
				for _, said := range p.errors(`404`, `favicon`, `MIME type`, `ERR_ABORTED`) {
					assert.Fail(t, "the browser complains", said)
				}
			})
		}
	}
	assert.GreaterOrEqual(t, examples, 5)
}

// documented answers for a page of lk.pages.
func documented(w http.ResponseWriter, r *http.Request) bool {
	page, ok := lk.pages.Load(r.URL.Path)
	switch page := page.(type) {
	case http.Handler:
		page.ServeHTTP(w, r)
	case string:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Write([]byte(page))
	}
	return ok
}
