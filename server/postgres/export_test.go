package postgres

import "time"

// LetGoAfter sets after what time of silence the database takes the right to
// deliver messages from this process.
func (s *Store) LetGoAfter(d time.Duration) { s.turn.idle = d }

// SelectFollowing is the query of [Reader.Following].
const SelectFollowing = selectFollowing
