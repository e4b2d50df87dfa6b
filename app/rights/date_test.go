package rights_test

import (
	"encoding/json"
	"testing"
	"time"
	_ "time/tzdata" // to compare with, on a machine that has none

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/fault"
	"latchkey/app/rights"
)

func TestLondonIsAsTheTimeZoneDatabaseSays(t *testing.T) {
	want, err := time.LoadLocation("Europe/London")
	require.NoError(t, err)
	end := time.Date(2041, 1, 1, 0, 0, 0, 0, time.UTC)
	for at := time.Date(1997, 1, 1, 0, 0, 0, 0, time.UTC); at.Before(end); at = at.Add(30 * time.Minute) {
		wantName, wantOffset := at.In(want).Zone()
		gotName, gotOffset := at.In(rights.London()).Zone()
		require.Equal(t, wantOffset, gotOffset, at)
		require.Equal(t, wantName, gotName, at)
	}
}

func TestDateOfIsTheDayInLondon(t *testing.T) {
	for _, c := range []struct{ name, at, want string }{
		{"an evening in summer is the next day", "2026-07-31T23:30:00Z", "2026-08-01"},
		{"the same evening in winter is not", "2026-01-31T23:30:00Z", "2026-01-31"},
		{"just before summer time begins", "2026-03-29T00:59:59Z", "2026-03-29"},
		{"the first midnight of summer time", "2026-03-29T23:00:00Z", "2026-03-30"},
		{"the last midnight of summer time", "2026-10-24T23:00:00Z", "2026-10-25"},
		{"the evening after summer time ended", "2026-10-25T23:30:00Z", "2026-10-25"},
	} {
		t.Run(c.name, func(t *testing.T) {
			at, err := time.Parse(time.RFC3339, c.at)
			require.NoError(t, err)
			assert.Equal(t, c.want, rights.DateOf(at).String())
		})
	}
}

func TestDatesAsText(t *testing.T) {
	b, err := json.Marshal(map[string]rights.Date{"a": {Year: 2026, Month: 1, Day: 2}, "b": {}})
	require.NoError(t, err)
	assert.JSONEq(t, `{"a":"2026-01-02","b":""}`, string(b))
	var back map[string]rights.Date
	require.NoError(t, json.Unmarshal(b, &back))
	assert.Equal(t, rights.Date{Year: 2026, Month: 1, Day: 2}, back["a"])
	assert.True(t, back["b"].IsZero())
	for _, s := range []string{"2026-02-29", "2026-2-1", "1 May 2026", "2026-01-02T00:00:00Z"} {
		_, err := rights.ParseDate(s)
		assert.ErrorIs(t, err, fault.Invalid, s)
	}
}

func TestBankHolidays(t *testing.T) {
	var c rights.Calendar
	for year, want := range vectors(t).Holidays {
		var got []rights.Date
		for _, h := range c.Holidays(want[0].Year) {
			assert.NotEmpty(t, h.Name)
			got = append(got, h.Date)
		}
		assert.Equal(t, want, got, year)
	}
	c.Extra = []rights.Holiday{{Date: day(t, "2027-06-04"), Name: "A royal occasion"}}
	name, is := c.Holiday(day(t, "2027-06-04"))
	assert.True(t, is)
	assert.Equal(t, "A royal occasion", name)
	assert.Len(t, c.Holidays(2027), 9)
	_, is = c.Holiday(day(t, "2022-09-19"))
	assert.True(t, is, "the state funeral, which the library does not know")
}

func TestBankHolidaysAreKnownForLongerThanSixMonths(t *testing.T) {
	assert.False(t, rights.Stale(day(t, "2028-06-30")))
	assert.True(t, rights.Stale(day(t, "2028-07-01")))
	years := vectors(t).Holidays
	assert.Contains(t, years, "2028", "the last year that the vectors hold against the list is the one claimed")
	assert.Equal(t, "2028-12-31", rights.HolidaysKnownUntil.String())
}
