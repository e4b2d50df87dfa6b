package server

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"latchkey/app/fault"
)

// slack is how far the clock may go back unremarked, as it does when it is
// set right by the network: meanwhile the time stands still.
const slack = 10 * time.Second

// steady is a clock by which what is stored is never older than what was
// stored before it. It is safe for concurrent use.
type steady struct {
	wall   func() time.Time
	newest atomic.Int64 // time of the last write that was let in, in Unix milliseconds
}

// now is the time, but for a clock that went back a little.
func (c *steady) now() time.Time {
	now := c.wall()
	if back := c.back(now); back > 0 && back <= slack {
		return time.UnixMilli(c.newest.Load()).UTC()
	}
	return now
}

// back is how far a time is behind the last write.
func (c *steady) back(now time.Time) time.Duration {
	return time.Duration(c.newest.Load()-now.UnixMilli()) * time.Millisecond
}

// stored notes that something is stored with the time that it is now.
func (c *steady) stored() {
	for now := c.wall().UnixMilli(); ; {
		before := c.newest.Load()
		if now <= before || c.newest.CompareAndSwap(before, now) {
			return
		}
	}
}

// check returns an error if the clock went back further than it may.
func (c *steady) check() error {
	back := c.back(c.wall())
	if back <= slack {
		return nil
	}
	return refusal{Reason: "clock", Text: fmt.Sprintf("the server's clock went back by %s, so nothing is dated now", back), Kind: fault.Unavailable, After: 30 * time.Second}
}

// errDamaged is what every write gets once the store was found damaged.
var errDamaged = refusal{Reason: "damaged", Text: "the database is damaged and must be restored, so nothing is stored", Kind: fault.Unavailable, After: 5 * time.Minute}

// sound returns an error if nothing may be stored, whatever the store says of
// itself: it was found damaged before, or there is no time to date things with.
func (s *Server) sound() error {
	if s.damaged.Load() {
		return errDamaged
	}
	return s.clock.check()
}

// note remembers that the store is damaged, from an error that says so. Damage
// does not heal: from then on the server stores nothing and is not ready, until it
// was started again on a store that was put right.
func (s *Server) note(err error) {
	if errors.Is(err, fault.Damaged) && !s.damaged.Swap(true) {
		s.log.Error("the database is damaged: nothing more is stored; stop the server and restore a backup", "error", err)
	}
}
