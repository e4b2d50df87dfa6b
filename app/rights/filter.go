package rights

import "time"

// Filter selects requests; the zero value selects all, oldest first.
type Filter struct {
	Site   string    // site id, or empty for all
	Entity string    // entity id asked for, or empty for all
	Limit  int       // at most so many, the newest; 0 for all
	Before time.Time // received before that; the zero time for any
	Kept   bool      // only those that were not erased
}
