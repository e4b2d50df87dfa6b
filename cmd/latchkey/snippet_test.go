package main

import (
	"context"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// printed runs "latchkey snippet" for connect, against a running server.
func printed(t *testing.T, config, server string) snippet {
	t.Helper()
	out, err := exec.Command("latchkey", "snippet", "connect", "--config", config, "--public-url", server, "--format", "json").Output()
	require.NoError(t, err)
	var s snippet
	require.NoError(t, json.Unmarshal(out, &s))
	return s
}

func fetched(t *testing.T, address string) []byte {
	t.Helper()
	res, err := http.Get(address)
	require.NoError(t, err)
	defer res.Body.Close()
	require.Equal(t, http.StatusOK, res.StatusCode, address)
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return body
}

// TestEveryAddressEverPrintedKeepsWorking prints a pinned tag, changes the
// configuration, and starts the server again on the same data folder.
func TestEveryAddressEverPrintedKeepsWorking(t *testing.T) { // W2, and issue 4, line 10
	config, data := t.TempDir(), t.TempDir()
	require.NoError(t, os.CopyFS(config, os.DirFS("../../testdata/groups")))
	p := serve(t, data, "--config", config)
	before := printed(t, config, p.url)
	require.NotNil(t, before.Pinned)
	path := strings.TrimPrefix(before.Pinned.Src, p.url)
	loader := fetched(t, before.Pinned.Src)
	sum := sha512.Sum384(loader)
	assert.Equal(t, "sha384-"+base64.StdEncoding.EncodeToString(sum[:]), before.Pinned.Integrity, "of what is served")
	assert.Equal(t, `<script async src="`+before.Pinned.Src+`" integrity="`+before.Pinned.Integrity+`" crossorigin="anonymous"></script>`, before.Pinned.Tag)
	assert.NotContains(t, before.Tag, "integrity", "the moving address never has one")
	assert.Equal(t, loader, fetched(t, p.url+"/embed/connect.js"))

	// The parts that this loader fetches when it needs them carry a hash that stands in it.
	parts := map[string][]byte{}
	files, err := filepath.Glob(filepath.Join(data, "loaders", "*.js"))
	require.NoError(t, err)
	for _, f := range files {
		name := strings.Split(filepath.Base(f), ".")
		if hash := name[len(name)-2]; strings.Contains(string(loader), hash) {
			parts["/embed/"+filepath.Base(f)] = fetched(t, p.url+"/embed/"+filepath.Base(f))
		}
	}
	require.NotEmpty(t, parts)
	require.Zero(t, p.stop(syscall.SIGTERM), p.log())

	yaml := filepath.Join(config, "connect", "group.yaml")
	b, err := os.ReadFile(yaml)
	require.NoError(t, err)
	changed := strings.NewReplacer("name: Connect Housing\n", "name: Another Name\n", "- name: _sl\n", "- name: _sl_other\n").Replace(string(b))
	require.NotEqual(t, string(b), changed)
	require.NoError(t, os.WriteFile(yaml, []byte(changed), 0o600))

	p = serve(t, data, "--config", config)
	after := printed(t, config, p.url)
	require.NotNil(t, after.Pinned)
	assert.NotEqual(t, path, strings.TrimPrefix(after.Pinned.Src, p.url), "another loader has another address")
	assert.Equal(t, loader, fetched(t, p.url+path), "the loader of the old tag")
	for part, body := range parts {
		assert.Equal(t, body, fetched(t, p.url+part), "a part of the loader of the old tag")
	}
	assert.NotEqual(t, loader, fetched(t, p.url+"/embed/connect.js"))
}

func TestAPinnedTagIsNeverMadeUp(t *testing.T) {
	script := func(body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
			io.WriteString(w, body)
		}
	}
	for name, c := range map[string]struct {
		moving, pinned http.HandlerFunc
		want           string
	}{
		"another server":                 {http.NotFound, http.NotFound, "answers with status 404"},
		"a page in place of the loader":  {func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<p>--><script>") }, http.NotFound, "with no script"},
		"a redirect to somebody else":    {http.RedirectHandler("https://elsewhere.example/", http.StatusFound).ServeHTTP, http.NotFound, "status 302"},
		"nothing at the pinned address":  {script("one"), http.NotFound, "answers with status 404"},
		"something else at that address": {script("one"), script("two"), "something between here and the server"},
		"a loader without end":           {script(strings.Repeat("x", maxLoader+1)), http.NotFound, "it is no loader"},
		"an answer that breaks off midway": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/javascript")
			w.Header().Set("Content-Length", "10")
			io.WriteString(w, "half")
		}, http.NotFound, "ends early"},
	} {
		t.Run(name, func(t *testing.T) {
			mux := http.NewServeMux()
			mux.Handle("/embed/reside.js", c.moving)
			mux.Handle("/", c.pinned)
			s := httptest.NewServer(mux)
			defer s.Close()
			got, err := pinnedAt(context.Background(), s.URL, "reside")
			require.Nil(t, got)
			require.ErrorContains(t, err, c.want)
			assert.NotContains(t, err.Error(), "-->", "it is printed into HTML")
		})
	}
}
