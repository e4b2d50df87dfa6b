package browsertest

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/rights"
)

// program is the address of the WebAssembly front end.
func program() string { return lk.latchkey + "/assets/app.*.wasm" }

// adopted says that the program has taken a page over, node by node.
const adopted = `document.documentElement.dataset.takeover === 'adopted'`

// stage is a page of the request journey, as the server answers a form.
type stage struct {
	name, path string
	form       rights.Form // as posted
}

// answers are an answer to every question.
func answers() rights.Request {
	return rights.Request{
		Kind: rights.Access, Entities: []string{"reside"}, Other: true, Subject: "Gwen “Ellis”",
		Authority: rights.OtherAuthority, AuthorityIs: "neighbour", What: "<b>All</b> letters & calls\n\nsince May",
		Correct: "It should say 1960.", Period: "2023", Format: "paper", Name: "Siân Ó Briain", Reply: rights.ByPost,
		Email: "sian@example.org", Phone: "01772 000000", Address: "1 High Street\nLeyland", Safe: "no voicemail",
		Adjustments: "large print", Reference: "T-1",
	}
}

// stages are every page of the request journey, with and without errors, empty
// and with answers that need escaping.
func stages(site, lang string) []stage {
	to := "/" + site + "/request?lang=" + lang
	at := func(name string, s rights.Step, button string, change func(*rights.Request)) stage {
		r := answers()
		if change != nil {
			change(&r)
		}
		return stage{name, to, rights.Form{Step: s, To: button, Request: r}}
	}
	empty := func(r *rights.Request) { *r = rights.Request{Kind: rights.Access} }
	kind := func(k rights.Kind) func(*rights.Request) { return func(r *rights.Request) { r.Kind = k } }
	all := []stage{
		at("what to do, nothing answered", rights.StepKind, rights.ToStay, func(r *rights.Request) { *r = rights.Request{} }),
		at("what to do", rights.StepKind, rights.ToStay, nil),
		at("for whom", rights.StepWho, rights.ToStay, nil),
		at("for oneself", rights.StepWho, rights.ToStay, empty),
		at("for whom, an error", rights.StepWho, rights.ToContinue, func(r *rights.Request) { r.Subject = strings.Repeat("Siân ", 60) }),
		at("what to see", rights.StepWhat, rights.ToStay, nil),
		at("what to see, an error", rights.StepWhat, rights.ToContinue, empty),
		at("what is wrong", rights.StepWhat, rights.ToStay, kind(rights.Rectification)),
		at("what to move", rights.StepWhat, rights.ToStay, kind(rights.Portability)),
		at("how to reply, nothing answered", rights.StepReply, rights.ToStay, empty),
		at("how to reply, errors", rights.StepReply, rights.ToContinue, func(r *rights.Request) { r.Name, r.Email, r.Reply = "", "sian@", rights.ByEmail }),
		at("check", rights.StepCheck, rights.ToStay, nil),
	}
	if site != "connect" {
		all = append(all,
			at("which organisation", rights.StepOrganisation, rights.ToStay, nil),
			at("which organisation, an error", rights.StepOrganisation, rights.ToContinue, func(r *rights.Request) { r.Entities = []string{rights.EveryOrganisation, rights.OrganisationNotSure} }))
	}
	return all
}

// post has a page of the journey at once, by sending what its form would hold.
func (p *tab) post(s stage) {
	p.t.Helper()
	site, _, _ := strings.Cut(s.path[1:], "/")
	if !strings.HasPrefix(eval[string](p, `location.href`), lk.latchkey+"/"+site+"/") {
		p.centre("/" + site + "/cookies") // a form is taken from our own pages only
	}
	fields := s.form.Values()
	eval[any](p, `{
		window.left = true
		const form = document.createElement('form')
		form.method = 'post'
		form.action = `+quote(s.path)+`
		for (const [name, values] of Object.entries(`+literal(fields)+`)) for (const value of values) {
			const field = document.createElement('textarea')
			Object.assign(field, { name, value })
			form.append(field)
		}
		document.body.append(form)
		form.submit()
	}`)
	p.holds(`!window.left && document.readyState === 'complete' && !!document.querySelector('form#request')`)
}

