package server_test

import (
	"crypto/rand"
	"encoding/base64"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/gorilla/securecookie"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/consent"
	"latchkey/server"
)

type receiptAnswer struct {
	Receipt string `json:"receipt"`
	Token   string `json:"token"`
	Time    string `json:"time"`
}

func TestAReceiptIsStoredOnceWithAllThatItMustShow(t *testing.T) {
	r := start(t)
	sub := r.submission()
	sub["secret"] = newSecret()

	first := r.postReceipt(sub)
	require.Equal(t, http.StatusCreated, first.status, first.body)
	got := decode[receiptAnswer](t, first.body)

	t.Run("the same event again is answered with the same receipt", func(t *testing.T) {
		sub["age"] = 90 // it waited in the device's storage
		again := r.postReceipt(sub)
		assert.Equal(t, http.StatusOK, again.status)
		second := decode[receiptAnswer](t, again.body)
		assert.Equal(t, []any{got.Receipt, got.Time}, []any{second.Receipt, second.Time})
		seen := r.do("GET", "/api/receipts/"+got.Receipt, "", "Authorization", "Bearer "+second.Token)
		assert.Equal(t, http.StatusOK, seen.status, "its token, which is sealed anew, opens it")
	})

	t.Run("the same id with another choice is a conflict", func(t *testing.T) {
		other := maps.Clone(sub)
		other["answers"], other["method"] = r.answers("no"), "reject-all"
		again := r.postReceipt(other)
		assert.Equal(t, http.StatusConflict, again.status)
	})

	t.Run("exactly one was stored", func(t *testing.T) { assert.Equal(t, 1, r.receipts()) })

	t.Run("the holder of the token sees it, whole", func(t *testing.T) {
		seen := r.do("GET", "/api/receipts/"+got.Receipt, "", "Authorization", "Bearer "+got.Token)
		require.Equal(t, http.StatusOK, seen.status, seen.body)
		receipt := decode[consent.Receipt](t, seen.body)
		ev := receipt.Event
		assert.Equal(t, got.Receipt, receipt.ID)
		assert.Equal(t, "2026-11-23T10:00:00Z", receipt.Time.Format("2006-01-02T15:04:05Z07:00"))
		assert.Equal(t, sub["event"], ev.ID)
		assert.Equal(t, "Progress Housing Group Limited", ev.Controller.Name)
		assert.Equal(t, "Z7945816", ev.Controller.ICO)
		assert.Equal(t, consent.AcceptAll, ev.Method)
		assert.Equal(t, 1, ev.Layer)
		assert.Equal(t, "en-GB", ev.Language)
		assert.Equal(t, "progress-group", ev.Notice.ID)
		for name, hash := range map[string]string{"shown": ev.Shown, "notice": ev.Notice.Hash, "config": ev.Config} {
			assert.Regexp(t, `^[0-9a-f]{64}$`, hash, name)
		}
		assert.Regexp(t, `^[0-9a-f]{16}$`, ev.Loader)
		for _, p := range ev.Purposes {
			want := consent.Yes
			if !p.Basis.Choosable() {
				want = consent.NotAsked
			}
			assert.Equal(t, want, p.Answer, p.ID)
		}
		text, err := r.store.ShownText(t.Context(), ev.Shown)
		require.NoError(t, err)
		assert.Contains(t, text, "Reject all")
	})

	t.Run("nobody else sees it, and nobody learns whether it exists", func(t *testing.T) {
		other := decode[receiptAnswer](t, r.postReceipt(r.submission()).body)
		for name, token := range map[string]string{"a made-up token": "x", "another receipt's token": other.Token} {
			there := r.do("GET", "/api/receipts/"+got.Receipt, "", "Authorization", "Bearer "+token)
			missing := r.do("GET", "/api/receipts/"+uuid.NewString(), "", "Authorization", "Bearer "+token)
			assert.Equal(t, http.StatusNotFound, there.status, name)
			assert.Equal(t, decode[map[string]any](t, there.body)["detail"], decode[map[string]any](t, missing.body)["detail"], name)
		}
		assert.Equal(t, http.StatusUnauthorized, r.do("GET", "/api/receipts/"+got.Receipt, "").status)
	})

}

