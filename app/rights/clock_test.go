package rights_test

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/rights"
)

// clockVectors is testdata/vectors/rights-clock.json.
type clockVectors struct {
	About      string
	Requests   []clockVector
	Complaints []clockVector
	Holidays   map[string][]rights.Date
}

type clockVector struct {
	N        int
	About    string
	Received string // a day, or an instant
	Kind     rights.Kind
	Rule     rights.Start
	Identity rights.Date // day on which proof that was needed came
	Detail   rights.Date
	Asked    [][2]rights.Date
	Extended rights.Date
	Holidays []rights.Date // extra ones

	Nominal, Due, Started, FromReceipt, Cautious, TellBy rights.Date
	Paused                                               int
}

func vectors(t *testing.T) clockVectors {
	t.Helper()
	b, err := os.ReadFile("../../testdata/vectors/rights-clock.json")
	require.NoError(t, err)
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	var v clockVectors
	require.NoError(t, dec.Decode(&v))
	return v
}

// instant is noon in London of a day, or the instant itself.
func instant(t *testing.T, s string) time.Time {
	t.Helper()
	if strings.Contains(s, "T") {
		at, err := time.Parse(time.RFC3339, s)
		require.NoError(t, err)
		return at
	}
	at, err := time.ParseInLocation(time.DateOnly, s, rights.London())
	require.NoError(t, err)
	return at.Add(12 * time.Hour)
}

func day(t *testing.T, s string) rights.Date {
	t.Helper()
	d, err := rights.ParseDate(s)
	require.NoError(t, err)
	return d
}

func (v clockVector) clock(t *testing.T) rights.Clock {
	t.Helper()
	f := rights.Facts{Kind: v.Kind, Rule: v.Rule, Received: instant(t, v.Received), Extended: v.Extended}
	if f.Kind == "" {
		f.Kind = rights.Access
	}
	if f.Rule == "" {
		f.Rule = rights.FromSubmission
	}
	if !v.Identity.IsZero() {
		f.Identity = rights.Needed{Needed: true, Came: v.Identity}
	}
	if !v.Detail.IsZero() {
		f.Detail = rights.Needed{Needed: true, Came: v.Detail}
	}
	for _, q := range v.Asked {
		f.Asked = append(f.Asked, rights.Clarification{Asked: q[0], Answered: q[1]})
	}
	var c rights.Calendar
	for _, d := range v.Holidays {
		c.Extra = append(c.Extra, rights.Holiday{Date: d, Name: "Proclaimed"})
	}
	return c.Clock(f)
}

func TestClock(t *testing.T) {
	seen := map[int]bool{}
	for _, v := range vectors(t).Requests {
		t.Run(v.About, func(t *testing.T) {
			got := v.clock(t)
			seen[v.N] = true
			assert.Equal(t, v.Nominal, got.Nominal, "nominal")
			assert.Equal(t, v.Due, got.Due, "due")
			assert.Equal(t, v.Paused, got.Paused, "paused")
			started := v.Started
			if started.IsZero() {
				started = got.Received
			}
			assert.Equal(t, started, got.Started, "started")
			fromReceipt := v.FromReceipt
			if fromReceipt.IsZero() {
				fromReceipt = v.Due
			}
			assert.Equal(t, fromReceipt, got.FromReceipt, "due if nothing had been needed")
			if !v.Cautious.IsZero() {
				assert.Equal(t, v.Cautious, got.Cautious, "cautious")
			}
			if !v.TellBy.IsZero() {
				assert.Equal(t, v.TellBy, got.TellBy, "last day to tell of an extension")
			}
			assert.False(t, got.Cautious.After(got.Due), "the cautious date is not after the due date")
			assert.False(t, got.Target.After(got.Cautious), "the target is not after the cautious date")
			assert.Equal(t, got.Due, got.Why[len(got.Why)-1].Date, "the explanation ends at the due date")
		})
	}
	for n := 1; n <= 30; n++ {
		assert.True(t, seen[n], "vector %d is there", n)
	}
}

