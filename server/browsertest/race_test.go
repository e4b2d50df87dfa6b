package browsertest

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/consent"
)

// lateAnswer is an answer that waits to be released.
type lateAnswer struct{ reached, release chan struct{} }

// TestTabsThatChooseAtOnce accepts in one tab and refuses in another, at once or
// while the first has its cookie given back. The later choice is what both end with.
func TestTabsThatChooseAtOnce(t *testing.T) { // issue 4 lines 3 and 4
	h := serveHomes(t)
	var hold atomic.Pointer[lateAnswer]
	h.firstParty(func(r *http.Response) {
		if !strings.Contains(r.Request.URL.Path, "/api/cookie/") {
			return
		}
		if wait := hold.Swap(nil); wait != nil {
			close(wait.reached)
			<-wait.release
		}
	})
	for name, script := range map[string]string{
		"on an ordinary page": "",
		"on a page that makes dates of texts": `const { parse } = JSON
			JSON.parse = text => parse(text, (_, value) => (/^\d{4}-\d\d-\d\d/.test(value) ? new Date(value) : value))`,
		"on a page whose arrays write their own JSON": `Array.prototype.toJSON = function () { return '[' + this.map(it => JSON.stringify(it)) + ']' }`,
	} {
		for _, late := range []bool{false, true} {
			when := "at once"
			if late {
				when = "before the first has its cookie back"
			}
			t.Run(name+", "+when, func(t *testing.T) {
				h.page("/", `<script>`+script+`</script>`)
				wait := &lateAnswer{reached: make(chan struct{}), release: make(chan struct{})}
				if late {
					hold.Store(wait)
				}
				p := open(t)
				p.goTo(h.www() + "/")
				other := p.beside()
				other.goTo(h.www() + "/")
				p.see("region", "Cookies on Lantern Homes")
				other.see("region", "Cookies on Lantern Homes")
				eval[any](p, `void latchkey.set({ statistics: true, marketing: true })`)
				if late {
					<-wait.reached
				}
				eval[any](other, `void latchkey.set({ statistics: false, marketing: false })`)
				if late {
					other.recorded(1)
					other.until("the other tab has all its answers", func() bool { return !slices.Contains(other.receipts(), 0) })
					close(wait.release)
				}
				p.recorded(1)
				nothing := func(tab *tab) func() bool {
					return func() bool {
						c := tab.consentCookies(h.www() + "/")
						return len(c) == 1 && strings.HasSuffix(c[0].Value, ".marketing:0.statistics:0") &&
							eval[bool](tab, `!latchkey.allowed('statistics') && !latchkey.allowed('marketing') && latchkey.choices().statistics === false`)
					}
				}
				p.until("all is sent", func() bool { return !strings.Contains(p.storage()["latchkey.homes"], `"event"`) })
				p.settle()
				other.settle()
				p.until("nothing is on in the first tab", nothing(p))
				other.until("nothing is on in the other tab", nothing(other))
				choice := p.choice()
				require.NotNil(t, choice, "a cookie that says what it is")
				assert.Equal(t, consent.API, choice.Method)

				// A page sends what the other has noted, too: the same event from both is one receipt.
				answers := func() []string {
					told := map[string]string{}
					for _, tab := range []*tab{p, other} {
						for _, it := range tab.stored() {
							for _, purpose := range it.Event.Purposes {
								if purpose.ID == "statistics" {
									told[it.Event.ID] = string(purpose.Answer)
								}
							}
						}
					}
					return slices.Sorted(maps.Values(told))
				}
				p.until("there are receipts of both", func() bool { return slices.Equal([]string{"no", "yes"}, answers()) })
				p.until("nothing is on in the first tab", nothing(p))
				other.until("nothing is on in the other tab", nothing(other))
				for _, tab := range []*tab{p, other} {
					tab.reload()
					tab.see("button", "Privacy")
					assert.True(t, nothing(tab)(), "loaded again")
				}
			})
		}
	}
}
