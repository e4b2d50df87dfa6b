package browsertest

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// homes is the website of testdata/homes, which has two hosts under one domain.
type homes struct {
	t    *testing.T
	dir  string
	port string
	stop func()
}

// www and my are the hosts' addresses.
func (h *homes) www() string { return "https://www.homes.example:" + h.port }
func (h *homes) my() string  { return "https://my.homes.example:" + h.port }

// serveHomes serves testdata/homes in the place of the sample groups, until the
// test ends. What is changed in its file comes in pairs.
func serveHomes(t *testing.T, changes ...string) *homes {
	t.Helper()
	before := lk
	sites := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !documented(w, r) {
			before.site.ServeHTTP(w, r)
		}
	}))
	_, port, _ := strings.Cut(strings.TrimPrefix(sites.URL, "https://"), ":")
	h := &homes{t: t, dir: t.TempDir(), port: port}
	lk.data = filepath.Join(h.dir, "data")
	h.serve(changes...)
	t.Cleanup(func() {
		h.stop()
		sites.Close()
		lk = before
	})
	return h
}

// serve starts the product with the group, in the place of the one before if there is one.
func (h *homes) serve(changes ...string) {
	h.t.Helper()
	if h.stop != nil {
		h.stop()
	}
	h.configure(changes...)
	var err error
	h.stop, err = launch(h.dir)
	require.NoError(h.t, err)
}

// configure writes the group's files.
func (h *homes) configure(changes ...string) {
	h.t.Helper()
	groups := filepath.Join(h.dir, "groups")
	require.NoError(h.t, os.RemoveAll(groups))
	require.NoError(h.t, os.CopyFS(filepath.Join(groups, "homes"), os.DirFS("testdata/homes")))
	file := filepath.Join(groups, "homes", "group.yaml")
	b, err := os.ReadFile(file)
	require.NoError(h.t, err)
	for i := 0; i < len(changes); i += 2 {
		require.Contains(h.t, string(b), changes[i])
	}
	text := strings.ReplaceAll(strings.NewReplacer(changes...).Replace(string(b)), "8443", h.port)
	require.NoError(h.t, os.WriteFile(file, []byte(text), 0o600))
}

// page makes a page of the website, with the loader and what is in its body.
func (h *homes) page(path, body string) {
	lk.pages.Store(path, `<!doctype html><html lang="en-GB"><head><meta charset="utf-8"><title>Lantern Homes</title>
<link rel="icon" href="data:,"><script async src="`+lk.latchkey+`/embed/homes.js"></script></head><body><h1>Lantern Homes</h1>`+body+`</body></html>`)
	h.t.Cleanup(func() { lk.pages.Delete(path) })
}
