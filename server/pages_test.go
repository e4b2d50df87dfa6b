package server_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	styleOf = regexp.MustCompile(`<link rel="stylesheet" href="([^"]+)"`)
	bootOf  = regexp.MustCompile(`<script src="([^"]+)"`)
	wasmOf  = regexp.MustCompile(`data-wasm="([^"]+)"`)
)

// assetsOf lists what a page loads before it can be used.
func assetsOf(html string) []string {
	return []string{styleOf.FindStringSubmatch(html)[1], bootOf.FindStringSubmatch(html)[1]}
}

func TestNothingOnAPageIsInlineOrForeign(t *testing.T) {
	r := start(t)
	for _, path := range []string{"/reside/", "/reside/preferences", "/reside/notice", "/reside/request", "/reside/receipt", "/reside/cookies", "/reside/none"} {
		body := r.do("GET", path, "").body
		assert.NotRegexp(t, `(?i)<[^>]+\son[a-z]+=`, body, path)
		assert.NotRegexp(t, `(?i)<[^>]+\sstyle=`, body, path)
		assert.NotContains(t, body, "<style", path)
		for _, script := range regexp.MustCompile(`<script[^>]*>`).FindAllString(body, -1) {
			assert.True(t, strings.Contains(script, ` src="/assets/`) || strings.Contains(script, `type="application/json"`), script)
		}
		for _, m := range regexp.MustCompile(`(?:src|data-wasm|data-exec)="([^"]*)"`).FindAllStringSubmatch(body, -1) {
			assert.True(t, strings.HasPrefix(m[1], "/assets/"), m[0])
		}
	}
}

func TestTheLoaderIsCachedByItsContent(t *testing.T) {
	r := start(t)
	first := r.do("GET", "/embed/reside.js", "", "Accept-Encoding", "identity")
	require.Equal(t, http.StatusOK, first.status)
	tag := first.header.Get("ETag")
	require.NotEmpty(t, tag)

	assert.Equal(t, http.StatusNotModified, r.do("GET", "/embed/reside.js", "", "If-None-Match", tag).status)
	assert.Equal(t, http.StatusOK, r.do("GET", "/embed/reside.js", "", "If-None-Match", `"v1"`).status)
	assert.Equal(t, http.StatusNotFound, r.do("GET", "/embed/nowhere.js", "", "If-None-Match", tag).status)

	t.Run("a pinned copy stays for ever", func(t *testing.T) {
		pinned := r.do("GET", "/embed/reside."+strings.Trim(tag, `"`)+".js", "")
		assert.Equal(t, http.StatusOK, pinned.status)
		assert.Equal(t, "public, max-age=31536000, immutable", pinned.header.Get("Cache-Control"))
		assert.Equal(t, first.body, pinned.body)
	})
	t.Run("no other file can be reached that way", func(t *testing.T) {
		for _, name := range []string{"..%2fkeys%2fseal-hash.key", "reside.0000000000000000.js", "reside.js.map", "%2e%2e%2flatchkey.db"} {
			assert.Equal(t, http.StatusNotFound, r.do("GET", "/embed/"+name, "").status, name)
		}
	})
}

func TestThePageSpeaksTheLanguageAskedFor(t *testing.T) {
	r := start(t)
	for name, c := range map[string]struct{ path, accept, want string }{
		"the address decides":            {"/progress-group/preferences?lang=cy", "en-GB", "cy"},
		"else the browser":               {"/progress-group/preferences", "cy-GB, en;q=0.5", "cy"},
		"else the site's default":        {"/progress-group/preferences", "", "en-GB"},
		"a language that nobody offers":  {"/progress-group/preferences?lang=tlh", "", "en-GB"},
		"a language that is no language": {"/progress-group/preferences?lang=%22%3E%3Cscript%3E", "", "en-GB"},
	} {
		t.Run(name, func(t *testing.T) {
			got := r.do("GET", c.path, "", "Accept-Language", c.accept)
			assert.Contains(t, got.body, `<html lang="`+c.want+`"`)
			assert.Equal(t, c.want, got.header.Get("Content-Language"))
			assert.NotContains(t, got.body, `"><script>`)
		})
	}
}

func TestTheLogNamesNobody(t *testing.T) {
	r := start(t)
	r.do("GET", "/reside/notice?lang=cy&secret=find-me", "", "User-Agent", "find-me", "Referer", "https://find-me.example/", "X-Forwarded-For", "192.0.2.77")
	r.do("POST", "/reside/receipt", "code=find-me", "Content-Type", "application/x-www-form-urlencoded")
	r.do("GET", "/reside/request/sent/find-me", "")
	sent := r.do("POST", "/api/requests", `{"key":"`+uuid.NewString()+`","site":"reside","request":{"kind":"access","what":"find-me","name":"find-me","reply":"email","email":"find-me@example.org"}}`,
		"Content-Type", "application/json", "Origin", origin)
	require.Equal(t, http.StatusCreated, sent.status, sent.body)
	r.do("POST", "/api/receipts", `{"event":"find-me","find-me":1}`, "Content-Type", "application/json", "Origin", origin)
	log := r.log.String()
	assert.Contains(t, log, "route=")
	for _, private := range []string{"find-me", "192.0.2.77", "127.0.0.1"} {
		assert.NotContains(t, log, private)
	}
}

func TestOnlyAPageThatIsWorthItAsksForTheWebAssembly(t *testing.T) {
	r := start(t)
	assert.Contains(t, r.do("GET", "/reside/request", "").body, "data-wasm=")
	for _, path := range []string{"/reside/", "/reside/preferences", "/reside/notice", "/reside/receipt", "/reside/cookies", "/reside/none"} {
		body := r.do("GET", path, "").body
		assert.NotContains(t, body, "data-wasm=", path)
		assert.NotContains(t, body, "latchkey-view", "%s carries no data for it either", path)
	}
}
