package browsertest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/rights"
)

// behind is the address of a proxy in front of a server, which changes the
// headers of its answers.
func behind(t *testing.T, address string, change func(http.Header)) string {
	t.Helper()
	to, err := url.Parse(address)
	require.NoError(t, err)
	proxy := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(to)
			r.Out.Host = r.In.Host
		},
		ModifyResponse: func(r *http.Response) error {
			change(r.Header)
			return nil
		},
	})
	t.Cleanup(proxy.Close)
	return proxy.URL
}

// cutOff passes on only the beginning of what the server answers.
func cutOff(p *tab, e *fetch.EventRequestPaused) {
	beginning := []byte("\x00asm")
	if resp, err := http.Get(e.Request.URL); err == nil {
		beginning, _ = io.ReadAll(io.LimitReader(resp.Body, 2_000_000))
		resp.Body.Close()
	}
	says(http.StatusOK, "application/wasm", string(beginning))(p, e)
}

// at is an option that decides on requests to a path of Latchkey's.
func at(path string, a answer) option {
	return func(p *tab) { p.on(lk.latchkey+path, a) }
}

// given lets a test see that the page has given WebAssembly up: it says so in
// the console, as information.
var given = first(`{
	const info = console.info
	console.info = (...words) => (info.apply(console, words), (window.givenUp = words.map(String).join(' ')))
}`)

func TestWithoutItsProgramThePageIsTheSame(t *testing.T) { // issue line 12, V21
	const refuses = `WebAssembly.instantiate = WebAssembly.instantiateStreaming = WebAssembly.compile =
		() => Promise.reject(new WebAssembly.CompileError('blocked'))`
	const policy = "Content-Security-Policy"
	header := func(name, old, new string) func(http.Header) {
		return func(h http.Header) { h.Set(name, strings.ReplaceAll(h.Get(name), old, new)) }
	}
	tests := []struct {
		name  string
		how   option
		comes string            // "never asked for", "given up", "waited for", or "live" after all
		proxy func(http.Header) // in front of the server, or nil
	}{
		{"that is missing", at("/assets/app.*", says(404, "text/plain", "no")), "given up", nil},
		{"that can't be reached", at("/assets/app.*", fails), "given up", nil},
		{"that is a page of HTML", at("/assets/app.*", says(200, "text/html", "<!doctype html>")), "given up", nil},
		{"that is cut off", at("/assets/app.*", cutOff), "given up", nil},
		{"that never comes", at("/assets/app.*", hangs), "waited for", nil},
		{"with the wrong media type", given, "live", header("Content-Type", "application/wasm", "text/plain")},
		{"whose helper is missing", at("/assets/wasm_exec.*", fails), "given up", nil},
		{"that its policy forbids", given, "given up", header(policy, "'wasm-unsafe-eval'", "")},
		{"that the browser refuses", first(refuses), "given up", nil},
		{"that ends at once", first(`addEventListener('DOMContentLoaded', () => document.querySelector('#latchkey-view')?.remove())`), "given up", nil},
		{"in a browser without WebAssembly", first(`delete window.WebAssembly`), "never asked for", nil},
		{"in a browser that saves data", first(`Object.defineProperty(navigator, 'connection', { value: { saveData: true } })`), "never asked for", nil},
		{"with storage that throws", noStorage, "live", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := open(t, shifts, given, tt.how)
			server := lk.latchkey
			if tt.proxy != nil {
				server = behind(t, server, tt.proxy)
			}
			p.goTo(server + "/connect/request/marketing")
			before := p.picture()
			eval[any](p, mark)
			want := eval[[]string](p, kept)
			switch tt.comes {
			case "live":
				p.holds(`document.documentElement.dataset.takeover === 'adopted'`)
			case "given up":
				p.holds(`/WebAssembly/.test(window.givenUp)`)
			case "waited for":
				p.until("the program is being fetched", func() bool { return len(p.sent(lk.latchkey+"/assets/app.")) == 1 })
			case "never asked for":
				p.settle()
				assert.NotContains(t, strings.Join(p.sent(lk.latchkey), " "), "wasm")
			}
			assert.Equal(t, want, eval[[]string](p, kept))
			assert.Equal(t, before, p.picture(), "nothing flashes, nothing covers the page")
			assert.Zero(t, eval[int](p, `shifted`))

			name := "Wynn " + tt.name
			p.asks("Who are you asking for?")
			p.next()
			p.asks("What would you like us to stop? (optional)")
			p.next()
			p.asks("How can we reply to you?")
			p.click("radio", "By phone")
			p.write("Phone number", "01632 960 983")
			p.next()
			p.see("link", "Enter your full name")
			p.write("Your full name", name)
			assert.Equal(t, "01632 960 983", p.reads("Phone number"))
			p.next()
			p.asks("Check your answers and send your request")
			p.click("button", "Send your request")
			p.asks("We have your request")
			assert.Equal(t, rights.Marketing, received(t, name).Request.Kind)
			assert.Empty(t, p.errors(`^network: .*/assets/`, `status of 422`, `wasm_exec`, `'wasm-unsafe-eval'`, `exit code`))
			assert.NotContains(t, strings.Join(p.errors(), "\n"), "exception:")
		})
	}
}

// picture is what the window shows, as PNG.
func (p *tab) picture() []byte {
	p.t.Helper()
	png, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
	require.NoError(p.t, err)
	return png
}

// TestWithStorageThatThrows is about browsers that block storage, and pages
// that have none.
func TestWithStorageThatThrows(t *testing.T) { // issue line 12, V21
	t.Run("a choice is made in the panel, and its receipt shown", func(t *testing.T) {
		p := open(t, noStorage)
		p.visit("/housing-plus/")
		p.click("button", "Choose")
		p.connected()
		p.click("checkbox", "Allow: Statistics")
		p.click("button", "Save choices")
		p.recorded(1)
		require.NotNil(t, p.choice())
		assert.True(t, p.choice().On["statistics"])
		p.click("link", "See your receipt")
		p.see("heading", "Your receipt")
		p.visit("/housing-plus/news")
		p.see("button", "Privacy")
		assert.Empty(t, p.errors())
	})
	t.Run("a page without an origin has neither cookies nor storage, and asks all the same", func(t *testing.T) {
		demo := behind(t, lk.demo, func(h http.Header) { h.Set("Content-Security-Policy", "sandbox allow-scripts") })
		for _, button := range []string{"Reject all", "Accept all"} {
			p := open(t)
			p.goTo(demo + "/connect/")
			assert.Equal(t, "null", eval[string](p, `origin`))
			p.click("button", button)
			p.gone("region", "Cookies on Connect Housing")
			p.see("button", "Privacy")
			p.settle()
			for _, said := range p.errors(`^network: `) {
				assert.NotContains(t, said, "/embed/", "the page's own scripts fail; ours do not")
			}
		}
	})
}
