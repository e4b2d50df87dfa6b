package server_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// FuzzLogTile holds every path below /log/tile/ to two answers: bytes of a log of three leaves, or that
// there is no such tile.
func FuzzLogTile(f *testing.F) {
	for _, path := range []string{
		"0/000.p/3", "0/000", "1/000.p/1", "63/000.p/1", "entries/000.p/3", "entries/x001/x152/x921/x504/x606/x846/976", "entries/-01", "data/000", "8/0/000", "0/000.p/0", "", "..", "0/000.p/3/",
	} {
		f.Add(path)
	}
	r := start(f)
	for range 3 {
		require.Equal(f, http.StatusCreated, r.postReceipt(r.submission()).status)
	}
	require.NoError(f, r.ledger.Integrate(f.Context()))
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	f.Fuzz(func(t *testing.T, path string) {
		got, err := client.Get(r.URL + "/log/tile/" + (&url.URL{Path: path}).EscapedPath())
		require.NoError(t, err)
		defer got.Body.Close()
		switch got.StatusCode {
		case http.StatusOK:
			assert.Regexp(t, `^(0|entries)/000\.p/[123]$`, path)
		case http.StatusMovedPermanently, http.StatusTemporaryRedirect: // of a path with // or .. in it
			assert.NotEqual(t, path, got.Header.Get("Location"))
		default:
			assert.Equal(t, http.StatusNotFound, got.StatusCode)
		}
	})
}
