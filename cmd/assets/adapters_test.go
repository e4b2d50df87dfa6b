package main

import (
	"io"
	"path/filepath"
	"testing"

	"github.com/evanw/esbuild/pkg/api"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAModuleBecomesOneExpression(t *testing.T) {
	tests := []struct {
		name, module, want string
	}{
		{"one that declares its export alone", "var r=e=>e;export{r as default};\n", "e=>e"},
		{"one that names it twice", "var g=e=>e,r=g;export{r as default};\n", "e=>e"},
		{"one that exports something else", "var g=e=>e,r=h;export{r as default};\n", "(()=>{var g=e=>e,r=h;return r})()"},
		{"one with a declaration before", "var a=1;var r=e=>a;export{r as default};\n", "(()=>{var a=1;var r=e=>a;return r})()"},
		{"one with two in a statement", "var r=e=>a,a=1;export{r as default};\n", "(()=>{var r=e=>a,a=1;return r})()"},
		{"one with a function", "function r(e){return e}export{r as default};\n", "(()=>{function r(e){return e};return r})()"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := asExpression([]byte(tt.module))
			require.NoError(t, err)
			assert.Equal(t, tt.want, string(got))
		})
	}
	for name, module := range map[string]string{
		"no export":     "var r=1;",
		"a named one":   "var r=1;export{r as other};",
		"what is wrong": "var r=;export{r as default};",
	} {
		t.Run("but not "+name, func(t *testing.T) {
			_, err := asExpression([]byte(module))
			assert.Error(t, err)
		})
	}
}

// Adapters are written next to one another into a loader that is strict about
// what it makes from text (LAW W3), and has one place for a site's data.
func TestEveryAdapterIsOneExpression(t *testing.T) {
	t.Chdir("../..")
	entries, err := filepath.Glob(adapters)
	require.NoError(t, err)
	require.NotEmpty(t, entries)
	for _, entry := range entries {
		t.Run(filepath.Base(entry), func(t *testing.T) {
			module, err := bundle(entry, api.FormatESModule, io.Discard)
			require.NoError(t, err)
			code, err := asExpression(module)
			require.NoError(t, err)
			assert.True(t, isExpression(code))
			assert.NotContains(t, string(code), data)
			assert.NotRegexp(t, `\b(eval|Function|innerHTML|localStorage|sessionStorage|indexedDB|fetch|sendBeacon|import)\b|\.cookie\b`, string(code),
				"an adapter stores and sends nothing, and fetches nothing: it only tells")
		})
	}
}
