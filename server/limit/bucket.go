// Package limit decides what a server under load takes on: how much of one
// thing may be in hand at once ([Gate]), how fast somebody may send
// ([Buckets]), and who it is that sends ([Client], [Network]). It keeps what it
// knows in memory only, and bounded.
package limit

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"sync"
	"time"
)

// Rate is how fast something may be done.
type Rate struct {
	PerSecond float64 // in the long run; 0 or less for no limit
	Burst     int     // at once, after a pause; at least 1
}

// Buckets hold a rate for each of many names, each name with a token bucket of
// its own. Names are kept under a keyed hash whose key is made anew every day
// (UTC) and never leaves the process: what is in memory says nothing about who
// came, and nothing about yesterday. Buckets are safe for concurrent use.
type Buckets struct {
	rate Rate
	most int // buckets kept at once
	now  func() time.Time

	mu      sync.Mutex
	key     []byte
	day     time.Time
	buckets map[hashed]bucket
	swept   time.Time
}

// hashed is a name under the day's key.
type hashed [16]byte

// bucket is what is left of a name's burst at a time.
type bucket struct {
	tokens float64
	at     time.Time
}

// sweepEvery is the shortest time between two searches for buckets that can go.
const sweepEvery = time.Second

// NewBuckets returns buckets for at most so many names at once. A name takes
// some 100 bytes, and goes when its burst is whole again. When there is no room
// for another name, that name is not limited: turning strangers away would be
// worse than to count too few.
func NewBuckets(rate Rate, most int, now func() time.Time) *Buckets {
	rate.Burst = max(rate.Burst, 1)
	return &Buckets{rate: rate, most: most, now: now, buckets: map[hashed]bucket{}}
}

// Take takes a token from the bucket of a name. It returns 0 if there was one,
// and otherwise how long it takes until there is; nothing is taken then.
func (b *Buckets) Take(name []byte) time.Duration {
	if b.rate.PerSecond <= 0 {
		return 0
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	b.newDay(now)
	id := b.hash(name)
	have, known := b.buckets[id]
	if !known {
		if len(b.buckets) >= b.most && !b.sweep(now) {
			return 0
		}
		have = bucket{tokens: float64(b.rate.Burst), at: now}
	}
	have.tokens = b.tokens(have, now)
	have.at = now
	wait := time.Duration(0)
	if have.tokens >= 1 {
		have.tokens--
	} else {
		wait = time.Duration((1 - have.tokens) / b.rate.PerSecond * float64(time.Second))
	}
	b.buckets[id] = have
	return wait
}

// tokens is what a bucket holds at a time. A clock that went back adds nothing.
func (b *Buckets) tokens(have bucket, now time.Time) float64 {
	gained := max(0, now.Sub(have.at).Seconds()) * b.rate.PerSecond
	return min(float64(b.rate.Burst), have.tokens+gained)
}

// newDay forgets everything when a day begins, the key first of all.
func (b *Buckets) newDay(now time.Time) {
	day := now.UTC().Truncate(24 * time.Hour)
	if b.key != nil && day.Equal(b.day) {
		return
	}
	b.key, b.day = make([]byte, sha256.Size), day
	rand.Read(b.key) // never fails
	clear(b.buckets)
}

func (b *Buckets) hash(name []byte) hashed {
	mac := hmac.New(sha256.New, b.key)
	mac.Write(name)
	var sum [sha256.Size]byte
	return hashed(mac.Sum(sum[:0])[:len(hashed{})])
}

// sweep drops the buckets that are full again, and reports whether there is
// room now.
func (b *Buckets) sweep(now time.Time) bool {
	if since := now.Sub(b.swept); since >= 0 && since < sweepEvery {
		return false
	}
	b.swept = now
	for id, have := range b.buckets {
		if b.tokens(have, now) >= float64(b.rate.Burst) {
			delete(b.buckets, id)
		}
	}
	return len(b.buckets) < b.most
}
