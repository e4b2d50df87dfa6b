package boottest

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/evanw/esbuild/pkg/api"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// goapp does what go-app's first mount does, call by call (node.go: mountHTML,
// mountText; engine.go: Load; attribute.go: setJSAttribute). A tree is a text or
// [tag, attributes, ...children].
const goapp = `
function mount(tree) {
	if (typeof tree === 'string') return document.createTextNode(tree)
	const [tag, attributes, ...children] = tree
	const el = document.createElement(tag)
	for (const [name, value] of Object.entries(attributes))
		if (['value', 'checked', 'hidden', 'open'].includes(name)) el[name] = value
		else el.setAttribute(name, value)
	for (const child of children) el.appendChild(mount(child))
	return el
}
const nodes = () => {
	const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_ALL)
	while (walker.nextNode()) found.push(walker.currentNode)
	return found
}
// takeOver is a page with a name being typed, taken over; and what a fresh mount would have made.
function takeOver({ html, tree }) {
	document.body.innerHTML = html
	const first = document.body.firstElementChild, before = nodes(), field = document.getElementById('name')
	field.focus()
	field.value = 'Ann Jones'
	field.setSelectionRange(2, 5)
	let outcome = ''
	boot.adopt(first, o => (outcome = o))
	document.body.replaceChild(mount(tree), first)
	const result = {
		outcome,
		kept: nodes().every(node => before.includes(node)),
		typing: document.activeElement === field && field.isConnected && field.value === 'Ann Jones' && field.selectionStart === 2 && field.selectionEnd === 5,
		unpatched: [document.createElement, document.createTextNode, document.body.appendChild, document.body.replaceChild, first.setAttribute]
			.every(f => String(f).includes('[native code]')),
	}
	const fresh = document.createElement('body')
	fresh.append(mount(tree))
	return { ...result, html: plain(document.body), fresh: plain(fresh) }
}
// plain is the HTML without what stands for the state of controls.
const plain = body => {
	for (const area of body.querySelectorAll('textarea')) area.textContent = ''
	for (const box of body.querySelectorAll('[checked]')) box.removeAttribute('checked')
	return body.innerHTML.toLowerCase()
}`

// page opens an empty document with the boot script's modules as window.boot.
func page(t *testing.T) context.Context {
	chromium, err := exec.LookPath("chromium")
	require.NoError(t, err, "chromium is missing: apt-get install chromium")
	built := api.Build(api.BuildOptions{
		Stdin:  &api.StdinOptions{Contents: `export * from './adopt'; export * from './state'`, ResolveDir: "../boot"},
		Bundle: true, Format: api.FormatIIFE, GlobalName: "boot", Target: api.ES2020,
	})
	require.Empty(t, built.Errors)
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox)
	}
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, closeTab := chromedp.NewContext(allocator)
	t.Cleanup(closeTab)
	require.NoError(t, chromedp.Do(ctx,
		chromedp.Navigate("data:text/html,<!doctype html><title>t</title><body>"),
		chromedp.Evaluate[chromedp.Void](string(built.OutputFiles[0].Contents)+goapp),
	))
	return ctx
}

// call calls a function of the page with one argument that is JSON.
func call[R any](t *testing.T, ctx context.Context, function string, arg any) R {
	t.Helper()
	b, err := json.Marshal(arg)
	require.NoError(t, err)
	r, err := chromedp.Run(ctx, chromedp.Evaluate[R](fmt.Sprintf("%s(JSON.parse(%q))", function, b)))
	require.NoError(t, err)
	return r
}

