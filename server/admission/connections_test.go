package admission_test

import (
	"context"
	"net"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/server/admission"
)

// connected connects from an address of this machine, and reports whether it is
// greeted, or else the connection is closed.
func connected(t *testing.T, to net.Addr, from string) bool {
	t.Helper()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}, Timeout: 20 * time.Second}
	c, err := d.DialContext(context.Background(), "tcp", to.String())
	if err != nil {
		return false // closed before it was open on this side
	}
	t.Cleanup(func() { c.Close() })
	c.SetReadDeadline(time.Now().Add(20 * time.Second))
	n, _ := c.Read(make([]byte, 1))
	return n == 1
}

// greeting accepts connections, says a byte to each, and keeps them in a channel.
func greeting(t *testing.T, limits admission.ConnectionLimits, trusted ...netip.Prefix) (addr net.Addr, accepted chan net.Conn, refused *atomic.Int64) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	refused = new(atomic.Int64)
	l := admission.LimitConnections(inner, limits, trusted, func() { refused.Add(1) })
	accepted = make(chan net.Conn, 100)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Write([]byte("."))
			accepted <- c
		}
	}()
	t.Cleanup(func() { l.Close(); <-done })
	return inner.Addr(), accepted, refused
}

func TestAClientHasAShareOfTheConnections(t *testing.T) {
	addr, accepted, refused := greeting(t, admission.ConnectionLimits{All: 100, Narrow: 2, Home: 3, Wide: 4})
	for range 3 {
		assert.True(t, connected(t, addr, "127.0.0.2"))
	}
	for range 5 {
		assert.False(t, connected(t, addr, "127.0.0.2"), "it has its share")
	}
	assert.EqualValues(t, 5, refused.Load())
	for range 3 {
		assert.True(t, connected(t, addr, "127.0.0.3"), "another client has its own")
	}
	one := <-accepted
	one.Close()
	one.Close() // counts once
	assert.True(t, connected(t, addr, "127.0.0.2"), "who leaves makes room")
	assert.False(t, connected(t, addr, "127.0.0.2"), "for one")
}

func TestATrustedProxyHasNoShareButAllWait(t *testing.T) {
	addr, accepted, refused := greeting(t, admission.ConnectionLimits{All: 5, Narrow: 1, Home: 1, Wide: 1}, netip.MustParsePrefix("127.0.0.2/32"))
	for range 5 {
		assert.True(t, connected(t, addr, "127.0.0.2"))
	}
	waiting := make(chan bool)
	go func() { waiting <- connected(t, addr, "127.0.0.3") }()
	select {
	case <-waiting:
		t.Error("more were accepted than there may be in all")
	case <-time.After(50 * time.Millisecond):
	}
	(<-accepted).Close()
	assert.True(t, <-waiting)
	assert.Zero(t, refused.Load(), "it waited, and was not turned away")
}
