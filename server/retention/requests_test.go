package retention_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/group"
	"latchkey/app/rights"
	"latchkey/server/retention"
	"latchkey/server/sqlite"
	"latchkey/server/storetest"
)

// asked stores a request to entities of a group, received at a time.
func asked(t *testing.T, s *sqlite.Store, n int, group string, received time.Time, entities ...string) string {
	t.Helper()
	r := storetest.Record("reside", n)
	r.Group, r.Received, r.Request.Entities = group, received, entities
	_, _, err := s.AddRequest(t.Context(), r, storetest.Messages(r))
	require.NoError(t, err)
	return r.Reference
}

// kept are the references of the requests that were not erased.
func kept(t *testing.T, s *sqlite.Store) []string {
	t.Helper()
	var references []string
	for r, err := range s.Requests(t.Context(), rights.Filter{Kept: true}) {
		require.NoError(t, err)
		references = append(references, r.Reference)
	}
	return references
}

// rules are of two groups, of which the first has three entities.
func rules() []retention.RequestRule {
	return retention.RequestRules([]*group.Group{
		{ID: "progress", RequestsKept: 12, Entities: []group.Entity{{ID: "reside"}, {ID: "long", RequestsKept: 24}, {ID: "short", RequestsKept: 6}}},
		{ID: "connect", Entities: []group.Entity{{ID: "connect"}}},
	})
}

func TestARequestGoesWhenTheEntityThatKeepsItLongestIsDone(t *testing.T) {
	day := 24 * time.Hour
	for _, c := range []struct {
		name     string
		group    string
		entities []string
		months   int
	}{
		{"by the group's rule", "progress", []string{"reside"}, 12},
		{"by the entity's own", "progress", []string{"short"}, 6},
		{"to two, the longer one", "progress", []string{"short", "reside"}, 12},
		{"to all, the longest", "progress", []string{rights.EveryOrganisation}, 24},
		{"to nobody in particular, the longest", "progress", []string{rights.OrganisationNotSure}, 24},
		{"to none, the longest", "progress", nil, 24},
		{"to one that the group has no more, the group's", "progress", []string{"sold"}, 12},
		{"to one that it has no more and one that it has", "progress", []string{"sold", "short"}, 12},
		{"three years, if nothing is said", "connect", []string{"connect"}, 36},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := opened(t)
			reference := asked(t, s, 1, c.group, storetest.Start, c.entities...)
			last := storetest.Start.AddDate(0, c.months, 0)
			require.NoError(t, s.KeepLastPurge(t.Context(), last.Add(-day)))
			var gone []string
			purge := func(now time.Time) (erased int) {
				for _, rule := range rules() {
					r, err := retention.PurgeRequests(t.Context(), s, rule, at(now), false, func(references []string) { gone = append(gone, references...) })
					require.NoError(t, err)
					erased += r.Erased
				}
				return erased
			}
			assert.Zero(t, purge(last), "on the last day")
			assert.Equal(t, 1, purge(last.Add(time.Millisecond)))
			assert.Equal(t, []string{reference}, gone)
			assert.Empty(t, kept(t, s))
			assert.Zero(t, purge(last.Add(day)), "it goes once")
		})
	}
}

func TestRequestsOfAGroupThatIsNotConfiguredStay(t *testing.T) {
	s := opened(t)
	reference := asked(t, s, 1, "gone", storetest.Start, "reside")
	for _, rule := range rules() {
		_, err := retention.PurgeRequests(t.Context(), s, rule, at(storetest.Start.AddDate(5, 0, 0)), true, func([]string) {})
		require.NoError(t, err)
	}
	assert.Equal(t, []string{reference}, kept(t, s))
	r, err := retention.PurgeRequests(t.Context(), s, retention.RequestRule{Group: "gone", Other: 12}, at(storetest.Start.AddDate(5, 0, 0)), true, func([]string) {})
	require.NoError(t, err)
	assert.Equal(t, 1, r.Erased, "unless somebody says for how long they are kept")
}

