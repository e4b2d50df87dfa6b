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

	"latchkey/app/rights"
	"latchkey/server/retention"
	"latchkey/server/sqlite"
	"latchkey/server/storetest"
)

const day = 24 * time.Hour

func TestAPurgeBelievesNoClockThatIsFarAheadOfTheStore(t *testing.T) {
	last := storetest.Start.Add(9 * time.Hour) // of ten receipts
	rule := retention.Rule{Site: "reside", Months: 1}
	for _, c := range []struct {
		name      string
		purged    time.Duration // when old receipts were last looked for, after the last receipt; 0 for never
		now       time.Duration // after the last receipt
		confirmed bool
		refused   bool
		erased    int
	}{
		{"a month on, as in a quiet time", 0, 31 * day, false, false, 10},
		{"three years ahead", 0, 3 * 365 * day, false, true, 0},
		{"a day more than a month", 0, 32 * day, false, true, 0},
		{"three years after the last choice, on a server that has looked every day", 3*365*day - day, 3 * 365 * day, false, false, 10},
		{"ahead of that server's last look", 365 * day, 400 * day, false, true, 0},
		{"confirmed by somebody", 0, 3 * 365 * day, true, false, 10},
		{"behind all that is stored", 0, -day, false, false, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := opened(t)
			fill(t, s, "reside", 0, 10)
			if c.purged != 0 {
				require.NoError(t, s.KeepLastPurge(t.Context(), last.Add(c.purged)))
			}
			r, err := retention.Purge(t.Context(), s, rule, at(last.Add(c.now)), c.confirmed)
			assert.Equal(t, c.erased, r.Erased)
			assert.Equal(t, 10-c.erased, count(t, s, "reside"))
			if !c.refused {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, retention.ErrClock)
			assert.ErrorContains(t, err, `"latchkey receipts purge --yes"`)
		})
	}
}

// old stores receipts in one step for speed: n of a site, all within an hour.
func old(t *testing.T, s *sqlite.Store, site string, from, n int, when time.Time) {
	t.Helper()
	require.NoError(t, s.AddEdition(t.Context(), storetest.Edition(site), storetest.ShownText))
	ready := make(chan error)
	for i := range n {
		r := storetest.Receipt(site, from+i)
		r.Time, r.Event.Previous = when.Add(time.Duration(i)*time.Millisecond), ""
		storetest.Commit(&r)
		go func() {
			_, _, err := s.AddReceipt(context.Background(), &r)
			ready <- err
		}()
	}
	for range n {
		require.NoError(t, <-ready)
	}
}

func TestAPurgeErasesNoLargeShareUnlessThatWasConfirmed(t *testing.T) {
	now := storetest.Start.AddDate(0, 2, 0)
	for _, c := range []struct {
		name      string
		due, kept int
		share     int
		confirmed bool
		want      retention.Result
	}{
		{"a thousand at once are nothing", 1000, 0, 0, false, retention.Result{Erased: 1000}},
		{"of more, a tenth", 1100, 10_000, 0, false, retention.Result{Erased: 1100}},
		{"what is over a tenth is left, but for a thousand", 1100, 900, 0, false, retention.Result{Erased: 1000, Left: 100}},
		{"by a share of the configuration", 1600, 400, 75, false, retention.Result{Erased: 1500, Left: 100}},
		{"all, if somebody has confirmed it", 1600, 0, 0, true, retention.Result{Erased: 1600}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := opened(t)
			old(t, s, "reside", 0, c.due, storetest.Start)
			old(t, s, "reside", c.due, c.kept, now.Add(-day))
			old(t, s, "connect", c.due+c.kept, 20, storetest.Start)
			rule := retention.Rule{Site: "reside", Months: 1, Share: c.share}
			r, err := retention.Purge(t.Context(), s, rule, at(now), c.confirmed || c.kept == 0 && c.want.Left == 0)
			require.NoError(t, err)
			assert.Equal(t, c.want, r)
			assert.Equal(t, c.due+c.kept-c.want.Erased, count(t, s, "reside"))
			assert.Equal(t, 20, count(t, s, "connect"))
			if c.want.Left > 0 {
				_, err := s.Receipt(t.Context(), storetest.Receipt("", 0).ID)
				assert.Error(t, err, "the oldest went")
				_, err = s.Receipt(t.Context(), storetest.Receipt("", c.due-1).ID)
				assert.NoError(t, err, "the youngest of what is due is there")
			}
		})
	}
}

