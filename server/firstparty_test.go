package server_test

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/consent"
	"latchkey/server"
	"latchkey/server/config"
)

// home is the origin of progress-group in these tests, with a domain of its own.
const home = "https://www.progress.example"

// startFirstParty starts a server that is reached under progress-group's own
// domain; what is changed in the group's file comes in pairs.
func startFirstParty(t *testing.T, changes ...string) *running {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS(groups)))
	file := filepath.Join(dir, "progress", "group.yaml")
	b, err := os.ReadFile(file)
	require.NoError(t, err)
	changes = append([]string{
		"    home: http://127.0.0.1:8090/progress-group/\n    origins: [\"http://127.0.0.1:8090\"]\n",
		"    home: " + home + "/\n    origins: [\"" + home + "\", \"http://127.0.0.1:8091\"]\n    first_party: true\n",
		"      months: 12\n      path: /progress-group/\n", "      months: 12\n",
	}, changes...)
	text := string(b)
	for i := 0; i < len(changes); i += 2 {
		require.Equal(t, 1, strings.Count(text, changes[i]), changes[i])
		text = strings.Replace(text, changes[i], changes[i+1], 1)
	}
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	return startWith(t, t.TempDir(), func(o *server.Options) {
		o.Config, err = config.Load(dir, o.Now())
		require.NoError(t, err)
	})
}

// yes is a choice of everything, as a cookie made on a day.
func (r *running) yes(day string) string { return r.choice(day, consent.AcceptAll, true) }

// no is the cookie of somebody who said no to all on a day.
func (r *running) no(day string) string { return r.choice(day, consent.RejectAll, false) }

func (r *running) choice(day string, method consent.Method, on bool) string {
	r.t.Helper()
	_, rest, ok := strings.Cut(r.do("GET", "/embed/progress-group.js", "").body, `r:"`)
	require.True(r.t, ok)
	c := consent.Choice{Date: day, Revision: rest[:8], Method: method, On: map[consent.PurposeID]bool{}}
	for id := range r.answers("yes") {
		c.On[consent.PurposeID(id)] = on
	}
	return c.Cookie()
}

