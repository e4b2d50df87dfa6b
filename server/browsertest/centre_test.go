package browsertest

import (
	"encoding/json"
	"errors"
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
	"latchkey/app/evidence"
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

// inOrder holds the tab to what Latchkey promises about every journey: nothing
// goes to other hosts, no cookie of its own, no complaint of the browser. An
// answer that says what is wrong with a form is no fault.
func (p *tab) inOrder() {
	p.t.Helper()
	for _, r := range p.requests() {
		known := strings.HasPrefix(r.URL, lk.demo+"/") || strings.HasPrefix(r.URL, lk.latchkey+"/")
		assert.True(p.t, known, "a request to %s", r.URL)
		if strings.HasPrefix(r.URL, lk.latchkey+"/") {
			assert.Empty(p.t, r.Cookies, "a cookie with %s", r.URL)
		}
	}
	assert.Empty(p.t, p.cookies(lk.latchkey+"/"))
	assert.Empty(p.t, p.errors(`status of 4(04|09|22) .*/(request|receipt)`))
}

// evalFrame evaluates an expression in a frame.
func evalFrame[T any](p *tab, frame cdp.FrameID, js string) T {
	p.t.Helper()
	v, err := tryEval[T](p, frame, js)
	require.NoError(p.t, err, js)
	return v
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
	// Care Plus has exempt purposes, too, which these buttons leave as they are.
	tests := []struct {
		button string
		method consent.Method
		want   map[consent.PurposeID]bool
		ran    int // of its tags, once the page is loaded again
	}{
		{"Accept all", consent.AcceptAll, map[consent.PurposeID]bool{"marketing": true}, 2},
		{"Reject all", consent.RejectAll, map[consent.PurposeID]bool{"marketing": false}, 2},
		{"Save choices", consent.Save, map[consent.PurposeID]bool{"marketing": false}, 2},
	}
	for _, tt := range tests {
		t.Run(tt.button, func(t *testing.T) {
			p := open(t)
			p.visit("/care-plus/services")
			eval[any](p, `void (window.heard = [], document.addEventListener('latchkey:choice', (e) => heard.push(e.detail)))`)
			p.click("button", "Choose")
			p.connected()
			assert.Equal(t, map[string]bool{"marketing": false}, p.switches())
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

func TestPreferencesWithoutJavaScript(t *testing.T) { // issue line 11
	p := open(t, withoutScript)
	p.centre("/housing-plus/preferences")
	p.see("heading", "Your choices")
	text := p.text()
	for _, told := range []string{
		"Your choices are kept in your browser by the Housing Plus Group website", "Always on", "Off unless you say yes",
		"On unless you object", "_pk_id.*", "Sitelook", "We remember your choice for",
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
		p.until("the file is there", func() bool {
			files, err := filepath.Glob(filepath.Join(dir, "privacy-choice-*.json"))
			require.NoError(t, err)
			if len(files) == 0 {
				return false
			}
			b, err := os.ReadFile(files[0])
			require.NoError(t, err)
			// Whether its proof is there already depends on how fast it was saved.
			saved, err := evidence.Verify(b, logKeys(t))
			return (err == nil || errors.Is(err, evidence.ErrPending)) && assert.ObjectsAreEqual(stored[0], saved.Receipt)
		})
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
