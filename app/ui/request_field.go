package ui

import (
	"strconv"
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"latchkey/app/i18n"
	"latchkey/app/rights"
)

// heading is the page's h1. It takes the focus when the browser turns the page.
func (p *requestPage) heading() app.UI {
	return app.H1().ID("heading").TabIndex(-1).Text(p.View.heading(p.T))
}

// question is a group of radio buttons or checkboxes under its own question. The
// first choice has the control's name as its id, which is where errors lead.
type question struct {
	name    string
	kind    string // "radio" or "checkbox"
	legend  app.UI // nil where the page's heading, which stands before, is the question
	hint    string
	choices []choice
}

type choice struct {
	value, label, hint string
	on                 bool
}

// ask draws a question.
func (p *requestPage) ask(q question) app.UI {
	wrong := p.View.wrong(p.T, q.name)
	set := app.FieldSet().Class(val(fieldClass(wrong)))
	if by := describedBy(q.name, q.hint, wrong); by != "" {
		set = set.Aria("describedby", val(by))
	}
	if q.legend == nil {
		set = set.Aria("labelledby", "heading")
	}
	return set.Body(
		app.If(q.legend != nil, func() app.UI { return app.Legend().Body(q.legend) }),
		hintText(q.name, q.hint),
		errorText(q.name, wrong),
		app.Div().Class("choices").Body(app.Range(q.choices).Slice(func(i int) app.UI {
			return q.draw(i)
		})),
	)
}

func (q question) draw(i int) app.UI {
	c := q.choices[i]
	hinted := q.name + "-" + strconv.Itoa(i+1) // the question's own hint is NAME-hint
	id := hinted
	if i == 0 {
		id = q.name
	}
	input := checked(app.Input().Type(val(q.kind)).ID(val(id)).Name(val(q.name)).Value(val(c.value)), c.on)
	if c.hint != "" {
		input = input.Aria("describedby", val(hinted+"-hint"))
	}
	return app.Div().Class("choice").Body(
		input,
		app.Label().For(val(id)).Text(c.label),
		hintText(hinted, c.hint),
	)
}

// line is a field of one line.
type line struct {
	name, label, hint string
	text              string
	kind              string // type of the input; "text" if empty
	autocomplete      string // see the HTML standard, autofill; WCAG 2.2, 1.3.5
	short             bool
}

// write draws a field of one line.
func (p *requestPage) write(l line) app.UI {
	wrong := p.View.wrong(p.T, l.name)
	if l.kind == "" {
		l.kind = "text"
	}
	input := app.Input().Type(val(l.kind)).ID(val(l.name)).Name(val(l.name)).Value(val(l.text)).
		Attr("spellcheck", "false")
	if l.autocomplete != "" {
		input = input.Attr("autocomplete", val(l.autocomplete))
	}
	if l.short {
		input = input.Class("short")
	}
	if by := describedBy(l.name, l.hint, wrong); by != "" {
		input = input.Aria("describedby", val(by))
	}
	if wrong != "" {
		input = input.Aria("invalid", val("true"))
	}
	return app.Div().Class(val(fieldClass(wrong))).Body(
		app.Label().For(val(l.name)).Text(l.label),
		hintText(l.name, l.hint),
		errorText(l.name, wrong),
		input,
	)
}

// longText draws a field of several lines.
func (p *requestPage) longText(name, label, hint, text string, rows int) *longField {
	return &longField{
		T: p.T, Name: name, Label: label, Hint: hint, Text: text, Rows: rows,
		Wrong: p.View.wrong(p.T, name), Limit: rights.Limits[name],
	}
}

// longField is a field of several lines. Where people write much, or come near
// its limit, it says how many characters are left, aloud only when they pause.
type longField struct {
	app.Compo
	T                 *i18n.Catalogue
	Name, Label, Hint string
	Text              string
	Wrong             string
	Autocomplete      string
	Rows, Limit       int
	// Heading makes the label the page's heading.
	Heading bool

	typed  bool
	length int // of what stands in the field, once typed
	said   int // length that was last said aloud
}

func (f *longField) Render() app.UI {
	count := f.count()
	by := describedBy(f.Name, f.Hint, f.Wrong)
	if count != "" {
		by = strings.TrimSpace(by + " " + f.Name + "-count")
	}
	area := filled(app.Textarea().ID(val(f.Name)).Name(val(f.Name)).Rows(f.Rows), f.Text).OnInput(f.onInput)
	if by != "" {
		area = area.Aria("describedby", val(by))
	}
	if f.Autocomplete != "" {
		area = area.Attr("autocomplete", val(f.Autocomplete))
	}
	if f.Wrong != "" {
		area = area.Aria("invalid", val("true"))
	}
	label := app.UI(app.Label().For(val(f.Name)).Text(f.Label))
	if f.Heading {
		label = app.H1().ID("heading").TabIndex(-1).Body(label)
	}
	loud := app.Div().Class("sr").Attr("role", "status")
	if f.said > 0 && count != "" {
		loud = loud.Text(f.left(f.said))
	}
	return app.Div().Class(val(fieldClass(f.Wrong))).Body(
		label,
		hintText(f.Name, f.Hint),
		errorText(f.Name, f.Wrong),
		area,
		app.If(count != "", func() app.UI { return app.Div().Class("hint").ID(val(f.Name + "-count")).Text(count) }),
		loud,
	)
}

// count is the line under the field, empty where nobody needs it. It does not
// depend on what stands in the field before something is typed, so that the
// client draws the line that the server drew.
func (f *longField) count() string {
	much := f.Limit >= 5000 || f.Wrong != ""
	switch {
	case f.typed && (much || f.length > f.Limit*3/4):
		return f.left(f.length)
	case much:
		return f.T.T("request.count.limit", "max", thousands(f.Limit))
	}
	return ""
}

// left says how many characters there is still room for, or how many are too many.
func (f *longField) left(length int) string {
	if over := length - f.Limit; over > 0 {
		return f.T.N("request.count.over", over, "n", thousands(over))
	}
	left := f.Limit - length
	return f.T.N("request.count.left", left, "n", thousands(left))
}

func fieldClass(wrong string) string {
	if wrong != "" {
		return "field wrong"
	}
	return "field"
}

// describedBy lists the ids of a control's hint and error.
func describedBy(name, hint, wrong string) string {
	var ids []string
	if hint != "" {
		ids = append(ids, name+"-hint")
	}
	if wrong != "" {
		ids = append(ids, name+"-error")
	}
	return strings.Join(ids, " ")
}

func hintText(name, hint string) app.UI {
	if hint == "" {
		return nil
	}
	return app.Div().Class("hint").ID(val(name + "-hint")).Text(hint)
}

func errorText(name, wrong string) app.UI {
	if wrong == "" {
		return nil
	}
	return app.P().Class("error").ID(val(name + "-error")).Text(wrong)
}
