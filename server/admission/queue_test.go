package admission

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestShares(t *testing.T) {
	a, b := netip.MustParsePrefix("10.0.0.0/24"), netip.MustParsePrefix("10.0.1.0/24")
	s := newShares(3)
	assert.True(t, s.acquire(a, 2))
	assert.False(t, s.acquire(a, 2), "its share is not so large")
	assert.True(t, s.acquire(b, 3), "another network has a share of its own")
	assert.True(t, s.acquire(a, 1))
	s.release(a, 3)
	assert.True(t, s.acquire(a, 3), "what was given back can be had again, and what was refused left nothing behind")
	s.release(a, 3)
	s.release(b, 3)
	assert.Empty(t, s.held, "nothing is known of who holds nothing")
}

func TestTheShareIsOfTheWidestNetworkThatIsCounted(t *testing.T) {
	for address, want := range map[string]string{
		"203.0.113.9": "203.0.113.0/24", "2a00:1450:1:2::1": "2a00:1450:1::/48", "127.0.0.2": "127.0.0.2/32", "::1": "::1/128",
	} {
		assert.Equal(t, want, widest(netip.MustParseAddr(address)).String())
	}
	assert.False(t, widest(netip.Addr{}).IsValid(), "those that are not known are one")
}
