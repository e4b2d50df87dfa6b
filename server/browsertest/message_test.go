package browsertest

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// state is a message of a host page to the centre, with Statistics on.
const state = `{ latchkey: 1, type: 'state', on: { preferences: false, statistics: true, marketing: false },
	chosen: true, date: '2026-11-01', gpc: false, receipt: null, kept: 'stored' }`

// set is a message of the centre to its host page that accepts Statistics.
func set(edition string) string {
	return `{ latchkey: 1, type: 'set', on: { preferences: false, statistics: true, marketing: false }, method: 'save', edition: ` + quote(edition) + ` }`
}

func TestForgedMessagesToTheHostPageChangeNothing(t *testing.T) { // issue line 13
	p := open(t)
	p.visit("/connect/")
	p.click("button", "Choose")
	p.connected()
	edition := evalPanel[string](p, `document.querySelector('#preferences').dataset.edition`)
	valid := set(edition)
	height := evalPanel[int](p, `innerHeight`)
	frame := func(src string) string {
		return `new Promise((loaded) => {
			const f = document.createElement('iframe')
			f.src = ` + quote(src) + `
			f.onload = () => loaded(true)
			document.body.append(f)
		})`
	}
	require.True(t, eval[bool](p, frame(lk.third+"/third-party/player?film=forged")))
	require.True(t, eval[bool](p, frame(lk.latchkey+"/connect/cookies")))
	posts := `[` + valid + `, { latchkey: 1, type: 'close' }, { latchkey: 1, type: 'size', height: 17 }].forEach((m) => parent.postMessage(m, '*'))`

	others := 0
	for _, f := range p.frames()[1:] {
		if strings.Contains(f.URL, "film=forged") || strings.Contains(f.URL, "/connect/cookies") {
			_, err := tryEval[any](p, f.ID, posts)
			require.NoError(t, err)
			others++
		}
	}
	require.Equal(t, 2, others, "another origin, and another window of the right origin")
	eval[any](p, strings.ReplaceAll(posts, "parent", "window")) // the page to itself
	preferences := p.frameAt("/connect/preferences")
	for _, wrong := range []string{
		`{ ...m, on: { necessary: false } }`, `{ ...m, on: { unknown: true } }`, `{ ...m, on: { statistics: 'true' } }`, `{ ...m, on: {} }`,
		`{ ...m, method: 'api' }`, `{ ...m, edition: '' }`, `{ ...m, more: 1 }`, `{ ...m, latchkey: 2 }`, `{ ...m, type: 'choose' }`,
		`JSON.stringify(m)`, `null`, `{ latchkey: 1, type: 'size', height: -1 }`, `{ latchkey: 1, type: 'size', height: '17' }`,
	} {
		_, err := tryEval[any](p, preferences, `{ const m = `+valid+`; parent.postMessage(`+wrong+`, '*') }`)
		require.NoError(t, err, wrong)
	}
	// All of them have been delivered before this one.
	p.arrived(mainFrame(p))
	p.see("dialog", "Privacy centre")
	assert.Nil(t, p.choice())
	assert.Empty(t, p.receipts())
	assert.Equal(t, height, evalFrame[int](p, preferences, `innerHeight`))
	assert.Empty(t, p.errors())

	_, err := tryEval[any](p, preferences, `parent.postMessage(`+valid+`, '*')`)
	require.NoError(t, err)
	p.recorded(1) // the same message from the panel counts
	assert.True(t, p.choice().On["statistics"])

	// Another origin in the panel's own window.
	const elsewhere = "/third-party/player?film=elsewhere"
	_, err = tryEval[any](p, preferences, `void (location.href = `+quote(lk.third+elsewhere)+`)`)
	require.NoError(t, err)
	p.until("the frame is elsewhere", func() bool {
		there, err := tryEval[bool](p, preferences, `location.href === `+quote(lk.third+elsewhere)+` && document.readyState === 'complete'`)
		return err == nil && there
	})
	_, err = tryEval[any](p, preferences, `{ const m = `+valid+`; m.on.statistics = false; parent.postMessage(m, '*') }`)
	require.NoError(t, err)
	p.arrived(mainFrame(p))
	p.settle()
	assert.True(t, p.choice().On["statistics"])
	assert.Len(t, p.receipts(), 1)
}

func TestForgedMessagesToTheCentreChangeNothing(t *testing.T) { // issue line 13
	p := open(t, openShadows)
	p.visit("/connect/")
	p.click("button", "Choose")
	p.connected()
	require.False(t, p.switches()["statistics"])
	const panel = `[...document.querySelectorAll('*')].map((e) => e.shadowRoot?.querySelector('iframe')).find((e) => e).contentWindow`
	evalPanel[any](p, `window.postMessage(`+state+`, '*')`) // the page to itself
	eval[any](p, `{
		const f = document.createElement('iframe')
		document.body.append(f)
		window.spare = f.contentWindow
		f.contentWindow.target = `+panel+`
		f.contentWindow.eval("target.postMessage(`+strings.Join(strings.Fields(state), " ")+`, '*')")
	}`) // another window of the right origin
	for _, wrong := range []string{
		`{ ...m, more: 1 }`, `{ ...m, latchkey: '1' }`, `{ ...m, on: { statistics: 1 } }`, `{ ...m, on: null }`, `{ ...m, date: 'today' }`,
		`{ ...m, kept: 'maybe' }`, `{ ...m, receipt: { receipt: 'x', token: 'y' } }`, `{ ...m, chosen: 1 }`, `{ ...m, gpc: undefined }`, `JSON.stringify(m)`, `null`,
	} {
		eval[any](p, `{ const m = `+state+`; `+panel+`.postMessage(`+wrong+`, '*') }`)
	}
	p.arrived(p.panel())
	assert.False(t, p.switches()["statistics"])

	eval[any](p, panel+`.postMessage(`+state+`, '*')`)
	p.panelHolds(`document.querySelector('#on-statistics').checked`) // the same message from the page around it counts

	t.Run("nor at its own address", func(t *testing.T) {
		p := open(t)
		p.centre("/connect/preferences")
		eval[any](p, `postMessage(`+state+`, '*')`)
		p.arrived(mainFrame(p))
		assert.Empty(t, p.names("checkbox"))
		assert.False(t, eval[bool](p, `document.documentElement.classList.contains('connected')`))
	})
	t.Run("and a page of another origin can't have it in a frame", func(t *testing.T) {
		p := open(t)
		p.goTo(lk.third + "/third-party/player?film=forged")
		eval[any](p, `void (document.body.innerHTML = '<iframe src="`+lk.latchkey+`/connect/preferences"></iframe>')`)
		p.until("the browser refuses", func() bool { return strings.Contains(strings.Join(p.errors(), "\n"), "frame-ancestors") })
		_, shown := p.find("heading", "Your choices")
		assert.False(t, shown)
	})
}

// frameAt is the frame with a path of Latchkey's.
func (p *tab) frameAt(path string) (id cdp.FrameID) {
	p.t.Helper()
	for _, f := range p.frames()[1:] {
		if strings.HasPrefix(f.URL, lk.latchkey+path) {
			return f.ID
		}
	}
	p.fail("there is no frame with %s", path)
	return id
}

// arrived waits until the messages posted to a frame so far have been heard.
func (p *tab) arrived(frame cdp.FrameID) {
	p.t.Helper()
	heard, err := tryEval[bool](p, frame, `new Promise((done) => {
		addEventListener('message', ({ data }) => data === 'last' && setTimeout(done, 50, true))
		postMessage('last', '*')
	})`)
	require.NoError(p.t, err)
	require.True(p.t, heard)
}
