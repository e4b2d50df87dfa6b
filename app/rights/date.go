package rights

import (
	"encoding/binary"
	"fmt"
	"sync"
	"time"

	"latchkey/app/fault"
)

// Date is a civil date: a day on the calendar, of no time zone. The zero value
// is no date.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// DateOf is the day in London at an instant. A request that comes in at
// 2026-07-31T23:30Z was received on 1 August.
func DateOf(instant time.Time) Date { return civil(instant.In(London())) }

// ParseDate reads a date written as 2026-11-23. The error wraps [fault.Invalid].
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, fmt.Errorf("date %q: want a day written as 2026-11-23: %w", s, fault.Invalid)
	}
	return civil(t), nil
}

func civil(t time.Time) Date {
	y, m, d := t.Date()
	return Date{Year: y, Month: m, Day: d}
}

// IsZero reports whether d is no date.
func (d Date) IsZero() bool { return d == Date{} }

// Time is midnight UTC of the day, for formatting and arithmetic. It is not the
// instant at which the day begins in London.
func (d Date) Time() time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }

// String writes the date as 2026-11-23, and no date as nothing.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return d.Time().Format(time.DateOnly)
}

// MarshalText writes the date as [Date.String] does.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what MarshalText wrote; an empty text is no date.
func (d *Date) UnmarshalText(text []byte) (err error) {
	*d = Date{}
	if len(text) > 0 {
		*d, err = ParseDate(string(text))
	}
	return err
}

// Compare is -1, 0 or 1 as d is before, on or after other.
func (d Date) Compare(other Date) int { return d.Time().Compare(other.Time()) }

// Before reports whether d is an earlier day than other.
func (d Date) Before(other Date) bool { return d.Compare(other) < 0 }

// After reports whether d is a later day than other.
func (d Date) After(other Date) bool { return d.Compare(other) > 0 }

// AddDays is the day n days later, or earlier if n is negative.
func (d Date) AddDays(n int) Date { return civil(d.Time().AddDate(0, 0, n)) }

// AddMonths is the corresponding day n months later, or the last day of that
// month if it has no such day: 31 January plus one month is 28 or 29 February.
// Adding months one by one is not the same: the day of the month is lost on the way.
func (d Date) AddMonths(n int) Date {
	last := time.Date(d.Year, d.Month+time.Month(n)+1, 0, 0, 0, 0, 0, time.UTC)
	return Date{Year: last.Year(), Month: last.Month(), Day: min(d.Day, last.Day())}
}

// Weekday is the day of the week.
func (d Date) Weekday() time.Weekday { return d.Time().Weekday() }

// daysUntil counts the days from d to other, not counting d itself.
func (d Date) daysUntil(other Date) int {
	return int(other.Time().Sub(d.Time()) / (24 * time.Hour))
}

// londonRule is the rule of British time since 1996 as a POSIX TZ string: GMT,
// and one hour ahead from 01:00 GMT on the last Sunday of March to 01:00 GMT
// (02:00 by the clock) on the last Sunday of October.
const londonRule = "GMT0BST,M3.5.0/1,M10.5.0"

// London is the time zone of the United Kingdom, right from 1997 on. It is made
// from the rule and not read from the system, because WebAssembly has no time
// zone database and a minimal server image may have none.
var London = sync.OnceValue(func() *time.Location {
	loc, err := time.LoadLocationFromTZData("Europe/London", zoneData(londonRule))
	if err != nil {
		panic(err) // a constant, read by every test
	}
	return loc
})

// zoneData writes a time zone file (TZif, RFC 9636) that holds nothing but a
// rule: an empty version 1 block, a version 2 block with the one local time type
// that the format demands, and the rule as footer.
func zoneData(rule string) []byte {
	abbreviation := []byte("GMT\x00")
	header := func(types, characters uint32) []byte {
		h := append([]byte("TZif2"), make([]byte, 15)...)
		for _, count := range []uint32{0, 0, 0, 0, types, characters} {
			h = binary.BigEndian.AppendUint32(h, count)
		}
		return h
	}
	data := header(0, 0)
	data = append(data, header(1, uint32(len(abbreviation)))...)
	data = append(data, 0, 0, 0, 0, 0, 0) // offset 0, not summer time, first abbreviation
	data = append(data, abbreviation...)
	return append(data, "\n"+rule+"\n"...)
}