// newSecret is a secret as the loader makes one.
func newSecret() string {
	b := make([]byte, 16)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

// TestOnlyTheSenderOfAnEventGetsATokenAgain posts what a receipt file holds, as anybody can who has one.
func TestOnlyTheSenderOfAnEventGetsATokenAgain(t *testing.T) {
	r := start(t)
	for _, c := range []struct {
		name        string
		first, then any // secrets; nil for none
		token       bool
	}{
		{"the sender", "AAECAwQFBgcICQoLDA0ODw", "AAECAwQFBgcICQoLDA0ODw", true},
		{"somebody without the secret", "AAECAwQFBgcICQoLDA0ODw", nil, false},
		{"somebody with another secret", "AAECAwQFBgcICQoLDA0ODw", "AAECAwQFBgcICQoLDA0ODg", false},
		{"somebody with the same bits in other characters", "AAECAwQFBgcICQoLDA0ODw", "AAECAwQFBgcICQoLDA0ODx", false},
		{"an older loader, which has none", nil, nil, false},
		{"somebody with a secret, of an event that came without", nil, "AAECAwQFBgcICQoLDA0ODw", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			with := func(sub map[string]any, secret any) map[string]any {
				if delete(sub, "secret"); secret != nil {
					sub["secret"] = secret
				}
				return sub
			}
			sub := r.submission()
			first := r.postReceipt(with(sub, c.first))
			require.Equal(t, http.StatusCreated, first.status, first.body)
			receipt := decode[receiptAnswer](t, first.body)
			require.NotEmpty(t, receipt.Token, "whoever sends it first gets one")

			again := r.postReceipt(with(sub, c.then))
			require.Equal(t, http.StatusOK, again.status, again.body)
			got := decode[map[string]string](t, again.body)
			assert.Equal(t, []string{receipt.Receipt, receipt.Time}, []string{got["receipt"], got["time"]})
			token, there := got["token"]
			assert.Equal(t, c.token, there)
			if c.token {
				assert.Equal(t, http.StatusOK, r.do("GET", "/api/receipts/"+receipt.Receipt, "", "Authorization", "Bearer "+token).status)
			}

			other := with(maps.Clone(sub), c.first)
			other["answers"], other["method"] = r.answers("no"), "reject-all"
			assert.Equal(t, http.StatusConflict, r.postReceipt(other).status, "other content is a conflict, whoever sends it")
			assert.NotContains(t, r.log.String(), "AAECAwQ")
		})
	}
}

// TestATokenIsSealedRandomness opens tokens with the keys of the server: 128 bits
// of each are drawn anew, and nothing else opens them.
func TestATokenIsSealedRandomness(t *testing.T) {
	dir := t.TempDir()
	r := startWith(t, dir, func(*server.Options) {})
	key := func(name string) []byte {
		b, err := os.ReadFile(filepath.Join(dir, "keys", name))
		require.NoError(t, err)
		k, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(b)))
		require.NoError(t, err)
		return k
	}
	seal := securecookie.New(key("seal-hash.key"), key("seal-block.key")).SetSerializer(securecookie.JSONEncoder{}).MaxAge(0)
	sub := r.submission()
	sub["secret"] = newSecret()
	seen := map[string]bool{}
	for range 3 {
		token := decode[receiptAnswer](t, r.postReceipt(sub).body).Token
		var inside struct{ S string }
		require.NoError(t, seal.Decode("receipt", token, &inside))
		random, err := base64.RawURLEncoding.DecodeString(inside.S)
		require.NoError(t, err)
		assert.Len(t, random, 128/8)
		seen[inside.S] = true
	}
	assert.Len(t, seen, 3)
}

func (r *running) receipts() int {
	n := 0
	for _, err := range r.store.Receipts(r.t.Context(), consent.ReceiptFilter{}) {
		require.NoError(r.t, err)
		n++
	}
	return n
}