// literal writes a value as a JavaScript literal.
func literal(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // numbers and texts always marshal
	}
	return string(b)
}

// pressOn presses the mouse on an element, scrolled into sight as a person would.
func (p *tab) pressOn(element string) {
	p.t.Helper()
	at := eval[box](p, `(() => {
		const e = `+element+`
		let r = e.getBoundingClientRect()
		if (r.top < 0 || r.bottom > innerHeight) e.scrollIntoView({ block: 'center', behavior: 'instant' })
		r = e.getBoundingClientRect()
		return { X: r.x, Y: r.y, Width: Math.min(r.width, 200), Height: Math.min(r.height, 40) }
	})()`)
	p.clickAt(at.X+at.Width/2, at.Y+at.Height/2)
}

// use does on a page what people do before its program has come: opens what can
// be opened, changes every answer, types, leaves the caret in the middle of one
// text and a selection in another, and scrolls. It reports whether the page has
// something to type into.
func (p *tab) use() (typed bool) {
	p.t.Helper()
	count := func(selector string) int {
		return eval[int](p, `document.querySelectorAll(`+quote(selector)+`).length`)
	}
	nth := func(selector string, n int) string {
		return `document.querySelectorAll(` + quote(selector) + `)[` + literal(n) + `]`
	}
	for i := range count("main details") {
		p.pressOn(nth("main details", i) + `.querySelector('summary')`)
	}
	const boxes, groups = "main [type=checkbox]", "main fieldset:has([type=radio])"
	for i := range count(boxes) {
		p.pressOn(nth(boxes, i))
	}
	for i := range count(groups) {
		p.pressOn(`[...` + nth(groups, i) + `.querySelectorAll('[type=radio]')].findLast((e) => e.checkVisibility())`)
	}
	const texts = "main :is(textarea, [type=text], [type=email], [type=tel])"
	for i := range count(texts) {
		if !eval[bool](p, nth(texts, i)+`.checkVisibility()`) {
			continue
		}
		typed = true
		p.pressOn(nth(texts, i))
		p.press(kb.End, "ŵ 1", kb.Home, kb.ArrowRight, kb.ArrowRight)
	}
	if typed {
		p.within("press Shift+ArrowRight", chromedp.KeyEvent(kb.ArrowRight, chromedp.KeyModifiers(chromedp.ModifierShift)))
	}
	p.wheel(-90)
	return typed
}

// wheel turns the mouse wheel and waits until the page stands still.
func (p *tab) wheel(by float64) {
	p.t.Helper()
	was := eval[float64](p, `scrollY`)
	do(p, input.DispatchMouseEvent, input.DispatchMouseEventParams{Type: input.DispatchMouseEventTypeMouseWheel, X: 600, Y: 300, DeltaX: 0.01, DeltaY: by})
	if was > 0 {
		p.holds(`scrollY !== ` + literal(was))
	}
	p.holds(`new Promise((still) => { const was = scrollY; setTimeout(() => still(scrollY === was), 100) })`)
}

// mark numbers every node of the page, so that a node can be told from its copy.
const mark = `{
	const all = document.createTreeWalker(document.body)
	for (let i = 1; all.nextNode(); i++) all.currentNode.mark = i
}`