func TestComplaintsAreAcknowledgedWithin30Days(t *testing.T) {
	for _, v := range vectors(t).Complaints {
		t.Run(v.Received, func(t *testing.T) {
			v.Kind, v.Rule = rights.Complaint, rights.FromIdentityAndDetail
			got := v.clock(t)
			assert.Equal(t, v.Nominal, got.Nominal)
			assert.Equal(t, v.Due, got.AckDue)
			assert.Equal(t, v.Due, got.Due)
			assert.Equal(t, v.Cautious, got.Cautious)
			assert.Empty(t, got.Provisional, "nothing can be asked for first")
		})
	}
}

func TestInformationRequestsHave30CalendarDaysAndNothingMore(t *testing.T) {
	got := clockVector{Received: "2027-04-30", Kind: rights.STAIRs}.clock(t)
	assert.Equal(t, day(t, "2027-05-30"), got.Due, "a Sunday stays a Sunday")
	assert.Equal(t, day(t, "2027-05-28"), got.Target)
	assert.Zero(t, got.TellBy, "no extension")
}

func TestADateIsProvisionalWhereTheRuleStartsLater(t *testing.T) {
	needed, here := rights.Needed{Needed: true}, rights.Needed{Needed: true, Came: rights.Date{Year: 2026, Month: 11, Day: 20}}
	for _, c := range []struct {
		name  string
		facts rights.Facts
		want  string
	}{
		{"from submission it is final", rights.Facts{Kind: rights.Access, Rule: rights.FromSubmission}, ""},
		{"identity may yet be asked for", rights.Facts{Kind: rights.Erasure, Rule: rights.FromWrittenAndIdentity}, rights.MayNeedIdentity},
		{"identity and detail may yet be asked for", rights.Facts{Kind: rights.Access, Rule: rights.FromIdentityAndDetail}, rights.MayNeedDetail},
		{"identity was asked for and is missing", rights.Facts{Kind: rights.Access, Rule: rights.FromWrittenAndIdentity, Identity: needed}, rights.MayWait},
		{"identity has come", rights.Facts{Kind: rights.Access, Rule: rights.FromWrittenAndIdentity, Identity: here}, ""},
		{"a clarification is open", rights.Facts{Kind: rights.Access, Rule: rights.FromSubmission, Asked: []rights.Clarification{{Asked: here.Came}}}, rights.MayPause},
		{"an open question on an erasure stops nothing", rights.Facts{Kind: rights.Erasure, Rule: rights.FromSubmission, Asked: []rights.Clarification{{Asked: here.Came}}}, ""},
		{"marketing has to stop whatever the rule", rights.Facts{Kind: rights.Marketing, Rule: rights.FromIdentityAndDetail}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.facts.Received = instant(t, "2026-11-10")
			got := rights.Calendar{}.Clock(c.facts)
			assert.Equal(t, c.want, got.Provisional)
			assert.Equal(t, c.want == rights.MayWait, got.Started.IsZero(), "not started while something is missing")
			assert.False(t, got.Due.IsZero(), "there is always a date to work to")
		})
	}
}

func TestTheClockExplainsItself(t *testing.T) {
	codes := func(c rights.Clock) (codes []string) {
		for _, r := range c.Why {
			codes = append(codes, r.Code)
		}
		return codes
	}
	got := clockVector{Received: "2026-11-26"}.clock(t)
	assert.Equal(t, []string{rights.WhyReceived, rights.WhyMonth, rights.WhyHoliday}, codes(got))
	assert.Equal(t, "Boxing Day", got.Why[2].Name)

	got = clockVector{Received: "2027-01-31"}.clock(t)
	assert.Equal(t, []string{rights.WhyReceived, rights.WhyMonth, rights.WhyShortMonth, rights.WhyWeekend}, codes(got))
}

func TestStrictest(t *testing.T) {
	assert.Equal(t, rights.FromSubmission, rights.Strictest(rights.FromIdentityAndDetail, rights.FromSubmission))
	assert.Equal(t, rights.FromSubmission, rights.Strictest(rights.FromWrittenAndIdentity, rights.FromSubmission))
	assert.Equal(t, rights.FromWrittenAndIdentity, rights.Strictest(rights.FromIdentityAndDetail, rights.FromWrittenAndIdentity))
	assert.Equal(t, rights.FromIdentityAndDetail, rights.Strictest(rights.FromIdentityAndDetail))
	assert.Equal(t, rights.FromSubmission, rights.Strictest(), "nothing known: the earliest")
	assert.Equal(t, rights.FromSubmission, rights.Strictest(""))
}