func TestABadReceiptIsRefusedInAPlainSentenceAndNothingIsStored(t *testing.T) {
	r := start(t)
	with := func(key string, value any) map[string]any {
		s := r.submission()
		s[key] = value
		return s
	}
	without := func(key string) map[string]any {
		s := r.submission()
		delete(s, key)
		return s
	}
	answers := func(change func(map[string]string)) map[string]any {
		a := r.answers("yes")
		change(a)
		return with("answers", a)
	}
	for name, c := range map[string]struct {
		body   any
		status int
		says   string
	}{
		"an unknown field":           {with("colour", "red"), 400, "colour"},
		"an unknown site":            {with("site", "nowhere"), 422, "nowhere"},
		"no site":                    {without("site"), 422, "site"},
		"another site's edition":     {with("edition", r.edition("connect", "en-GB")), 422, "another site"},
		"an edition never published": {with("edition", strings.Repeat("A", 22)), 422, "edition"},
		"an edition of no form":      {with("edition", "latest"), 422, "edition"},
		"an unknown purpose":         {answers(func(a map[string]string) { a["selling"] = "yes" }), 422, "selling"},
		"a purpose left out":         {answers(func(a map[string]string) { delete(a, "marketing") }), 422, "marketing is missing"},
		"a consent to the essential": {answers(func(a map[string]string) { a["necessary"] = "yes" }), 422, "necessary"},
		"an answer that is none":     {answers(func(a map[string]string) { a["marketing"] = "maybe" }), 422, "marketing"},
		"no answers":                 {with("answers", map[string]string{}), 422, "answers"},
		"an unknown method":          {with("method", "scrolling"), 422, "method"},
		"an event that is no UUID":   {with("event", "1"), 422, "event"},
		"a previous that is no UUID": {with("previous", "1"), 422, "previous"},
		"a choice from the future":   {with("age", -1), 422, "age"},
		"a choice from long ago":     {with("age", consent.MaxAge+1), 422, "age"},
		"an age that is no number":   {with("age", "soon"), 400, "age"},
		"a time of the device's":     {with("time", "2026-11-23T10:00:00Z"), 400, "time"},
		"an IP address sent along":   {with("ip", "192.0.2.1"), 400, "ip"},
	} {
		t.Run(name, func(t *testing.T) {
			refused(t, r.postReceipt(c.body), c.status, c.says)
		})
	}

	good := `{"event":"` + uuid.NewString() + `","site":"progress-group"}`
	json := []string{"Content-Type", "application/json", "Origin", origin}
	for name, c := range map[string]struct {
		method, body string
		headers      []string
		status       int
		says         string
	}{
		"broken JSON":            {"POST", `{"event":`, json, 400, "JSON"},
		"two values":             {"POST", good + good, json, 400, "one JSON object"},
		"an array":               {"POST", `[]`, json, 400, "JSON"},
		"an empty body":          {"POST", ``, json, 400, "JSON"},
		"more than 8 kB":         {"POST", `{"event":"` + strings.Repeat("x", 9000) + `"}`, json, 413, "8192"},
		"a form":                 {"POST", "event=1", []string{"Content-Type", "application/x-www-form-urlencoded", "Origin", origin}, 415, "application/json"},
		"plain text":             {"POST", good, []string{"Content-Type", "text/plain", "Origin", origin}, 415, "application/json"},
		"no media type":          {"POST", good, []string{"Origin", origin}, 415, "application/json"},
		"the method PUT":         {"PUT", good, json, 405, "POST"},
		"the method GET":         {"GET", "", nil, 405, "POST"},
		"an address of no sense": {"POST", good, json, 404, "nothing at this address"},
	} {
		t.Run(name, func(t *testing.T) {
			path := "/api/receipts"
			if c.status == 404 {
				path = "/api/reciepts"
			}
			refused(t, r.do(c.method, path, c.body, c.headers...), c.status, c.says)
		})
	}

	body, json := mustJSON(t, r.submission()), []string{"Content-Type", "application/json"}
	for name, headers := range map[string][]string{
		"another origin":           {"Origin", "https://evil.example"},
		"no origin":                nil,
		"an opaque origin":         {"Origin", "null"},
		"the origin's look-alike":  {"Origin", origin + ".evil.example"},
		"the origin, other scheme": {"Origin", strings.Replace(origin, "http:", "https:", 1)},
	} {
		t.Run(name, func(t *testing.T) {
			for _, path := range []string{"/api/receipts", "/api/requests"} {
				for _, sent := range []string{body, "", "{"} {
					got := r.do("POST", path, sent, append(json, headers...)...)
					refused(t, got, 403, "rigin")
					assert.Empty(t, got.header.Get("Access-Control-Allow-Origin"))
				}
				refused(t, r.do("POST", path, body, headers...), 403, "rigin") // before its type is looked at
			}
		})
	}

	assert.Zero(t, r.receipts(), "nothing may be stored of what was refused")
	assert.NotContains(t, r.log.String(), "evil.example", "the log says nothing about who asked")
}

// TestASiteSpeaksForItselfAlone sends what is for a site from the origin of another one.
func TestASiteSpeaksForItselfAlone(t *testing.T) {
	const other = "https://www.connect.example"
	r := startWith(t, t.TempDir(), func(o *server.Options) {
		_, connect, ok := o.Config.Site("connect")
		require.True(t, ok)
		connect.Origins = []string{other}
	})
	request := `{"key":"` + uuid.NewString() + `","site":"progress-group","request":{"kind":"access","what":"x","name":"A","reply":"phone","phone":"0300 000 0000"}}`
	for path, body := range map[string]string{"/api/receipts": mustJSON(t, r.submission()), "/api/requests": request} {
		refused(t, r.do("POST", path, body, "Content-Type", "application/json", "Origin", other), http.StatusForbidden, "progress-group")
		got := r.do("POST", path, body, "Content-Type", "application/json", "Origin", origin)
		assert.Equal(t, http.StatusCreated, got.status, got.body)
	}
	assert.Equal(t, 1, r.receipts())
}

