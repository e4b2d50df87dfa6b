package browsertest

import (
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/network"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// gated is a page with one of each that can be gated. Every script notes that it ran.
const gated = `<!doctype html><html lang="en-GB"><head><meta charset="utf-8"><title>Gates</title><link rel="icon" href="data:,">
<script>window.ran = []; window.heard = []</script>
LOADER
<script type="text/plain" data-consent="statistics" src="/gates/classic.js"></script>
<script type="text/plain" data-consent="statistics">ran.push('inline after classic')</script>
<script type="text/plain" data-consent="statistics" src="/gates/second.js?late"></script>
<script type="text/plain" data-consent="statistics" src="/gates/third.js" defer></script>
<script type="text/plain" data-consent="statistics">ran.push('inline after three')</script>
<script type="text/plain" data-consent="statistics" data-type="module" src="/gates/module.js"></script>
<script type="text/plain" data-consent="statistics" data-type="module">ran.push('inline module ' + (document.currentScript === null))</script>
<script type="text/plain" data-consent="statistics" src="/gates/async.js" async></script>
<script type="text/plain" data-consent="statistics" src="/gates/whole.js" integrity="INTEGRITY" crossorigin="anonymous" id="whole"></script>
<script type="text/plain" data-consent="statistics" src="/gates/forged.js" integrity="INTEGRITY" crossorigin="anonymous" id="forged"></script>
<link data-consent="statistics" rel="stylesheet" data-href="/gates/style.css">
</head><body><h1>Gates</h1>
<img data-consent="marketing" data-src="/gates/src.gif" alt="">
<img data-consent="marketing" data-srcset="/gates/srcset.gif 1x" alt="">
<iframe data-consent="marketing" data-src="/gates/frame.html" title="A frame" width="400" height="300"></iframe>
<template data-consent="marketing"><img src="/gates/template.gif" alt=""><script>ran.push('in a template')</script></template>
<button onclick="document.body.dataset.works = 'yes'">Press</button>
<script>
	for (const id of ['whole', 'forged'])
		for (const type of ['load', 'error'])
			document.getElementById(id).addEventListener(type, event => heard.push(id + ' ' + event.type))
</script>
</body></html>`

const whole = `ran.push('whole')`

// storeGates makes the page and its files. In the place of the loader's tag
// comes another if one is given.
func storeGates(t *testing.T, path string, tag string) {
	t.Helper()
	sum := sha512.Sum384([]byte(whole))
	put := func(path, text string) {
		lk.pages.Store(path, text)
		t.Cleanup(func() { lk.pages.Delete(path) })
	}
	put(path, strings.NewReplacer("LOADER", tag, "INTEGRITY", "sha384-"+base64.StdEncoding.EncodeToString(sum[:])).Replace(gated))
}

const embed = `<script async src="LATCHKEY/embed/connect.js"></script>`

// gateFiles answers for the gated files.
func gateFiles(p *tab) {
	p.on(lk.demo+"/gates/*", func(p *tab, e *fetch.EventRequestPaused) {
		name := strings.TrimPrefix(e.Request.URL, lk.demo+"/gates/")
		switch {
		case name == "whole.js", name == "forged.js":
			says(200, "text/javascript", map[string]string{"whole.js": whole, "forged.js": "ran.push('forged')"}[name])(p, e)
		case name == "second.js?late":
			// Not before the next has had its answer.
			for len(p.sent(lk.demo+"/gates/third.js")) == 0 && p.ctx.Err() == nil {
				time.Sleep(10 * time.Millisecond)
			}
			says(200, "text/javascript", "ran.push('second')")(p, e)
		case strings.HasSuffix(name, ".js"):
			says(200, "text/javascript", "ran.push('"+strings.TrimSuffix(name, ".js")+"')")(p, e)
		case strings.HasSuffix(name, ".html"):
			says(200, "text/html", "<!doctype html><title>frame</title>")(p, e)
		case strings.HasSuffix(name, ".css"):
			says(200, "text/css", "h1 { color: rgb(1, 2, 3) }")(p, e)
		default:
			says(200, "image/gif", "GIF89a")(p, e)
		}
	})
}

// TestGatesOfEveryKind shows what a yes releases, and how. The order of scripts
// is the parser's: an inline script waits for those before it.
func TestGatesOfEveryKind(t *testing.T) { // W2, issue 4 line 1
	const path = "/connect/gates/kinds"
	storeGates(t, path, strings.ReplaceAll(embed, "LATCHKEY", lk.latchkey))
	p := open(t, gateFiles)
	p.visit(path)
	p.see("region", "Cookies on Connect Housing")
	p.settle()
	assert.Empty(t, eval[[]string](p, `ran`))
	assert.Empty(t, p.sent(lk.demo+"/gates/"), "nothing is asked for before a choice")

	p.click("button", "Accept all")
	p.recorded(1)
	p.until("all ran", func() bool { return len(eval[[]string](p, `ran`)) >= 10 })
	p.settle()
	ran := eval[[]string](p, `ran`)
	var ordered []string
	for _, s := range ran {
		if s != "async" && s != "in a template" {
			ordered = append(ordered, s)
		}
	}
	assert.Equal(t, []string{"classic", "inline after classic", "second", "third", "inline after three"}, ordered[:5])
	assert.ElementsMatch(t, []string{"module", "inline module true", "whole"}, ordered[5:], "and no forged script")
	assert.Contains(t, ran, "async")
	assert.Contains(t, ran, "in a template")
	assert.ElementsMatch(t, []string{"whole load", "forged error"}, eval[[]string](p, `heard`), "on the element that the page knows")
	for _, file := range []string{"style.css", "src.gif", "srcset.gif", "frame.html", "template.gif"} {
		assert.Equal(t, []string{"GET "}, p.sent(lk.demo+"/gates/"+file), "%s, once", file)
	}
	assert.True(t, eval[bool](p, `getComputedStyle(document.querySelector('h1')).color === 'rgb(1, 2, 3)'`))
	assert.False(t, eval[bool](p, `!!document.querySelector('[data-consent]')`))
}

// TestManyScriptsKeepTheirOrderAndLeaveThePageItsTurn releases more scripts than run in one task.
func TestManyScriptsKeepTheirOrderAndLeaveThePageItsTurn(t *testing.T) { // issue 4 lines 1 and 16
	const path = "/connect/gates/many"
	var scripts strings.Builder
	var want []string
	for i := range 60 {
		name := fmt.Sprintf("s%02d", i)
		want = append(want, name)
		if i%7 == 3 || i > 35 {
			fmt.Fprintf(&scripts, "<script type=\"text/plain\" data-consent=\"statistics\">note('%s')</script>\n", name)
		} else {
			fmt.Fprintf(&scripts, "<script type=\"text/plain\" data-consent=\"statistics\" src=\"/gates/%s.js\"></script>\n", name)
		}
	}
	lk.pages.Store(path, `<!doctype html><html lang="en-GB"><head><title>Many</title><script>
		window.ran = []
		// How many inline scripts in a row ran at most before another task had its turn.
		window.most = 0
		let row = 0
		const { port1, port2 } = new MessageChannel()
		port1.onmessage = () => { row = 0 }
		const note = name => { ran.push(name); most = Math.max(most, ++row); port2.postMessage(0) }
	</script><script async src="`+lk.latchkey+`/embed/connect.js"></script></head><body><h1>Many</h1>`+scripts.String()+`</body></html>`)
	t.Cleanup(func() { lk.pages.Delete(path) })
	p := open(t, gateFiles)
	p.visit(path)
	p.click("button", "Accept all")
	p.until("all ran", func() bool { return eval[int](p, `ran.length`) >= 60 })
	p.settle()
	assert.Equal(t, want, eval[[]string](p, `ran`))
	// The last 24 are inline: nothing but the gate could part them.
	assert.LessOrEqual(t, eval[int](p, `most`), 10, "other tasks have had their turn in between")
}

// TestWhatThePageAddsIsGated adds one of each after Reject all, and moves one about.
func TestWhatThePageAddsIsGated(t *testing.T) { // W2, issue 4 line 1
	const path = "/connect/gates/added"
	lk.pages.Store(path, `<!doctype html><html lang="en-GB"><head><title>Added</title><script>window.ran = []</script>
<script async src="`+lk.latchkey+`/embed/connect.js"></script></head><body><h1>Added</h1></body></html>`)
	t.Cleanup(func() { lk.pages.Delete(path) })
	p := open(t, gateFiles)
	p.visit(path)
	p.click("button", "Reject all")
	p.recorded(1)
	eval[any](p, `(() => {
		const box = document.createElement('div')
		box.innerHTML = '<img data-consent="marketing" data-src="/gates/src.gif" alt=""><template data-consent="marketing"><img src="/gates/template.gif" alt=""></template>' +
			'<script type="text/plain" data-consent="statistics" src="/gates/second.js"><\/script><script type="text/plain" data-consent="statistics">ran.push("inline")<\/script>' +
			'<script type="text/plain" data-consent="statistics" id="gone">ran.push("gone")<\/script>' +
			'<iframe data-consent="marketing" data-src="/gates/frame.html" title="A late frame" width="400" height="300"></iframe>'
		document.body.append(box)
		document.body.prepend(box)
		document.getElementById('gone').remove()
	})()`)
	p.see("group", "A late frame (127.0.0.1)")
	p.settle()
	assert.Empty(t, eval[[]string](p, `ran`))
	assert.Empty(t, p.sent(lk.demo+"/gates/"))
	eval[any](p, `void latchkey.set({ statistics: true, marketing: true })`)
	p.until("it ran", func() bool { return len(eval[[]string](p, `ran`)) == 2 })
	p.gone("group", "A late frame (127.0.0.1)")
	p.settle()
	assert.Equal(t, []string{"second", "inline"}, eval[[]string](p, `ran`), "in order, and nothing that the page took back")
	assert.ElementsMatch(t, []string{"GET src.gif", "GET template.gif", "GET second.js", "GET frame.html"}, gatesSent(p))
}

// gatesSent lists the gated files that were asked for.
func gatesSent(p *tab) []string {
	var found []string
	for _, s := range p.sent(lk.demo + "/gates") {
		found = append(found, strings.Replace(s, "/", "", 1))
	}
	return found
}

// TestGatesFailClosed breaks the loader in every way, for somebody who has said
// yes and for somebody who has said nothing.
func TestGatesFailClosed(t *testing.T) { // V10, issue 4 line 1
	const path = "/connect/gates/closed"
	storeGates(t, path, strings.ReplaceAll(embed, "LATCHKEY", lk.latchkey))
	tests := []struct {
		name string
		fail answer
	}{
		{"blocked", fails},
		{"slow", hangs},
		{"cut off in the middle", says(200, "text/javascript", `(() => { try { const a = {`)},
		{"throwing", says(200, "text/javascript", `throw new Error('broken')`)},
		{"an error page", says(502, "text/html", `<!doctype html><title>Bad gateway</title>`)},
	}
	for _, tt := range tests {
		t.Run("a loader that is "+tt.name, func(t *testing.T) {
			p := open(t, gateFiles)
			p.visit(path)
			p.click("button", "Accept all")
			p.recorded(1)
			p.settle()
			before := len(gatesSent(p))
			require.Positive(t, before)

			p.on(lk.latchkey+"/embed/connect.js", tt.fail)
			do(p, network.SetCacheDisabled, network.SetCacheDisabledParams{CacheDisabled: true})
			for _, who := range []*tab{p, open(t, gateFiles, at("/embed/connect.js", tt.fail))} {
				asked := len(gatesSent(who))
				who.start(lk.demo + path + "?broken")
				who.holds(`location.search === '?broken' && document.readyState !== 'loading' && !!document.querySelector('button')`)
				who.click("button", "Press")
				who.holds(`document.body.dataset.works === 'yes'`)
				assert.Empty(t, eval[[]string](who, `ran`))
				assert.Len(t, gatesSent(who), asked, "nothing gated is asked for")
			}
		})
	}
}
