package browsertest

import (
	"net/http"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/consent"
)

// hostile is a page that makes life hard for an embedded script, or a browser
// that does.
type hostile struct {
	name, page string
	// headers that the page comes with.
	headers map[string]string
	// browser is the visitor's.
	browser []option
	// arrive does what the page needs before there is something gated on it.
	arrive func(p *tab)
	// enforced is true in the page if what it is here for is in force.
	enforced string
	// forgets says that the browser keeps no choice for the next page.
	forgets bool
	// film names the frame that waits; empty for a page without one.
	film string
}

const filmed = "A film on the page"

// watched counts the violations of every document, and what it is told about them.
var watched = first(`{
	const seen = []
	Object.defineProperty(window, 'violations', { value: seen })
	addEventListener('securitypolicyviolation', (e) => seen.push(e.effectiveDirective + ' ' + e.blockedURI + ' ' + e.sourceFile))
}`)

// clean asserts that no document of the tab broke a policy, and that the browser
// has complained about nothing.
func (p *tab) clean(when string) {
	p.t.Helper()
	// The panel's frame may go while it is asked: then those that are left are asked again.
	p.until("its documents answer", func() bool {
		for _, f := range p.ownFrames() {
			found, err := tryEval[[]string](p, f.ID, `window.violations.filter((it) => !it.includes('favicon'))`)
			if err != nil && strings.Contains(err.Error(), "Cannot find context") {
				return false
			}
			require.NoError(p.t, err)
			assert.Empty(p.t, found, "%s: violations of the policy of %s", when, f.URL)
		}
		return true
	})
	// The browser itself asks for an icon, which a strict page does not allow.
	assert.Empty(p.t, p.errors(`favicon`), "%s: what the browser complains about", when)
}

// pageFrame is the frame of the page that embeds Latchkey, which may stand in another.
func (p *tab) pageFrame() cdp.FrameID {
	p.t.Helper()
	frames := p.ownFrames()
	if len(frames) > 1 && strings.HasPrefix(frames[1].URL, lk.demo+"/") {
		return frames[1].ID
	}
	return frames[0].ID
}

// inPage evaluates an expression in the page that embeds Latchkey.
func inPage[T any](p *tab, js string) T {
	p.t.Helper()
	return evalIn[T](p, js, p.pageFrame)
}

// ranIn lists what of the gated scripts has run.
const ranIn = `window.demoRan.list`

// presses presses the page's own button, which counts.
const presses = `document.getElementById('button').click(), document.getElementById('presses').textContent`

// visitHostile opens the page in a new tab. There is a banner, and nothing gated has run.
func visitHostile(t *testing.T, h hostile) *tab {
	t.Helper()
	p := open(t, append([]option{watched}, h.browser...)...)
	p.visit(h.path())
	if h.arrive != nil {
		h.arrive(p)
	}
	p.see("region", "Cookies on Progress Housing Group")
	p.settle()
	if h.enforced != "" {
		assert.True(t, inPage[bool](p, h.enforced), "in force: %s", h.enforced)
	}
	assert.Empty(t, p.thirdParty(), "before a choice")
	assert.Empty(t, inPage[[]string](p, ranIn), "before a choice")
	return p
}

// path is where the page stands, with the headers that it comes with.
func (h hostile) path() string {
	base := "/progress-group/hostile/"
	if h.headers == nil {
		return base + h.page
	}
	path := base + strings.ReplaceAll(strings.ToLower(h.name), " ", "-")
	lk.pages.Store(path, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name, value := range h.headers {
			w.Header().Set(name, strings.NewReplacer("LATCHKEY", lk.latchkey, "THIRD", lk.third).Replace(value))
		}
		again := r.Clone(r.Context())
		again.URL.Path = base + h.page
		lk.site.ServeHTTP(w, again)
	}))
	return path
}

