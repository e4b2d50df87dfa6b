package retention

import (
	"context"
	"log/slog"
	"time"

	"latchkey/app/fault"
	"latchkey/app/rights"
)

// How long whoever writes may have to wait while a store is scrubbed.
const (
	ScrubAtOnce  = time.Second
	ScrubByNight = 8 * time.Second
)

const (
	// scrubPause is how long a store is left alone after it was scrubbed, and twice as long each time that
	// something was left, up to scrubRest.
	scrubPause = 10 * time.Second
	scrubRest  = 30 * time.Minute
	// scrubPatience is how long something may be left before it is worth a warning: an export may hold it back.
	scrubPatience = 15 * time.Minute
)

// Scrubbable is a store from whose files can be taken what was erased, as the server's store is.
type Scrubbable interface {
	Scrub(ctx context.Context, pause time.Duration) error
}

// Scrubber takes what was erased off the disk: at its start, because a process may have been killed before that;
// when it is woken; and every night, when it may take longer.
type Scrubber struct {
	Store Scrubbable
	Now   func() time.Time // UTC
	Log   *slog.Logger
	// Observe is told for how long something has been left that was erased; 0 if nothing is. It may be nil.
	Observe func(left time.Duration)

	wake chan struct{}
	// Of Run.
	since  time.Time // something is left since; zero if nothing is
	warned bool
}

// NewScrubber returns a scrubber of a store, to be run.
func NewScrubber(store Scrubbable, now func() time.Time, log *slog.Logger) *Scrubber {
	return &Scrubber{Store: store, Now: now, Log: log, wake: make(chan struct{}, 1)}
}

// Wake says that something was erased. It does not block.
func (s *Scrubber) Wake() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Run scrubs until ctx ends.
func (s *Scrubber) Run(ctx context.Context) error {
	day, pause := rights.DateOf(s.Now()), ScrubAtOnce
	rest := scrubPause
	for ctx.Err() == nil {
		if s.try(ctx, pause) {
			rest = scrubPause
		} else {
			rest = min(2*rest, scrubRest)
		}
		pause = ScrubAtOnce
		select {
		case <-ctx.Done():
		case <-time.After(rest):
		}
		if s.since.IsZero() { // otherwise it is tried again, whether or not more is erased
			select {
			case <-ctx.Done():
			case <-s.wake:
			case <-time.After(check):
			}
		}
		if today := rights.DateOf(s.Now()); today != day {
			day, pause = today, ScrubByNight
		}
	}
	return nil
}

// try scrubs, and reports whether nothing is left.
func (s *Scrubber) try(ctx context.Context, pause time.Duration) bool {
	err := s.Store.Scrub(ctx, pause)
	if ctx.Err() != nil {
		return false
	}
	left := time.Duration(0)
	switch {
	case err == nil:
		if s.warned {
			s.Log.Info("nothing is left on the disk of what was erased")
		}
		s.since, s.warned = time.Time{}, false
	case s.since.IsZero():
		s.since = s.Now()
		left = time.Second
	default:
		left = max(s.Now().Sub(s.since), time.Second)
	}
	if err != nil && !s.warned && (left > scrubPatience || pause == ScrubByNight) {
		s.warned = true
		s.Log.Warn("something of what was erased is left on the disk", "why", fault.Text(err))
	}
	if s.Observe != nil {
		s.Observe(left)
	}
	return err == nil
}
