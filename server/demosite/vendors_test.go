package demosite_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/server/demosite"
)

func TestTheDoublesOfVendorsAreThirdParties(t *testing.T) {
	h, err := demosite.New(demosite.Options{
		Sites: os.DirFS("../../testdata/vendors/sites"), Vendors: os.DirFS("../../testdata/vendors"), Latchkey: latchkey, ThirdParty: third,
	})
	require.NoError(t, err)
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)

	status, body := get(t, s.URL+"/vendors/meta.js")
	assert.Equal(t, http.StatusOK, status)
	assert.Contains(t, body, "fbq")
	status, body = get(t, s.URL+"/vendors/frame/youtube?v=damp")
	assert.Equal(t, http.StatusOK, status)
	assert.Contains(t, body, `src="/vendors/collect/youtube"`)
	resp, err := http.Post(s.URL+"/vendors/collect/google?gcs=G111", "text/plain", nil)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	var paths []string
	for _, hit := range h.Third.Received() {
		paths = append(paths, hit.Path)
	}
	assert.Equal(t, []string{"meta.js", "youtube", "google"}, paths)
	assert.Equal(t, "gcs=G111", h.Third.Received()[2].Query)

	for _, missing := range []string{"/vendors/frame/nobody", "/vendors/frame.html", "/vendors/README.md", "/vendors/nobody.js"} {
		status, _ = get(t, s.URL+missing)
		assert.Equal(t, http.StatusNotFound, status, missing)
	}
	assert.Equal(t, []string{"apart", "counted", "tags"}, h.Sites())
}

func TestWithoutTheirFolderThereAreNoVendors(t *testing.T) {
	_, s := serve(t)
	status, _ := get(t, s.URL+"/vendors/meta.js")
	assert.Equal(t, http.StatusNotFound, status)
}
