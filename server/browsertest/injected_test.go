package browsertest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/evanw/esbuild/pkg/api"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A page may show what strangers have written, cleaned by a sanitizer. That
// knows nothing of our marks, so these must not turn what it lets through into a
// script, and what it lets through must not take the banner away.

// elements are those of HTML, SVG and MathML that a stranger may write, but for the ones that run by themselves.
var injectable = strings.Fields(`a abbr address area article aside audio b bdi bdo blockquote br button canvas caption center cite code col colgroup
	data datalist dd del details dfn dialog div dl dt em embed fieldset figcaption figure font footer form h1 h6 header hgroup hr i iframe img input ins kbd label
	legend li link main map mark marquee menu meter nav noscript object ol optgroup option output p param picture portal pre progress q s samp section select slot
	small source span strong style sub summary sup table tbody td template textarea tfoot th thead time tr track tt u ul var video wbr xmp
	svg math latchkey-privacy x-unknown`)

// scripts writes a call in every way in which an address can be a script or a content that runs one.
func scripts(call string) []string {
	return []string{
		"javascript:" + call, " \n\tjavascript:" + call, "\x01javascript:" + call, "JaVa\tScr\nipt:" + call, "javascript://%0a" + call,
		"vbscript:" + call, "data:text/javascript," + call, "data:text/html,<script>parent." + call + "</script>", " DATA:text/html,<script>parent." + call + "</script>",
	}
}

// attack is markup that tries to run a call, ran.push(its number).
func attacks() []string {
	var all []string
	// In the markup, CALL stands for the call.
	add := func(markup string) {
		all = append(all, strings.ReplaceAll(markup, "CALL", fmt.Sprintf("ran.push(%d)", len(all))))
	}
	escape := strings.NewReplacer("&", "&amp;", `"`, "&quot;", "<", "&lt;", "\n", "&#10;", "\t", "&#9;", "\x01", "&#1;")
	for _, tag := range injectable {
		add("<" + tag + ` type="text/plain" data-consent="necessary" data-type="module" nonce="once">CALL</` + tag + ">")
		for _, name := range []string{"src", "href", "srcset", "srcdoc", "data", "action", "xlink:href"} {
			for _, address := range scripts("CALL") {
				add("<" + tag + ` type="text/plain" title="x" data-consent="necessary" data-` + name + `="` + escape.Replace(address) + `">text</` + tag + ">")
			}
		}
	}
	add(`<svg><a data-consent="necessary" data-href="javascript:CALL"><text y="20">x</text></a></svg>`)
	add(`<svg><use data-consent="necessary" data-href="data:image/svg+xml,%3Csvg id='x' xmlns='http://www.w3.org/2000/svg' onload='CALL'%3E"></use></svg>`)
	add(`<math><mtext data-consent="necessary" data-href="javascript:CALL">x</mtext></math>`)
	add(`<form data-consent="necessary" type="text/plain"><input name="tagName" value="SCRIPT"><input name="type" value="text/plain"><input name="text" value="CALL"></form>`)
	add(`<form data-consent="necessary"><input name="content"><input name="removeAttribute"><input name="getAttribute"><input name="replaceWith">CALL</form>`)
	return all
}

// strange makes a page with markup of strangers and one marked script of its own, which waits for statistics.
func strange(t *testing.T, name, head, body string) string {
	t.Helper()
	path := "/progress-group/injected/" + name
	lk.pages.Store(path, `<!doctype html><html lang="en-GB"><head><meta charset="utf-8"><title>Comments</title><link rel="icon" href="data:,">
<script>window.ran = []</script>`+head+`<script async src="`+lk.latchkey+`/embed/progress-group.js"></script>
<script type="text/plain" data-consent="statistics">ran.push('own')</script></head>
<body><h1>Comments</h1><div id="comments">`+body+`</div></body></html>`)
	t.Cleanup(func() { lk.pages.Delete(path) })
	return path
}

// pressed presses everything on the page that is not ours.
const pressed = `(() => { for (const e of document.querySelectorAll('#comments *')) { try { HTMLElement.prototype.click.call(e) } catch {} } return true })()`

// harmless asserts that nothing of strange markup runs, before a choice or after a yes, that the banner is there, and that the page's own script waits for the yes.
func harmless(t *testing.T, path string) {
	t.Helper()
	// A link that leads elsewhere would end the test.
	p := open(t, first(`addEventListener('click', event => {
			const link = event.target.closest?.('#comments a')
			if (link && !/script/i.test(link.getAttribute('href'))) event.preventDefault()
		}, true)
		addEventListener('submit', event => event.preventDefault(), true)`))
	p.visit(path)
	p.see("region", "Cookies on Progress Housing Group")
	p.settle()
	eval[bool](p, pressed)
	p.settle()
	require.Empty(t, eval[[]any](p, `ran`), "before a choice")
	p.click("button", "Accept all")
	p.recorded(1)
	p.until("the page's own script runs", func() bool { return len(eval[[]any](p, `ran`)) > 0 })
	eval[bool](p, pressed)
	p.settle()
	assert.Equal(t, []any{"own"}, eval[[]any](p, `ran`), "after a yes")
}

