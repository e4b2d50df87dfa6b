package ui

import (
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"latchkey/app/consent"
	"latchkey/app/i18n"
)

// Hint is what the banner says besides to somebody who has chosen before, or
// whose browser sends Global Privacy Control (https://www.w3.org/TR/gpc/). The
// zero value is nothing.
type Hint struct {
	// Again says that the visitor answered an earlier revision of the questions.
	Again bool
	// Changes are what is different since then; none if it is not known.
	Changes []consent.Change
	// Refused are the names of the purposes that the browser's signal refuses.
	Refused []string
}

// paragraphs draws it: what has changed, then what the browser asks for.
func (h Hint) paragraphs(t *i18n.Catalogue) []app.UI {
	var all []app.UI
	switch len(h.Changes) {
	case 0:
		if h.Again {
			all = append(all, app.P().Text(t.T("hint.again.unknown")))
		}
	case 1:
		all = append(all, app.P().Text(t.T("hint.again")+" "+changed(t, h.Changes[0])))
	default:
		all = append(all, app.P().Text(t.T("hint.again")), app.Ul().Body(
			app.Range(h.Changes).Slice(func(i int) app.UI { return app.Li().Text(changed(t, h.Changes[i])) }),
		))
	}
	if len(h.Refused) > 0 {
		all = append(all, app.P().Text(t.T("hint.gpc", "purposes", strings.Join(h.Refused, ", "))))
	}
	return all
}

// changed says one change in words.
func changed(t *i18n.Catalogue, c consent.Change) string {
	who := strings.Join(c.Who, ", ")
	switch c.Kind {
	case consent.ControllerChanged:
		return t.T("hint.controller", "before", c.Who[0], "now", c.Who[1])
	case consent.BasisChanged:
		return t.T("hint.basis."+string(c.Basis), "purpose", c.Name)
	default:
		return t.T("hint."+string(c.Kind), "purpose", c.Name, "who", who)
	}
}
