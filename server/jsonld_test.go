package server_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAReceiptIsGivenOutAsJSONLD(t *testing.T) {
	r := start(t)
	earlier := decode[receiptAnswer](t, r.postReceipt(r.submission()).body)
	sub := r.submission()
	sub["previous"] = earlier.Receipt
	got := decode[receiptAnswer](t, r.postReceipt(sub).body)
	at := "/api/receipts/" + got.Receipt

	t.Run("to whoever asks for it with the token", func(t *testing.T) {
		for _, accept := range []string{"application/ld+json", "text/html, application/ld+json;q=0.9"} {
			seen := r.do("GET", at, "", "Authorization", "Bearer "+got.Token, "Accept", accept)
			require.Equal(t, http.StatusOK, seen.status, seen.body)
			assert.Equal(t, "application/ld+json", seen.header.Get("Content-Type"))
			assert.Equal(t, "no-store", seen.header.Get("Cache-Control"))
			assert.Contains(t, seen.header.Values("Vary"), "Accept")
			var document map[string]any
			require.NoError(t, json.Unmarshal([]byte(seen.body), &document))
			assert.Equal(t, "urn:uuid:"+got.Receipt, document["@id"])
			assert.NotContains(t, seen.body, "dpv:NotAvailable", "the sample groups declare everything that is mandatory")
			assert.Contains(t, seen.body, "http://privacy.example.org/progress-group/request")
			record := document["dpv:hasRecordOfActivity"].([]any)[0].(map[string]any)
			for _, event := range record["dpv:hasConsentStatus"].([]any) {
				assert.Equal(t, "urn:uuid:"+got.Receipt, event.(map[string]any)["x:receipt"], "the token opens this receipt and no other")
			}
		}
	})
	t.Run("as JSON otherwise", func(t *testing.T) {
		for _, accept := range []string{"", "*/*", "application/json"} {
			seen := r.do("GET", at, "", "Authorization", "Bearer "+got.Token, "Accept", accept)
			assert.Equal(t, "application/json", seen.header.Get("Content-Type"), accept)
		}
	})
	t.Run("to nobody else", func(t *testing.T) {
		assert.Equal(t, http.StatusNotFound, r.do("GET", at, "", "Authorization", "Bearer "+earlier.Token, "Accept", "application/ld+json").status)
		assert.Equal(t, http.StatusUnauthorized, r.do("GET", at, "", "Accept", "application/ld+json").status)
	})
	t.Run("from the receipt's page", func(t *testing.T) {
		form := url.Values{"code": {got.Receipt + "." + got.Token}, "format": {"jsonld"}}
		seen := r.do("POST", "/progress-group/receipt", form.Encode(), "Content-Type", "application/x-www-form-urlencoded")
		require.Equal(t, http.StatusOK, seen.status, seen.body)
		assert.Equal(t, "application/ld+json", seen.header.Get("Content-Type"))
		assert.Contains(t, seen.header.Get("Content-Disposition"), ".jsonld")
	})
	t.Run("and the notice that it names is there", func(t *testing.T) {
		seen := r.do("GET", at, "", "Authorization", "Bearer "+got.Token, "Accept", "application/ld+json")
		_, after, ok := strings.Cut(seen.body, `"http://privacy.example.org/progress-group/notice`)
		require.True(t, ok)
		query, _, _ := strings.Cut(after, `"`)
		page := r.do("GET", "/progress-group/notice"+query, "")
		assert.Equal(t, http.StatusOK, page.status)
		assert.Contains(t, page.body, "Progress Housing Group privacy notice")
	})
}
