package main

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/evanw/esbuild/pkg/api"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheLoaderHasOnePlaceForASitesData(t *testing.T) {
	t.Chdir("../..")
	code, err := bundle("web/loader/main.ts", api.FormatIIFE, io.Discard)
	require.NoError(t, err)
	assert.Equal(t, 1, strings.Count(string(code), data))
	got := string(guarded(code))
	assert.True(t, strings.HasPrefix(got, "//# allFunctionsCalledOnLoad\ntry{(()=>{"), "the hint counts at the top only: "+got[:60])
	assert.Regexp(t, `\}catch\(\w\)\{console\.warn\("Latchkey",\w\)\}\n$`, got)
}

func TestThePanelComesWithItsStyle(t *testing.T) {
	t.Chdir("../..")
	code, err := bundle("web/loader/panel.ts", api.FormatESModule, io.Discard)
	require.NoError(t, err)
	assert.Contains(t, string(code), "dialog{")
	assert.Contains(t, string(code), " as open}")
}

// What a strict content security policy and Trusted Types forbid is not in what
// runs on other people's pages (LAW W3).
func TestOnOtherPeoplesPagesNothingIsMadeFromText(t *testing.T) {
	t.Chdir("../..")
	forbidden := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|setTimeout\(["'` + "`" + `]|setAttribute\("(style|on)|\bon[a-z]+=\\?["']`)
	for _, s := range sources {
		if !strings.HasPrefix(s.entry, "web/loader/") {
			continue
		}
		code, err := bundle(s.entry, s.format, io.Discard)
		require.NoError(t, err)
		assert.NotRegexp(t, forbidden, string(code), s.entry)
	}
}

// TestAllStandsAlone keeps every visitor's browser from taking "all" apart, which it does for the sake of what stands beside it.
func TestAllStandsAlone(t *testing.T) {
	t.Chdir("../..")
	css, err := bundle("web/css/first.css", api.FormatDefault, io.Discard)
	require.NoError(t, err)
	rules := regexp.MustCompile(`\{[^{}]*\ball:[^{}]*\}`).FindAllString(string(css), -1)
	assert.Equal(t, []string{"{all:initial!important}"}, rules)
}

func TestAnUnchangedFileIsLeftAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "file")
	require.NoError(t, write(path, []byte("one")))
	before, err := os.Stat(path)
	require.NoError(t, err)
	require.NoError(t, write(path, []byte("one")))
	same, err := os.Stat(path)
	require.NoError(t, err)
	assert.True(t, os.SameFile(before, same), "it was not replaced")
	require.NoError(t, write(path, []byte("two")))
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, "two", string(got))
	left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".new-*"))
	require.NoError(t, err)
	assert.Empty(t, left)
}

func TestCompressOnceNoticesAChange(t *testing.T) {
	path := filepath.Join(t.TempDir(), "app.wasm")
	for _, want := range []string{"first", "first", "second"} {
		require.NoError(t, os.WriteFile(path, []byte(want), 0o600))
		require.NoError(t, compressOnce(path, path+".br"))
		f, err := os.Open(path + ".br")
		require.NoError(t, err)
		got, err := io.ReadAll(brotli.NewReader(f))
		require.NoError(t, err)
		require.NoError(t, f.Close())
		assert.Equal(t, want, string(got))
	}
}
