package server_test

import (
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/fault"
	"latchkey/server"
	"latchkey/server/admission"
)

const pagePolicy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors "

// headersOf is what every answer of a class carries, to the letter. An empty value
// stands for a header that an answer of the class may not have at all.
var headersOf = map[string]map[string]string{
	"asset": {
		"X-Content-Type-Options": "nosniff", "Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin",
	},
	"page": {
		"X-Content-Type-Options": "nosniff", "Content-Security-Policy": pagePolicy + "'none'", "Referrer-Policy": "no-referrer",
		"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "cross-origin", "Cross-Origin-Embedder-Policy": "require-corp",
		"Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
	},
	"data": {
		"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
		"Referrer-Policy": "no-referrer", "Cross-Origin-Resource-Policy": "same-site",
	},
	"docs": {
		"X-Content-Type-Options":  "nosniff",
		"Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
		"Referrer-Policy":         "no-referrer", "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
	},
}

const (
	anything = "*" // some value
	problem  = "application/problem+json"
	htmlPage = "text/html; charset=utf-8"
	anyPage  = "public, max-age=60, stale-while-revalidate=600"
)

// TestTheHeadersOfEveryClassOfRoute has every class of route answer in every way
// that it can, and holds each answer to all of its headers: there is none missing, and none more.
func TestTheHeadersOfEveryClassOfRoute(t *testing.T) {
	r := startWith(t, t.TempDir(), func(o *server.Options) {
		o.Security = server.SecurityTxt{Contacts: []string{"mailto:security@example.org"}, Expires: time.Date(2027, 6, 30, 0, 0, 0, 0, time.UTC)}
	})
	r.acknowledged(t, 1)
	require.NoError(t, r.ledger.Integrate(t.Context()))
	boot := bootOf.FindStringSubmatch(r.do("GET", "/reside/preferences", "").body)[1]
	h := func(pairs ...string) map[string]string {
		m := map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			m[pairs[i]] = pairs[i+1]
		}
		return m
	}
	page := func(cache string, more ...string) map[string]string {
		return h(append([]string{"Content-Type", htmlPage, "Cache-Control", cache, "Content-Language", "en-GB", "Vary", "Accept-Encoding, Accept-Language"}, more...)...)
	}
	framed := func(cache string, more ...string) map[string]string {
		return page(cache, append(more, "Content-Security-Policy", pagePolicy+origin)...)
	}
	problemIn := func(more ...string) map[string]string {
		return h(append([]string{"Content-Type", problem, "Cache-Control", "no-store"}, more...)...)
	}
	redirect := func(to string) map[string]string { return h("Location", to, "Content-Type", htmlPage) }
	form := []string{"Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-origin"}
	site := []string{"Origin", origin}
	read := []string{"Access-Control-Allow-Origin", origin, "Access-Control-Expose-Headers", "Retry-After", "Cross-Origin-Resource-Policy", "cross-origin", "Vary", "Origin"}
	for _, c := range []struct {
		name, class, method, path string
		headers                   []string
		body                      string
		status                    int
		want                      map[string]string // beside those of the class, or in their place
	}{
		{"the loader", "asset", "GET", "/embed/reside.js", nil, "", 200, h("Content-Type", "text/javascript; charset=utf-8", "Etag", anything, "Vary", "Accept-Encoding", "Cache-Control", "public, max-age=300, stale-while-revalidate=604800, stale-if-error=604800")},
		{"the loader, unchanged", "asset", "GET", "/embed/reside.js", []string{"If-None-Match", anything}, "", 304, h("Content-Encoding", anything, "Etag", anything, "Vary", "Accept-Encoding", "Cache-Control", "public, max-age=300, stale-while-revalidate=604800, stale-if-error=604800")},
		{"a file of the pages", "asset", "GET", boot, nil, "", 200, h("Content-Type", "text/javascript; charset=utf-8", "Etag", anything, "Vary", "Accept-Encoding", "Cache-Control", "public, max-age=31536000, immutable")},
		{"the types", "asset", "GET", "/embed/latchkey.d.ts", nil, "", 200, h("Content-Type", "application/typescript; charset=utf-8", "Etag", anything, "Vary", "Accept-Encoding", "Cache-Control", anything)},
		{"no such file", "asset", "GET", "/embed/nowhere.js", nil, "", 404, problemIn()},
		{"no such folder", "asset", "GET", "/assets/a/b", nil, "", 404, problemIn()},
		{"a file, by a bad method", "asset", "POST", "/embed/reside.js", nil, "", 405, problemIn("Allow", "GET, HEAD")},
		{"a file, asked for in advance", "asset", "OPTIONS", "/embed/reside.js", site, "", 405, problemIn("Allow", "GET, HEAD")},
		{"a file, by another path", "asset", "GET", "/embed//reside.js", nil, "", 307, redirect("/embed/reside.js")},
		{"a folder of files", "asset", "GET", "/embed", nil, "", 307, redirect("/embed/")},

		{"a page", "page", "GET", "/reside/", nil, "", 200, framed(anyPage)},
		{"the request form", "page", "GET", "/reside/request", nil, "", 200, framed("private, no-cache")},
		{"a page of the request form with answers", "page", "POST", "/reside/request", form, "step=kind&kind=access&to=continue", 200, framed("no-store")},
		{"the same with errors", "page", "POST", "/reside/request", form, "step=what&kind=access&to=continue&entity=reside", 422, framed("no-store")},
		{"the same without script", "page", "POST", "/reside/request", form, "step=kind&kind=access&to=continue&script=off", 200, framed("private, no-cache")},
		{"a request that is sent", "page", "POST", "/reside/request", form, "step=check&kind=access&what=All&name=Ada&phone=0300+000+0000&reply-by=phone&to=send", 303, h("Location", anything, "Cache-Control", "no-store")},
		{"a confirmation that is none", "page", "GET", "/reside/request/sent/x", nil, "", 404, framed("no-store")},
		{"a receipt that is none", "page", "POST", "/reside/receipt", form, "code=x", 404, framed("no-store")},
		{"a page that is not there", "page", "GET", "/reside/nowhere", nil, "", 404, framed("no-store")},
		{"a site that is not there", "page", "GET", "/nowhere/", nil, "", 404, page("no-store")},
		{"a page, by a bad method", "page", "DELETE", "/reside/", nil, "", 405, framed("no-store", "Allow", "GET, HEAD")},
		{"a form, by a bad method", "page", "PUT", "/reside/request", nil, "", 405, framed("no-store", "Allow", "GET, HEAD, POST")},
		{"a page, asked for in advance", "page", "OPTIONS", "/reside/", site, "", 405, framed("no-store", "Allow", "GET, HEAD")},
		{"a page, by another path", "page", "GET", "//reside/preferences", nil, "", 307, redirect("/reside/preferences")},
		{"a page, without its slash", "page", "GET", "/reside", nil, "", 307, redirect("/reside/")},
		{"a form from another site", "page", "POST", "/reside/request", []string{"Content-Type", form[1], "Sec-Fetch-Site", "cross-site"}, "to=kind", 403, framed("no-store")},
		{"a form that is too large", "page", "POST", "/reside/receipt", form, "code=" + strings.Repeat("x", 5000), 413, framed("no-store")},

		{"the list of cookies for a website", "data", "GET", "/reside/cookies.html", nil, "", 200, h("Content-Type", htmlPage, "Cache-Control", anything, "Content-Language", "en-GB", "Vary", anything, "Etag", anything)},
		{"the same for programs", "data", "GET", "/reside/cookies.json", nil, "", 200, h("Content-Type", "application/json", "Cache-Control", anything, "Content-Language", "en-GB", "Vary", anything, "Etag", anything)},
		{"the same of no site", "data", "GET", "/nowhere/cookies.json", nil, "", 404, problemIn()},

		{"a receipt that is none", "data", "GET", "/api/receipts/x", nil, "", 401, problemIn("Vary", "Origin, Accept", "Www-Authenticate", `Bearer realm="receipt"`)},
		{"the same for a page of a site", "data", "GET", "/api/receipts/x", site, "", 401, problemIn(append(read, "Vary", "Origin, Accept", "Www-Authenticate", `Bearer realm="receipt"`)...)},
		{"a choice", "data", "POST", "/api/receipts", append(site, "Content-Type", "application/json"), mustJSON(t, r.submission()), 201, h(append(read, "Content-Type", "application/json", "Cache-Control", "no-store", "Access-Control-Allow-Credentials", "true")...)},
		{"a choice that is none", "data", "POST", "/api/receipts", append(site, "Content-Type", "application/json"), "{}", 422, problemIn(append(read, "Access-Control-Allow-Credentials", "true")...)},
		{"a choice from nowhere", "data", "POST", "/api/receipts", []string{"Content-Type", "application/json"}, "{}", 403, problemIn("Vary", "Origin")},
		{"a choice from a foreign site", "data", "POST", "/api/receipts", []string{"Content-Type", "application/json", "Origin", "https://evil.example"}, "{}", 403, problemIn("Vary", "Origin")},
		{"a choice, asked for in advance", "data", "OPTIONS", "/api/receipts", site, "", 204, h(append(read, "Access-Control-Allow-Credentials", "true", "Access-Control-Allow-Methods", "GET, POST", "Access-Control-Allow-Headers", "Content-Type, Authorization", "Access-Control-Max-Age", "86400", "Allow", "GET, POST, OPTIONS")...)},
		{"the same by a foreign site", "data", "OPTIONS", "/api/receipts", []string{"Origin", "https://evil.example"}, "", 204, h("Vary", "Origin", "Allow", "GET, POST, OPTIONS")},
		{"the API, by a bad method", "data", "DELETE", "/api/receipts", nil, "", 405, problemIn("Vary", "Origin", "Allow", "POST, OPTIONS")},
		{"nothing of the API", "data", "GET", "/api/nowhere", nil, "", 404, problemIn("Vary", "Origin")},
		{"the API, by another path", "data", "GET", "/api/./receipts/x", nil, "", 307, redirect("/api/receipts/x")},
		{"the API, by a path that leads away", "page", "GET", "/api/../reside/", nil, "", 307, redirect("/reside/")},

		{"the log's state", "data", "GET", "/log/checkpoint", nil, "", 200, h("Content-Type", "text/plain; charset=utf-8", "Cache-Control", "no-cache", "Access-Control-Allow-Origin", "*", "Cross-Origin-Resource-Policy", "cross-origin")},
		{"no such tile", "data", "GET", "/log/tile/9/9", nil, "", 404, problemIn()},
		{"the log, by a bad method", "data", "POST", "/log/checkpoint", nil, "", 405, problemIn("Allow", "GET, HEAD")},
		{"whether it lives", "data", "GET", "/healthz", nil, "", 200, h("Content-Type", "text/plain; charset=utf-8", "Cache-Control", "no-store")},
		{"the same by a bad method", "data", "POST", "/healthz", nil, "", 405, problemIn("Allow", "GET, HEAD")},
		{"to whom to turn", "data", "GET", "/.well-known/security.txt", nil, "", 200, h("Content-Type", "text/plain; charset=utf-8", "Cache-Control", "public, max-age=3600")},
		{"nothing well-known", "data", "GET", "/.well-known/x", nil, "", 404, problemIn()},

		{"the documentation", "docs", "GET", "/docs/", nil, "", 200, h("Content-Type", htmlPage, "Cache-Control", anyPage, "Vary", "Accept-Encoding", "Etag", anything)},
		{"no such chapter", "docs", "GET", "/docs/nothing", nil, "", 404, page("no-store", "Content-Security-Policy", anything)},
		{"the documentation, by a bad method", "docs", "POST", "/docs/install", nil, "", 405, page("no-store", "Content-Security-Policy", anything, "Allow", "GET, HEAD")},
		{"the documentation, by another path", "docs", "GET", "/docs/./install", nil, "", 307, redirect("/docs/install")},
		{"the documentation, without its slash", "docs", "GET", "/docs", nil, "", 307, redirect("/docs/")},

		{"two origins", "data", "POST", "/api/receipts", nil, "two", 400, problemIn()},
	} {
		t.Run(c.class+", "+c.name, func(t *testing.T) {
			headers := slices.Clone(c.headers)
			if i := slices.Index(headers, anything); i >= 0 { // the tag that it had
				headers[i] = r.do("GET", c.path, "").header.Get("ETag")
			}
			var got answer
			if c.body == "two" {
				got = r.raw("POST "+c.path+" HTTP/1.1", "Host: x", "Origin: "+origin, "Origin: https://evil.example", "Content-Type: application/json", "Content-Length: 2", "", "{}")
			} else {
				got = r.do(c.method, c.path, c.body, headers...)
			}
			require.Equal(t, c.status, got.status, got.body)
			want := maps.Clone(headersOf[c.class])
			maps.Copy(want, c.want)
			have := map[string]string{}
			for name, values := range got.header {
				if !slices.Contains([]string{"Date", "Content-Length", "Connection"}, name) {
					have[name] = strings.Join(values, ", ")
				}
			}
			for name, value := range want {
				if value == anything && have[name] != "" {
					want[name] = have[name]
				}
			}
			assert.Equal(t, want, have)
		})
	}
}

