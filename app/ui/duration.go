package ui

import (
	"regexp"
	"strconv"
	"strings"

	"latchkey/app/i18n"
)

var (
	period = regexp.MustCompile(`^P(?:(\d{1,5})Y)?(?:(\d{1,5})M)?(?:(\d{1,5})W)?(?:(\d{1,5})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,5})M)?(?:(\d{1,5})S)?)?$`)
	// units are the message keys of what the groups of period count.
	units = []string{
		"common.duration.year", "common.duration.month", "common.duration.week", "common.duration.day",
		"common.duration.hour", "common.duration.minute", "common.duration.second",
	}
)

// Duration puts an ISO 8601 period (P1Y, P13M, PT30M) or "session" into words.
// A text of any other form is returned as it is.
func Duration(t *i18n.Catalogue, iso string) string {
	if iso == "session" {
		return t.T("common.duration.session")
	}
	match := period.FindStringSubmatch(iso)
	if match == nil {
		return iso
	}
	var parts []string
	for i, digits := range match[1:] {
		if n, err := strconv.Atoi(digits); err == nil {
			parts = append(parts, t.N(units[i], n))
		}
	}
	switch len(parts) {
	case 0:
		return iso
	case 1:
		return parts[0]
	}
	last := len(parts) - 1
	return t.T("common.duration.and", "first", strings.Join(parts[:last], ", "), "last", parts[last])
}
