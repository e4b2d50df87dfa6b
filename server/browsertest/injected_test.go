package browsertest

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
)

// A page may show what strangers have written, cleaned of scripts and of
// addresses that are scripts. It knows nothing of our marks, so these must not
// turn what it lets through into a script.

// TestMarksMakeNoAddressAScript releases marked elements whose address is a script.
func TestMarksMakeNoAddressAScript(t *testing.T) {
	const path = "/progress-group/injected/address"
	marked := ""
	for n, script := range []string{"javascript:", " javascript:", "JaVa&#9;Scr&#10;ipt:", "&#1;javascript:"} {
		marked += fmt.Sprintf(`<iframe title="Frame" data-consent="necessary" data-src="%[1]stop.ran.push('frame %[2]d'),''"></iframe>
<a id="a%[2]d" data-consent="necessary" data-href="%[1]sran.push('link %[2]d')">Read on</a>`, script, n)
	}
	lk.pages.Store(path, `<!doctype html><html lang="en-GB"><title>Comments</title><script>ran = []</script>
<script async src="`+lk.latchkey+`/embed/progress-group.js"></script>
<body><p>What people say</p>`+marked+`
<iframe title="Film" id="film" data-consent="necessary" data-src="/progress-group/hostile/plain?j=1:2"></iframe></body></html>`)
	t.Cleanup(func() { lk.pages.Delete(path) })
	p := open(t)
	p.visit(path)
	p.see("region", "Cookies on Progress Housing Group")
	p.until("what is harmless is released", func() bool { return eval[bool](p, `!!film.src`) })
	for n := range 4 {
		eval[bool](p, fmt.Sprintf(`(a%d.click(), true)`, n))
	}
	p.settle()
	assert.Empty(t, eval[[]string](p, `ran`))
}

// TestAnElementCalledCurrentScriptIsNoScript gives an image the name by which the
// loader finds its own tag.
func TestAnElementCalledCurrentScriptIsNoScript(t *testing.T) {
	const path = "/progress-group/injected/name"
	for name, element := range map[string]string{"an image": `<img alt="" name="currentScript" src="%s/strange/embed/x">`, "an embedded file": `<embed name="currentScript" src="%s/strange/embed/x">`} {
		t.Run(name, func(t *testing.T) {
			lk.pages.Store(path, `<!doctype html><html lang="en-GB"><title>Comments</title><body>`+fmt.Sprintf(element, lk.demo)+`
<iframe title="Film" data-consent="marketing" data-src="/x"></iframe>
<script src="`+lk.latchkey+`/embed/progress-group.js"></script></body></html>`)
			t.Cleanup(func() { lk.pages.Delete(path) })
			p := open(t)
			p.visit(path)
			p.settle()
			assert.Equal(t, []string{"GET embed/x"}, p.sent(lk.demo+"/strange/"), "nothing of ours is fetched from there")
		})
	}
}
