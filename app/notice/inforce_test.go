package notice_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"latchkey/app/notice"
)

func day(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}

func TestWhichVersionIsInForce(t *testing.T) {
	all := []notice.Notice{
		{ID: "a", Version: "2025-04-01", Language: "en-GB", Effective: day("2025-04-01")},
		{ID: "a", Version: "2026-10-01", Language: "en-GB", Effective: day("2026-10-01")},
		{ID: "a", Version: "2026-10-01", Language: "cy", Effective: day("2026-10-01")},
		{ID: "a", Version: "2026-10-01.2", Language: "en-GB", Effective: day("2026-10-01")},
		{ID: "b", Version: "2030-01-01", Language: "en-GB", Effective: day("2030-01-01")},
	}
	for _, tt := range []struct {
		name, id, lang, on string
		want               string
	}{
		{"the newest that has begun", "a", "en-GB", "2026-09-30", "2025-04-01 en-GB"},
		{"on its first day already, and the second of a day before the first", "a", "en-GB", "2026-10-01", "2026-10-01.2 en-GB"},
		{"another language if it is not there in this one", "a", "cy", "2025-05-01", "2025-04-01 en-GB"},
		{"the first before it begins, rather than none", "b", "en-GB", "2026-11-23", "2030-01-01 en-GB"},
		{"the first of several before they begin", "a", "en-GB", "2020-01-01", "2025-04-01 en-GB"},
		{"none of an unknown notice", "c", "en-GB", "2026-11-23", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n, ok := notice.InForce(all, tt.id, tt.lang, day(tt.on))
			got := n.Version + " " + n.Language
			if !ok {
				got = ""
			}
			assert.Equal(t, tt.want, got)
		})
	}
	n, ok := notice.Version(all, "a", "2026-10-01", "cy")
	assert.True(t, ok)
	assert.Equal(t, "cy", n.Language)
	_, ok = notice.Version(all, "a", "1999-01-01", "cy")
	assert.False(t, ok)
}
