package browsertest

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// clockOff is a device whose clock is some months away from the right time.
func clockOff(months int) option {
	return first(fmt.Sprintf(`{
		const Right = Date
		const off = () => { const d = new Right(Right.now()); return d.setUTCMonth(d.getUTCMonth() + (%d)) - Right.now() }
		window.Date = class extends Right {
			constructor(...args) { args.length ? super(...args) : super(Right.now() + off()) }
			static now() { return Right.now() + off() }
		}
	}`, months))
}

// TestAWrongClock makes a choice by one clock and comes back by another. The
// site keeps a choice for twelve months, a yes and a no alike.
func TestAWrongClock(t *testing.T) { // V9
	for _, c := range []struct {
		name           string
		chosen, coming int // months by which the clock is off
		stands         bool
	}{
		{"the choice is nearly too old", 0, 11, true},
		{"the choice is too old", 0, 13, false},
		{"the clock goes back by months", 0, -11, true},
		{"the clock goes back by a year and a half", 0, -18, true},
		{"the clock was months ahead and is set right", 11, 0, true},
		{"the clock was a year and a half ahead, and time goes on", 18, 31, false},
		{"the clock was years ahead and is set right", 60, 0, false},
		{"the clock was years behind and is set right", -60, 0, false},
	} {
		for _, button := range []string{"Accept all", "Reject all"} {
			t.Run(c.name+" after "+button, func(t *testing.T) {
				w := websites[1]
				p := open(t)
				other := p.beside()
				clockOff(c.chosen)(p)
				clockOff(c.coming)(other)
				p.visit("/reside/")
				p.click("button", button)
				p.recorded(1)
				made := p.choice()
				require.NotNil(t, made)

				other.visit("/reside/services")
				other.settle()
				if c.stands {
					other.see("button", "Privacy")
					assert.NotContains(t, other.names("region"), w.banner())
					assert.Equal(t, made, other.choice(), "it is kept as it was made")
					return
				}
				other.see("region", w.banner())
				assert.ElementsMatch(t, w.exempt, other.ran(), "what is asked again is off until it is answered")

				other.click("button", "Reject all")
				other.recorded(1)
				other.reload()
				other.see("button", "Privacy")
				assert.NotContains(t, other.names("region"), w.banner(), "the answer counts by the clock that there is")
			})
		}
	}
}
