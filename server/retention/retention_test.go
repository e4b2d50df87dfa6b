package retention_test

import (
	"bytes"
	"context"
	"log/slog"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/consent"
	"latchkey/app/evidence"
	"latchkey/app/group"
	"latchkey/server/receiptlog"
	"latchkey/server/retention"
	"latchkey/server/sqlite"
	"latchkey/server/storetest"
)

func TestHowFarBackReceiptsAreKept(t *testing.T) {
	for _, c := range []struct {
		name   string
		months int
		now    string
		want   string
	}{
		{"two years to the minute", 24, "2026-11-23T10:15:30Z", "2024-11-23T10:15:30Z"},
		{"over the turn of a year", 1, "2026-01-15T00:00:00Z", "2025-12-15T00:00:00Z"},
		{"a day that the month does not have is its last", 1, "2026-03-31T10:00:00Z", "2026-02-28T10:00:00Z"},
		{"the leap day", 12, "2028-02-29T10:00:00Z", "2027-02-28T10:00:00Z"},
		{"ten years", 120, "2026-05-31T10:00:00Z", "2016-05-31T10:00:00Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			now, err := time.Parse(time.RFC3339, c.now)
			require.NoError(t, err)
			got := retention.Rule{Site: "reside", Months: c.months}.Before(now)
			assert.Equal(t, c.want, got.Format(time.RFC3339))
		})
	}
}

func TestRulesAreThoseOfTheSitesAndElseOfTheirGroup(t *testing.T) {
	got := retention.Rules([]*group.Group{
		{Sites: []group.Site{{ID: "a"}, {ID: "b", ReceiptsKept: 6}}},
		{ReceiptsKept: 36, PurgeShare: 25, Sites: []group.Site{{ID: "c"}}},
	})
	assert.Equal(t, []retention.Rule{{"a", 24, 10}, {"b", 6, 10}, {"c", 36, 25}}, got)
}

// fill stores n receipts of a site, an hour apart.
func fill(t *testing.T, s *sqlite.Store, site string, from, n int) {
	t.Helper()
	require.NoError(t, s.AddEdition(t.Context(), storetest.Edition(site), storetest.ShownText))
	for i := from; i < from+n; i++ {
		r := storetest.Receipt(site, i)
		r.Time, r.Event.Previous = storetest.Start.Add(time.Duration(i)*time.Hour), ""
		storetest.Commit(&r)
		_, _, err := s.AddReceipt(t.Context(), &r)
		require.NoError(t, err)
	}
}

func opened(t *testing.T) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), sqlite.FileName))
	require.NoError(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}

// at is a clock that stands still.
func at(now time.Time) func() time.Time { return func() time.Time { return now } }

func count(t *testing.T, s *sqlite.Store, site string) int {
	t.Helper()
	n := 0
	for _, err := range s.Receipts(t.Context(), consent.ReceiptFilter{Site: site}) {
		require.NoError(t, err)
		n++
	}
	return n
}

func TestAPurgeErasesWhatIsDueInSteps(t *testing.T) {
	s := opened(t)
	keys, err := receiptlog.LoadKeys(t.TempDir(), "privacy.example.org", "")
	require.NoError(t, err)
	log, err := receiptlog.New(t.Context(), s, keys, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	fill(t, s, "reside", 0, 700)
	fill(t, s, "connect", 1000, 3)
	require.NoError(t, log.Integrate(t.Context()))

	rule := retention.Rule{Site: "reside", Months: 24}
	now := storetest.Start.AddDate(2, 0, 0).Add(600 * time.Hour) // 600 are older than two years
	months, err := retention.Due(t.Context(), s, rule, now)
	require.NoError(t, err)
	// From 23 November 2026 at 10:15:30, hour by hour.
	assert.Equal(t, []retention.Month{{"2026-11", 7*24 + 14}, {"2026-12", 600 - 7*24 - 14}}, months)
	assert.Equal(t, 700, count(t, s, "reside"), "counting changes nothing")

	r, err := retention.Purge(t.Context(), s, rule, at(now), true)
	require.NoError(t, err)
	assert.Equal(t, retention.Result{Erased: 600}, r)
	assert.Equal(t, 100, count(t, s, "reside"))
	assert.Equal(t, 3, count(t, s, "connect"))

	require.NoError(t, log.Integrate(t.Context()))
	text, err := s.Checkpoint(t.Context())
	require.NoError(t, err)
	signed, err := evidence.OpenCheckpoint(text, keys.Public)
	require.NoError(t, err)
	assert.EqualValues(t, 703+600+3, signed.Size, "an entry for each, and one for each of three steps")

	r, err = retention.Purge(t.Context(), s, rule, at(now), true)
	require.NoError(t, err)
	assert.Zero(t, r, "nothing is left to do")
}

func TestAPurgeThatIsStoppedGoesOnLater(t *testing.T) {
	s := opened(t)
	fill(t, s, "reside", 0, 300)
	rule, now := retention.Rule{Site: "reside", Months: 1}, storetest.Start.AddDate(1, 0, 0)
	ctx, stop := context.WithCancel(t.Context())
	r, err := retention.Purge(ctx, stopping{s, stop}, rule, at(now), true)
	require.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, 250, r.Erased)
	assert.Equal(t, 50, count(t, s, "reside"))
	r, err = retention.Purge(t.Context(), s, rule, at(now), true)
	require.NoError(t, err)
	assert.Equal(t, 50, r.Erased)
}

// stopping stops after the first step.
type stopping struct {
	*sqlite.Store
	stop func()
}

func (s stopping) Erase(ctx context.Context, e evidence.Erasure) (int, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	defer s.stop()
	return s.Store.Erase(ctx, e)
}

func TestAPurgerRunsOnceADay(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s, err := sqlite.Open(t.Context(), filepath.Join(dir, sqlite.FileName))
		require.NoError(t, err)
		defer s.Close()
		fill(t, s, "reside", 0, 48)
		require.NoError(t, s.KeepLastPurge(t.Context(), storetest.Start.AddDate(1, 0, -1)))
		var logged bytes.Buffer
		woken := 0
		start := time.Now()
		p := &retention.Purger{
			Store: s, Rules: func() []retention.Rule { return []retention.Rule{{Site: "reside", Months: 12}} }, Erased: func() { woken++ },
			// Twelve hours after the first receipt has become a year old.
			Now: func() time.Time { return storetest.Start.AddDate(1, 0, 0).Add(12 * time.Hour).Add(time.Since(start)) },
			Log: slog.New(slog.NewTextHandler(&logged, nil)),
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- p.Run(ctx) }()
		time.Sleep(30 * time.Minute)
		assert.Equal(t, 36, count(t, s, "reside"))
		time.Sleep(time.Hour)
		assert.Equal(t, 36, count(t, s, "reside"), "not again on the same day: it is 23:45")
		time.Sleep(time.Hour)
		assert.Equal(t, 34, count(t, s, "reside"))
		assert.Equal(t, 2, woken)
		stop()
		require.NoError(t, <-ended)
		assert.Contains(t, logged.String(), "site=reside months=12 receipts=12")
	})
}
