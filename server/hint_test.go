package server_test

import (
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/consent"
	"latchkey/server"
	"latchkey/server/sqlite"
)

// Every wording of the banner is an edition of its own, so that the receipt of a
// choice proves the sentence that was shown before it.
func TestTheBannersOtherWordsAreEditions(t *testing.T) {
	dir := t.TempDir()
	before := consent.Edition{
		ID: "an-edition-of-long-ago", Site: "connect", Layer: 1, Language: "en-GB", Shown: "5b0e", Revision: "0a1b2c3d",
		Controller: consent.Party{Entity: "connect", Name: "Connect Housing Association"},
		Purposes: []consent.Purpose{
			{ID: "necessary", Basis: consent.Essential}, {ID: "preferences", Basis: consent.ByConsent}, {ID: "marketing", Basis: consent.ByConsent},
			{ID: "chat", Basis: consent.ByConsent},
		},
	}
	store, err := sqlite.Open(t.Context(), filepath.Join(dir, "latchkey.db"))
	require.NoError(t, err)
	require.NoError(t, store.AddEdition(t.Context(), before, "Cookies"))
	require.NoError(t, store.Close())

	r := startWith(t, dir, func(*server.Options) {})
	loader := r.do("GET", "/embed/connect.js", "").body
	hash := regexp.MustCompile(`x:"([0-9a-f]{16})"`).FindStringSubmatch(loader)
	require.NotNil(t, hash)
	part := r.do("GET", "/embed/connect.hint."+hash[1]+".js", "")
	require.Equal(t, 200, part.status)
	editions := map[string]string{}
	for _, m := range regexp.MustCompile(`(?:"([^"]*)"|(_?[0-9a-z]+)):\{e:"([\w-]{22})"`).FindAllStringSubmatch(part.body, -1) {
		editions[m[1]+m[2]] = m[3]
	}
	again := "You have chosen before. We ask again because something has changed:\nStatistics is new.\nchat is no longer used."
	unknown := "You have chosen before. We ask again because what the website uses has changed since then."
	gpc := "Your browser asks us not to share your information (Global Privacy Control). Unless you choose otherwise, this stays off: Marketing."
	for key, want := range map[string][]string{
		"+": {gpc}, "?": {unknown}, "?+": {unknown, gpc}, "0a1b2c3d": {again}, "0a1b2c3d+": {again, gpc},
	} {
		require.NotEmpty(t, editions[key], "for %q, among %v", key, editions)
		e, err := r.store.Edition(t.Context(), editions[key])
		require.NoError(t, err)
		text, err := r.store.ShownText(t.Context(), e.Shown)
		require.NoError(t, err)
		for _, words := range want {
			assert.Contains(t, text, words, key)
		}
		assert.Contains(t, text, "This video comes from {provider}.", "and the covers, which can be allowed always")
	}
	assert.Len(t, editions, 5)
}

// The page of the switches says that the browser sends Global Privacy Control,
// and no cache gives that page to another browser.
func TestThePreferencesKnowGlobalPrivacyControl(t *testing.T) {
	r := start(t)
	hidden := regexp.MustCompile(`<[^>]*data-gpc="page"[^>]*hidden`)
	hiddenFirst := regexp.MustCompile(`<[^>]*hidden[^>]*data-gpc="page"`)
	for header, want := range map[string]bool{"1": true, "0": false, "true": false} {
		got := r.do("GET", "/connect/preferences", "", "Sec-GPC", header)
		assert.Equal(t, want, !hidden.MatchString(got.body) && !hiddenFirst.MatchString(got.body), "Sec-GPC: %s", header)
		assert.Contains(t, got.header.Values("Vary"), "Sec-GPC")
	}
	page := r.do("GET", "/connect/preferences", "").body
	texts := map[bool]string{}
	for gpc, name := range map[bool]string{false: "data-edition", true: "data-edition-gpc"} {
		id := regexp.MustCompile(` ` + name + `="([\w-]{22})"`).FindStringSubmatch(page)
		require.NotNil(t, id, name)
		e, err := r.store.Edition(t.Context(), id[1])
		require.NoError(t, err)
		texts[gpc], err = r.store.ShownText(t.Context(), e.Shown)
		require.NoError(t, err)
	}
	assert.Contains(t, texts[true], "Your browser sends Global Privacy Control")
	assert.NotContains(t, texts[false], "Global Privacy Control")
}
