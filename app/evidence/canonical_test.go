package evidence_test

import (
	"encoding/json"
	"math"
	"reflect"
	"testing"
	"time"

	"github.com/gowebpki/jcs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/consent"
	"latchkey/app/evidence"
)

// byTheBook is the canonical form without any short cut.
func byTheBook(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	require.NoError(t, err)
	b, err = jcs.Transform(b)
	require.NoError(t, err)
	return string(b)
}

func same(t testing.TB, e evidence.Entry) {
	t.Helper()
	got, err := evidence.Canonical(e)
	require.NoError(t, err)
	assert.Equal(t, byTheBook(t, e), string(got))
}

// Every field that an entry or its choice has or will have counts, alone and beside the others.
func TestTheShortCutLeavesNothingOut(t *testing.T) {
	full := evidence.Record(stored(t, edition(nil), 1, nil), sum("edition"))
	same(t, full)
	for i := range reflect.TypeFor[evidence.Entry]().NumField() {
		e := full
		fill(t, reflect.ValueOf(&e).Elem().Field(i))
		same(t, e)
		e = full
		reflect.ValueOf(&e).Elem().Field(i).SetZero()
		same(t, e)
	}
	for i := range reflect.TypeFor[consent.Submission]().NumField() {
		for _, change := range []func(reflect.Value){func(v reflect.Value) { fill(t, v) }, func(v reflect.Value) { v.SetZero() }} {
			e, c := full, *full.Choice
			change(reflect.ValueOf(&c).Elem().Field(i))
			e.Choice = &c
			same(t, e)
		}
	}
}

// fill sets a value to something that it was not.
func fill(t *testing.T, v reflect.Value) {
	t.Helper()
	switch into := v.Addr().Interface().(type) {
	case *time.Time:
		*into = time.Date(2031, 1, 2, 3, 4, 5, 6e6, time.UTC)
		return
	case **consent.Submission:
		*into = &consent.Submission{}
		return
	case *map[consent.PurposeID]consent.Answer:
		*into = map[consent.PurposeID]consent.Answer{"b": consent.Yes, "a-1": consent.No, "a": consent.NotAsked}
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString("changed")
	case reflect.Int, reflect.Int64:
		v.SetInt(12345)
	case reflect.Bool:
		v.SetBool(!v.Bool())
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem())
	default:
		require.Fail(t, "a field of a new kind", "%s: say here how to fill it, and look at the short cut", v.Type())
	}
}

// Whatever stands in a receipt, both ways write the same.
func FuzzCanonical(f *testing.F) {
	f.Add("statistics", "yes", "reside", "save", "", int64(3), int64(1795428930120), true)
	f.Add("\u2028", "\"\\/", "<&>\x7f", "\x00\t", "é\U0001F36A\u00e9", int64(math.MaxInt64), int64(-62135596800000), false)
	f.Fuzz(func(t *testing.T, purpose, answer, site, method, previous string, age, ms int64, gpc bool) {
		at := time.UnixMilli(ms).UTC()
		if at.Year() < 0 || at.Year() > 9999 {
			t.Skip("JSON has no such time")
		}
		same(t, evidence.Entry{
			Kind: evidence.Chosen, Time: at, Receipt: previous + "1", Edition: site + "2",
			Choice: &consent.Submission{
				Event: answer, Site: site, Edition: method, Answers: map[consent.PurposeID]consent.Answer{consent.PurposeID(purpose): consent.Answer(answer), "m": "no"},
				Method: consent.Method(method), GPC: gpc, Previous: previous, Age: age,
			},
		})
	})
}