// kept is everything that a person would miss if it were gone: each node of the
// page with its place, text and attributes, what its controls hold, the caret,
// the selection, the focus, and how far the page is scrolled. The attribute
// autofocus has done its work by then.
const kept = `(() => {
	const lines = ['scrolled ' + Math.round(scrollY), 'focus ' + document.activeElement.mark, 'selected ' + getSelection()]
	const all = document.createTreeWalker(document.body)
	while (all.nextNode()) {
		const n = all.currentNode
		if (n.nodeType === 3) { lines.push(n.mark + ' ' + n.data); continue }
		const r = n.getBoundingClientRect()
		const attributes = n.getAttributeNames().sort().filter((name) => name !== 'autofocus').map((name) => name + '=' + n.getAttribute(name)).join(' ')
		const caret = /^(text|textarea|tel)$/.test(n.type) ? [n.selectionStart, n.selectionEnd, n.selectionDirection].join(' ') : ''
		lines.push([n.mark, n.localName, attributes, r.x, r.y, r.width, r.height, n.checked, n.open, n.value, caret].join(' | '))
	}
	return lines
})()`

// shifts counts what moved on a page although nobody moved it.
var shifts = first(`
	window.shifted = 0
	new PerformanceObserver((list) => (shifted += list.getEntries().length)).observe({ type: 'layout-shift', buffered: true })
`)

func TestTakeOverLosesNothing(t *testing.T) { // issue line 12
	for site, lang := range map[string]string{"progress-group": "en-GB", "housing-plus": "cy", "connect": "en-GB"} {
		all := stages(site, lang)
		if site == "connect" {
			all = all[:1] // the same pages as on the others, but one
		}
		t.Run(site, func(t *testing.T) {
			t.Parallel()
			p := open(t, sized(1280, 600), shifts)
			for _, s := range all {
				t.Run(s.name, func(t *testing.T) { p.in(t).takesOver(s, lang) })
			}
			assert.Empty(t, p.errors(`status of 422`))
			assert.Empty(t, p.storage(), "go-app keeps nothing")
			assert.Empty(t, p.cookies(lk.latchkey+"/"))
		})
	}
}

// takesOver uses a page while its program is held back, lets it come, and finds
// the page as it was left.
func (p *tab) takesOver(s stage, lang string) {
	t := p.t
	t.Helper()
	hold, release := held()
	p.on(program(), hold)
	before := len(p.sent(lk.latchkey + "/assets/app."))
	p.post(s)
	p.until("the program is being fetched", func() bool { return len(p.sent(lk.latchkey+"/assets/app.")) > before })
	typed := p.use()
	assert.Equal(t, typed, slices.Contains([]rights.Step{rights.StepWho, rights.StepWhat, rights.StepReply}, s.form.Step))
	eval[any](p, mark)
	want, moved := eval[[]string](p, kept), eval[int](p, `shifted`)
	require.False(t, eval[bool](p, `'takeover' in document.documentElement.dataset`))

	release()
	p.holds(`document.documentElement.classList.contains('live')`)
	assert.Equal(t, "adopted", eval[string](p, `document.documentElement.dataset.takeover`))
	assert.Equal(t, want, eval[[]string](p, kept))
	assert.Equal(t, moved, eval[int](p, `new Promise((n) => requestAnimationFrame(() => setTimeout(() => n(shifted))))`), "nothing moved, not even for a moment")
	assert.Equal(t, lang, eval[string](p, `document.documentElement.lang`))
	if typed {
		p.press("R") // in the place of what is selected
		p.holds(`document.activeElement.value[2] === 'R' && document.activeElement.selectionStart === 3`)
	}
}

// TestTakeOverInThePanel shows that what was typed before goes on with the
// pages that the program turns.
func TestTakeOverInThePanel(t *testing.T) {
	const label, typed, left = "What would you like to see?", "Letters about the roof, Ty’r Bont", "9,966"
	p := open(t)
	hold, release := held()
	p.on(program(), hold)
	p.visit("/connect/")
	p.click("link", "My data")
	p.panel()
	p.click("button", "Continue")
	p.fill(label, typed)
	p.press(kb.Home, kb.ArrowRight, kb.ArrowRight)
	p.panelHolds(`document.documentElement.classList.contains('connected')`)
	evalPanel[any](p, mark)
	before := evalPanel[[]string](p, kept)
	release()
	p.panelHolds(`document.documentElement.classList.contains('live')`)
	assert.Equal(t, "adopted", evalPanel[string](p, `document.documentElement.dataset.takeover`))
	assert.Equal(t, before, evalPanel[[]string](p, kept))
	p.press("x")
	p.panelHolds(`document.querySelector('#what-count').innerText.includes('` + left + `')`)
	p.click("button", "Continue")
	p.see("heading", "How can we reply to you?")
	p.click("button", "Back")
	assert.Equal(t, "Le"+"x"+typed[2:], p.see("textbox", label).Value)
	assert.Empty(t, p.errors())
}

