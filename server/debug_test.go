package server_test

import (
	"fmt"
	"net/http"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/group"
)

// debugBudget is what the debug overlay may add to the loader of a site that allows it, in bytes as sent with brotli.
const debugBudget = 150

var partsHash = regexp.MustCompile(`\bx:"([0-9a-f]{16})"`)

func TestOnlySitesThatAllowItHaveTheDebugOverlay(t *testing.T) {
	const loader = "/embed/progress-group.js"
	overlay := func(r *running) answer {
		hash := partsHash.FindStringSubmatch(r.do("GET", loader, "").body)
		require.NotNil(t, hash)
		return r.do("GET", "/embed/progress-group.debug."+hash[1]+".js", "")
	}
	without := with(t, func(s *group.Site) { s.Debug = false })
	assert.NotContains(t, without.do("GET", loader, "").body, "latchkey=debug")
	assert.Equal(t, http.StatusNotFound, overlay(without).status)

	allowed := with(t, func(s *group.Site) { s.Debug = true })
	assert.Contains(t, allowed.do("GET", loader, "").body, "latchkey=debug")
	part := overlay(allowed)
	require.Equal(t, http.StatusOK, part.status)
	assert.Contains(t, part.header.Get("Cache-Control"), "immutable")
	assert.Contains(t, part.body, `["statistics","Statistics","consent","2"]`)
	assert.Contains(t, part.body, `["_sl","cookie","Sitelook Analytics","statistics",["https://tag.sitelook.example"`)

	n := allowed.size(loader) - without.size(loader)
	fmt.Printf("%-44s %7d  of %7d\n", "debug overlay", n, debugBudget)
	assert.LessOrEqual(t, n, debugBudget)
}
