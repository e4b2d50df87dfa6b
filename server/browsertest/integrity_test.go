package browsertest

import (
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// integrityOf is the integrity of what is served at an address.
func integrityOf(t *testing.T, url string) string {
	t.Helper()
	res, err := http.Get(url)
	require.NoError(t, err)
	defer res.Body.Close()
	require.Equal(t, http.StatusOK, res.StatusCode, url)
	b, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	sum := sha512.Sum384(b)
	return "sha384-" + base64.StdEncoding.EncodeToString(sum[:])
}

// TestIntegrityPolicy serves the pinned tag on a page whose scripts all need an
// integrity (https://www.w3.org/TR/sri-2/). The loader's parts have one where the page's import map says it.
func TestIntegrityPolicy(t *testing.T) { // issue 4 line 11
	out, err := exec.Command(lk.binary, "snippet", "progress-group", "--public-url", lk.latchkey, "--format", "json",
		"--config", filepath.Join(filepath.Dir(lk.data), "groups")).Output()
	require.NoError(t, err)
	var snippet struct{ Pinned struct{ Src, Tag string } }
	require.NoError(t, json.Unmarshal(out, &snippet))
	res, err := http.Get(snippet.Pinned.Src)
	require.NoError(t, err)
	defer res.Body.Close()
	loader, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	hash := regexp.MustCompile(`\bx"?:"([0-9a-f]{16})"`).FindSubmatch(loader)
	require.NotNil(t, hash, "the parts' hash, by the loader's own account")

	parts := map[string]string{}
	for _, part := range []string{"cover", "hint", "focus", "leave", "panel", "send"} {
		url := lk.latchkey + "/embed/progress-group." + part + "." + string(hash[1]) + ".js"
		parts[url] = integrityOf(t, url)
	}
	whole, err := json.Marshal(map[string]any{"integrity": parts})
	require.NoError(t, err)
	tag := lk.third + "/third-party/sitelook.js"
	page := func(t *testing.T, name, head string) string {
		path := "/progress-group/integrity/" + name
		lk.pages.Store(path, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.Header().Set("Integrity-Policy", "blocked-destinations=(script)")
			io.WriteString(w, `<!doctype html><html lang="en-GB"><head><title>Integrity</title><link rel="icon" href="data:,">`+head+snippet.Pinned.Tag+`</head>
<body><h1>Integrity</h1><template data-consent="statistics"><p id="released">Released</p></template>
<script type="text/plain" data-consent="statistics">document.body.dataset.inline = 'ran'</script>
<script type="text/plain" data-consent="statistics" src="`+tag+`?bare"></script>
<iframe data-consent="marketing" data-src="`+lk.third+`/third-party/player?film=integrity" title="A film on the page"></iframe></body></html>`)
		}))
		t.Cleanup(func() { lk.pages.Delete(path) })
		return path
	}
	const released = `!!document.getElementById('released') && document.body.dataset.inline === 'ran'`

	t.Run("with the import map all works", func(t *testing.T) {
		p := open(t)
		p.visit(page(t, "map", `<script type="importmap">`+string(whole)+`</script>`))
		p.see("group", "A film on the page…")
		p.click("button", "Choose")
		p.panel()
		p.see("heading", "Your choices")
		p.press("\x1b")
		p.gone("dialog", "Privacy centre")
		p.click("button", "Reject all")
		p.recorded(1)
		assert.False(t, eval[bool](p, released))
		assert.Empty(t, p.thirdParty())
		assert.Empty(t, p.errors())
		eval[any](p, `void latchkey.set({ statistics: true, marketing: true })`)
		p.recorded(2)
		p.holds(released)
		p.see("heading", "Clipview")
		p.settle()
		assert.NotContains(t, strings.Join(p.thirdParty(), " "), "sitelook", "a tag without integrity is the page's to allow")
	})

	t.Run("without it, choices hold, and their receipts wait", func(t *testing.T) {
		p := open(t)
		p.visit(page(t, "bare", ""))
		p.click("button", "Reject all")
		p.see("button", "Privacy")
		p.settle()
		require.NotNil(t, p.choice())
		assert.False(t, eval[bool](p, released))
		assert.Empty(t, p.thirdParty())
		p.reload()
		p.see("button", "Privacy")
		p.settle()
		assert.False(t, eval[bool](p, released))
		assert.Empty(t, p.receipts(), "what sends them is blocked")
		eval[any](p, `void latchkey.set({ statistics: true, marketing: true })`)
		p.holds(released)
		p.settle()
		eval[any](p, `void latchkey.withdraw()`)
		p.until("the page is loaded again", func() bool { return p.loads(lk.demo+"/progress-group/integrity/bare") == 3 })
		p.see("button", "Privacy")
		p.settle()
		assert.False(t, eval[bool](p, released), "withdrawn")
		p.click("button", "Privacy")
		p.see("heading", "Your choices")
		assert.True(t, strings.HasPrefix(eval[string](p, `location.href`), lk.latchkey+"/progress-group/preferences"), "the centre's own page")

		p.visit("/progress-group/hostile/ordinary")
		p.recorded(3)
		assert.Len(t, p.stored(), 3, "sent by a page that lets the part in")
	})
}
