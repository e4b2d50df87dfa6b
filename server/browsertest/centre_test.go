package browsertest

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/consent"
)

// connected waits until the panel knows the choice of the page around it.
func (p *tab) connected() {
	p.t.Helper()
	p.panel()
	p.panelHolds(`document.documentElement.classList.contains('connected')`)
}

// fits waits until the panel's frame is exactly as tall as its page.
func (p *tab) fits() {
	p.t.Helper()
	p.panelHolds(`innerHeight === Math.ceil(document.body.getBoundingClientRect().height)`)
}

// switches is how the switches in the panel stand, by purpose.
func (p *tab) switches() map[string]bool {
	p.t.Helper()
	return evalPanel[map[string]bool](p, `Object.fromEntries([...document.querySelectorAll('[name=on]')].map((e) => [e.value, e.checked]))`)
}

func TestPanelLeadsToEveryPageOfTheCentre(t *testing.T) { // issue line 11
	p := open(t, sized(1280, 8000)) // so tall that every page fits
	p.visit("/connect/")
	p.click("button", "Choose")
	p.connected()
	p.fits()
	before := evalPanel[int](p, `innerHeight`)
	for _, view := range []struct{ link, heading string }{
		{"Receipt", "Find your receipt"},
		{"Cookies", "Cookies on Connect Housing"},
		{"Your choices", "Your choices"},
	} {
		p.click("link", view.link)
		p.see("heading", view.heading)
		p.connected()
		p.fits()
	}
	assert.Equal(t, before, evalPanel[int](p, `innerHeight`), "the first page is as tall as it was")
	p.click("link", "Privacy notice")
	p.see("heading", "Connect Housing privacy notice")
	p.connected()
	assert.NotContains(t, strings.Join(p.sent(lk.latchkey), " "), ".wasm", "only the request form has a use for it")
	p.click("link", "Your rights")
	p.asks("What would you like to do?")
	p.panelHolds(`document.documentElement.classList.contains('live')`)
	p.fits()

	// The page itself asks for another view.
	eval[any](p, `void latchkey.open('preferences')`)
	p.see("checkbox", "Allow: Statistics")
	p.connected()
	p.fits()
	dialogs := 0
	for _, it := range p.things() {
		if it.Role == "dialog" {
			dialogs++
		}
	}
	assert.Equal(t, 1, dialogs)
	p.click("link", "Receipt")
	p.see("heading", "Find your receipt")
	p.connected()
	p.click("textbox", "Receipt code")
	p.press(kb.Escape)
	p.gone("dialog", "Privacy centre")
	p.until("the focus is back", func() bool { return p.focused().is("button", "Choose") })
	assert.Nil(t, p.choice())
	p.inOrder()
}

func TestPanelSavesWhatItsButtonsSay(t *testing.T) { // V3, V4, V11
	// Care Plus has exempt purposes, which are on until somebody objects.
	tests := []struct {
		button string
		method consent.Method
		want   map[consent.PurposeID]bool
		ran    int // of its tags, once the page is loaded again
	}{
		{"Accept all", consent.AcceptAll, map[consent.PurposeID]bool{"preferences": true, "visits": true, "marketing": true}, 2},
		{"Reject all", consent.RejectAll, map[consent.PurposeID]bool{"preferences": true, "visits": true, "marketing": false}, 2},
		{"Save choices", consent.Save, map[consent.PurposeID]bool{"preferences": true, "visits": true, "marketing": false}, 2},
	}
	for _, tt := range tests {
		t.Run(tt.button, func(t *testing.T) {
			p := open(t)
			p.visit("/care-plus/services")
			eval[any](p, `void (window.heard = [], document.addEventListener('latchkey:choice', (e) => heard.push(e.detail)))`)
			p.click("button", "Choose")
			p.connected()
			assert.Equal(t, map[string]bool{"preferences": true, "visits": true, "marketing": false}, p.switches())
			p.click("button", tt.button)
			p.until("it is said", func() bool {
				said := evalPanel[string](p, `document.querySelector('#preferences [role=status]').innerText`)
				return strings.HasPrefix(said, "Your choices are saved.")
			})
			p.holds(`heard.length === 1`)
			assert.Equal(t, string(tt.method), eval[string](p, `heard[0].method`))
			choice := p.choice()
			require.NotNil(t, choice)
			assert.Equal(t, tt.want, choice.On)
			assert.Equal(t, tt.method, choice.Method)
			p.until("the switches follow", func() bool {
				now := map[consent.PurposeID]bool{}
				for id, on := range p.switches() {
					now[consent.PurposeID(id)] = on
				}
				return maps.Equal(tt.want, now)
			})
			p.recorded(1)
			stored := p.stored()
			require.Len(t, stored, 1)
			assert.Equal(t, 2, stored[0].Event.Layer)
			assert.Equal(t, tt.method, stored[0].Event.Method)

			p.visit("/care-plus/contact")
			p.see("button", "Privacy")
			p.settle()
			assert.Len(t, p.ran(), tt.ran)
			p.inOrder()
		})
	}
}

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

func evalFrame[T any](p *tab, frame cdp.FrameID, js string) T {
	p.t.Helper()
	v, err := tryEval[T](p, frame, js)
	require.NoError(p.t, err, js)
	return v
}

