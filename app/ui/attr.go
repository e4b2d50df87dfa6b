package ui

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"
)

// go-app quotes attribute values as Go strings when it prerenders, drops the
// value "true" and writes boolean attributes even when false. The helpers here
// make the HTML say what was meant; on the client they do nothing. Rule: every
// attribute value that is not a constant goes through one of them.

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
