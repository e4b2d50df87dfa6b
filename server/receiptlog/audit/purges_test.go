package audit_test

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/evidence"
	"latchkey/server/receiptlog"
	"latchkey/server/receiptlog/audit"
	"latchkey/server/retention"
	"latchkey/server/sqlite"
	"latchkey/server/storetest"
)

// TestAPurgeThatNoUsualDayMakesIsAWarning: the log holds all the same, for every erasure is in it.
func TestAPurgeThatNoUsualDayMakesIsAWarning(t *testing.T) {
	const day = 24 * time.Hour
	for _, c := range []struct {
		name      string
		old, new  int           // receipts of a site, of which the old ones are purged
		purged    time.Duration // when old ones were last looked for, after the last receipt; 0 for never
		at        time.Duration // of the purge, after the last receipt
		confirmed bool
		want      []string
	}{
		{"a usual one", 30, 400, 0, day, false, nil},
		{"a thousand of little more", 1000, 100, 0, day, false, nil},
		{"all of a small site, as nobody chooses there any more", 30, 0, 700 * day, 701 * day, false, nil},
		{"by a clock three years ahead", 30, 400, 0, 3 * 365 * day, true, []string{"leaf 460: It says that receipts of reside were purged at 2030-02-22", "1095 days after anything that was dated before"}},
		{"of nearly everything", 1400, 100, 0, day, true, []string{"leaf 1750: It says that 1400 receipts of reside were purged, of about 1500 that there were"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), sqlite.FileName))
			require.NoError(t, err)
			defer s.Close()
			keys, err := receiptlog.LoadKeys(t.TempDir(), origin, "")
			require.NoError(t, err)
			log, err := receiptlog.New(t.Context(), s, keys, slog.New(slog.DiscardHandler))
			require.NoError(t, err)
			genuine := storetest.Genuine()
			require.NoError(t, s.AddEdition(t.Context(), genuine, storetest.ShownText))
			start := storetest.Start
			add := func(from, n int, at time.Time) {
				ready := make(chan error)
				for i := range n {
					r := storetest.Chosen(from+i, at)
					go func() {
						_, _, err := s.AddReceipt(t.Context(), &r)
						ready <- err
					}()
				}
				for range n {
					require.NoError(t, <-ready)
				}
			}
			add(0, c.old, start)
			last := start
			if c.new > 0 {
				last = start.AddDate(0, 3, 0)
				add(c.old, c.new, last)
			}
			require.NoError(t, log.Integrate(t.Context()))
			if c.purged != 0 {
				require.NoError(t, s.KeepLastPurge(t.Context(), last.Add(c.purged)))
			}
			now := last.Add(c.at)
			months := 2
			if c.new > 0 { // so that no new one is due
				months = int(now.Sub(start)/(31*day)) - 1
			}
			r, err := retention.Purge(t.Context(), s, retention.Rule{Site: genuine.Site, Months: months}, func() time.Time { return now }, c.confirmed)
			require.NoError(t, err)
			require.Equal(t, c.old, r.Erased)
			require.NoError(t, log.Integrate(t.Context()))

			report, err := audit.Whole(t.Context(), s.Audit(), audit.Options{Keys: keys.Public})
			require.NoError(t, err)
			assert.True(t, report.Holds(), "%v", report.Problems)
			require.Len(t, report.Warnings, min(1, len(c.want)), "%v", report.Warnings)
			for _, want := range c.want {
				assert.Contains(t, report.Warnings[0].String(), want)
			}
		})
	}
}

// A purge of an earlier version does not say until when the time was known.
func TestAnOlderPurgeIsHeldAgainstWhatIsLeft(t *testing.T) {
	for ahead, want := range map[time.Duration]int{20 * 24 * time.Hour: 0, 1000 * 24 * time.Hour: 1} {
		t.Run(fmt.Sprint(ahead), func(t *testing.T) {
			s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), sqlite.FileName))
			require.NoError(t, err)
			defer s.Close()
			keys, err := receiptlog.LoadKeys(t.TempDir(), origin, "")
			require.NoError(t, err)
			log, err := receiptlog.New(t.Context(), s, keys, slog.New(slog.DiscardHandler))
			require.NoError(t, err)
			require.NoError(t, s.AddEdition(t.Context(), storetest.Genuine(), storetest.ShownText))
			for n := range 2 {
				_, _, err := s.AddReceipt(t.Context(), new(storetest.Chosen(n, storetest.Start)))
				require.NoError(t, err)
			}
			at := storetest.Start.Add(ahead)
			_, err = s.Erase(t.Context(), evidence.Erasure{
				Receipts: []string{storetest.Receipt("", 0).ID}, Reason: evidence.ByRetention, Time: at,
				Purge: &evidence.Entry{Kind: evidence.Purged, Time: at, Site: storetest.Genuine().Site, Before: &at},
			})
			require.NoError(t, err)
			require.NoError(t, log.Integrate(t.Context()))
			report, err := audit.Whole(t.Context(), s.Audit(), audit.Options{Keys: keys.Public})
			require.NoError(t, err)
			assert.True(t, report.Holds(), "%v", report.Problems)
			assert.Len(t, report.Warnings, want, "%v", report.Warnings)
		})
	}
}
