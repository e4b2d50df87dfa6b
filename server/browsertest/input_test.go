package browsertest

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

// thing is something on the page as assistive technology perceives it, also
// inside closed shadow roots and frames.
type thing struct {
	Role, Name, Value string
	Is                map[string]string // states: focused, checked, expanded, disabled, modal …
	node              cdp.BackendNodeID
}

// box is a place in the window, in CSS pixels.
type box struct{ X, Y, Width, Height float64 }

// things lists what is perceivable in the page and its frames.
func (p *tab) things() []thing {
	p.t.Helper()
	var all []thing
	for _, f := range p.frames() {
		tree, err := chromedp.Call(p.ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{FrameID: f.ID})
		if err != nil {
			continue // the frame went away
		}
		for _, n := range tree.Nodes {
			if n.Ignored {
				continue
			}
			it := thing{Role: plain(n.Role), Name: plain(n.Name), Value: plain(n.Value), Is: map[string]string{}, node: n.BackendDOMNodeID}
			for _, prop := range n.Properties {
				it.Is[string(prop.Name)] = plain(prop.Value)
			}
			all = append(all, it)
		}
	}
	return all
}

// plain is a value of the accessibility tree as text.
func plain(v *accessibility.Value) string {
	if v == nil {
		return ""
	}
	var s any
	if json.Unmarshal(v.Value, &s) != nil || s == nil {
		return ""
	}
	return strings.TrimSpace(fmt.Sprint(s))
}

// is reports whether a thing goes by a role and a name. A name that ends with …
// stands for every name that begins so.
func (it thing) is(role, name string) bool {
	if it.Role != role {
		return false
	}
	if begin, ok := strings.CutSuffix(name, "…"); ok {
		return strings.HasPrefix(it.Name, begin)
	}
	return it.Name == name
}

func (p *tab) find(role, name string) (thing, bool) {
	p.t.Helper()
	for _, it := range p.things() {
		if it.is(role, name) {
			return it, true
		}
	}
	return thing{}, false
}

// see waits until there is something with a role and a name.
func (p *tab) see(role, name string) thing {
	p.t.Helper()
	var it thing
	p.until(fmt.Sprintf("there is the %s %q", role, name), func() bool {
		var ok bool
		it, ok = p.find(role, name)
		return ok
	})
	return it
}

// gone waits until there is nothing with a role and a name.
func (p *tab) gone(role, name string) {
	p.t.Helper()
	p.until(fmt.Sprintf("the %s %q has gone", role, name), func() bool {
		_, ok := p.find(role, name)
		return !ok
	})
}

// names lists the names of everything of a role.
func (p *tab) names(role string) []string {
	p.t.Helper()
	var found []string
	for _, it := range p.things() {
		if it.Role == role {
			found = append(found, it.Name)
		}
	}
	return found
}

// where is the place of a thing in the window.
func (p *tab) where(it thing) (box, bool) {
	q, err := chromedp.Call(p.ctx, dom.GetContentQuads, dom.GetContentQuadsParams{BackendNodeID: it.node})
	if err != nil || len(q.Quads) == 0 {
		return box{}, false
	}
	c := q.Quads[0]
	return box{c[0], c[1], c[2] - c[0], c[5] - c[1]}, true
}

// click presses the mouse on what has a role and a name.
func (p *tab) click(role, name string) {
	p.t.Helper()
	x, y := p.reach(role, name)
	p.clickAt(x, y)
}

// reach waits until what has a role and a name stands still with nothing over
// it, and returns its middle.
func (p *tab) reach(role, name string) (x, y float64) {
	p.t.Helper()
	var at, before box
	p.until(fmt.Sprintf("the %s %q can be pressed", role, name), func() bool {
		it, ok := p.find(role, name)
		if !ok {
			return false
		}
		if free, err := tryAsk[bool](p, it, reachable); err != nil || !free {
			return false
		}
		before = at
		at, ok = p.where(it)
		return ok && at == before && at.Width > 0
	})
	return at.X + at.Width/2, at.Y + at.Height/2
}

// reachable scrolls an element free, as a person would, if its middle is out of
// sight, and says whether a press there reaches it.
const reachable = `function () {
	const free = () => {
		const r = this.getBoundingClientRect()
		const hit = this.getRootNode().elementFromPoint(r.x + r.width / 2, r.y + r.height / 2)
		return this === hit || this.contains(hit)
	}
	if (!free()) this.scrollIntoView({ block: 'center', behavior: 'instant' })
	return free()
}`

// clickAt presses and releases the mouse at a place in the window.
func (p *tab) clickAt(x, y float64) {
	p.t.Helper()
	for _, typ := range []input.DispatchMouseEventType{input.DispatchMouseEventTypeMouseMoved, input.DispatchMouseEventTypeMousePressed, input.DispatchMouseEventTypeMouseReleased} {
		e := input.DispatchMouseEventParams{Type: typ, X: x, Y: y}
		if typ != input.DispatchMouseEventTypeMouseMoved {
			e.Button, e.ClickCount = input.MouseButtonLeft, 1
		}
		do(p, input.DispatchMouseEvent, e)
	}
}

// press types keys, such as kb.Tab or "words".
func (p *tab) press(keys ...string) {
	p.t.Helper()
	for _, k := range keys {
		p.within("press "+k, chromedp.KeyEvent(k))
	}
}

// backwards presses Shift and Tab.
func (p *tab) backwards() {
	p.t.Helper()
	p.within("press Shift+Tab", chromedp.KeyEvent(kb.Tab, chromedp.KeyModifiers(chromedp.ModifierShift)))
}

// focused is what has the keyboard focus: the innermost thing.
func (p *tab) focused() thing {
	p.t.Helper()
	var found thing
	for _, it := range p.things() {
		if it.Is["focused"] == "true" && it.Role != "RootWebArea" && it.Role != "Iframe" {
			found = it
		}
	}
	return found
}

// tabTo presses Tab until something has the focus.
func (p *tab) tabTo(role, name string) {
	p.t.Helper()
	var passed []string
	for range 60 {
		it := p.focused()
		if it.is(role, name) {
			return
		}
		passed = append(passed, it.Role+" "+it.Name)
		p.press(kb.Tab)
	}
	p.fail("Tab does not reach the %s %q; it passed %s", role, name, strings.Join(passed, ", "))
}

// ask calls a function on an element found by role and name, with the element as this.
func ask[T any](p *tab, it thing, function string) T {
	p.t.Helper()
	v, err := tryAsk[T](p, it, function)
	require.NoError(p.t, err, function)
	return v
}

func tryAsk[T any](p *tab, it thing, function string) (v T, err error) {
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	o, err := chromedp.Call(ctx, dom.ResolveNode, dom.ResolveNodeParams{BackendNodeID: it.node})
	if err != nil {
		return v, err
	}
	yes := true
	r, err := chromedp.Call(ctx, runtime.CallFunctionOn, runtime.CallFunctionOnParams{
		FunctionDeclaration: function, ObjectID: o.Object.ObjectID, ReturnByValue: &yes, AwaitPromise: &yes,
	})
	if err != nil {
		return v, err
	}
	if x := r.ExceptionDetails; x != nil {
		return v, fmt.Errorf("%s %v", x.Text, x.Exception)
	}
	if len(r.Result.Value) > 0 {
		err = json.Unmarshal(r.Result.Value, &v)
	}
	return v, err
}
