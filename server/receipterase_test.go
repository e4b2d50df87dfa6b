package server_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/server/receiptlog/audit"
	"latchkey/server/retention"
)

// chosen is what a device knows of one of its choices.
type chosen struct{ Receipt, Token string }

func (c chosen) code() string { return c.Receipt + "." + c.Token }

// choose sends a choice that follows on another.
func (r *running) choose(answer string, before chosen) chosen {
	r.t.Helper()
	sub := r.submission()
	sub["answers"], sub["method"] = r.answers(answer), "save"
	if before.Receipt != "" {
		sub["previous"], sub["proof"] = before.Receipt, before.Token
	}
	got := r.postReceipt(sub)
	require.Equal(r.t, http.StatusCreated, got.status, got.body)
	var c chosen
	require.NoError(r.t, json.Unmarshal([]byte(got.body), &c))
	return c
}

// form posts the form of the receipt page; fields are pairs.
func (r *running) form(code string, fields ...string) answer {
	r.t.Helper()
	values := url.Values{"code": {code}}
	for i := 0; i < len(fields); i += 2 {
		values.Set(fields[i], fields[i+1])
	}
	return r.do("POST", "/progress-group/receipt?lang=en-GB", values.Encode(), "Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-origin")
}

var openButton = regexp.MustCompile(`name="open"[^>]*value="([^"]+)"|value="([^"]+)"[^>]*name="open"`)

// opens lists the receipts that a page leads to.
func opens(body string) []string {
	var ids []string
	for _, tag := range regexp.MustCompile(`<button[^>]*>`).FindAllString(body, -1) {
		if m := openButton.FindStringSubmatch(tag); m != nil {
			ids = append(ids, m[1]+m[2])
		}
	}
	return ids
}

func TestTheNewestCodeShowsTheHistoryOfItsDevice(t *testing.T) {
	r := start(t)
	first := r.choose("yes", chosen{})
	r.clock.set(r.clock.Now().Add(24 * time.Hour))
	second := r.choose("no", first)
	third := r.choose("yes", second)
	other := r.choose("yes", chosen{})

	page := r.form(third.code())
	require.Equal(t, http.StatusOK, page.status)
	assert.Equal(t, []string{second.Receipt, first.Receipt}, opens(page.body), "newest first, and the one shown needs no button")
	assert.Contains(t, page.body, "Shown on this page")
	assert.NotContains(t, page.body, other.Receipt)
	assert.Equal(t, "no-store", page.header.Get("Cache-Control"))

	earlier := r.form(third.code(), "open", first.Receipt)
	require.Equal(t, http.StatusOK, earlier.status)
	assert.Equal(t, []string{third.Receipt, second.Receipt}, opens(earlier.body))
	file := r.form(third.code(), "show", first.Receipt, "format", "json")
	assert.Contains(t, file.body, first.Receipt)
	assert.Contains(t, file.header.Get("Content-Disposition"), "attachment")

	assert.Empty(t, opens(r.form(first.code()).body), "an older code does not lead on to later choices")
	foreign := r.form(third.code(), "open", other.Receipt)
	assert.NotContains(t, foreign.body, other.Receipt, "only the device's own can be opened")
}

func TestAVisitorErasesTheirReceipt(t *testing.T) {
	r := start(t)
	c := r.choose("yes", chosen{})

	ask := r.form(c.code(), "erase", "ask")
	require.Equal(t, http.StatusOK, ask.status)
	assert.Contains(t, ask.body, "Erase this receipt?")
	kept := r.form(c.code(), "erase", "ask", "confirm", "keep")
	assert.Contains(t, kept.body, "<h1>Your receipt</h1>")
	assert.Equal(t, http.StatusOK, r.do("GET", "/api/receipts/"+c.Receipt, "", "Authorization", "Bearer "+c.Token).status, "asking erases nothing")

	done := r.form(c.code(), "erase", "ask", "confirm", "erase")
	require.Equal(t, http.StatusOK, done.status)
	assert.Contains(t, done.body, "Your receipt is erased")
	assert.Contains(t, done.body, "Monday 23 November 2026 at 10:00, UK time")
	assert.Zero(t, r.receipts())
	assert.Equal(t, http.StatusNotFound, r.do("GET", "/api/receipts/"+c.Receipt, "", "Authorization", "Bearer "+c.Token).status)

	again := r.form(c.code(), "erase", "ask", "confirm", "erase")
	assert.Equal(t, http.StatusGone, again.status)
	assert.Contains(t, again.body, "This receipt was erased")
	wrong := r.form(c.Receipt + ".x")
	assert.Equal(t, http.StatusNotFound, wrong.status, "who has no token is not told")
	assert.NotContains(t, wrong.body, "was erased")

	require.NoError(t, r.ledger.Integrate(t.Context()))
	report, err := audit.Whole(t.Context(), r.store.Audit(), audit.Options{Keys: r.ledger.Keys()})
	require.NoError(t, err)
	assert.Empty(t, report.Problems)
	assert.EqualValues(t, 1, report.Erased)
	assert.EqualValues(t, 2, report.Checkpoint.Size, "the leaf, and the one that says that it was erased")
}