func TestTheCookieOfAFirstPartySiteIsGivenBackAsItCame(t *testing.T) {
	r := startFirstParty(t) // at ten o'clock on 23 November 2026
	r2 := startFirstParty(t, "      months: 12\n", "      months: 6\n      domain: progress.example\n", `, "http://127.0.0.1:8091"`, "")
	today := r.yes("2026-11-23")
	for _, c := range []struct {
		name    string
		on      *running
		cookie  string // the header
		headers []string
		want    string
	}{
		{
			name: "with its own attributes, for what is left of its time", on: r, cookie: "latchkey=" + today,
			want: "latchkey=" + today + "; Path=/; Max-Age=31500000; Secure; SameSite=Lax",
		},
		{
			name: "an older one for less", on: r, cookie: "latchkey=" + r.yes("2025-11-24"),
			want: "latchkey=" + r.yes("2025-11-24") + "; Path=/; Max-Age=50400; Secure; SameSite=Lax",
		},
		{
			name: "one of tomorrow as if it were of today", on: r, cookie: "latchkey=" + r.yes("2026-12-24"),
			want: "latchkey=" + r.yes("2026-12-24") + "; Path=/; Max-Age=31500000; Secure; SameSite=Lax",
		},
		{
			name: "for a domain and six months", on: r2, cookie: "latchkey=" + today,
			want: "latchkey=" + today + "; Path=/; Domain=progress.example; Max-Age=15602400; Secure; SameSite=Lax",
		},
		{
			name: "from a subdomain", on: r2, cookie: "latchkey=" + today, headers: []string{"Sec-Fetch-Site", "same-site"},
			want: "latchkey=" + today + "; Path=/; Domain=progress.example; Max-Age=15602400; Secure; SameSite=Lax",
		},
		{
			name: "without TLS on the machine itself", on: r, cookie: "latchkey=" + today, headers: []string{"Origin", "http://127.0.0.1:8091"},
			want: "latchkey=" + today + "; Path=/; Max-Age=31500000; SameSite=Lax",
		},
		{
			name: "among others", on: r, cookie: "ASP.NET_SessionId=x; latchkey=" + today + "; a=b",
			want: "latchkey=" + today + "; Path=/; Max-Age=31500000; Secure; SameSite=Lax",
		},
		{
			name: "the earliest of several that say the same", on: r, cookie: "latchkey=" + r.yes("2026-11-24") + "; latchkey=" + today + "; latchkey=" + r.yes("2026-11-24"),
			want: "latchkey=" + today + "; Path=/; Max-Age=31500000; Secure; SameSite=Lax",
		},
		{name: "not a yes beside a no", on: r, cookie: "latchkey=" + today + "; latchkey=" + r.no("2026-11-20")},
		{name: "not a no beside a yes of tomorrow", on: r, cookie: "latchkey=" + r.no("2026-11-20") + "; latchkey=" + r.yes("2026-11-24")},
		{name: "not a yes beside one of an earlier setting that has had its time", on: r, cookie: "latchkey=" + r.yes("2025-01-01") + "; latchkey=" + today},
		{name: "not a yes beside a broken one", on: r, cookie: "latchkey=" + today + "; latchkey=" + today + ".x"},
		{name: "not where none came", on: r},
		{name: "not one that has had its time", on: r, cookie: "latchkey=" + r.yes("2025-11-23")},
		{
			name: "one that leaves a purpose open", on: r, cookie: "latchkey=" + today[:strings.LastIndex(today, ".")],
			want: "latchkey=" + today[:strings.LastIndex(today, ".")] + "; Path=/; Max-Age=31500000; Secure; SameSite=Lax",
		},
		{
			name: "a refusal like a yes", on: r, cookie: "latchkey=" + strings.ReplaceAll(strings.Replace(today, ".a.", ".b.", 1), ":1", ":0"),
			want: "latchkey=" + strings.ReplaceAll(strings.Replace(today, ".a.", ".b.", 1), ":1", ":0") + "; Path=/; Max-Age=31500000; Secure; SameSite=Lax",
		},
		{name: "not one that knows a purpose more", on: r, cookie: "latchkey=" + today + ".zoo:1"},
		{name: "not one that answers other questions", on: r, cookie: "latchkey=" + today[:13] + "00000000" + today[21:]},
		{name: "not one that is broken", on: r, cookie: "latchkey=" + today + ".x"},
		{name: "not one in quotes", on: r, cookie: `latchkey="` + today + `"`},
		{name: "not one of another name", on: r, cookie: "latchkey2=" + today},
		{name: "not from another website", on: r, cookie: "latchkey=" + today, headers: []string{"Sec-Fetch-Site", "cross-site"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			headers := append([]string{"Origin", home, "Sec-Fetch-Site", "same-origin"}, c.headers...)
			if c.cookie != "" {
				headers = append(headers, "Cookie", c.cookie)
			}
			got := c.on.do("POST", "/api/cookie/progress-group", "", headers...)
			require.Equal(t, http.StatusNoContent, got.status, got.body)
			assert.Equal(t, "no-store", got.header.Get("Cache-Control"))
			var want []string
			if c.want != "" {
				want = []string{c.want}
			}
			assert.Equal(t, want, got.header.Values("Set-Cookie"))
		})
	}

	t.Run("and to no other website, and for no site that is not here", func(t *testing.T) {
		for path, origin := range map[string]string{"progress-group": "https://www.other.example", "none": home, "reside": home} {
			got := r.do("POST", "/api/cookie/"+path, "", "Origin", origin, "Cookie", "latchkey="+today)
			assert.Contains(t, []int{http.StatusForbidden, http.StatusNotFound}, got.status, path)
			assert.Empty(t, got.header.Values("Set-Cookie"), path)
		}
	})
	t.Run("and nothing comes with the answer to a choice, which outlives its page", func(t *testing.T) {
		got := r.do("POST", "/api/receipts", mustJSON(t, r.submission()), "Content-Type", "application/json", "Origin", home, "Cookie", "latchkey="+today)
		require.Equal(t, http.StatusCreated, got.status, got.body)
		assert.Empty(t, got.header.Values("Set-Cookie"))
	})
}

