package limit_test

import (
	"encoding/binary"
	"net/http"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"latchkey/server/limit"
)

var morning = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

func TestBuckets(t *testing.T) {
	now := morning
	b := limit.NewBuckets(limit.Rate{PerSecond: 2, Burst: 3}, 100, func() time.Time { return now })
	a, other := []byte("a"), []byte("b")
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
	now = now.Add(500 * time.Millisecond)
	assert.Zero(t, b.Take(a), "nor does it take anything away")

	now = now.Add(time.Hour)
	for range 3 {
		assert.Zero(t, b.Take(a), "an hour later the burst is whole")
	}
	assert.Positive(t, b.Take(a), "and no larger than it was")

	now = morning.AddDate(0, 0, 1)
	assert.Zero(t, b.Take(a), "the next day nothing is known of this one")
}

func TestBucketsWithoutARateHoldNobodyBack(t *testing.T) {
	b := limit.NewBuckets(limit.Rate{}, 1, func() time.Time { return morning })
	for range 100 {
		assert.Zero(t, b.Take([]byte("a")))
	}
}

func TestBucketsAreBounded(t *testing.T) {
	now := morning
	b := limit.NewBuckets(limit.Rate{PerSecond: 1, Burst: 1}, 10, func() time.Time { return now })
	name := func(n int) []byte { return binary.BigEndian.AppendUint64(nil, uint64(n)) }
	for n := range 10 {
		assert.Zero(t, b.Take(name(n)))
	}
	for range 3 {
		assert.Zero(t, b.Take(name(10)), "who finds no room is not limited")
	}
	assert.Positive(t, b.Take(name(0)), "who has a bucket is")

	now = now.Add(2 * time.Second)
	assert.Zero(t, b.Take(name(10)))
	assert.Positive(t, b.Take(name(10)), "the buckets that were whole again made room")
}

func TestBucketsTakenAtOnceGiveNoMoreThanTheBurst(t *testing.T) {
	b := limit.NewBuckets(limit.Rate{PerSecond: 1, Burst: 50}, 10, func() time.Time { return morning })
	var mu sync.Mutex
	var wg sync.WaitGroup
	taken := 0
	for range 8 {
		wg.Go(func() {
			for range 50 {
				if b.Take([]byte("a")) == 0 {
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

func TestGate(t *testing.T) {
	g := limit.NewGate(3)
	assert.True(t, g.Enter(2))
	assert.False(t, g.Enter(2), "there is room for one only")
	assert.False(t, g.Full())
	assert.True(t, g.Enter(1))
	assert.True(t, g.Full())
	g.Leave(2)
	assert.EqualValues(t, 1, g.Inside(), "what was refused left nothing behind")
	assert.True(t, g.Enter(2))
}

func TestClient(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8:1::/48")}
	for _, c := range []struct {
		name      string
		peer      string
		forwarded []string
		want      string // empty if it can't be told
	}{
		{"without a proxy the peer is the client", "203.0.113.9:1234", nil, "203.0.113.9"},
		{"a client can't claim to be another", "203.0.113.9:1234", []string{"198.51.100.1"}, "203.0.113.9"},
		{"a trusted proxy says who the client is", "10.1.2.3:1234", []string{"198.51.100.1"}, "198.51.100.1"},
		{"what the client put in front of that does not count", "10.1.2.3:1234", []string{"192.0.2.77, 198.51.100.1"}, "198.51.100.1"},
		{"nor does nonsense", "10.1.2.3:1234", []string{"unknown, 198.51.100.1"}, "198.51.100.1"},
		{"a chain of trusted proxies", "10.1.2.3:1234", []string{"198.51.100.1, 10.9.9.9"}, "198.51.100.1"},
		{"in several headers", "10.1.2.3:1234", []string{"198.51.100.1", "10.9.9.9"}, "198.51.100.1"},
		{"a proxy that writes ports", "10.1.2.3:1234", []string{"198.51.100.1:4711"}, "198.51.100.1"},
		{"IPv6, through an IPv6 proxy", "[2001:db8:1::1]:1234", []string{"2a00:1450::7"}, "2a00:1450::7"},
		{"IPv6 in brackets, with a port", "10.1.2.3:1234", []string{"[2a00:1450::7]:99"}, "2a00:1450::7"},
		{"IPv4 written as IPv6", "[::ffff:203.0.113.9]:1234", nil, "203.0.113.9"},
		{"a trusted proxy that says nothing", "10.1.2.3:1234", nil, ""},
		{"a trusted proxy that says nonsense", "10.1.2.3:1234", []string{"unknown"}, ""},
		{"only proxies", "10.1.2.3:1234", []string{"10.4.4.4"}, ""},
		{"a proxy on this machine that was not named", "127.0.0.1:1234", []string{"198.51.100.1"}, ""},
		{"the house's own network", "192.168.7.7:1234", nil, ""},
		{"the same by way of a proxy", "10.1.2.3:1234", []string{"192.168.7.7"}, ""},
		{"a connection without an address", "@", nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok := limit.Client(&http.Request{RemoteAddr: c.peer, Header: http.Header{"X-Forwarded-For": c.forwarded}}, trusted)
			assert.Equal(t, c.want != "", ok)
			if ok {
				assert.Equal(t, c.want, got.String())
			}
		})
	}
}

func TestNetwork(t *testing.T) {
	for _, c := range []struct {
		name, a, b string
		same       bool
	}{
		{"neighbours in one IPv4 /24", "203.0.113.9", "203.0.113.200", true},
		{"another /24", "203.0.113.9", "203.0.114.9", false},
		{"one IPv6 /56", "2a00:1450:0:1200::1", "2a00:1450:0:12ff::2", true},
		{"another /56", "2a00:1450:0:1200::1", "2a00:1450:0:1300::1", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := string(limit.Network(netip.MustParseAddr(c.a))) == string(limit.Network(netip.MustParseAddr(c.b)))
			assert.Equal(t, c.same, got)
		})
	}
}

func TestShares(t *testing.T) {
	s := limit.NewShares(3)
	assert.True(t, s.Enter("a", 2))
	assert.False(t, s.Enter("a", 2), "its share is not so large")
	assert.True(t, s.Enter("b", 3), "another name has a share of its own")
	assert.True(t, s.Enter("a", 1))
	s.Leave("a", 3)
	assert.True(t, s.Enter("a", 3), "what was given back can be had again, and what was refused left nothing behind")
}
