package browsertest

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// busy is a server that has no room for a receipt, and says when it will have.
// Who may read that, its answers say as they always do.
func busy(seconds string) answer {
	return func(p *tab, e *fetch.EventRequestPaused) {
		if e.Request.Method == http.MethodOptions {
			pass(p, e)
			return
		}
		headers := []*fetch.HeaderEntry{{Name: "Content-Type", Value: "application/problem+json"}, {Name: "Retry-After", Value: seconds}}
		if r, err := http.NewRequestWithContext(p.ctx, http.MethodPost, e.Request.URL, strings.NewReader("{}")); err == nil {
			r.Header.Set("Origin", lk.demo)
			if resp, err := http.DefaultClient.Do(r); err == nil {
				resp.Body.Close()
				for name, values := range resp.Header {
					if strings.HasPrefix(name, "Access-Control-") {
						headers = append(headers, &fetch.HeaderEntry{Name: name, Value: strings.Join(values, ", ")})
					}
				}
			}
		}
		chromedp.Call(p.ctx, fetch.FulfillRequest, fetch.FulfillRequestParams{
			RequestID: e.RequestID, ResponseCode: http.StatusServiceUnavailable, Body: []byte(`{}`), ResponseHeaders: headers,
		})
	}
}

func TestAReceiptComesBackWhenABusyServerSaid(t *testing.T) {
	const api = "/api/receipts"
	p := open(t, first(`{
		const set = setTimeout
		window.waits = []
		window.setTimeout = (what, ms, ...rest) => (waits.push(ms), set(what, ms, ...rest))
		Math.random = () => 0.25
	}`))
	p.on(lk.latchkey+api, busy("2"))
	p.visit("/reside/")
	eval[any](p, `window.same = true`)
	p.click("button", "Reject all")
	p.holds(`waits.includes(2500)`) // two seconds, and a quarter of as much again: pages do not come back together
	assert.Equal(t, []int64{503}, p.receipts())
	require.NotNil(t, p.choice(), "the choice counts at once")
	p.on(lk.latchkey+api, pass)
	p.recorded(1)
	p.until("nothing waits", func() bool { return p.storage()["latchkey.reside"] == "" })
	assert.True(t, eval[bool](p, `window.same`), "on the same page")
	assert.Len(t, p.receipts(), 2, "turned away once, and taken once")
	assert.Len(t, p.stored(), 1)
}

func TestChoicesThatWaitFollowOneAnother(t *testing.T) {
	const api = "/api/receipts"
	for _, c := range []struct {
		name string
		fail answer
	}{
		{"for a server that can't be reached", fails},
		{"for one whose answers are lost", lost},
		{"for one that is busy", busy("60")},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := open(t)
			p.visit("/connect/")
			p.click("button", "Reject all")
			p.recorded(1)
			eval[any](p, `window.latchkey.set({statistics: true, marketing: false})`)
			p.recorded(2)
			p.until("its receipt is kept", func() bool { return strings.Contains(p.storage()["latchkey.connect"], "token") })

			p.on(lk.latchkey+api, c.fail)
			eval[any](p, `window.latchkey.set({statistics: true, marketing: true})`)
			p.until("it was tried", func() bool { return len(p.receipts()) >= 3 })
			p.settle()
			eval[any](p, `(window.before = true, window.latchkey.withdraw())`)
			p.holds(`!window.before && !!window.latchkey`)
			p.settle()
			p.on(lk.latchkey+api, pass)
			p.visit("/connect/news")
			p.recorded(4)
			p.until("nothing waits", func() bool { return strings.Contains(p.storage()["latchkey.connect"], `"q":[]`) })

			stored := p.stored()
			require.Len(t, stored, 4)
			assert.Empty(t, stored[1].Event.Previous, "who only refused keeps no id")
			assert.Equal(t, stored[1].ID, stored[2].Event.Previous)
			assert.Equal(t, stored[2].ID, stored[3].Event.Previous, "though it was made when that one had no receipt")
			var kept struct{ R struct{ Receipt string } }
			require.NoError(t, json.Unmarshal([]byte(p.storage()["latchkey.connect"]), &kept))
			assert.Equal(t, stored[3].ID, kept.R.Receipt)
		})
	}
}
