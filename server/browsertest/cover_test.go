package browsertest

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestACoverSaysWhatAndFromWhom names the declared provider, and leads around itself.
func TestACoverSaysWhatAndFromWhom(t *testing.T) { // V17, LAW 8.4 item 6
	p := open(t, openShadows)
	p.visit("/connect/")
	name := p.placeholder()
	p.see("button", "Allow once: "+name)
	p.see("button", "Always allow: "+name)
	p.see("link", "Open it on the website of Clipview (opens in a new tab)")
	words := eval[string](p, `document.querySelector('latchkey-placeholder').shadowRoot.querySelector('.h').innerText`)
	assert.Contains(t, words, "This video comes from Clipview.")
	assert.Contains(t, words, "says yes to Marketing on this website")
	assert.Equal(t, eval[string](p, `document.querySelector('.film iframe').dataset.src`),
		eval[string](p, `document.querySelector('latchkey-placeholder').shadowRoot.querySelector('a').getAttribute('href')`))
	assert.Empty(t, p.thirdParty(), "nobody is asked before a click")
}

// TestCoversOfEverySize stay usable in frames of little room.
func TestCoversOfEverySize(t *testing.T) { // V17
	p := open(t, openShadows)
	p.visit("/connect/")
	p.click("button", "Reject all")
	p.recorded(1)
	for _, size := range []string{"width:640px;height:360px", "width:560px;height:315px", "width:320px;height:180px", "width:250px;height:250px", "width:320px;height:100px"} {
		p.visit("/connect/")
		name := p.placeholder()
		eval[any](p, `void (document.querySelector('.film iframe').style.cssText = `+quote(size+";aspect-ratio:auto")+`)`)
		p.still()
		p.accessible("a cover of " + size)
		assert.Empty(t, p.flaws("sideways", "cut", "small"), size)
		assert.Empty(t, eval[[]string](p, `(() => {
			const cover = document.querySelector('latchkey-placeholder').shadowRoot.querySelector('.h'), box = cover.getBoundingClientRect()
			return [...cover.querySelectorAll('button')].filter((b) => b.getBoundingClientRect().bottom > box.bottom).map((b) => b.textContent)
		})()`), "answers out of sight, %s", size)
		p.reach("button", "Allow once: "+name)
		p.reach("button", "Always allow: "+name)
		if dir := os.Getenv("LATCHKEY_SHOTS"); dir != "" {
			p.shot(filepath.Join(dir, "cover "+size+".png"))
		}
	}
}
