package browsertest

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// program is the address of the WebAssembly front end.
func program() string { return lk.latchkey + "/assets/app.*.wasm" }

const adopted = `document.documentElement.dataset.takeover === 'adopted'`

func TestTakeOverLosesNothing(t *testing.T) { // issue line 12
	const typed = "Letters about the roof, Ty’r Bont"
	p := open(t)
	hold, release := held()
	p.on(program(), hold)
	p.centre("/progress-group/request/access")
	p.see("heading", "Which organisation is it about?")
	p.pick("checkbox", "Reside Housing Association")
	p.click("button", "Continue")
	p.see("heading", "Who are you asking for?")
	p.pick("radio", "Somebody else")
	p.click("button", "Continue")
	p.see("heading", "What would you like to see?")
	p.until("the program is being fetched", func() bool { return len(p.sent(lk.latchkey+"/assets/app.")) >= 3 })

	p.fill("What would you like to see?", typed)
	p.press(kb.Home, kb.ArrowRight, kb.ArrowRight)
	// Marks on the nodes themselves, and everything that a person could lose.
	eval[any](p, `void (
		window.marked = document.querySelector('textarea'), marked.mark = 'the same node',
		document.querySelectorAll('details').forEach((d) => (d.open = true)),
		scrollTo(0, 120), marked.setSelectionRange(2, 9, 'backward'))`)
	state := func() map[string]any {
		return eval[map[string]any](p, `({
			value: marked.value, mark: document.querySelector('textarea').mark || '', focus: document.activeElement === marked,
			from: marked.selectionStart, to: marked.selectionEnd, way: marked.selectionDirection,
			scroll: Math.round(scrollY), open: [...document.querySelectorAll('details')].map((d) => d.open),
			hidden: [...new FormData(document.querySelector('form#request'))].map(String),
		})`)
	}
	p.holds(`Math.round(scrollY) === 120`)
	before := state()
	assert.Equal(t, typed, before["value"])
	picture := eval[string](p, outline)

	release()
	p.holds(adopted)
	assert.Equal(t, before, state())
	assert.Equal(t, picture, eval[string](p, outline), "nothing on the page has moved or changed")

	p.press("R") // types over the selection, with the caret where it was
	p.until("the page is live", func() bool { return strings.HasPrefix(p.see("textbox", "What would you like to see?").Value, "LeR") })
	p.click("button", "Continue")
	p.see("heading", "How can we reply to you?")
	p.click("button", "Back")
	p.see("heading", "What would you like to see?")
	assert.Equal(t, "LeRbout the roof, Ty’r Bont", strings.TrimSpace(p.see("textbox", "What would you like to see?").Value))
	assert.Empty(t, p.errors())
}

// outline is what a page looks like: every element with its box, its own text and its main attributes.
const outline = `JSON.stringify([...document.body.querySelectorAll('*')].map((e) => {
	const r = e.getBoundingClientRect()
	const text = [...e.childNodes].filter((n) => n.nodeType === 3).map((n) => n.data).join('|')
	return [e.localName, e.id, e.className, e.hidden, Math.round(r.x), Math.round(r.y), Math.round(r.width), Math.round(r.height), text].join(' ')
}))`

// TestTypingDuringTheTakeOver goes on typing while the program starts.
func TestTypingDuringTheTakeOver(t *testing.T) {
	const typed = "one two three four five six seven eight nine ten eleven twelve"
	p := open(t)
	hold, release := held()
	p.on(program(), hold)
	p.centre("/connect/request/access")
	p.click("button", "Continue")
	p.see("heading", "What would you like to see?")
	p.until("the program is being fetched", func() bool { return len(p.sent(lk.latchkey+"/assets/app.")) >= 2 })
	p.click("textbox", "What would you like to see?")
	for i, letter := range typed {
		if i == 5 {
			release()
		}
		p.press(string(letter))
	}
	p.holds(adopted)
	assert.Equal(t, typed, strings.TrimSpace(p.see("textbox", "What would you like to see?").Value))
	assert.True(t, p.focused().is("textbox", "What would you like to see?"))
}

