package limit

import "sync"

// Shares bound how much of something each of many names may hold at once. A
// name is known only while it holds something. Shares are safe for concurrent use.
type Shares struct {
	most int64

	mu   sync.Mutex
	held map[string]int64
}

// NewShares returns shares of at most so much each.
func NewShares(most int64) *Shares { return &Shares{most: most, held: map[string]int64{}} }

// Enter lets a name have n more if its share allows, and reports whether it did.
// What it was let have is given back by [Shares.Leave].
func (s *Shares) Enter(name string, n int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held[name]+n > s.most {
		return false
	}
	s.held[name] += n
	return true
}

// Leave takes back n of what a name holds.
func (s *Shares) Leave(name string, n int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held[name] -= n; s.held[name] == 0 {
		delete(s.held, name)
	}
}
