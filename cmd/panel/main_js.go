//go:build js && wasm

// Command panel is the WebAssembly front end of the privacy centre. The boot
// script (web/boot.ts) runs it on a page that the server has already written and
// that a person may already be using; it starts from the data and the document
// that it finds there, and go-app's first mount adopts the document's nodes.
//
// It keeps nothing, asks the network for nothing, and leaves links, history and
// storage to the browser.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"syscall/js"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"latchkey/app/ui"
)

func main() {
	document := js.Global().Get("document")
	view, err := view(document)
	if err != nil {
		// The page stays as the server wrote it; boot.ts sees that the program ended.
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	view.TakeOver(ui.Live{Form: form(document)})
	p := &page{view: view, unmute: mute(document)}
	app.RouteWithRegexp(".*", func() app.Composer { return p })
	app.RunWhenOnBrowser()
}

// view reads the data that the server wrote the page from.
func view(document js.Value) (ui.View, error) {
	var v ui.View
	data := document.Call("getElementById", "latchkey-view")
	if !data.Truthy() {
		return v, errors.New("the page carries no view")
	}
	if err := json.Unmarshal([]byte(data.Get("textContent").String()), &v); err != nil {
		return v, fmt.Errorf("view of the page: %w", err)
	}
	return v, nil
}

// form reads what the page's forms hold, as a browser would send it without a
// button, except that line breaks in a text area stay as its value has them. A
// name that several forms use belongs to the first.
func form(document js.Value) url.Values {
	values := url.Values{}
	forms := document.Get("forms")
	for i := range forms.Length() {
		found := url.Values{}
		controls := forms.Index(i).Get("elements")
		for j := range controls.Length() {
			c := controls.Index(j)
			if name := c.Get("name"); name.Truthy() && !c.Get("disabled").Truthy() {
				found[name.String()] = append(found[name.String()], held(c)...)
			}
		}
		for name, v := range found {
			if !values.Has(name) && len(v) > 0 {
				values[name] = v
			}
		}
	}
	return values
}

// held is what one control of a form would send.
func held(control js.Value) []string {
	switch control.Get("type").String() {
	case "checkbox", "radio":
		if !control.Get("checked").Bool() {
			return nil
		}
	case "select-multiple":
		var values []string
		picked := control.Get("selectedOptions")
		for i := range picked.Length() {
			values = append(values, picked.Index(i).Get("value").String())
		}
		return values
	case "submit", "button", "reset", "image", "file", "fieldset", "output":
		return nil
	}
	return []string{control.Get("value").String()}
}

// mute keeps go-app from scrolling to the address's fragment when it starts: the
// browser did that long ago, and the person may have gone on reading elsewhere.
// The function returned lets that element be scrolled to again.
func mute(document js.Value) func() {
	target := js.Null()
	if id := app.Window().URL().Fragment; id != "" {
		target = document.Call("getElementById", id)
	}
	if !target.Truthy() {
		return func() {}
	}
	nothing := js.FuncOf(func(js.Value, []js.Value) any { return nil })
	target.Set("scrollIntoView", nothing)
	return func() {
		target.Delete("scrollIntoView")
		nothing.Release()
	}
}

// page is the root of the component tree: the centre, and the moment at which it is live.
type page struct {
	app.Compo
	view   ui.View
	unmute func()
}

// Render draws the centre.
func (p *page) Render() app.UI { return &ui.Centre{View: p.view} }

// OnMount says that the page is live, once every component has been told that it
// is mounted: go-app queued that during the mount, so what is queued now comes after.
func (p *page) OnMount(ctx app.Context) {
	ctx.Dispatch(func(ctx app.Context) {
		ctx.Defer(func(app.Context) {
			p.unmute()
			document := js.Global().Get("document")
			document.Get("documentElement").Get("classList").Call("add", "live")
			document.Call("dispatchEvent", js.Global().Get("Event").New("latchkey:live"))
		})
	})
}
