package browsertest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/fetch"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// device is what the device keeps for a site.
type device struct {
	Q []json.RawMessage `json:"q"`
	R *struct {
		Receipt string `json:"receipt"`
		Token   string `json:"token"`
	} `json:"r"`
}

func (p *tab) device(site string) (d device) {
	p.t.Helper()
	if text := p.storage()["latchkey."+site]; text != "" {
		require.NoError(p.t, json.Unmarshal([]byte(text), &d))
	}
	return d
}

// secretOf is the secret that waits with an entry; empty if there is none.
func (p *tab) secretOf(entry json.RawMessage) string {
	p.t.Helper()
	var parts []json.RawMessage
	require.NoError(p.t, json.Unmarshal(entry, &parts))
	if len(parts) < 3 {
		return ""
	}
	var secret string
	require.NoError(p.t, json.Unmarshal(parts[2], &secret))
	return secret
}

// TestAReceiptIsKeptAfterAnAnswerThatWasLost sends a choice whose answer is lost, and then the same again: from the same
// page, after a reload, and from another tab.
func TestAReceiptIsKeptAfterAnAnswerThatWasLost(t *testing.T) {
	const api = "/api/receipts"
	for name, again := range map[string]func(p *tab) *tab{
		"from the page":      func(p *tab) *tab { eval[any](p, `void latchkey.set({statistics: true, marketing: true})`); return p },
		"after a reload":     func(p *tab) *tab { p.reload(); return p },
		"from the next page": func(p *tab) *tab { p.visit("/connect/news"); return p },
		"from another tab": func(p *tab) *tab {
			other := p.beside()
			other.visit("/connect/news")
			return other
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := open(t)
			p.on(lk.latchkey+api, func(p *tab, e *fetch.EventRequestPaused) {
				if e.Request.Method == http.MethodOptions {
					pass(p, e)
				} else {
					lost(p, e)
				}
			})
			p.visit("/connect/")
			p.click("button", "Accept all")
			p.until("the server has it", func() bool { return len(p.stored()) == 1 })
			p.settle()
			waiting := p.device("connect").Q
			require.Len(t, waiting, 1)
			secret := p.secretOf(waiting[0])
			assert.Regexp(t, `^[\w-]{22}$`, secret, "kept before it was sent")
			p.on(lk.latchkey+api, pass)
			q := again(p)
			q.until("its receipt is kept", func() bool { d := q.device("connect"); return len(d.Q) == 0 && d.R != nil })
			kept := q.device("connect").R
			stored := p.stored()
			newest := stored[len(stored)-1]
			assert.Equal(t, newest.ID, kept.Receipt)
			assert.NotEmpty(t, kept.Token, "the server knew who sent it")
			assert.NotContains(t, q.storage()["latchkey.connect"], secret, "and it left the device with the choice")
			if len(stored) == 2 {
				assert.Equal(t, stored[0].ID, stored[1].Event.Previous)
			}
			assert.Empty(t, p.errors(`ERR_CONNECTION_REFUSED`))
		})
	}
}

func TestWhoOnlyRefusedKeepsNothingOfTheSecret(t *testing.T) {
	p := open(t)
	p.visit("/connect/")
	p.click("button", "Reject all")
	p.recorded(1)
	p.until("nothing waits", func() bool { return p.storage()["latchkey.connect"] == "" })
	sent := p.requests()
	i := slices.IndexFunc(sent, func(r request) bool { return r.Method == "POST" && strings.HasSuffix(r.URL, "/api/receipts") })
	require.GreaterOrEqual(t, i, 0)
	assert.Regexp(t, `"secret":"[\w-]{22}"`, sent[i].Body)
}

// withoutToken is the server's answer to somebody whom it does not know to have sent a choice.
var withoutToken = says(http.StatusOK, "application/json", `{"receipt":"0b0c2a1e-5f0a-4d3c-9b8a-7e6d5c4b3a29","time":"2026-11-23T10:00:00Z"}`)

func TestAnAnswerWithoutATokenIsNoReceipt(t *testing.T) {
	p := open(t)
	p.on(lk.latchkey+"/api/receipts", withoutToken)
	p.visit("/connect/")
	p.click("button", "Accept all")
	p.until("nothing waits", func() bool { return p.storage()["latchkey.connect"] == "" })
	p.click("link", "My cookie receipt")
	p.panel()
	p.see("heading", "Find your receipt")
	assert.Nil(t, p.device("connect").R)
	assert.Empty(t, p.errors())
}

// TestAReceiptThatAnEarlierLoaderHasKeptWithoutATokenIsNone leaves one on the device, as a pinned loader does.
func TestAReceiptThatAnEarlierLoaderHasKeptWithoutATokenIsNone(t *testing.T) {
	p := open(t)
	p.visit("/connect/")
	p.click("button", "Accept all")
	p.until("its receipt is kept", func() bool { return p.device("connect").R != nil })
	eval[any](p, `{
		const kept = JSON.parse(localStorage['latchkey.connect'])
		delete kept.r.token
		localStorage['latchkey.connect'] = JSON.stringify(kept)
	}`)
	p.reload()
	p.click("link", "My cookie receipt")
	p.panel()
	p.see("heading", "Find your receipt")
	p.until("it is gone", func() bool { return p.storage()["latchkey.connect"] == "" })
	eval[any](p, `void latchkey.set({statistics: true, marketing: false})`)
	p.until("another is kept", func() bool { d := p.device("connect"); return d.R != nil && d.R.Token != "" })
	stored := p.stored()
	assert.Empty(t, stored[len(stored)-1].Event.Previous)
	assert.Empty(t, p.errors())
}

// TestTwoTabsThatSendTheSameEndAlike has two tabs send one choice, whose first answer was lost, at the same time.
func TestTwoTabsThatSendTheSameEndAlike(t *testing.T) {
	for name, secret := range map[string]bool{"with the secret that is kept": true, "that neither has sent before": false} {
		t.Run(name, func(t *testing.T) {
			p := open(t)
			p.on(lk.latchkey+"/api/receipts", fails)
			p.visit("/connect/")
			p.click("button", "Accept all")
			p.until("it waits with its secret", func() bool {
				q := p.device("connect").Q
				return len(q) == 1 && p.secretOf(q[0]) != ""
			})
			p.settle()
			if !secret {
				eval[any](p, `{
					const kept = JSON.parse(localStorage['latchkey.connect'])
					kept.q[0].length = 2
					localStorage['latchkey.connect'] = JSON.stringify(kept)
				}`)
			}
			other := p.beside()
			p.on(lk.latchkey+"/api/receipts", pass)
			p.start(lk.demo + "/connect/news")
			other.start(lk.demo + "/connect/")
			for _, tab := range []*tab{p, other} {
				tab.holds(`!!window.latchkey`)
				tab.until("its receipt is kept", func() bool { d := tab.device("connect"); return len(d.Q) == 0 && d.R != nil && d.R.Token != "" })
			}
			p.settle()
			other.settle()
			assert.Len(t, p.stored(), 1)
			assert.Equal(t, p.stored()[0].ID, p.device("connect").R.Receipt)
			assert.False(t, strings.Contains(p.storage()["latchkey.connect"], "secret"))
		})
	}
}