// TestNoRouteSetsACookie walks every route of the server, with everything that a
// browser could send, and finds no cookie of ours (LAW O9).
func TestNoRouteSetsACookie(t *testing.T) {
	r := start(t)
	sub := r.submission()
	loader := r.do("GET", "/embed/progress-group.js", "").body
	_, rest, ok := strings.Cut(loader, `r:"`)
	require.True(t, ok)
	cookie := "latchkey=1.2026-11-23." + rest[:8] + ".a.marketing:1.preferences:1.statistics:1"
	browser := []string{"Cookie", cookie, "Origin", origin, "Sec-Fetch-Site", "same-origin", "Sec-GPC", "1", "Accept", "*/*"}
	ask := func(method, path, body, media string) answer {
		return r.do(method, path, body, append([]string{"Content-Type", media}, browser...)...)
	}
	const form, data = "application/x-www-form-urlencoded", "application/json"
	first := ask("POST", "/api/receipts", mustJSON(t, sub), data)
	require.Equal(t, http.StatusCreated, first.status, first.body)
	receipt := decode[receiptAnswer](t, first.body)
	home := ask("GET", "/progress-group/", "", "").body
	style := regexp.MustCompile(`/assets/centre\.[0-9a-f]+\.css`).FindString(home)
	require.NotEmpty(t, style)

	answers := []answer{first}
	for _, a := range []struct{ method, path, body, media string }{
		{"GET", "/embed/progress-group.js", "", ""},
		{"GET", "/embed/none.js", "", ""},
		{"GET", style, "", ""},
		{"GET", "/embed/", "", ""},
		{"POST", "/api/receipts", mustJSON(t, sub), data},
		{"POST", "/api/receipts", "{", data},
		{"OPTIONS", "/api/receipts", "", ""},
		{"GET", "/api/receipts", "", ""},
		{"GET", "/api/receipts/" + receipt.Receipt, "", ""},
		{"PUT", "/api/receipts/" + receipt.Receipt, "", ""},
		{"GET", "/api/receipts/" + receipt.Receipt + "/file", "", ""},
		{"PUT", "/api/receipts/" + receipt.Receipt + "/file", "", ""},
		{"POST", "/api/requests", "{}", data},
		{"GET", "/api/requests", "", ""},
		{"POST", "/api/cookie/progress-group", "", ""},
		{"POST", "/api/cookie/none", "", ""},
		{"GET", "/api/cookie/progress-group", "", ""},
		{"GET", "/api/none", "", ""},
		{"GET", "/healthz", "", ""},
		{"GET", "/readyz", "", ""},
		{"GET", "/log/checkpoint", "", ""},
		{"GET", "/log/keys", "", ""},
		{"GET", "/log/tile/0/000", "", ""},
		{"GET", "/log/none", "", ""},
		{"GET", "/embed/latchkey.d.ts", "", ""},
		{"GET", "/docs/", "", ""},
		{"GET", "/docs/install", "", ""},
		{"GET", "/progress-group/", "", ""},
		{"GET", "/progress-group/preferences", "", ""},
		{"GET", "/progress-group/notice", "", ""},
		{"GET", "/progress-group/notice/reside", "", ""},
		{"GET", "/progress-group/cookies", "", ""},
		{"GET", "/progress-group/receipt", "", ""},
		{"POST", "/progress-group/receipt", "code=" + receipt.Receipt + "." + receipt.Token, form},
		{"GET", "/progress-group/request", "", ""},
		{"POST", "/progress-group/request", "step=kind", form},
		{"GET", "/progress-group/request/access", "", ""},
		{"POST", "/progress-group/request/access", "step=kind", form},
		{"GET", "/progress-group/request/sent/none", "", ""},
		{"GET", "/.well-known/security.txt", "", ""},
		{"GET", "/none", "", ""},
	} {
		answers = append(answers, ask(a.method, a.path, a.body, a.media))
	}
	for _, got := range answers {
		assert.Empty(t, got.header.Values("Set-Cookie"))
	}

	// Every route that there is was asked: what the log says was answered.
	source, err := os.ReadFile("routes.go")
	require.NoError(t, err)
	said := regexp.MustCompile(`route="?([^"=]+?)"? status=`).FindAllStringSubmatch(r.log.String(), -1)
	asked := map[string]bool{}
	for _, m := range said {
		asked[m[1]] = true
	}
	routes := regexp.MustCompile(`(?m)^\t(?:get|call|ask|publish|tell|show|explain)\("([^"]+)"`).FindAllStringSubmatch(string(source), -1)
	require.Greater(t, len(routes), 20)
	for _, m := range routes {
		assert.True(t, asked[m[1]], "the route %q is not asked by this test", m[1])
	}
}

func TestGlobalPrivacyControlOnTheWireCounts(t *testing.T) {
	r := start(t)
	for _, c := range []struct {
		name   string
		header string
		body   bool
		want   bool
	}{
		{name: "the header alone", header: "1", want: true},
		{name: "the browser's script alone", body: true, want: true},
		{name: "neither"},
		{name: "another number", header: "0"},
		{name: "a word", header: "true"},
		{name: "the number and more", header: "1, 1"},
		{name: "the number with something behind", header: "1;q=1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			sub := r.submission()
			sub["gpc"] = c.body
			headers := []string{"Content-Type", "application/json", "Origin", origin}
			if c.header != "" {
				headers = append(headers, "Sec-GPC", c.header)
			}
			got := r.do("POST", "/api/receipts", mustJSON(t, sub), headers...)
			require.Equal(t, http.StatusCreated, got.status, got.body)
			stored, err := r.store.Receipt(t.Context(), decode[receiptAnswer](t, got.body).Receipt)
			require.NoError(t, err)
			assert.Equal(t, c.want, stored.Event.GPC)
		})
	}
}