// TestOnlyScriptsRun marks everything else as if it were one, with no sanitizer in between.
func TestOnlyScriptsRun(t *testing.T) {
	var body strings.Builder
	for _, a := range attacks() {
		// What has no end or swallows what follows stands by itself.
		fmt.Fprintf(&body, "<div>%s</div>\n", a)
	}
	// As a script of the page would add it, so that one comment can't take in the next.
	markup, err := json.Marshal(strings.Split(strings.TrimSpace(body.String()), "</div>\n<div>"))
	require.NoError(t, err)
	added := `<script>addEventListener('DOMContentLoaded', () => { for (const one of ` + strings.ReplaceAll(string(markup), "</", `<\/`) + `) {
		const box = document.createElement('div'); box.innerHTML = one; comments.append(box) } })</script>`
	t.Run("on a page without a policy", func(t *testing.T) { harmless(t, strange(t, "everything", added, "")) })
	t.Run("on a page whose policy would let it through with our nonce", func(t *testing.T) {
		path := strange(t, "policy", `<meta http-equiv="Content-Security-Policy" content="script-src 'nonce-once' 'strict-dynamic'; require-trusted-types-for 'script'; trusted-types latchkey page">`, "")
		page, _ := lk.pages.Load(path)
		text := strings.ReplaceAll(page.(string), "<script", `<script nonce="once"`)
		added := strings.ReplaceAll(strings.Replace(added, "<script", `<script nonce="once"`, 1), "box.innerHTML = one", "box.innerHTML = policy.createHTML(one)")
		added = strings.Replace(added, "addEventListener(", "window.policy = trustedTypes.createPolicy('page', { createHTML: text => text }); addEventListener(", 1)
		lk.pages.Store(path, strings.Replace(text, "</head>", added+"</head>", 1))
		harmless(t, path)
	})
}

// TestSanitizedMarkupStaysMarkup gives the same to sanitizers as they are, and with all attributes allowed.
func TestSanitizedMarkupStaysMarkup(t *testing.T) {
	const modules = "../../web/test/node_modules/"
	all := append(attacks(),
		`<script type="text/plain" data-consent="necessary">ran.push('script')</script>`,
		`<iframe data-consent="necessary" title="x" srcdoc="&lt;script>parent.ran.push('srcdoc')&lt;/script>"></iframe>`,
		`<template data-consent="necessary"><img src="x:" onerror="ran.push('template')"></template>`,
		`<svg><script type="text/plain" data-consent="necessary">ran.push('svg')</script></svg>`,
		`<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;script type=text/plain data-consent=necessary&gt;ran.push('mutation')&lt;/script&gt;">`,
		`<noscript><p title="</noscript><script type=text/plain data-consent=necessary>ran.push('noscript')</script>">`,
	)
	corpus, err := json.Marshal(all)
	require.NoError(t, err)
	t.Run("DOMPurify", func(t *testing.T) {
		purify, err := os.ReadFile(modules + "dompurify/dist/purify.min.js")
		require.NoError(t, err, "run npm ci in web/test")
		lk.pages.Store("/progress-group/injected/purify.js", jsFile(purify))
		t.Cleanup(func() { lk.pages.Delete("/progress-group/injected/purify.js") })
		harmless(t, strange(t, "dompurify", `<script src="purify.js"></script><script>addEventListener('DOMContentLoaded', () => { for (const dirty of `+
			strings.ReplaceAll(string(corpus), "</", `<\/`)+`) { const box = document.createElement('div'); box.innerHTML = DOMPurify.sanitize(dirty); comments.append(box) } })</script>`, ""))
	})
	for name, options := range map[string]string{"sanitize-html": "undefined", "sanitize-html with all attributes": "{ allowedAttributes: false }"} {
		t.Run(name, func(t *testing.T) {
			clean := sanitizeHTML(t, modules, corpus, options)
			harmless(t, strange(t, strings.ReplaceAll(name, " ", "-"), "", strings.Join(clean, "\n")))
		})
	}
}

// sanitizeHTML runs a corpus of markup through the package sanitize-html in Node.js.
func sanitizeHTML(t *testing.T, modules string, corpus []byte, options string) []string {
	t.Helper()
	dir, err := filepath.Abs(modules)
	require.NoError(t, err)
	built := api.Build(api.BuildOptions{
		Stdin:    &api.StdinOptions{Contents: `import clean from 'sanitize-html'; console.log(JSON.stringify(` + string(corpus) + `.map(dirty => clean(dirty, ` + options + `))))`, ResolveDir: filepath.Dir(dir)},
		Bundle:   true,
		Platform: api.PlatformNode,
		Format:   api.FormatCommonJS,
	})
	require.Empty(t, built.Errors, "run npm ci in web/test")
	node := exec.Command("node", "-")
	node.Stdin = strings.NewReader(string(built.OutputFiles[0].Contents))
	out, err := node.Output()
	require.NoError(t, err)
	var clean []string
	require.NoError(t, json.Unmarshal(out, &clean))
	return clean
}