func TestHostilePages(t *testing.T) { // W3, issue 4, line 11; LAW.md 8.3
	const strict = `default-src 'none'; connect-src LATCHKEY THIRD; frame-src LATCHKEY THIRD; script-src `
	policy := func(sources string) map[string]string {
		return map[string]string{"Content-Security-Policy": strict + sources}
	}
	tests := []hostile{
		{name: "Nonces and no host", page: "nonce", headers: policy(`'nonce-r4nd0m'`), film: filmed},
		{name: "Nonces and our host", page: "nonce", headers: policy(`'nonce-r4nd0m' LATCHKEY`), film: filmed},
		{name: "Nonces and strict-dynamic", page: "nonce", headers: policy(`'nonce-r4nd0m' 'strict-dynamic'`), film: filmed},
		{name: "Trusted Types enforced", page: "trusted-types", film: filmed},
		{name: "COEP require-corp", page: "isolated", film: filmed, enforced: `crossOriginIsolated`,
			headers: map[string]string{"Cross-Origin-Embedder-Policy": "require-corp", "Cross-Origin-Opener-Policy": "same-origin"}},
		{name: "cookies blocked", page: "ordinary", film: filmed, browser: []option{noCookies}, forgets: true,
			enforced: `(document.cookie = 'a=1', document.cookie === '')`},
		{name: "storage blocked", page: "ordinary", film: filmed, browser: []option{noStorage},
			enforced: `(() => { try { localStorage } catch { return true } })()`},
		{name: "styles that hide everything", page: "revert"},
		{name: "styles that overrule everything", page: "important"},
		{name: "frozen prototypes", page: "frozen", film: filmed, enforced: `Object.isFrozen(Element.prototype)`},
		{name: "functions of the browser replaced", page: "patched", film: filmed, enforced: `!/native/.test(fetch)`},
		{name: "prototypes with more in them", page: "polluted", film: filmed, enforced: `'each' in []`},
		{name: "a library that writes JSON", page: "prototype", film: filmed, enforced: `JSON.stringify([1]) === '"[1]"'`},
		{name: "objects that write their own JSON", page: "objects", film: filmed, enforced: `JSON.stringify({ a: 1 }) === '"[a]"'`},
		{name: "a page of 2010", page: "old", film: filmed, enforced: `window.written`},
		{name: "a page of WordPress", page: "wordpress", film: filmed},
		{name: "an app of one page", page: "spa", film: "A film in the app", arrive: func(p *tab) {
			if eval[string](p, `location.search`) == "" {
				p.click("button", "Next view")
			} else {
				p.goTo(lk.demo + "/progress-group/hostile/spa")
				p.click("button", "Next view")
			}
			p.see("heading", "Second view")
		}},
	}
	for _, h := range tests {
		t.Run(h.name, func(t *testing.T) {
			refused(t, h)
			accepted(t, h)
		})
	}
}

// refused opens and closes the panel, refuses, and loads the page again.
func refused(t *testing.T, h hostile) {
	p := visitHostile(t, h)
	p.click("button", "Choose")
	p.panel()
	p.see("heading", "Your choices")
	p.click("button", "Close")
	p.gone("dialog", "Privacy centre")
	p.click("button", "Reject all")
	p.see("button", "Privacy")
	p.recorded(1)
	stored := p.stored()
	require.Len(t, stored, 1)
	for _, it := range stored[0].Event.Purposes {
		assert.NotEqual(t, consent.Yes, it.Answer, "%s in the receipt", it.ID)
	}
	assert.Equal(t, "1", inPage[string](p, presses), "the page's own script")
	p.clean("after Reject all")

	p.reload()
	if h.arrive != nil {
		h.arrive(p)
	}
	if h.forgets {
		p.see("region", "Cookies on Progress Housing Group")
	} else {
		p.see("button", "Privacy")
		_, asked := p.find("region", "Cookies on Progress Housing Group")
		assert.False(t, asked, "asked again")
	}
	p.settle()
	assert.Empty(t, p.thirdParty(), "after Reject all")
	assert.Empty(t, inPage[[]string](p, ranIn), "after Reject all")
	p.clean("loaded again")
}

