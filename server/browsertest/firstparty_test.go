package browsertest

import (
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestFirstParty uses the product behind a path of the website's own origin.
func TestFirstParty(t *testing.T) { // issue 4 line 4
	h := serveHomes(t)
	direct := h.firstParty(nil)
	h.page("/", `<p><a href="/latchkey/homes/request/access" data-latchkey="request:access">My data</a></p>`)
	p := open(t)
	p.goTo(h.www() + "/")
	p.see("region", "Cookies on Lantern Homes")
	p.click("button", "Reject all")
	p.recorded(1)
	p.see("button", "Privacy")
	p.until("the cookie is given back", func() bool {
		return slices.ContainsFunc(p.requests(), func(r request) bool { return len(r.Cookies) > 0 })
	})
	p.settle()
	cookies := p.consentCookies(h.www() + "/")
	require.Len(t, cookies, 1, "renewed, and not a second one")
	var renewed []string
	for _, r := range p.requests() {
		if len(r.Cookies) > 0 {
			assert.Equal(t, "POST "+h.www()+"/latchkey/api/cookie/homes", r.Method+" "+r.URL)
		}
		renewed = append(renewed, r.Cookies...)
		assert.True(t, strings.HasPrefix(r.URL, h.www()+"/"), "a request to %s", r.URL)
	}
	require.Len(t, renewed, 1)
	assert.Contains(t, renewed[0], "latchkey="+cookies[0].Value+"; Path=/; Domain=homes.example; Max-Age=")
	assert.Contains(t, renewed[0], "; Secure; SameSite=Lax")
	assert.Empty(t, p.sent(direct))

	p.click("button", "Privacy")
	p.panel()
	p.see("heading", "Your choices")
	p.click("button", "Close")
	p.gone("dialog", "Privacy centre")

	p.click("link", "My data")
	p.panel()
	p.live()
	p.see("heading", "Who are you asking for?")
	p.pick("radio", "Myself")
	p.click("button", "Continue")
	p.see("heading", "What would you like to see?")
	p.fill("What would you like to see?", "Letters about the lantern.")
	p.click("button", "Continue")
	p.see("heading", "How can we reply to you?")
	p.pick("radio", "By email")
	p.fill("Email address", "sam@example.org")
	p.fill("Your full name", "Sam Lantern")
	p.click("button", "Continue")
	p.see("heading", "Check your answers and send your request")
	p.click("button", "Send your request")
	assert.NotEmpty(t, p.sentRequest())
	assert.Empty(t, p.errors())
}

// firstParty serves the product behind a path of the website's own origin, and
// returns where it stands itself. answered, if there is one, may hold the answers that pass.
func (h *homes) firstParty(answered func(*http.Response)) (direct string) {
	t := h.t
	t.Helper()
	h.stop()
	var to *url.URL
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(to)
			r.SetXForwarded()
			r.Out.Host = r.In.Host
		},
		ModifyResponse: func(r *http.Response) error {
			if answered != nil {
				answered(r)
			}
			return nil
		},
	}
	before, sites := lk.site, lk.site.Handler
	t.Cleanup(func() { before.Handler = sites })
	lk.site.Handler = behindPath("/latchkey", proxy, sites)
	var err error
	h.configure("    origins: [\"https://www.homes.example:8443\", \"https://my.homes.example:8443\"]\n", "    origins: [\"https://www.homes.example:8443\"]\n    first_party: true\n")
	h.stop, err = launch(h.dir, "--public-url", h.www()+"/latchkey")
	require.NoError(t, err)
	to, err = url.Parse(lk.latchkey)
	require.NoError(t, err)
	direct = lk.latchkey
	lk.latchkey = h.www() + "/latchkey"
	return direct
}

// behindPath is a website's server that passes a path on.
func behindPath(path string, to, rest http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle(path+"/", http.StripPrefix(path, to))
	mux.Handle("/", rest)
	return mux
}
