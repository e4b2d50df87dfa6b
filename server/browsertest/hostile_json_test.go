package browsertest

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/consent"
)

// TestWhatWaitsOutlivesAPagesOwnJSON makes choices while the server can't be
// reached, on pages that have taught arrays or objects to write their own JSON:
// the next page sends both, and the second receipt follows the first.
func TestWhatWaitsOutlivesAPagesOwnJSON(t *testing.T) { // V14, issue 4 line 11
	for name, page := range map[string]string{"a library that writes JSON": "prototype", "objects that write their own JSON": "objects"} {
		t.Run(name, func(t *testing.T) {
			p := open(t)
			p.on(lk.latchkey+"/api/receipts", fails)
			p.visit("/progress-group/hostile/" + page)
			p.click("button", "Accept all")
			p.see("button", "Privacy")
			p.until("the first is tried", func() bool { return len(p.receipts()) > 0 })
			p.click("button", "Reject all")
			p.settle()
			assert.Len(t, eval[[]any](p, `Array.from(Object.values(JSON.parse(localStorage.getItem('latchkey.progress-group')))[0])`), 2, "two wait")
			p.on(lk.latchkey+"/api/receipts", pass)
			p.reload()
			p.recorded(2)
			require.Equal(t, consent.Withdraw, p.choice().Method)
			stored := p.stored()
			require.Len(t, stored, 2)
			assert.Equal(t, stored[0].ID, stored[1].Event.Previous)
		})
	}
}