func TestHSTSIsSaidWhereItIsAskedForOrTLSIsAllThereIs(t *testing.T) {
	const year = "max-age=31536000"
	proxies := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	for _, c := range []struct {
		name, public, setting string
		trusted               bool
		proto                 string // X-Forwarded-Proto
		want                  string
	}{
		{"the public address has TLS", "https://privacy.example.org", "", false, "", year},
		{"it has none", "http://privacy.example.org", "", false, "", ""},
		{"it has none, whatever somebody writes into a header", "http://privacy.example.org", "", false, "https", ""},
		{"it has none, and the proxy has", "http://privacy.example.org", "", true, "https", ""},
		{"it has TLS, whatever somebody writes into a header", "https://privacy.example.org", "", false, "http", year},
		{"a call came to the proxy without", "https://privacy.example.org", "", true, "http", ""},
		{"a call came to the proxy with it", "https://privacy.example.org", "", true, "https", year},
		{"off", "https://privacy.example.org", "off", false, "", ""},
		{"with all below", "https://privacy.example.org", year + "; includeSubDomains", false, "", year + "; includeSubDomains"},
		{"to be forgotten", "https://privacy.example.org", "max-age=0", false, "", "max-age=0"},
		{"a path of a website does not say it", "https://www.example.org/latchkey", "", false, "", ""},
		{"unless it is told to", "https://www.example.org/latchkey", year, false, "", year},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := startWith(t, t.TempDir(), func(o *server.Options) {
				o.PublicURL, o.HSTS = c.public, c.setting
				o.Limits = admission.Defaults
				if c.trusted {
					o.Limits.Proxies = proxies
				}
			})
			headers := []string{}
			if c.proto != "" {
				headers = append(headers, "X-Forwarded-Proto", c.proto, "X-Forwarded-For", "203.0.113.9")
			}
			for _, path := range []string{"/healthz", "/reside/", "/embed/reside.js", "/docs/", "/nowhere/", "/reside"} {
				assert.Equal(t, c.want, r.do("GET", path, "", headers...).header.Get("Strict-Transport-Security"), path)
			}
		})
	}
	for _, bad := range []string{"on", "31536000", "max-age=x", "max-age=1\r\nX: y", "includeSubDomains"} {
		_, err := server.HSTS(bad, "https://privacy.example.org", "")
		assert.ErrorIs(t, err, fault.Invalid, bad)
	}
	_, err := server.HSTS(year, "http://privacy.example.org", "")
	assert.ErrorIs(t, err, fault.Invalid, "browsers do not heed it there")
}

