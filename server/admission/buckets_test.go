package admission_test

import (
	"encoding/binary"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"latchkey/server/admission"
)

var morning = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

// named is a name with a rate.
func named(name string, perSecond float64, burst int) admission.Name {
	return admission.Name{Bytes: []byte(name), Rate: admission.Rate{PerSecond: perSecond, Burst: burst}}
}

func TestBuckets(t *testing.T) {
	now := morning
	b := admission.NewBuckets(100, func() time.Time { return now })
	a, other := named("a", 2, 3), named("b", 2, 3)
	for range 3 {
		assert.Zero(t, b.Take(a), "a burst is taken at once")
	}
	assert.Equal(t, 500*time.Millisecond, b.Take(a), "after it there is one every half second")
	assert.Equal(t, 500*time.Millisecond, b.Take(a), "what was refused did not count")
	assert.Zero(t, b.Take(other), "each name has a bucket of its own")

	now = now.Add(500 * time.Millisecond)
	assert.Zero(t, b.Take(a))
	assert.Positive(t, b.Take(a))

	now = now.Add(-time.Hour)
	assert.Positive(t, b.Take(a), "a clock that went back gives nothing")

	now = now.Add(2 * time.Hour)
	for range 3 {
		assert.Zero(t, b.Take(a), "an hour later the burst is whole")
	}
	assert.Positive(t, b.Take(a), "and no larger than it was")

	now = morning.AddDate(0, 0, 1)
	assert.Zero(t, b.Take(a), "the next day nothing is known of this one")
}

func TestATokenIsTakenFromAllBucketsOrFromNone(t *testing.T) {
	b := admission.NewBuckets(100, func() time.Time { return morning })
	wide, narrow, other := named("wide", 1, 3), named("narrow", 1, 2), named("other", 1, 2)
	assert.Zero(t, b.Take(wide, narrow))
	assert.Zero(t, b.Take(wide, narrow))
	assert.Equal(t, time.Second, b.Take(wide, narrow), "the narrow one is empty")
	assert.Zero(t, b.Take(wide, other), "and nothing was taken from the wide one")
	assert.Equal(t, time.Second, b.Take(wide, other), "which is empty now")
	assert.Zero(t, b.Take(other), "and nothing was taken from this one")
}

func TestBucketsWithoutARateHoldNobodyBack(t *testing.T) {
	b := admission.NewBuckets(1, func() time.Time { return morning })
	for range 100 {
		assert.Zero(t, b.Take(named("a", 0, 0)))
	}
}

func TestBucketsAreBoundedAndStrangersAreToo(t *testing.T) {
	now := morning
	b := admission.NewBuckets(10, func() time.Time { return now })
	name := func(n int) admission.Name {
		return admission.Name{Bytes: binary.BigEndian.AppendUint64(nil, uint64(n)), Rate: admission.Rate{PerSecond: 1, Burst: 1}}
	}
	for n := range 10 {
		assert.Zero(t, b.Take(name(n)))
	}
	let := 0
	for n := range 1000 {
		if b.Take(name(100+n)) == 0 {
			let++
		}
	}
	assert.Equal(t, 20, let, "those who find no room have a limit together, and are not one stranger")
	assert.Positive(t, b.Take(name(0)), "who has a bucket keeps it")

	now = now.Add(2 * time.Second)
	assert.Zero(t, b.Take(name(10)))
	assert.Positive(t, b.Take(name(10)), "the buckets that were whole again made room")
}

func TestBucketsTakenAtOnceGiveNoMoreThanTheBurst(t *testing.T) {
	b := admission.NewBuckets(10, func() time.Time { return morning })
	var mu sync.Mutex
	var wg sync.WaitGroup
	taken := 0
	for range 8 {
		wg.Go(func() {
			for range 50 {
				if b.Take(named("a", 1, 50)) == 0 {
					mu.Lock()
					taken++
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	assert.Equal(t, 50, taken)
}

// TestFiftyThousandNetworksAreCountedInLittleMemory holds what is kept of each, and that
// somebody who is known costs nothing more.
func TestFiftyThousandNetworksAreCountedInLittleMemory(t *testing.T) {
	const networks = 50_000
	b := admission.NewBuckets(networks, func() time.Time { return morning })
	var name [8]byte
	take := func(n int) {
		binary.BigEndian.PutUint64(name[:], uint64(n))
		b.Take(admission.Name{Bytes: name[:], Rate: admission.Rate{PerSecond: 1, Burst: 5}})
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for n := range networks {
		take(n)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	assert.Less(t, (after.HeapAlloc-before.HeapAlloc)/networks, uint64(160), "bytes for each")
	assert.Zero(t, testing.AllocsPerRun(100, func() { take(7) }), "for one that is known")
	runtime.KeepAlive(b)
}
