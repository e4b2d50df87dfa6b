package siteaudit

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"latchkey/app/consent"
	"latchkey/app/i18n"
)

// names are the texts of a message in the site's languages, as the group words it.
func (a *auditor) names(key string) []string {
	var all []string
	for _, lang := range a.Site.Languages {
		all = append(all, i18n.For(lang).With(a.Group.Texts[lang]).T(key))
	}
	return all
}

// buttons lists the buttons of the page that go by one of the names, as
// assistive technology perceives them: in closed shadow roots too, and none that is hidden.
func (v *visitor) buttons(names []string) []cdp.BackendNodeID {
	ctx, cancel := context.WithTimeout(v.ctx, v.a.Patience)
	defer cancel()
	tree, err := chromedp.Call(ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{FrameID: v.main})
	if err != nil {
		return nil
	}
	var found []cdp.BackendNodeID
	for _, n := range tree.Nodes {
		if !n.Ignored && text(n.Role) == "button" && slices.Contains(names, text(n.Name)) {
			found = append(found, n.BackendDOMNodeID)
		}
	}
	return found
}

func text(v *accessibility.Value) string {
	var s string
	if v == nil || json.Unmarshal(v.Value, &s) != nil {
		return ""
	}
	return strings.TrimSpace(s)
}

// middle is where a button of the first layer can be pressed: in the middle of
// it, scrolled into sight, if nothing lies over it. Latchkey's buttons stand in
// a shadow root; one of the page by the same name does not count.
const middle = `function () {
	const root = this.getRootNode()
	if (!(root instanceof ShadowRoot)) return null
	this.scrollIntoViewIfNeeded?.()
	const r = this.getBoundingClientRect(), x = r.x + r.width / 2, y = r.y + r.height / 2, hit = root.elementFromPoint(x, y)
	return r.width && (this === hit || this.contains(hit)) ? [x, y] : null
}`

// press presses the mouse on a button of the first layer and says whether there was one to press.
func (v *visitor) press(names []string) bool {
	for _, node := range v.buttons(names) {
		at := v.place(node)
		if len(at) != 2 {
			continue
		}
		for _, kind := range []input.DispatchMouseEventType{input.DispatchMouseEventTypeMouseMoved, input.DispatchMouseEventTypeMousePressed, input.DispatchMouseEventTypeMouseReleased} {
			e := input.DispatchMouseEventParams{Type: kind, X: at[0], Y: at[1]}
			if kind != input.DispatchMouseEventTypeMouseMoved {
				e.Button, e.ClickCount = input.MouseButtonLeft, 1
			}
			if _, err := chromedp.Call(v.ctx, input.DispatchMouseEvent, e); err != nil {
				return false
			}
		}
		return true
	}
	return false
}

func (v *visitor) place(node cdp.BackendNodeID) (at []float64) {
	o, err := chromedp.Call(v.ctx, dom.ResolveNode, dom.ResolveNodeParams{BackendNodeID: node})
	if err != nil {
		return nil
	}
	yes := true
	r, err := chromedp.Call(v.ctx, runtime.CallFunctionOn, runtime.CallFunctionOnParams{FunctionDeclaration: middle, ObjectID: o.Object.ObjectID, ReturnByValue: &yes})
	if err != nil || r.ExceptionDetails != nil || json.Unmarshal(r.Result.Value, &at) != nil {
		return nil
	}
	return at
}

// ready says whether Latchkey works on the page that is open. The page is quiet
// by now: if it did not ask for the loader, it does not have it.
func (v *visitor) ready() bool {
	if !v.a.seen.asked(v.where().Page) {
		return false
	}
	return v.until(func() bool {
		ok, err := ask[bool](v, `typeof window.latchkey?.set === 'function' && typeof latchkey.withdraw === 'function'`)
		return err == nil && ok
	})
}

// choices is what the visitor has chosen, by the account of the page.
func (v *visitor) choices() map[consent.PurposeID]bool {
	on, err := ask[map[consent.PurposeID]bool](v, `latchkey.choices()`)
	if err != nil {
		return nil
	}
	return on
}

// click answers everything with a button of the first layer, as people do. If
// there is none that can be pressed it says so, and answers by the API.
func (v *visitor) click(key string, yes bool) (clicked bool, err error) {
	want := v.a.everything(yes)
	if len(want) == 0 {
		return true, nil // the site asks nothing, so it has no such button
	}
	clicked = v.until(func() bool {
		return v.press(v.a.names(key)) && v.until(func() bool { return answers(v.choices(), want) })
	})
	if clicked {
		return true, v.settle()
	}
	return false, v.set(want)
}

// set chooses by the API of the page.
func (v *visitor) set(on map[consent.PurposeID]bool) error {
	b, err := json.Marshal(on)
	if err != nil {
		return err
	}
	if _, err := ask[any](v, fmt.Sprintf(`latchkey.set(%s)`, b)); err != nil {
		return fmt.Errorf("choose: %w", err)
	}
	return v.settle()
}

// withdraw takes every consent back by the API of the page.
func (v *visitor) withdraw() error {
	if _, err := ask[any](v, `latchkey.withdraw()`); err != nil {
		return fmt.Errorf("take consent back: %w", err)
	}
	return v.settle()
}

// answers says whether a choice has all answers that it should have.
func answers(got, want map[consent.PurposeID]bool) bool {
	for id, on := range want {
		if is, ok := got[id]; !ok || is != on {
			return false
		}
	}
	return true
}

// control says whether the page leads back to the choice: by Latchkey's own
// control, or a link of the page's to the preferences.
func (v *visitor) control() bool {
	if len(v.buttons(v.a.names("banner.control"))) > 0 {
		return true
	}
	const js = `[...document.querySelectorAll('[data-latchkey^=preferences], a[href*="#latchkey-preferences"]')].some(e => e.checkVisibility())`
	ok, err := evaluate[bool](v, js)
	return err == nil && ok
}
