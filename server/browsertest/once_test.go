package browsertest

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/consent"
)

// twoFilms is a page with two frames of one purpose, and a tag of it.
func twoFilms(t *testing.T) (path string) {
	t.Helper()
	path = "/connect/two-films"
	frame := func(name string) string {
		return `<iframe data-consent="marketing" data-src="/gates/frame.html?` + name + `" title="Film ` + name + `" width="480" height="300"></iframe>`
	}
	lk.pages.Store(path, `<!doctype html><html lang="en-GB"><head><title>Two films</title><link rel="icon" href="data:,"><script>window.ran = []</script>
<script async src="`+lk.latchkey+`/embed/connect.js"></script></head><body><h1>Two films</h1>`+frame("one")+frame("two")+
		`<script type="text/plain" data-consent="marketing">ran.push('tag')</script></body></html>`)
	t.Cleanup(func() { lk.pages.Delete(path) })
	return path
}

// TestAllowOnceIsForOneElement shows one film of two, and says so in a receipt of its own kind.
func TestAllowOnceIsForOneElement(t *testing.T) { // V17, issue 4 line 7
	path := twoFilms(t)
	p := open(t, gateFiles)
	p.visit(path)
	p.click("button", "Reject all")
	p.recorded(1)
	before := p.choice()
	p.click("button", "Allow once: Film one (127.0.0.1)")
	p.gone("group", "Film one (127.0.0.1)")
	p.recorded(2)
	p.settle()
	p.see("group", "Film two (127.0.0.1)")
	assert.Len(t, p.sent(lk.demo+"/gates/frame.html"), 1, "one film")
	assert.Empty(t, eval[[]string](p, `ran`), "and no tag of the purpose")
	assert.Equal(t, before, p.choice(), "the choice is what it was")
	assert.False(t, eval[bool](p, `latchkey.allowed('marketing')`))

	stored := p.stored()
	require.Len(t, stored, 2)
	once := stored[0].Event
	if once.Method != consent.AllowOnce {
		once = stored[1].Event
	}
	assert.Equal(t, consent.AllowOnce, once.Method)
	answers := map[consent.PurposeID]consent.Answer{}
	for _, purpose := range once.Purposes {
		answers[purpose.ID] = purpose.Answer
	}
	assert.Equal(t, map[consent.PurposeID]consent.Answer{
		"marketing": consent.Yes, "statistics": consent.NotAsked, "preferences": consent.NotAsked, "necessary": consent.NotAsked,
	}, answers)

	p.visit(path)
	p.see("group", "Film one (127.0.0.1)")
	p.see("group", "Film two (127.0.0.1)")
	p.settle()
	assert.Len(t, p.sent(lk.demo+"/gates/frame.html"), 1, "the next page asks again")
}

// TestAlwaysAllowIsForThePurpose shows both films and lets the tag run, here and on the next page.
func TestAlwaysAllowIsForThePurpose(t *testing.T) { // issue 4 line 7
	path := twoFilms(t)
	p := open(t, gateFiles)
	p.visit(path)
	p.click("button", "Reject all")
	p.recorded(1)
	p.click("button", "Always allow: Film one (127.0.0.1)")
	p.gone("group", "Film one (127.0.0.1)")
	p.gone("group", "Film two (127.0.0.1)")
	p.recorded(2)
	p.settle()
	assert.Len(t, p.sent(lk.demo+"/gates/frame.html"), 2)
	assert.Equal(t, []string{"tag"}, eval[[]string](p, `ran`))
	require.NotNil(t, p.choice())
	assert.Equal(t, consent.AlwaysAllow, p.choice().Method)
	assert.Equal(t, map[consent.PurposeID]bool{"marketing": true, "statistics": false, "preferences": false}, p.choice().On)
	p.visit(path)
	p.until("both are shown", func() bool { return len(p.sent(lk.demo+"/gates/frame.html")) == 4 })
	assert.Equal(t, []string{"tag"}, eval[[]string](p, `ran`))
}