func TestAPurgeOfRequestsBelievesNoClockThatIsFarAhead(t *testing.T) {
	s := opened(t)
	for n := range 5 {
		asked(t, s, n, "progress", storetest.Start, "reside")
	}
	now := storetest.Start.AddDate(3, 0, 0)
	_, err := retention.PurgeRequests(t.Context(), s, rules()[0], at(now), false, func([]string) { t.Error("something was erased") })
	require.ErrorIs(t, err, retention.ErrClock)
	assert.Len(t, kept(t, s), 5)
	r, err := retention.PurgeRequests(t.Context(), s, rules()[0], at(now), true, func([]string) {})
	require.NoError(t, err, "somebody has confirmed it")
	assert.Equal(t, retention.Result{Erased: 5}, r)
}

func TestAPurgeErasesNoLargeShareOfTheRequests(t *testing.T) {
	now := storetest.Start.AddDate(2, 0, 0)
	for _, c := range []struct {
		name             string
		due, young       int
		share            int
		confirmed        bool
		erased, leftover int
	}{
		{"25 at once are nothing", 25, 0, 0, false, 25, 0},
		{"more are left for the days that follow, the youngest", 40, 0, 0, false, 25, 15},
		{"of many, a tenth", 40, 300, 0, false, 34, 6},
		{"by a share of the configuration", 60, 0, 50, false, 30, 30},
		{"all, if somebody has confirmed it", 60, 0, 0, true, 60, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := opened(t)
			for n := range c.due {
				asked(t, s, n, "progress", storetest.Start.Add(time.Duration(n)*time.Second), "reside")
			}
			for n := range c.young {
				asked(t, s, 1000+n, "progress", now.AddDate(0, -1, 0), "reside")
			}
			asked(t, s, 5000, "connect", storetest.Start, "connect")
			require.NoError(t, s.KeepLastPurge(t.Context(), now))
			rule := rules()[0]
			rule.Share = c.share
			r, err := retention.PurgeRequests(t.Context(), s, rule, at(now), c.confirmed, func([]string) {})
			require.NoError(t, err)
			assert.Equal(t, retention.Result{Erased: c.erased, Left: c.leftover}, r)
			left := kept(t, s)
			assert.Len(t, left, c.leftover+c.young+1)
			assert.Contains(t, left, storetest.Record("", 5000).Reference)
			if c.leftover > 0 {
				assert.NotContains(t, left, storetest.Record("", 0).Reference)
				assert.Contains(t, left, storetest.Record("", c.due-1).Reference)
			}
		})
	}
}

func TestAServerErasesOldRequestsByNight(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s, err := sqlite.Open(t.Context(), filepath.Join(dir, sqlite.FileName))
		require.NoError(t, err)
		defer s.Close()
		for n := range 30 {
			asked(t, s, n, "progress", storetest.Start, "reside")
		}
		var gone, seen []string
		var logged bytes.Buffer
		purger := &retention.Purger{
			Store: s, Rules: func() []retention.Rule { return nil }, Erased: func() {},
			Now: func() time.Time { return storetest.Start.AddDate(0, 11, 29).Add(time.Since(bubble)) }, Log: slog.New(slog.NewTextHandler(&logged, nil)),
			Requests: &retention.RequestPurger{
				Store: s, Rules: rules, Erased: func(references []string) { gone = append(gone, references...) },
				Observe: func(erased, left int) { seen = append(seen, fmt.Sprint(erased, left)) },
			},
		}
		require.NoError(t, s.KeepLastPurge(t.Context(), purger.Now().Add(-24*time.Hour)))
		ended := make(chan error)
		ctx, stop := context.WithCancel(t.Context())
		go func() { ended <- purger.Run(ctx) }()
		time.Sleep(5 * 24 * time.Hour)
		stop()
		require.NoError(t, <-ended)
		assert.Empty(t, kept(t, s))
		assert.Len(t, gone, 30)
		assert.Contains(t, strings.Join(seen, ","), "25 5,5 0,0 0", "a share of a day, and the rest on the next")
		assert.Contains(t, logged.String(), "group=progress requests=25")
		assert.NotContains(t, logged.String(), "LK-", "the log names no request")
	})
}
