package limit

import "sync/atomic"

// Gate bounds how much may be inside at once: writes that wait, or bytes that
// are held for them. It never makes anybody wait. It is safe for concurrent use.
type Gate struct {
	most   int64
	inside atomic.Int64
}

// NewGate returns a gate that lets so much in at once.
func NewGate(most int64) *Gate { return &Gate{most: most} }

// Enter lets n in if there is room, and reports whether there was. Who was let
// in leaves by [Gate.Leave] with the same n.
func (g *Gate) Enter(n int64) bool {
	if g.inside.Add(n) > g.most {
		g.inside.Add(-n)
		return false
	}
	return true
}

// Leave makes room for n.
func (g *Gate) Leave(n int64) { g.inside.Add(-n) }

// Full reports whether nothing more could enter at this moment.
func (g *Gate) Full() bool { return g.inside.Load() >= g.most }

// Inside is how much is inside at this moment.
func (g *Gate) Inside() int64 { return g.inside.Load() }
