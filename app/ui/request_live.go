package ui

import (
	"net/url"
	"slices"
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"latchkey/app/rights"
)

// Here is what the request form does in a browser once WebAssembly runs. It
// turns its pages without asking the server, by the same rules as the server
// (rights.Journey.Turn); only Send leaves the page, as the plain form that it is.

// sendPause is how long a second press on Send is taken for part of a double
// click. The server takes the same sending only once, however late it comes.
const sendPause = 5 * time.Second

// notePause is how long somebody has to stop typing before it is noted.
const notePause = 300 * time.Millisecond

// speakPause is how long somebody has to stop typing before the number of
// characters left is read out.
const speakPause = time.Second

// OnMount begins to follow the browser's Back and Forward buttons, within the
// journey and from other pages to it.
func (r *Request) OnMount(ctx app.Context) {
	if r.View.Sent != nil {
		return
	}
	r.resume(ctx)
	r.popped = app.FuncOf(func(_ app.Value, args []app.Value) any {
		state := args[0].Get("state")
		if state.Type() == app.TypeString {
			place := state.String()
			ctx.Dispatch(func(ctx app.Context) { r.revisit(ctx, place) })
		}
		return nil
	})
	app.Window().Call("addEventListener", "popstate", r.popped)
	// The browser may bring the page back as it was when it left: with Send pressed.
	r.returned = app.FuncOf(func(app.Value, []app.Value) any {
		ctx.Dispatch(func(app.Context) { r.sending = false })
		return nil
	})
	app.Window().Call("addEventListener", "pageshow", r.returned)
}

// resume goes on where the person was before they went to another page or loaded
// this one again. Whoever has begun anew on the page is left alone.
func (r *Request) resume(ctx app.Context) {
	state := app.Window().Get("history").Get("state")
	if state.Type() == app.TypeString && !r.View.begun {
		place, form, ok := parseNote(state.String())
		if ok && slices.Contains(r.View.Journey.Steps(), form.Step) {
			r.trail.resume(place)
			form.Request.Language = r.T.Lang()
			next := r.View
			next.Form = form
			r.show(ctx, next)
			return
		}
	}
	r.trail.start(r.View.Form)
	r.note(r.View.Form)
}

// note has the browser keep the answers with the page that is shown.
func (r *Request) note(f rights.Form) {
	app.Window().Get("history").Call("replaceState", r.trail.here().note(f), "")
}

// onChange notes an answer that was given.
func (r *Request) onChange(ctx app.Context, _ app.Event) {
	ctx.PreventUpdate() // nothing looks different
	r.note(r.filled())
}

// onInput notes what is being typed, in a pause: a page may be loaded again by
// a slip of the thumb.
func (r *Request) onInput(ctx app.Context, _ app.Event) {
	ctx.PreventUpdate()
	r.strokes++
	strokes := r.strokes
	ctx.After(notePause, func(ctx app.Context) {
		if r.strokes == strokes {
			r.onChange(ctx, app.Event{})
		}
	})
}

// filled is the form with what its controls hold now.
func (r *Request) filled() rights.Form {
	f := r.view().Form
	if form := app.Window().GetElementByID(RequestForm); form.Truthy() {
		if typed, err := rights.Parse(entries(form)); err == nil {
			f.Request = typed.Request
		}
	}
	return f
}

// OnDismount stops following them.
func (r *Request) OnDismount() {
	if r.popped != nil {
		app.Window().Call("removeEventListener", "popstate", r.popped)
		app.Window().Call("removeEventListener", "pageshow", r.returned)
		r.popped.Release()
		r.returned.Release()
		r.popped, r.returned = nil, nil
	}
}

// onSubmit turns the page, or lets the browser send the form.
func (r *Request) onSubmit(ctx app.Context, e app.Event) {
	form, err := rights.Parse(pressed(e))
	if err != nil {
		return // the server says what is wrong with it
	}
	if form.To == rights.ToStay {
		return // another language comes from the server
	}
	turn := r.view().Journey.Turn(form)
	if turn.Send {
		if r.sending {
			e.PreventDefault()
			return
		}
		r.sending = true
		ctx.After(sendPause, func(app.Context) { r.sending = false })
		return
	}
	e.PreventDefault()
	if form.To == rights.ToBack && r.trail.back(turn.Form) {
		app.Window().Get("history").Call("back")
		return
	}
	if turn.Form.Step != form.Step {
		app.Window().Get("history").Call("pushState", r.trail.push(turn.Form).note(turn.Form), "")
	}
	r.show(ctx, r.view().Turned(turn))
}

// revisit shows the page that the browser's history has gone to, with all
// answers as they are now.
func (r *Request) revisit(ctx app.Context, state string) {
	place, _, ok := parseNote(state)
	if !ok || !slices.Contains(r.view().Journey.Steps(), place.Step) || !r.trail.to(place) {
		return
	}
	next := *r.view()
	next.Form = r.filled()
	next.Form.Step, next.Form.Review = place.Step, place.Review
	next.Errors, next.Moved, next.Already, next.Erased = nil, false, "", false
	r.note(next.Form)
	r.show(ctx, next)
}

// show turns to a page: its title, its beginning, and the focus on what is
// wrong or on its heading.
func (r *Request) show(ctx app.Context, v RequestView) {
	r.now = &v
	app.Window().Get("document").Set("title", r.T.T("common.title", "page", v.title(r.T), "site", r.Site.Name))
	ctx.Defer(func(app.Context) {
		app.Window().Call("scrollTo", 0, 0)
		for _, id := range []string{"problem", "heading"} {
			if e := app.Window().GetElementByID(id); e.Truthy() {
				e.Call("focus")
				return
			}
		}
	})
}

// onClick makes a line of the error summary lead to its control, and not to an
// address of its own.
func (r *Request) onClick(_ app.Context, e app.Event) {
	link := e.Get("target").Call("closest", "#problem a")
	if !link.Truthy() {
		return
	}
	id := link.Call("getAttribute", "href").String()[1:]
	if control := app.Window().GetElementByID(id); control.Truthy() {
		e.PreventDefault()
		control.Call("focus")
	}
}

// pressed is the form of a submit event as the browser would post it.
func pressed(e app.Event) url.Values {
	values := entries(e.Get("target"))
	values.Set(rights.ControlTo, rights.ToContinue)
	if button := e.Get("submitter"); button.Truthy() {
		values.Set(rights.ControlTo, button.Get("value").String())
	}
	return values
}

// entries reads the controls of a form.
func entries(form app.Value) url.Values {
	values := url.Values{}
	list := app.Window().Get("Array").Call("from", app.Window().Get("FormData").New(form))
	for i := range list.Length() {
		entry := list.Index(i)
		values.Add(entry.Index(0).String(), entry.Index(1).String())
	}
	return values
}

// onInput counts what is typed, and has the count read out in a pause.
func (f *longField) onInput(ctx app.Context, e app.Event) {
	f.typed = true
	f.length = rights.Length(e.Get("target").Get("value").String())
	length := f.length
	ctx.After(speakPause, func(app.Context) {
		if f.length == length {
			f.said = length
		}
	})
}
