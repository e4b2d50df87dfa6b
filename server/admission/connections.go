package admission

import (
	"context"
	"net"
	"net/netip"
	"sync"

	"golang.org/x/sync/semaphore"
)

// ConnectionLimits are how many connections are open at once.
type ConnectionLimits struct {
	// All is how many in all. More wait until one ends. It bounds the memory that
	// they take, some 20 kB each.
	All int64
	// From one network, by how wide it is, see [NetworkRates]. A further one is closed at once.
	Narrow, Home, Wide int
}

// DefaultConnections let one client have an eighth of all at most. Sixteen open
// connections are what a browser needs.
var DefaultConnections = ConnectionLimits{All: 8192, Narrow: 512, Home: 1024, Wide: 2048}

// Times are the limits of one network multiplied.
func (c ConnectionLimits) Times(factor float64) ConnectionLimits {
	by := func(n int) int { return int(min(float64(n)*factor, float64(c.All))) }
	return ConnectionLimits{All: c.All, Narrow: by(c.Narrow), Home: by(c.Home), Wide: by(c.Wide)}
}

// LimitConnections limits the connections that a listener accepts. What a
// connection is used for does not matter: one that sends nothing, or a header one byte at
// a time, counts as any other. Connections of the trusted proxies count in all and not by network:
// a proxy has everybody behind it, and looks itself after who those are. refused
// is called for each that is closed.
func LimitConnections(l net.Listener, limits ConnectionLimits, trusted []netip.Prefix, refused func()) net.Listener {
	closing, stop := context.WithCancel(context.Background())
	return &listener{
		Listener: l, limits: limits, trusted: trusted, refused: refused,
		all: semaphore.NewWeighted(limits.All), closing: closing, stop: stop, open: map[netip.Prefix]int{},
	}
}

type listener struct {
	net.Listener
	limits  ConnectionLimits
	trusted []netip.Prefix
	refused func()
	all     *semaphore.Weighted
	closing context.Context
	stop    context.CancelFunc

	mu   sync.Mutex
	open map[netip.Prefix]int
}

// Accept waits for the next connection that is within the limits.
func (l *listener) Accept() (net.Conn, error) {
	for {
		if l.all.Acquire(l.closing, 1) != nil {
			return nil, net.ErrClosed
		}
		c, err := l.Listener.Accept()
		if err != nil {
			l.all.Release(1)
			return nil, err
		}
		held, ok := l.enter(c.RemoteAddr())
		if ok {
			return &conn{Conn: c, leave: func() { l.leave(held) }}, nil
		}
		if tcp, isTCP := c.(*net.TCPConn); isTCP {
			tcp.SetLinger(0) // else this side would have to remember it for a while
		}
		c.Close()
		l.all.Release(1)
		l.refused()
	}
}

// Close ends the listener, and whoever waits in Accept.
func (l *listener) Close() error {
	l.stop()
	return l.Listener.Close()
}

// enter counts a connection from an address in each of its networks, which are
// returned, unless one of them has as many as it may.
func (l *listener) enter(from net.Addr) (held [3]netip.Prefix, ok bool) {
	peer, known := address(from.String())
	if !known || within(peer, l.trusted) { // without an address it is a socket of this machine
		return held, true
	}
	peer = canonical(peer)
	w := widths(peer)
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, width := range [3]struct{ bits, most int }{{w.wide, l.limits.Wide}, {w.home, l.limits.Home}, {w.narrow, l.limits.Narrow}} {
		if width.bits == 0 {
			continue
		}
		network := netip.PrefixFrom(peer, width.bits).Masked()
		if l.open[network] >= width.most {
			return held, false
		}
		held[i] = network
	}
	l.count(held, 1)
	return held, true
}

func (l *listener) leave(held [3]netip.Prefix) {
	l.mu.Lock()
	l.count(held, -1)
	l.mu.Unlock()
	l.all.Release(1)
}

func (l *listener) count(networks [3]netip.Prefix, by int) {
	for _, network := range networks {
		if !network.IsValid() {
			continue
		}
		if l.open[network] += by; l.open[network] == 0 {
			delete(l.open, network)
		}
	}
}

// conn leaves the listener's count when it is closed.
type conn struct {
	net.Conn
	leave func()
	once  sync.Once
}

// Close closes the connection; what it held is free when that is done.
func (c *conn) Close() error {
	err := c.Conn.Close()
	c.once.Do(c.leave)
	return err
}