// purging runs a purger in a bubble, on a store and a clock that can be moved.
type purging struct {
	store   *sqlite.Store
	ahead   time.Duration // of the bubble's time, added to a start
	logged  bytes.Buffer
	seen    []string
	stopped func()
}

func (p *purging) now() time.Time { return storetest.Start.Add(p.ahead).Add(time.Since(bubble)) }

// bubble is when every bubble begins.
var bubble = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func (p *purging) start(t *testing.T) {
	purger := &retention.Purger{
		Store: p.store, Rules: func() []retention.Rule { return []retention.Rule{{Site: "reside", Months: 1}} }, Erased: func() {},
		Now: p.now, Log: slog.New(slog.NewTextHandler(&p.logged, nil)),
		Observe: func(believed bool, left int) {
			switch {
			case !believed:
				p.seen = append(p.seen, "clock")
			case left > 0:
				p.seen = append(p.seen, "left")
			default:
				p.seen = append(p.seen, "well")
			}
		},
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- purger.Run(ctx) }()
	p.stopped = func() {
		stop()
		require.NoError(t, <-ended)
	}
	time.Sleep(time.Minute)
}

func TestAPurgerOfAClockAheadErasesNothingHoweverOftenItIsStarted(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s, err := sqlite.Open(t.Context(), filepath.Join(dir, sqlite.FileName))
		require.NoError(t, err)
		defer s.Close()
		fill(t, s, "reside", 0, 10)
		p := &purging{store: s, ahead: 3 * 365 * day}
		require.NoError(t, retention.Begin(t.Context(), s))
		p.start(t)
		// What is stored now says that the clock is right, and says it by that clock.
		old(t, s, "reside", 5000, 1, p.now())
		time.Sleep(3 * time.Hour)
		p.stopped()
		require.NoError(t, retention.Begin(t.Context(), s))
		p.start(t)
		p.stopped()
		assert.Equal(t, 11, count(t, s, "reside"))
		assert.NotContains(t, p.seen, "well")
		assert.Contains(t, p.logged.String(), "level=ERROR")
		assert.Contains(t, p.logged.String(), "days after the last thing that is dated in the store")

		// Somebody confirms that it is right.
		rule := retention.Rule{Site: "reside", Months: 1}
		r, err := retention.Purge(t.Context(), s, rule, p.now, true)
		require.NoError(t, err)
		assert.Equal(t, 10, r.Erased)
		require.NoError(t, s.KeepLastPurge(t.Context(), p.now()))
		p.ahead += day
		p.start(t)
		p.stopped()
		assert.Equal(t, "well", p.seen[len(p.seen)-1])
	})
}

func TestAServerThatNobodyVisitsKnowsTheTimeAllTheSame(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s, err := sqlite.Open(t.Context(), filepath.Join(dir, sqlite.FileName))
		require.NoError(t, err)
		defer s.Close()
		fill(t, s, "reside", 0, 10)
		p := &purging{store: s, ahead: day}
		require.NoError(t, retention.Begin(t.Context(), s))
		p.start(t)
		time.Sleep(20 * day)
		assert.Equal(t, 10, count(t, s, "reside"))
		p.stopped()
		time.Sleep(20 * day) // it is off for some weeks
		p.start(t)
		assert.Zero(t, count(t, s, "reside"))
		time.Sleep(200 * day)
		p.stopped()
		assert.NotContains(t, p.seen, "clock")
		last, err := s.LastPurge(t.Context())
		require.NoError(t, err)
		assert.Equal(t, rights.DateOf(p.now()), rights.DateOf(last))
	})
}

func TestADayIsBegunOnceHoweverOftenAServerStarts(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s, err := sqlite.Open(t.Context(), filepath.Join(dir, sqlite.FileName))
		require.NoError(t, err)
		defer s.Close()
		old(t, s, "reside", 0, 2500, storetest.Start)
		p := &purging{store: s, ahead: 31 * day}
		require.NoError(t, s.KeepLastPurge(t.Context(), storetest.Start.Add(30*day)))
		for range 3 {
			p.start(t)
			p.stopped()
		}
		assert.Equal(t, 1500, count(t, s, "reside"), "a share of a day, not of a start")
		assert.Equal(t, []string{"left"}, p.seen)
		assert.Contains(t, p.logged.String(), "level=WARN")
		assert.Contains(t, p.logged.String(), "erased=1000 left=1500")
		p.start(t)
		time.Sleep(2 * day)
		p.stopped()
		assert.Zero(t, count(t, s, "reside"), "the days that follow do the rest")
		assert.Equal(t, []string{"left", "left", "well"}, p.seen)
	})
}
