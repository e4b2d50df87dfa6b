package admission

import (
	"hash/maphash"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Rate is how fast something may be done.
type Rate struct {
	PerSecond float64 // in the long run; 0 or less for no limit
	Burst     int     // at once, after a pause; at least 1
}

// times is the rate multiplied.
func (r Rate) times(factor float64) Rate {
	return Rate{PerSecond: r.PerSecond * factor, Burst: int(float64(r.Burst) * factor)}
}

// Buckets hold a token bucket for each of many names. Names are kept under a
// keyed hash whose key is made anew every day (UTC) and never leaves the process:
// what is in memory says nothing about who came, and nothing about yesterday.
// Buckets are safe for concurrent use.
type Buckets struct {
	most int // buckets kept at once
	now  func() time.Time

	mu        sync.Mutex
	day       time.Time
	seed      maphash.Seed
	buckets   map[uint64]*rate.Limiter
	strangers map[Rate]*rate.Limiter // whoever found no room for a bucket, together
	swept     time.Time
}

// sweepEvery is the shortest time between two searches for buckets that can go.
const sweepEvery = time.Second

// strangersTimes is how many times the rate of one name all those have together
// for whom there is no room.
const strangersTimes = 20

// NewBuckets returns buckets for at most so many names at once. A name takes
// some 120 bytes, and goes when its burst is whole again. All for whom there is
// no room then share one bucket, which is larger: many strangers at once are not turned
// away as one, and are not without a limit either.
func NewBuckets(most int, now func() time.Time) *Buckets {
	return &Buckets{most: most, now: now, buckets: map[uint64]*rate.Limiter{}, strangers: map[Rate]*rate.Limiter{}}
}

// Name is whose tokens are taken, and how fast they come.
type Name struct {
	Bytes []byte
	Rate  Rate
}

// Take takes a token from the bucket of each name, the first name first. It
// returns 0 if there was one in all of them, and otherwise how long it takes until
// there is; nothing is taken then, and those behind the first that is empty are not looked at.
func (b *Buckets) Take(names ...Name) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	b.newDay(now)
	var held [4]*rate.Limiter // more than there ever are, so that they need no memory
	limiters := held[:0]
	for _, name := range names {
		if name.Rate.PerSecond <= 0 {
			continue
		}
		limiter := b.bucket(name, now)
		if tokens := limiter.TokensAt(now); tokens < 1 {
			return time.Duration((1 - tokens) / name.Rate.PerSecond * float64(time.Second))
		}
		limiters = append(limiters, limiter)
	}
	for _, limiter := range limiters {
		limiter.AllowN(now, 1)
	}
	return 0
}

// bucket is the bucket of a name.
func (b *Buckets) bucket(name Name, now time.Time) *rate.Limiter {
	id := maphash.Bytes(b.seed, name.Bytes)
	if known, ok := b.buckets[id]; ok {
		return known
	}
	if len(b.buckets) >= b.most && !b.sweep(now) {
		shared, ok := b.strangers[name.Rate]
		if !ok {
			shared = limiter(name.Rate.times(strangersTimes))
			b.strangers[name.Rate] = shared
		}
		return shared
	}
	made := limiter(name.Rate)
	b.buckets[id] = made
	return made
}

func limiter(r Rate) *rate.Limiter { return rate.NewLimiter(rate.Limit(r.PerSecond), max(r.Burst, 1)) }

// newDay forgets everything when a day begins, the key first of all.
func (b *Buckets) newDay(now time.Time) {
	day := now.UTC().Truncate(24 * time.Hour)
	if day.Equal(b.day) {
		return
	}
	b.seed, b.day = maphash.MakeSeed(), day
	clear(b.buckets)
	clear(b.strangers)
}

// sweep drops the buckets that are full again, and reports whether there is
// room now.
func (b *Buckets) sweep(now time.Time) bool {
	if since := now.Sub(b.swept); since >= 0 && since < sweepEvery {
		return false
	}
	b.swept = now
	for id, limiter := range b.buckets {
		if limiter.TokensAt(now) >= float64(limiter.Burst()) {
			delete(b.buckets, id)
		}
	}
	return len(b.buckets) < b.most
}