// TestTypingDuringTheTakeOver goes on typing, and composes a letter with an
// input method, while the program starts.
func TestTypingDuringTheTakeOver(t *testing.T) {
	const typed = "one two three four five six seven eight nine ten eleven twelve "
	p := open(t)
	hold, release := held()
	p.on(program(), hold)
	p.post(stage{path: "/connect/request?lang=en-GB", form: rights.Form{Step: rights.StepWhat, To: rights.ToStay, Request: rights.Request{Kind: rights.Access}}})
	p.until("the program is being fetched", func() bool { return len(p.sent(lk.latchkey+"/assets/app.")) == 1 })
	p.pressOn(`document.querySelector('#what')`)
	for i, letter := range typed {
		if i == 5 {
			release()
		}
		p.press(string(letter))
	}
	do(p, input.ImeSetComposition, input.ImeSetCompositionParams{Text: "ŵ", SelectionStart: 1, SelectionEnd: 1})
	p.settle() // the program has come, and waits
	require.False(t, eval[bool](p, `'takeover' in document.documentElement.dataset`), "not while a letter is being composed")
	do(p, input.InsertText, input.InsertTextParams{Text: "ŵy"})
	p.holds(`document.documentElement.dataset.takeover === 'adopted'`)
	assert.Equal(t, typed+"ŵy", eval[string](p, `document.activeElement.value`))
}

// TestOnlyTheRequestFormHasAProgram shows that every other page of the centre is
// what it is without WebAssembly, and costs nobody its download.
func TestOnlyTheRequestFormHasAProgram(t *testing.T) { // issue line 12
	for _, w := range websites {
		p := open(t, shifts)
		for _, page := range []string{"/", "/preferences", "/notice", "/receipt", "/cookies", "/nothing-here"} {
			p.centre("/" + w.id + page)
			assert.False(t, eval[bool](p, `!!document.querySelector('[data-wasm]')`), page)
		}
		p.settle()
		assert.Zero(t, eval[int](p, `shifted`))
		assert.NotContains(t, strings.Join(p.sent(lk.latchkey), " "), "wasm")
		assert.Empty(t, p.errors(`status of 404 .*/nothing-here`))
		for _, r := range p.requests() {
			assert.True(t, strings.HasPrefix(r.URL, lk.latchkey+"/"), "a request to %s", r.URL)
		}
	}
	t.Run("switches that were moved, and a list that was opened, stay so in the panel", func(t *testing.T) {
		p := open(t)
		p.visit("/housing-plus/")
		p.click("button", "Choose")
		p.panelHolds(`document.documentElement.classList.contains('connected')`)
		p.click("checkbox", "Allow: Statistics")
		p.click("checkbox", "Allow: Preferences")
		evalPanel[any](p, `document.querySelectorAll('details').forEach((d) => d.firstElementChild.click())`)
		p.settle()
		evalPanel[any](p, mark)
		before := evalPanel[[]string](p, kept)
		eval[any](p, `dispatchEvent(new Event('online'))`) // whatever makes the host page speak again
		p.settle()
		assert.Equal(t, before, evalPanel[[]string](p, kept))
		p.click("button", "Save choices")
		p.recorded(1)
		require.NotNil(t, p.choice())
		assert.True(t, p.choice().On["statistics"])
		assert.True(t, p.choice().On["preferences"])
		assert.NotContains(t, strings.Join(p.sent(lk.latchkey), " "), "wasm")
	})
}
