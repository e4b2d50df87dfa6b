package retention_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/fault"
	"latchkey/server/retention"
)

// held is a store that is read as it was before, and notes when it was scrubbed.
type held struct {
	held bool
	when []time.Duration
	long []time.Duration
}

func (h *held) Scrub(_ context.Context, pause time.Duration) error {
	h.when, h.long = append(h.when, time.Since(bubble)), append(h.long, pause)
	if h.held {
		return fmt.Errorf("somebody reads it: %w", fault.Unavailable)
	}
	return nil
}

func TestAStoreIsScrubbedAtTheStartWhenWokenAndByNight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &held{}
		var logged bytes.Buffer
		noon := time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
		s := retention.NewScrubber(store, func() time.Time { return noon.Add(time.Since(bubble)) }, slog.New(slog.NewTextHandler(&logged, nil)))
		var left time.Duration
		s.Observe = func(d time.Duration) { left = d }
		ctx, stop := context.WithCancel(t.Context())
		go s.Run(ctx)
		synctest.Wait()
		assert.Equal(t, []time.Duration{0}, store.when, "at once")

		time.Sleep(5 * time.Minute)
		for range 3 {
			s.Wake()
		}
		synctest.Wait()
		assert.Equal(t, []time.Duration{0, 5 * time.Minute}, store.when, "once for all who woke it")
		assert.NotContains(t, store.long, retention.ScrubByNight)

		time.Sleep(13 * time.Hour)
		assert.Contains(t, store.long, retention.ScrubByNight)
		assert.Zero(t, left)
		require.Empty(t, logged.String())

		store.held, store.when = true, nil
		s.Wake()
		time.Sleep(10 * time.Minute)
		assert.Greater(t, len(store.when), 3, "it is tried again")
		assert.Empty(t, logged.String(), "an export takes as long")
		time.Sleep(3 * time.Hour)
		assert.Less(t, len(store.when), 24, "and not too often")
		assert.Contains(t, logged.String(), "level=WARN")
		assert.Contains(t, logged.String(), `why="somebody reads it"`)
		assert.Greater(t, left, 2*time.Hour)
		store.held = false
		time.Sleep(time.Hour)
		assert.Zero(t, left)
		assert.Contains(t, logged.String(), "nothing is left on the disk")
		stop()
		synctest.Wait()
	})
}
