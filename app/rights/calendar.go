package rights

import (
	"sync"
	"time"

	"github.com/rickar/cal/v2"
	"github.com/rickar/cal/v2/gb"
)

// Holiday is a day that counts as a bank holiday.
type Holiday struct {
	Date Date   `json:"date"`
	Name string `json:"name"` // in English, as proclaimed
}

// Calendar knows the working days of England and Wales: Monday to Friday
// without bank holidays. The zero value has the holidays of [HolidaysKnownUntil].
type Calendar struct {
	// Extra are days that the bundled list lacks, such as one proclaimed for a
	// royal occasion. They travel with the page, so that both sides count alike.
	Extra []Holiday `json:"extra,omitempty"`
}

// HolidaysKnownUntil is the last day for which the bank holidays of this
// version were held against the list on GOV.UK. After it the usual rules still
// give the usual holidays, but a moved or a proclaimed day would be missing.
var HolidaysKnownUntil = Date{Year: 2028, Month: time.December, Day: 31}

// Stale reports that bank holidays may be missing for dates counted from today,
// because the known ones end within six months. "latchkey check" warns of it.
func Stale(today Date) bool { return !today.AddMonths(6).Before(HolidaysKnownUntil) }

// funeral is the bank holiday of 19 September 2022 for the state funeral of
// Queen Elizabeth II, which the library's list leaves out.
var funeral = Holiday{Date: Date{Year: 2022, Month: time.September, Day: 19}, Name: "State funeral of Queen Elizabeth II"}

// bundled is the library's list for England and Wales.
var bundled = sync.OnceValue(func() *cal.Calendar {
	// The library counts in a zone of the process. With that of a visitor, some
	// of whose days have no midnight, Easter could come out a day early.
	cal.DefaultLoc = time.UTC
	c := &cal.Calendar{Name: "England and Wales"}
	c.AddHoliday(gb.Holidays...)
	return c
})

// Holiday returns the name of the bank holiday on a day, if it is one.
func (c Calendar) Holiday(d Date) (name string, is bool) {
	for _, h := range append([]Holiday{funeral}, c.Extra...) {
		if h.Date == d {
			return h.Name, true
		}
	}
	// Only the day on which a holiday is kept is one: 26 December 2026 is a
	// Saturday, and the holiday is on the Monday.
	if _, kept, h := bundled().IsHoliday(d.Time()); kept {
		return h.Name, true
	}
	return "", false
}

// WorkingDay reports whether a day is a working day.
func (c Calendar) WorkingDay(d Date) bool {
	if w := d.Weekday(); w == time.Saturday || w == time.Sunday {
		return false
	}
	_, holiday := c.Holiday(d)
	return !holiday
}

// Roll is the day itself if it is a working day, else the next one.
func (c Calendar) Roll(d Date) Date {
	for !c.WorkingDay(d) {
		d = d.AddDays(1)
	}
	return d
}

// RollBack is the last working day before a day.
func (c Calendar) RollBack(d Date) Date {
	d = d.AddDays(-1)
	for !c.WorkingDay(d) {
		d = d.AddDays(-1)
	}
	return d
}

// Holidays lists the bank holidays of a year in order, substitutes and extra
// days included.
func (c Calendar) Holidays(year int) []Holiday {
	var days []Holiday
	for d := (Date{Year: year, Month: time.January, Day: 1}); d.Year == year; d = d.AddDays(1) {
		if name, ok := c.Holiday(d); ok {
			days = append(days, Holiday{Date: d, Name: name})
		}
	}
	return days
}
