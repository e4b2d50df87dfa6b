package server_test

import (
	"fmt"
	"io"
	"net/http"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/server/config"
)

// Budgets of what travels, in bytes as sent with brotli.
const (
	loaderBudget = 5_000
	pageBudget   = 20_000 // a page of the centre with its style sheet and boot script
	wasmBudget   = 1_600_000
	proofBudget  = 910_000 // the check of receipts: script and program, only when asked for
)

// TestSize holds every site's loader, every page of the centre and the
// WebAssembly to their budgets, as they travel. `make size` prints what it measures.
func TestSize(t *testing.T) {
	r := start(t)
	loaded, err := config.Load(groups, r.clock.Now())
	require.NoError(t, err)

	for _, id := range loaded.SiteIDs() {
		n := r.size("/embed/" + id + ".js")
		fmt.Printf("%-44s %7d  of %7d\n", "loader "+id, n, loaderBudget)
		assert.LessOrEqual(t, n, loaderBudget, "the loader of %s", id)
	}
	for _, id := range loaded.SiteIDs() {
		for _, page := range []string{"", "preferences", "notice", "request", "receipt", "cookies"} {
			html := r.do("GET", "/"+id+"/"+page, "").body
			n := r.size("/" + id + "/" + page)
			for _, address := range assetsOf(html) {
				n += r.size(address)
			}
			fmt.Printf("%-44s %7d  of %7d\n", "page /"+id+"/"+page, n, pageBudget)
			assert.LessOrEqual(t, n, pageBudget, "the page /%s/%s", id, page)
		}
	}
	wasm := wasmOf.FindStringSubmatch(r.do("GET", "/reside/request", "").body)
	require.NotNil(t, wasm)
	n := r.size(wasm[1])
	fmt.Printf("%-44s %7d  of %7d\n", "app.wasm", n, wasmBudget)
	assert.LessOrEqual(t, n, wasmBudget, "the WebAssembly")

	n = 0
	page := r.do("GET", "/reside/receipt", "").body
	for _, part := range []string{"script", "program", "exec"} {
		address := regexp.MustCompile(`data-` + part + `="(/assets/[^"]+)"`).FindStringSubmatch(page)
		require.NotNil(t, address, part)
		n += r.size(address[1])
	}
	fmt.Printf("%-44s %7d  of %7d\n", "check of a receipt", n, proofBudget)
	assert.LessOrEqual(t, n, proofBudget, "the check of a receipt")
	assert.NotRegexp(t, `(src|href)="/assets/verify`, page, "it is fetched only when somebody asks for it")
}

// size is how many bytes of body travel for an address.
func (r *running) size(path string) int {
	r.t.Helper()
	req, err := http.NewRequest("GET", r.URL+path, nil)
	require.NoError(r.t, err)
	req.Header.Set("Accept-Encoding", "br") // set by hand, so that the client leaves the body as it came
	res, err := http.DefaultClient.Do(req)
	require.NoError(r.t, err)
	defer res.Body.Close()
	require.Equal(r.t, http.StatusOK, res.StatusCode, path)
	require.Equal(r.t, "br", res.Header.Get("Content-Encoding"), path)
	n, err := io.Copy(io.Discard, res.Body)
	require.NoError(r.t, err)
	return int(n)
}