// centrePages are the pages of the centre of one website, and whether each has
// something for the program to do.
var centrePages = []struct {
	path string
	live bool
}{
	{"/", false}, {"/preferences", false}, {"/notice", false}, {"/receipt", false}, {"/cookies", false},
	{"/request", true}, {"/request/access", true}, {"/request/complaint", true},
}

// TestEveryPageIsAdopted shows that the program draws every page exactly as the
// server did: nothing flashes, moves or is made anew.
func TestEveryPageIsAdopted(t *testing.T) {
	for _, w := range websites {
		t.Run(w.id, func(t *testing.T) {
			p := open(t)
			for _, page := range centrePages {
				p.centre("/" + w.id + page.path)
				if page.live {
					p.until(page.path+" has been taken over", func() bool {
						v, err := tryEval[string](p, mainFrame(p), `document.documentElement.dataset.takeover || ''`)
						return err == nil && v != ""
					})
					assert.Equal(t, "adopted", eval[string](p, `document.documentElement.dataset.takeover`), page.path)
					continue
				}
				p.settle()
				assert.Empty(t, p.sent(lk.latchkey+"/assets/app."), "%s needs no program and fetches none", page.path)
			}
			assert.Empty(t, p.errors())
			assert.Empty(t, p.cookies(lk.latchkey+"/"), "no cookie")
			assert.Empty(t, p.storage(), "go-app keeps nothing")
			for _, r := range p.requests() {
				assert.True(t, strings.HasPrefix(r.URL, lk.latchkey+"/"), "a request to %s", r.URL)
			}
		})
	}
	t.Run("in Welsh", func(t *testing.T) {
		p := open(t)
		p.centre("/housing-plus/request/access?lang=cy")
		p.holds(adopted)
		assert.Equal(t, "cy", eval[string](p, `document.documentElement.lang`))
	})
	t.Run("in the panel", func(t *testing.T) {
		p := open(t)
		p.visit("/housing-plus/")
		p.click("link", "Ask for your records")
		p.panelHolds(adopted)
		p.pick("checkbox", "Care Plus")
		p.click("button", "Continue")
		p.see("heading", "Who are you asking for?")
		assert.Empty(t, p.errors())
	})
}

// TestWithoutTheProgram shows that a page without its program is the same page:
// nothing covers it, nothing flashes, no error is shown.
func TestWithoutTheProgram(t *testing.T) { // issue line 12, V21
	tests := []struct {
		name string
		how  option
	}{
		{"that is missing", func(p *tab) { p.on(program(), says(404, "text/plain", "no")) }},
		{"that is a page of HTML", func(p *tab) { p.on(program(), says(200, "text/html", "<!doctype html>")) }},
		{"that is no program", func(p *tab) { p.on(program(), says(200, "application/wasm", "no")) }},
		{"that never comes", func(p *tab) { p.on(program(), hangs) }},
		{"whose helper is missing", func(p *tab) { p.on(lk.latchkey+"/assets/wasm_exec.*", fails) }},
		{"in a browser without WebAssembly", first(`delete window.WebAssembly`)},
		{"in a browser that refuses to compile", first(`WebAssembly.instantiate = WebAssembly.instantiateStreaming = WebAssembly.compile = () => Promise.reject(new WebAssembly.CompileError('blocked'))`)},
		{"in a browser that saves data", first(`Object.defineProperty(navigator, 'connection', { value: { saveData: true } })`)},
	}
	server := open(t, withoutScript)
	server.centre("/housing-plus/request/access")
	var want map[string]int
	count := func(p *tab) map[string]int {
		n := map[string]int{}
		for _, it := range p.things() {
			n[it.Role+" "+it.Name]++
		}
		return n
	}
	want = count(server)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := open(t, tt.how)
			p.centre("/housing-plus/request/access")
			p.holds(`document.readyState === 'complete'`)
			if !strings.Contains(tt.name, "never comes") {
				p.settle()
			}
			got, err := json.Marshal(count(p))
			require.NoError(t, err)
			wanted, err := json.Marshal(want)
			require.NoError(t, err)
			assert.JSONEq(t, string(wanted), string(got))
			p.pick("checkbox", "Care Plus")
			p.click("button", "Continue")
			p.see("heading", "Who are you asking for?")
			for _, said := range p.errors(`app\.`, `wasm_exec`) {
				assert.Fail(t, said)
			}
		})
	}
}
