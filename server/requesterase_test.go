package server_test

import (
	"net/http"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/auditlog"
)

// forget erases all requests, as an operator does.
func (r *running) forget() {
	r.t.Helper()
	e := auditlog.Erasing{Reason: auditlog.ByCommand, Time: r.clock.Now()}
	for _, record := range r.requests() {
		e.References = append(e.References, record.Reference)
	}
	n, err := r.store.EraseRequests(r.t.Context(), e)
	require.NoError(r.t, err)
	require.NotZero(r.t, n)
}

func TestAFormThatIsSentAgainDoesNotBringBackWhatWasErased(t *testing.T) {
	r := start(t)
	check := r.toCheck("my file about the flood")
	confirmation := check.press("send").page.header.Get("Location")
	reference := r.requests()[0].Reference
	r.forget()

	again := check.press("send")
	assert.Equal(t, http.StatusConflict, again.page.status)
	assert.Contains(t, again.page.body, "what you sent has been erased since. Nothing was sent now.")
	assert.NotContains(t, again.page.body, reference)
	require.Len(t, r.requests(), 1, "a page that is loaded again stores nothing")
	assert.NotNil(t, r.requests()[0].Erased)

	sent := again.press("send")
	assert.Equal(t, http.StatusSeeOther, sent.page.status, "who wants to ask again does")
	require.Len(t, r.requests(), 2)
	assert.Nil(t, r.requests()[1].Erased)

	page := r.do("GET", confirmation, "")
	assert.Equal(t, http.StatusOK, page.status)
	assert.Contains(t, page.body, reference)
	assert.NotContains(t, page.body, "flood")
}

func TestTheAPISaysThatWhatWasSentIsErased(t *testing.T) {
	r := start(t)
	body := mustJSON(t, map[string]any{"key": uuid.NewString(), "site": "reside", "request": map[string]any{
		"kind": "erasure", "entities": []string{"reside"}, "what": "my old photo", "name": "Ada", "reply": "phone", "phone": "0300 000 0000",
	}})
	post := func() answer {
		return r.do("POST", "/api/requests", body, "Content-Type", "application/json", "Origin", origin)
	}
	require.Equal(t, http.StatusCreated, post().status)
	reference := r.requests()[0].Reference
	r.forget()
	again := post()
	refused(t, again, http.StatusConflict, "that request has been erased; a new request needs a new key")
	assert.NotContains(t, again.body, reference)
	assert.Len(t, r.requests(), 1)
}