func TestPreferencesWithoutJavaScript(t *testing.T) { // issue line 11
	p := open(t, withoutScript)
	p.centre("/housing-plus/preferences")
	p.see("heading", "Your choices")
	text := p.text()
	for _, told := range []string{
		"Your choices are kept in your browser by the Housing Plus Group website", "Always on", "Off unless you say yes",
		"On unless you switch it off", "_pk_id.*", "Sitelook", "We remember your choice for",
	} {
		assert.Contains(t, evalFrame[string](p, mainFrame(p), `document.body.textContent`), told)
	}
	assert.NotContains(t, text, "saved")
	assert.Empty(t, p.names("checkbox"), "nothing to press that would do nothing")
	for _, b := range []string{"Save choices", "Accept all", "Reject all"} {
		assert.NotContains(t, p.names("button"), b)
	}
	p.click("link", "Choose on Housing Plus Group")
	p.until("the site is there", func() bool { return strings.HasPrefix(p.frames()[0].URL, lk.demo+"/housing-plus/") })
	p.inOrder()
}

func TestAReceiptIsTheVisitorsOwn(t *testing.T) { // V13
	p := open(t)
	p.visit("/connect/")
	p.click("button", "Accept all")
	p.recorded(1)
	stored := p.stored()
	require.Len(t, stored, 1)
	p.until("the code is kept", func() bool { return strings.Contains(p.storage()["latchkey.connect"], stored[0].ID) })
	var kept struct {
		R struct{ Receipt, Token string }
	}
	require.NoError(t, json.Unmarshal([]byte(p.storage()["latchkey.connect"]), &kept))

	t.Run("to save from the panel", func(t *testing.T) {
		p := p.in(t)
		dir := t.TempDir()
		ctx := chromedp.FromContext(p.ctx)
		do(p, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{
			Behavior: browser.SetDownloadBehaviorBehaviorAllow, BrowserContextID: ctx.BrowserContextID, DownloadPath: dir,
		})
		p.click("link", "My cookie receipt")
		p.see("heading", "Your receipt")
		for _, told := range []string{"Connect Housing Association", "You chose “Accept all”, in the banner on the page", "Statistics", "Yes"} {
			assert.Contains(t, p.text(), told)
		}
		p.click("button", "Save as a file")
		var saved consent.Receipt
		p.until("the file is there", func() bool {
			files, err := filepath.Glob(filepath.Join(dir, "privacy-choice-*.json"))
			require.NoError(t, err)
			if len(files) == 0 {
				return false
			}
			b, err := os.ReadFile(files[0])
			return err == nil && json.Unmarshal(b, &saved) == nil
		})
		assert.Equal(t, stored[0], saved)
		p.see("heading", "Your receipt")
		p.press(kb.Escape)
		p.gone("dialog", "Privacy centre")
		assert.Empty(t, p.errors())
	})
	t.Run("to look up later with its code, without JavaScript", func(t *testing.T) {
		p := open(t, withoutScript)
		p.centre("/connect/receipt")
		p.click("button", "Show my receipt")
		p.refuses("Find your receipt", "textbox", "Receipt code", "Enter your receipt code")
		p.press(kept.R.Receipt+".x", kb.Enter)
		p.see("link", "Check the code: no receipt goes with it")
		p.refuses("Find your receipt", "textbox", "Receipt code", "Check the code: no receipt goes with it")
		p.press(kb.End, kb.Backspace, kept.R.Token, kb.Enter)
		p.see("heading", "Your receipt")
		assert.Contains(t, p.text(), "You chose “Accept all”")
		assert.NotContains(t, p.frames()[0].URL, kept.R.Token)
		p.inOrder()
	})
	t.Run("and nobody else's", func(t *testing.T) {
		for token, want := range map[string]int{kept.R.Token: http.StatusOK, kept.R.Token + "x": http.StatusNotFound, "": http.StatusUnauthorized} {
			r, err := http.NewRequest(http.MethodGet, lk.latchkey+"/api/receipts/"+kept.R.Receipt, nil)
			require.NoError(t, err)
			if token != "" {
				r.Header.Set("Authorization", "Bearer "+token)
			}
			resp, err := http.DefaultClient.Do(r)
			require.NoError(t, err)
			resp.Body.Close()
			assert.Equal(t, want, resp.StatusCode, "token %q", token)
		}
	})
}

func TestSomebodyWhoRefusedIsTreatedHonestly(t *testing.T) { // V13, V14
	var cookies []string
	for n := range 2 {
		p := open(t)
		p.visit("/connect/")
		p.click("button", "Reject all")
		p.recorded(1)
		cookies = append(cookies, fmt.Sprint(p.cookies(lk.demo+"/connect/")))
		assert.Empty(t, p.storage())
		if n > 0 {
			continue
		}
		p.click("link", "My cookie receipt") // while the page is open it knows the code
		p.see("heading", "Your receipt")
		assert.Contains(t, p.text(), "once you leave this page, there is no code to find it by")
		p.visit("/connect/repairs")
		p.click("link", "My cookie receipt")
		p.see("heading", "Find your receipt")
		p.connected()
		p.until("it says why", func() bool {
			return strings.Contains(p.text(), "This browser keeps no receipt code for Connect Housing.")
		})
		p.inOrder()
	}
	assert.Equal(t, cookies[0], cookies[1], "two who refused can't be told apart")
}