// accepted accepts, and finds everything released.
func accepted(t *testing.T, h hostile) {
	p := visitHostile(t, h)
	if h.film != "" {
		p.see("group", h.film+"…")
	}
	p.click("button", "Accept all")
	p.see("button", "Privacy")
	p.recorded(1)
	p.until("what was gated runs", func() bool { return len(inPage[[]string](p, ranIn)) > 0 })
	assert.Equal(t, []string{ranTag}, inPage[[]string](p, ranIn))
	if h.film != "" {
		p.see("heading", "Clipview")
	}
	p.settle()
	assert.Equal(t, "1", inPage[string](p, presses), "the page's own script")
	p.click("button", "Privacy")
	p.panel()
	p.see("heading", "Your choices")
	p.press("\x1b")
	p.gone("dialog", "Privacy centre")
	p.clean("after Accept all")
}

// TestThePrintedLinesAreEnough pastes all that "latchkey snippet" prints into a
// page whose policy is default-src 'none' and the lines printed, and no more.
func TestThePrintedLinesAreEnough(t *testing.T) { // W3, issue 4, lines 10 and 11
	out, err := exec.Command(lk.binary, "snippet", "progress-group", "--public-url", lk.latchkey,
		"--config", filepath.Join(filepath.Dir(lk.data), "groups")).Output()
	require.NoError(t, err)
	lines := regexp.MustCompile(`(?m)^ +((?:script|connect|frame)-src [^\n]*)$`).FindAllString(string(out), -1)
	require.Len(t, lines, 3)
	hashes := regexp.MustCompile(`(?m)^ +('sha256-[^\n]*)$`).FindString(string(out))
	require.NotEmpty(t, hashes)
	policy := "default-src 'none'; " + strings.Join(append([]string{lines[0] + hashes}, lines[1:]...), "; ")
	for name, more := range map[string]string{"by themselves": "", "with Trusted Types": "; require-trusted-types-for 'script'; trusted-types latchkey"} {
		t.Run(name, func(t *testing.T) {
			path := "/progress-group/hostile/printed"
			page := []byte(`<!doctype html><html lang="en-GB"><title>Printed</title>` + string(out) +
				`<template data-consent="statistics"><p id="released">Released</p></template>`)
			lk.pages.Store(path, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Security-Policy", policy+more)
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
				w.Write(page)
			}))
			const released = `!!document.getElementById('released')`
			p := open(t, watched)
			p.visit(path)
			p.click("button", "Choose")
			p.panel()
			p.see("heading", "Your choices")
			p.press("\x1b")
			p.gone("dialog", "Privacy centre")
			assert.False(t, eval[bool](p, released), "before a choice")
			p.click("button", "Reject all")
			p.recorded(1)
			p.reload()
			p.see("button", "Privacy")
			p.settle()
			assert.False(t, eval[bool](p, released), "after Reject all")
			// The links of the footer, as they were printed.
			p.click("link", "Privacy notice")
			p.panel()
			p.see("dialog", "Privacy centre")
			p.press("\x1b")
			p.gone("dialog", "Privacy centre")
			eval[any](p, `window.latchkey.set({ statistics: true, preferences: true, marketing: true })`)
			p.recorded(2)
			p.holds(released)
			p.clean("with the lines printed")
		})
	}
}

// TestInASandbox opens a page in a sandboxed frame that may run scripts and
// nothing else: it has no origin, so no cookie, no storage and no receipt.
func TestInASandbox(t *testing.T) { // issue 4, line 11
	h := hostile{page: "sandboxed", film: filmed, enforced: `origin === 'null'`}
	p := visitHostile(t, h)
	p.click("button", "Reject all")
	p.see("button", "Privacy")
	p.settle()
	assert.Empty(t, p.thirdParty(), "after Reject all")
	assert.Equal(t, "1", inPage[string](p, presses), "the page's own script")
	p.clean("after Reject all")

	p = visitHostile(t, h)
	p.click("button", "Accept all")
	p.until("what was gated runs", func() bool {
		return slices.Contains(p.thirdParty(), "player") && slices.Contains(p.thirdParty(), "sitelook.js")
	})
	assert.Empty(t, p.receipts(), "nobody could say which site they are of")
	p.click("button", "Privacy")
	p.see("heading", "Your choices")
	p.settle()
}
