package retention

import (
	"context"
	"errors"
	"fmt"
	"time"

	"latchkey/app/fault"
)

// MaxAhead is how long after the last purge, or where there was none after the newest thing in the store, a
// purge may be. Servers look every day, whether or not there is anything to do, so that one of a site where nobody
// chooses for months knows the time all the same.
const MaxAhead = 31 * 24 * time.Hour

// ErrClock says that a clock is too far ahead to erase anything by it.
var ErrClock = fmt.Errorf("the clock can't be believed: %w", fault.Conflict)

// CheckClock returns since when the store knows the time, and an error wrapping [ErrClock] if now is too long after that.
func CheckClock(ctx context.Context, store Dated, now time.Time) (last time.Time, err error) {
	last, err = store.LastPurge(ctx)
	if errors.Is(err, fault.NotFound) {
		last, err = store.Newest(ctx)
	}
	if err != nil {
		return time.Time{}, err
	}
	if ahead := now.Sub(last); ahead > MaxAhead && !last.IsZero() {
		return last, fmt.Errorf("it says %s, %d days after the last thing that is dated in the store (%s), so nothing was erased because of its age; "+
			"set it right, or if it is, and no server has run meanwhile, confirm it with \"latchkey receipts purge --yes\": %w",
			now.Format(time.RFC3339), int(ahead/(24*time.Hour)), last.Format(time.RFC3339), ErrClock)
	}
	return last, nil
}

// Begin remembers the newest time in a store that was never purged, before anything is stored by the clock
// of this process: what that dates can't vouch for it.
func Begin(ctx context.Context, store Store) error {
	_, err := store.LastPurge(ctx)
	if !errors.Is(err, fault.NotFound) {
		return err
	}
	newest, err := store.Newest(ctx)
	if err != nil || newest.IsZero() {
		return err
	}
	return store.KeepLastPurge(ctx, newest)
}