func TestSecurityTxt(t *testing.T) {
	day := time.Date(2027, 6, 30, 0, 0, 0, 0, time.UTC)
	at := func(public string, s server.SecurityTxt) *running {
		return startWith(t, t.TempDir(), func(o *server.Options) { o.PublicURL, o.Security = public, s })
	}
	set, err := server.ParseSecurityTxt([]string{"security@example.org", "https://www.example.org/security"}, "2027-06-30")
	require.NoError(t, err)
	r := at("https://privacy.example.org", set)
	got := r.do("GET", "/.well-known/security.txt", "")
	assert.Equal(t, 200, got.status)
	assert.Equal(t, "Contact: mailto:security@example.org\nContact: https://www.example.org/security\nExpires: 2027-06-30T00:00:00Z\n"+
		"Preferred-Languages: en, cy\nCanonical: https://privacy.example.org/.well-known/security.txt\n", got.body)
	r.clock.set(day)
	assert.Equal(t, 404, r.do("GET", "/.well-known/security.txt", "").status, "none rather than one that holds no more")
	assert.Equal(t, 404, at("https://privacy.example.org", server.SecurityTxt{}).do("GET", "/.well-known/security.txt", "").status, "none rather than a made-up one")
	assert.Equal(t, 404, at("https://www.example.org/latchkey", set).do("GET", "/.well-known/security.txt", "").status, "the website's own is at its root")

	for when, want := range map[string]string{
		"2026-06-01": "for more than a year", "2026-07-15": "", "2027-05-30": "", "2027-06-01": "expires on 2027-06-30", "2027-06-30": "expired on 2027-06-30",
	} {
		now, err := time.Parse(time.DateOnly, when)
		require.NoError(t, err)
		if want == "" {
			assert.Empty(t, set.Advice(now), when)
		} else {
			assert.Contains(t, set.Advice(now), want, when)
		}
	}
	for _, c := range []struct {
		contacts []string
		expires  string
	}{
		{[]string{"security@example.org"}, ""}, {nil, "2027-06-30"}, {[]string{"nobody"}, "2027-06-30"}, {[]string{"http://example.org"}, "2027-06-30"},
		{[]string{"https://"}, "2027-06-30"}, {[]string{"mailto:a@b.example\nExpires: 2099-01-01"}, "2027-06-30"}, {[]string{"security@example.org"}, "June"},
	} {
		_, err := server.ParseSecurityTxt(c.contacts, c.expires)
		assert.ErrorIs(t, err, fault.Invalid, "%v", c)
	}
}
