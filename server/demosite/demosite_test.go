package demosite_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/group"
	"latchkey/server/demosite"
)

const (
	latchkey = "http://latchkey.test"
	third    = "http://third.test"
)

func serve(t *testing.T) (*demosite.Handler, *httptest.Server) {
	t.Helper()
	h, err := demosite.New(demosite.Options{Sites: os.DirFS("../../testdata/sites"), Latchkey: latchkey, ThirdParty: third})
	require.NoError(t, err)
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return h, s
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	resp, err := http.Get(url)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(body)
}

// sampleSites reads the sites of testdata/groups, by id, with the purposes they declare.
func sampleSites(t *testing.T) map[string]map[string]bool {
	t.Helper()
	files, err := filepath.Glob("../../testdata/groups/*/group.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	sites := map[string]map[string]bool{}
	for _, f := range files {
		b, err := os.ReadFile(f)
		require.NoError(t, err)
		var g group.Group
		require.NoError(t, yaml.Unmarshal(b, &g), f)
		for _, s := range g.Sites {
			sites[s.ID] = map[string]bool{}
			for _, tech := range s.Technologies {
				sites[s.ID][string(tech.Purpose)] = true
			}
		}
	}
	return sites
}

var (
	consentAttr = regexp.MustCompile(`data-consent="([^"]*)"`)
	address     = regexp.MustCompile(`(?:src|href|action)="(https?://[^"/]*)`)
)

func TestEverySampleSiteHasAWebsite(t *testing.T) {
	h, s := serve(t)
	want := sampleSites(t)
	assert.Len(t, h.Sites(), len(want))
	for _, id := range h.Sites() {
		t.Run(id, func(t *testing.T) {
			purposes, ok := want[id]
			require.True(t, ok, "the website belongs to a site of testdata/groups")
			files, err := filepath.Glob("../../testdata/sites/" + id + "/*.html")
			require.NoError(t, err)
			used := map[string]bool{}
			pages := 0
			for _, f := range files {
				name := strings.TrimSuffix(filepath.Base(f), ".html")
				if name == "layout" {
					continue
				}
				pages++
				if name == "home" {
					name = ""
				}
				status, body := get(t, s.URL+"/"+id+"/"+name)
				require.Equal(t, http.StatusOK, status, f)
				assert.Equal(t, 1, strings.Count(body, latchkey+"/embed/"+id+".js"), "one script tag on %s", f)
				for _, m := range consentAttr.FindAllStringSubmatch(body, -1) {
					assert.True(t, purposes[m[1]], "%s: purpose %q is declared", f, m[1])
					used[m[1]] = true
				}
				for _, m := range address.FindAllStringSubmatch(body, -1) {
					assert.Contains(t, []string{latchkey, third}, m[1], "%s calls nobody else", f)
				}
			}
			assert.GreaterOrEqual(t, pages, 3, "a website has three pages")
			for p := range purposes {
				if p != "necessary" {
					assert.True(t, used[p], "purpose %q is used on the website", p)
				}
			}
		})
	}
}

func TestPagesAndFiles(t *testing.T) {
	_, s := serve(t)
	tests := []struct {
		name, path string
		want       int
		contains   string
	}{
		{"the index leads to every website", "/", http.StatusOK, `href="/reside/"`},
		{"a website's style sheet", "/reside/style.css", http.StatusOK, "--brand"},
		{"a script that all websites use", "/shared/demo.js", http.StatusOK, "demoRan"},
		{"a hostile page below a website", "/reside/hostile/revert", http.StatusOK, "/embed/reside.js"},
		{"a hostile page's style sheet", "/reside/hostile/revert.css", http.StatusOK, "display: none"},
		{"a page that does not exist", "/reside/nothing", http.StatusNotFound, ""},
		{"a template by its file name", "/reside/layout.html", http.StatusNotFound, ""},
		{"a path that leads out of the folder", "/reside/..%2f..%2fgo.css", http.StatusNotFound, ""},
		{"a tag of the third party", "/third-party/sitelook.js", http.StatusOK, "sendBeacon"},
		{"the third party's player", "/third-party/player?film=x", http.StatusOK, "Clipview"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, body := get(t, s.URL+tt.path)
			assert.Equal(t, tt.want, got)
			assert.Contains(t, body, tt.contains)
		})
	}
}

func TestTheThirdPartyKeepsAListOfWhatItReceived(t *testing.T) {
	h, s := serve(t)
	assert.Empty(t, h.Third.Received())

	req, err := http.NewRequest(http.MethodGet, s.URL+"/third-party/pixel.gif?event=view", nil)
	require.NoError(t, err)
	req.Header.Set("Referer", "http://site.test/")
	req.AddCookie(&http.Cookie{Name: "visitor", Value: "1"})
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	resp.Body.Close()
	assert.Contains(t, resp.Header.Get("Set-Cookie"), "visitor=", "it sets a cookie, as such companies do")

	_, body := get(t, s.URL+"/third-party/log")
	var got []demosite.Hit
	require.NoError(t, json.Unmarshal([]byte(body), &got))
	want := []demosite.Hit{{
		Method: "GET", Path: "pixel.gif", Query: "event=view", Host: strings.TrimPrefix(s.URL, "http://"),
		Referer: "http://site.test/", Cookies: []string{"visitor"},
	}}
	assert.Equal(t, want, got, "reading the list is not on it")

	h.Third.Forget()
	assert.Empty(t, h.Third.Received())
}
