package ui

import (
	"latchkey/app/i18n"
	"latchkey/app/rights"
)

// reasonText says one step of how a due date was worked out.
func reasonText(t *i18n.Catalogue, r rights.Reason) string {
	return t.N("request.clock."+r.Code, r.Days, "date", t.Date(r.Date.Time()), "name", r.Name)
}