// refused asserts a problem document (RFC 9457) with a sentence that says what is wrong.
func refused(t *testing.T, got answer, status int, says string) {
	t.Helper()
	assert.Equal(t, status, got.status, got.body)
	assert.Equal(t, "application/problem+json", got.header.Get("Content-Type"))
	p := decode[map[string]any](t, got.body)
	assert.EqualValues(t, status, p["status"])
	assert.NotEmpty(t, p["title"])
	assert.Contains(t, p["detail"], says)
	assert.NotContains(t, got.body, "goroutine")
	assert.NotContains(t, got.body, ".go:")
}

func TestOnlyTheSitesMayReadTheAPIFromABrowser(t *testing.T) {
	r := start(t)
	preflight := func(origin string) answer {
		return r.do("OPTIONS", "/api/receipts", "", "Origin", origin, "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "content-type")
	}
	ours := preflight(origin)
	assert.Equal(t, http.StatusNoContent, ours.status)
	assert.Equal(t, origin, ours.header.Get("Access-Control-Allow-Origin"))
	assert.Contains(t, ours.header.Get("Access-Control-Allow-Headers"), "Content-Type")
	assert.Equal(t, "true", ours.header.Get("Access-Control-Allow-Credentials"), "for the consent cookie of a first-party site")
	other := r.do("OPTIONS", "/api/requests", "", "Origin", origin, "Access-Control-Request-Method", "POST")
	assert.Equal(t, origin, other.header.Get("Access-Control-Allow-Origin"))
	assert.Empty(t, other.header.Get("Access-Control-Allow-Credentials"), "nothing else needs a cookie")
	assert.Empty(t, preflight("https://evil.example").header.Get("Access-Control-Allow-Origin"))
}

func TestAChoiceFollowsOnlyOnAReceiptThatItsDeviceCanOpen(t *testing.T) {
	r := start(t)
	first, other := r.choose("yes", chosen{}), r.choose("no", chosen{})
	elsewhere := r.submission()
	elsewhere["site"], elsewhere["edition"], elsewhere["answers"] = "reside", r.edition("reside", "en-GB"), r.answersOf("reside", "yes")
	sent := r.postReceipt(elsewhere)
	require.Equal(t, http.StatusCreated, sent.status, sent.body)
	foreign := decode[chosen](t, sent.body)
	erased := r.choose("yes", chosen{})
	require.Equal(t, http.StatusOK, r.form(erased.code(), "erase", "ask", "confirm", "erase").status)

	for _, c := range []struct {
		name            string
		previous, proof string
		want            string
	}{
		{"with its token", first.Receipt, first.Token, first.Receipt},
		{"without a token", first.Receipt, "", ""},
		{"with what is no token", first.Receipt, "x", ""},
		{"with the token of another receipt", first.Receipt, other.Token, ""},
		{"one of another site", foreign.Receipt, foreign.Token, ""},
		{"one that was erased since", erased.Receipt, erased.Token, erased.Receipt},
		{"a token and no receipt", "", first.Token, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			sub := r.submission()
			sub["previous"], sub["proof"] = c.previous, c.proof
			got := r.postReceipt(sub)
			require.Equal(t, http.StatusCreated, got.status, "the choice counts all the same: %s", got.body)
			answer := decode[chosen](t, got.body)
			stored, err := r.store.Receipt(t.Context(), answer.Receipt)
			require.NoError(t, err)
			assert.Equal(t, c.want, stored.Event.Previous)

			for _, proof := range []string{c.proof, "", first.Token} {
				sub["proof"] = proof
				again := r.postReceipt(sub)
				require.Equal(t, http.StatusOK, again.status, "a repeat is one, whatever it proves: %s", again.body)
				assert.Equal(t, answer.Receipt, decode[chosen](t, again.body).Receipt)
			}
			stored, err = r.store.Receipt(t.Context(), answer.Receipt)
			require.NoError(t, err)
			assert.Equal(t, c.want, stored.Event.Previous, "a repeat changes nothing")
		})
	}
	t.Run("whoever knows an id sees and erases nothing of that receipt", func(t *testing.T) {
		spy := r.choose("yes", chosen{Receipt: first.Receipt})
		assert.NotContains(t, r.form(spy.code()).body, first.Receipt)
		assert.Equal(t, http.StatusOK, r.form(spy.code(), "erase", "ask", "confirm", "erase").status)
		assert.Equal(t, http.StatusOK, r.form(first.code()).status)
	})
	t.Run("no token is in what is stored, or in the log", func(t *testing.T) {
		assert.NotContains(t, r.log.String(), first.Token)
		assert.NotContains(t, r.log.String(), first.Receipt)
	})
}

func TestALoaderMayReadHowLongToWait(t *testing.T) {
	r := start(t)
	for asked, want := range map[string]string{origin: "Retry-After", "https://elsewhere.example": ""} {
		got := r.do("POST", "/api/receipts", "{}", "Content-Type", "application/json", "Origin", asked)
		assert.Equal(t, want, got.header.Get("Access-Control-Expose-Headers"), asked)
	}
}