func TestAReceiptIsErasedWithThoseBeforeItAndNotWithLaterOnes(t *testing.T) {
	r := start(t)
	first := r.choose("yes", chosen{})
	second := r.choose("no", first)
	third := r.choose("yes", second)

	ask := r.form(third.code(), "show", second.Receipt, "erase", "ask")
	assert.Contains(t, ask.body, "Erase these 2 receipts?")
	done := r.form(third.code(), "show", second.Receipt, "erase", "ask", "confirm", "erase")
	require.Equal(t, http.StatusOK, done.status)
	assert.Contains(t, done.body, "Back to your newest receipt")
	assert.Equal(t, 1, r.receipts())

	left := r.form(third.code())
	require.Equal(t, http.StatusOK, left.status)
	assert.NotContains(t, left.body, "Your choices on this device")
	assert.Equal(t, http.StatusGone, r.form(second.code()).status)
	assert.Equal(t, http.StatusGone, r.form(first.code()).status)

	fourth := r.choose("no", third)
	r.form(fourth.code(), "confirm", "erase")
	assert.Zero(t, r.receipts(), "the newest goes with all")
}

func TestErasingNeedsAPostFromOurOwnPage(t *testing.T) {
	r := start(t)
	c := r.choose("yes", chosen{})
	body := url.Values{"code": {c.code()}, "confirm": {"erase"}}.Encode()
	got := r.do("POST", "/progress-group/receipt", body, "Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "cross-site")
	assert.Equal(t, http.StatusForbidden, got.status)
	got = r.do("GET", "/progress-group/receipt?"+body, "")
	assert.Equal(t, http.StatusOK, got.status)
	elsewhere := r.do("POST", "/reside/receipt", body, "Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-origin")
	assert.Equal(t, http.StatusNotFound, elsewhere.status, "on another site's page the code opens nothing")
	assert.Equal(t, 1, r.receipts())
}

func TestAReceiptThatFollowsOnItselfOrOnAnotherSitesHasNoLongerHistory(t *testing.T) {
	r := start(t)
	c := r.choose("yes", chosen{Receipt: "00000000-0000-4000-8000-00000000dead"})
	page := r.form(c.code())
	require.Equal(t, http.StatusOK, page.status)
	assert.Empty(t, opens(page.body))
	assert.False(t, strings.Contains(page.body, "Your choices on this device"))
}

func TestRetentionIsThatOfTheConfigurationInUse(t *testing.T) {
	months := map[string]int{}
	for _, rule := range start(t).srv.Retention() {
		months[rule.Site] = rule.Months
	}
	assert.Equal(t, 24, months["progress-group"])
	assert.NotContains(t, months, "")
	assert.GreaterOrEqual(t, len(months), 3)
}

func TestThePurgeOfOldReceiptsIsSound(t *testing.T) {
	r := start(t)
	began := r.clock.Now()
	old := r.choose("yes", chosen{})
	kept := r.choose("yes", chosen{})
	r.clock.set(began.AddDate(1, 0, 0))
	again := r.choose("no", kept)
	require.NoError(t, r.ledger.Integrate(t.Context()))
	r.clock.set(began.AddDate(2, 0, 1))
	purged, err := retention.Purge(t.Context(), r.store, retention.Rule{Site: "progress-group", Months: 24}, r.clock.Now, true)
	require.NoError(t, err)
	assert.Equal(t, retention.Result{Erased: 1}, purged)
	assert.Equal(t, http.StatusGone, r.form(old.code()).status)
	assert.Equal(t, http.StatusOK, r.form(kept.code()).status, "its device came back a year later")
	assert.Equal(t, []string{kept.Receipt}, opens(r.form(again.code()).body))

	require.NoError(t, r.ledger.Integrate(t.Context()))
	report, err := audit.Whole(t.Context(), r.store.Audit(), audit.Options{Keys: r.ledger.Keys()})
	require.NoError(t, err)
	assert.Empty(t, report.Problems)
	assert.EqualValues(t, 5, report.Checkpoint.Size, "three receipts, an erasure, and the purge that it was part of")
}
