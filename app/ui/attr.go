package ui

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"
)

// go-app quotes attribute values as Go strings when it prerenders, drops the
// value "true" and writes boolean attributes even when false. The helpers here
// make the HTML say what was meant; on the client they do nothing. Rules, held
// by a test: every attribute value that is not a constant goes through val or
// yesno; every boolean attribute goes through checked, selected, opened or hidden; a
// textarea gets its text by filled.

// val returns v in a form that survives go-app's quoting as an HTML attribute
// value. Client code gets v as it is.
func val(v string) string {
	if app.IsClient {
		return v
	}
	return quoted(v)
}

func quoted(v string) string {
	if v == "true" {
		return "&#116;rue"
	}
	var b strings.Builder
	for _, r := range v {
		switch {
		case r == '"', r == '&', r == '<', r == '>', r == '\\', !strconv.IsPrint(r):
			fmt.Fprintf(&b, "&#%d;", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// yesno is the text of a true or false ARIA state.
func yesno(b bool) string {
	if b {
		return val("true")
	}
	return "false"
}

// checked ticks a checkbox or radio button. The server leaves the attribute out
// for one that is off, because go-app would write checked="false", which browsers
// read as ticked. The client sets it either way, because taking the attribute
// away does not clear a box that has been used.
func checked(e app.HTMLInput, on bool) app.HTMLInput {
	if on || app.IsClient {
		return e.Checked(on)
	}
	return e
}

// opened shows a details element open from the start. The client leaves it alone:
// open or closed is up to the reader.
func opened(e app.HTMLDetails, on bool) app.HTMLDetails {
	if on && !app.IsClient {
		return e.Open(true)
	}
	return e
}

// bootHidden is for an element that the boot script shows once it makes sense:
// hidden in the server's HTML, and from then on the script's. The client leaves
// the attribute alone, so the taking-over does not undo what was shown.
func bootHidden[E interface{ Hidden(bool) E }](e E) E {
	if app.IsClient {
		return e
	}
	return e.Hidden(true)
}

// filled puts text into a textarea: as its content in the server's HTML, as its
// value on the client. (go-app's own Text sets a value attribute, which HTML does
// not know for a textarea.) A first line break is doubled for the server, because
// the HTML parser drops one.
func filled(e app.HTMLTextarea, text string) app.HTMLTextarea {
	if app.IsClient {
		return e.Attr("value", text)
	}
	if text == "" {
		return e
	}
	if text[0] == '\n' {
		text = "\n" + text
	}
	return e.Body(app.Text(text))
}