// jsFile serves a script.
func jsFile(script []byte) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		w.Write(script)
	})
}

// TestAMarkLeadsNowhereElse releases what is harmless, so that the tests above do not hold because nothing is released.
func TestAMarkLeadsNowhereElse(t *testing.T) {
	path := strange(t, "film", "", `<iframe title="Film" id="film" data-consent="necessary" data-src="/progress-group/hostile/plain?j=1:2"></iframe>
<a id="link" data-consent="necessary" data-href="/progress-group/?javascript:1">Read on</a><img id="picture" alt="" data-consent="necessary" data-srcset="/x.gif 1x, /y.gif 2x">`)
	p := open(t)
	p.visit(path)
	p.holds(`film.getAttribute('src') === '/progress-group/hostile/plain?j=1:2' && link.getAttribute('href') === '/progress-group/?javascript:1' && picture.srcset === '/x.gif 1x, /y.gif 2x'`)
}

// TestAFrameWithItsContentWaits empties a marked frame whose content stands in srcdoc, until its purpose is on.
func TestAFrameWithItsContentWaits(t *testing.T) {
	for name, policy := range map[string]string{"": "", " where Trusted Types are enforced": `<meta http-equiv="Content-Security-Policy" content="require-trusted-types-for 'script'; trusted-types latchkey page">`} {
		t.Run("a frame that the page adds"+name, func(t *testing.T) {
			path := strange(t, "srcdoc", policy, "")
			p := open(t)
			p.visit(path)
			p.see("region", "Cookies on Progress Housing Group")
			eval[any](p, `(() => {
				const page = window.trustedTypes?.createPolicy('page', { createHTML: text => text })
				const frame = document.createElement('iframe')
				const content = '<script>parent.ran.push("frame")<\/script>'
				frame.srcdoc = page ? page.createHTML(content) : content
				frame.title = 'A film'
				frame.dataset.consent = 'marketing'
				comments.append(frame)
			})()`)
			p.see("group", "A film…")
			p.settle()
			require.Empty(t, eval[[]any](p, `ran`), "before a choice")
			p.click("button", "Accept all")
			p.until("the frame shows its content", func() bool { return len(eval[[]any](p, `ran`)) == 2 })
			assert.ElementsMatch(t, []any{"own", "frame"}, eval[[]any](p, `ran`))
			p.gone("group", "A film…")
		})
	}
}

// TestOurNonceIsNotLent runs marked scripts on a page that allows only those with its nonce.
func TestOurNonceIsNotLent(t *testing.T) {
	const path = "/connect/gates/nonce"
	lk.pages.Store(path, `<!doctype html><html lang="en-GB"><head><title>Nonce</title>
<meta http-equiv="Content-Security-Policy" content="script-src 'nonce-once' 'strict-dynamic'">
<script nonce="once">window.ran = []</script><script nonce="once" async src="`+lk.latchkey+`/embed/connect.js"></script>
<script nonce="once" type="text/plain" data-consent="statistics">ran.push('its own')</script>
<script nonce="once" type="text/plain" data-consent="statistics" src="/gates/second.js"></script>
<script type="text/plain" data-consent="statistics">ran.push('none')</script>
<script nonce="once" type="text/plain" data-consent="statistics">ran.push('last')</script>
</head><body><h1>Nonce</h1></body></html>`)
	t.Cleanup(func() { lk.pages.Delete(path) })
	p := open(t, gateFiles)
	p.visit(path)
	p.click("button", "Accept all")
	p.recorded(1)
	p.until("the last ran", func() bool { return slices.Contains(eval[[]string](p, `ran`), "last") })
	p.settle()
	assert.Equal(t, []string{"its own", "second", "last"}, eval[[]string](p, `ran`))
	assert.Equal(t, []string{"once", "once", "", "once"}, eval[[]string](p, `[...document.scripts].slice(-4).map(script => script.nonce)`))
}

// TestASiteMayLendItsNonce runs a marked script without a nonce on the pages of a site that says so.
func TestASiteMayLendItsNonce(t *testing.T) {
	h := serveHomes(t, "    languages: [en-GB]\n", "    languages: [en-GB]\n    nonce: inherit\n")
	lk.pages.Store("/lent", `<!doctype html><html lang="en-GB"><head><title>Nonce</title><link rel="icon" href="data:,">
<meta http-equiv="Content-Security-Policy" content="script-src 'nonce-once' `+lk.latchkey+`">
<script nonce="once">window.ran = []</script><script nonce="once" async src="`+lk.latchkey+`/embed/homes.js"></script>
<script type="text/plain" data-consent="statistics">ran.push('lent')</script></head><body><h1>Nonce</h1></body></html>`)
	t.Cleanup(func() { lk.pages.Delete("/lent") })
	p := open(t)
	p.goTo(h.www() + "/lent")
	p.see("region", "Cookies on Lantern Homes")
	assert.Empty(t, eval[[]string](p, `ran`))
	p.click("button", "Accept all")
	p.until("it runs", func() bool { return len(eval[[]string](p, `ran`)) == 1 })
	assert.Equal(t, []string{"lent"}, eval[[]string](p, `ran`))
}