func TestPrerenderedNodesAreAdopted(t *testing.T) {
	ctx := page(t)
	type el = []any
	type is = map[string]any
	field := el{"input", is{"id": "name", "type": "text", "value": "Ann Jones"}}
	main := func(children ...any) el { return append(el{"main", is{"class": "wrap"}}, children...) }
	for _, c := range []struct {
		name    string
		html    string
		tree    any
		outcome string
		kept    bool // every node there is was there before
		typing  bool // the name is still being typed, in the same node
	}{
		{"the same tree", `<main class="wrap"><h1>Hi</h1><p>a <b>b</b> c</p><input id="name" type="text"></main>`,
			main(el{"h1", is{}, "Hi"}, el{"p", is{}, "a ", el{"b", is{}, "b"}, " c"}, field), "adopted", true, true},
		{"an open section, a ticked box, a drawing", `<main class="wrap"><details open=""><summary>More</summary></details><input type="checkbox" checked=""><svg viewBox="0 0 1 1"></svg><input id="name" type="text"></main>`,
			main(el{"details", is{"open": true}, el{"summary", is{}, "More"}}, el{"input", is{"type": "checkbox", "checked": true}}, el{"svg", is{"viewBox": "0 0 1 1"}}, field), "adopted", true, true},
		{"a text area, whose text is content on the server and value on the client", `<main class="wrap"><textarea id="story">Once</textarea><input id="name" type="text"></main>`,
			main(el{"textarea", is{"id": "story", "value": "Once"}}, field), "adopted", true, true},
		{"an empty text", `<main class="wrap"><input id="name" type="text"></main>`,
			main("", field), "adopted", false, true},
		{"a text that follows what was typed", `<main class="wrap"><p id="left">200 left</p><input id="name" type="text"></main>`,
			main(el{"p", is{"id": "left"}, "191 left"}, field), "adopted, changed: text in p#left", true, true},
		{"an attribute of another value", `<main class="wrap"><p lang="en"></p><input id="name" type="text"></main>`,
			main(el{"p", is{"lang": "cy"}}, field), "adopted, changed: lang of p", true, true},
		{"an attribute too many", `<main class="wrap"><p title="x"></p><input id="name" type="text"></main>`,
			main(el{"p", is{}}, field), "adopted, changed: title of p", true, true},
		{"an element too few", `<main class="wrap"><input id="name" type="text"><p>end</p></main>`,
			main(el{"h1", is{}, "Hi"}, field, el{"p", is{}, "end"}), "mended: made h1", false, true},
		{"an element too many", `<main class="wrap"><div>old</div><input id="name" type="text"></main>`,
			main(field), "mended: removed div", true, true},
		{"too much at the end", `<main class="wrap"><input id="name" type="text"><p>x</p>y</main>`,
			main(field), "mended: removed p", true, true},
		{"white space", "<main class=\"wrap\">\n<input id=\"name\" type=\"text\">\n</main>",
			main(field), "mended: removed #text", true, true},
		{"a page that was translated", `<main class="wrap"><p><font>bonjour</font></p><input id="name" type="text"></main>`,
			main(el{"p", is{}, "hello"}, field), "mended: made #text", false, true},
		{"two texts that the parser made one", `<main class="wrap"><p>ab</p><input id="name" type="text"></main>`,
			main(el{"p", is{}, "a", "b"}, field), "mended: made #text", false, true},
		{"another root", `<section><input id="name" type="text"></section>`,
			main(field), "mended: made main", false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := call[struct {
				Outcome, HTML, Fresh    string
				Kept, Typing, Unpatched bool
			}](t, ctx, "takeOver", map[string]any{"html": c.html, "tree": c.tree})
			assert.Equal(t, c.outcome, got.Outcome)
			assert.Equal(t, c.kept, got.Kept)
			assert.Equal(t, c.typing, got.Typing)
			assert.True(t, got.Unpatched)
			assert.Equal(t, got.Fresh, got.HTML)
		})
	}
}

func TestOnlyAStateIsAState(t *testing.T) {
	ctx := page(t)
	type is = map[string]any
	with := func(name string, value any) is {
		s := is{"latchkey": 1, "type": "state", "on": is{"statistics": true, "own-2": false}, "chosen": true, "date": "2026-11-23", "gpc": false,
			"receipt": is{"receipt": "a3511097-f544-40d5-b98e-219d8409b7b8", "token": "MTc5-_w=="}, "kept": "stored"}
		if name != "" {
			s[name] = value
		}
		return s
	}
	many := is{}
	for i := range 65 {
		many["p"+string(rune('a'+i%26))+string(rune('a'+i/26))] = true
	}
	for _, good := range []any{with("", nil), with("receipt", nil), with("date", ""), with("on", is{}), with("kept", "waiting")} {
		assert.True(t, call[bool](t, ctx, "boot.isState", good), "%v", good)
	}
	for _, bad := range []any{
		nil, 1, "state", []int{}, is{}, is{"latchkey": 1, "type": "state"},
		with("more", 1), with("latchkey", "1"), with("type", "set"), with("chosen", 1), with("gpc", nil), with("kept", "yes"),
		with("date", "2026-11-2"), with("date", "2026-11-23\n"), with("date", nil), with("date", []string{"2026-11-23"}),
		with("on", nil), with("on", "x"), with("on", is{"Statistics": true}), with("on", is{"statistics": 1}), with("on", is{"__proto__": true}), with("on", many),
		with("receipt", "x"), with("receipt", is{}), with("receipt", is{"receipt": "x", "token": "y"}),
		with("receipt", is{"receipt": "a3511097-f544-40d5-b98e-219d8409b7b8", "token": "<b>"}),
		with("receipt", is{"receipt": "a3511097-f544-40d5-b98e-219d8409b7b8", "token": "x", "time": "y"}),
	} {
		assert.False(t, call[bool](t, ctx, "boot.isState", bad), "%v", bad)
	}
}
