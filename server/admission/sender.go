package admission

import (
	"errors"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Sender is who a call is counted for.
type Sender struct {
	// Addr is the address of the client, as far as it can be told; else that of
	// the last proxy, so that all whom it does not name are counted together. It is
	// the zero Addr if not even that is known.
	Addr netip.Addr
	// Trusted says that the call came from a trusted proxy, which may say more of it.
	Trusted bool
	// Proxy says what is wrong with the proxy that the call came through.
	Proxy ProxyFault
	// Peer is the proxy of which Proxy speaks.
	Peer netip.Addr
}

// ProxyFault is why a proxy does not tell visitors from each other.
type ProxyFault string

const (
	// ProxyUnnamed is a proxy in the house that is not among those that are trusted.
	ProxyUnnamed ProxyFault = "unnamed"
	// ProxySilent is a trusted proxy that does not say for whom it asks.
	ProxySilent ProxyFault = "silent"
)

// forwarding are the headers by which proxies say for whom they ask.
var forwarding = []string{"X-Forwarded-For", "Forwarded", "X-Real-Ip"}

// SenderOf says who a call is counted for. The peer of the connection is
// believed; if it is one of the trusted proxies, so is what it added to
// X-Forwarded-For, and so on from right to left: the first address that is no
// trusted proxy is the client's.
//
// Of a peer of this machine or of a private network that is not trusted, and that
// forwards, it says so. A public one may be anybody, who can write any header.
func SenderOf(r *http.Request, trusted []netip.Prefix) Sender {
	peer, ok := address(r.RemoteAddr)
	if !ok {
		return Sender{}
	}
	if !within(peer, trusted) {
		s := Sender{Addr: canonical(peer)}
		if inside(peer) && slices.ContainsFunc(forwarding, func(name string) bool { return len(r.Header[name]) > 0 }) {
			s.Proxy, s.Peer = ProxyUnnamed, peer
		}
		return s
	}
	client, named := peer, false
	chain := r.Header["X-Forwarded-For"]
	for i := len(chain) - 1; i >= 0; i-- {
		for rest, more := chain[i], true; more; {
			var last string
			rest, last, more = cutLast(rest)
			next, ok := address(strings.TrimSpace(last))
			if !ok {
				if named {
					return Sender{Trusted: true, Addr: canonical(client)} // the last of those that say who they are
				}
				return Sender{Trusted: true, Addr: canonical(peer), Proxy: ProxySilent, Peer: peer}
			}
			client, named = next, true
			if !within(client, trusted) {
				return Sender{Trusted: true, Addr: canonical(client)}
			}
		}
	}
	if !named {
		return Sender{Trusted: true, Addr: canonical(peer), Proxy: ProxySilent, Peer: peer}
	}
	return Sender{Trusted: true, Addr: canonical(client)} // somebody in the network of the proxies
}

// cutLast cuts the last part off a list with commas.
func cutLast(list string) (rest, last string, more bool) {
	i := strings.LastIndexByte(list, ',')
	if i < 0 {
		return "", list, false
	}
	return list[:i], list[i+1:], true
}

// inside reports whether an address is of this machine or of a private network,
// where proxies are.
func inside(a netip.Addr) bool {
	return a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast() || carrierGrade.Contains(a)
}

// carrierGrade is the shared address space of RFC 6598, which clouds and overlay networks use inside.
var carrierGrade = netip.MustParsePrefix("100.64.0.0/10")

// address reads an address with or without a port.
func address(s string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(strings.Trim(s, "[]"))
	if err != nil {
		withPort, err := netip.ParseAddrPort(s)
		if err != nil {
			return netip.Addr{}, false
		}
		a = withPort.Addr()
	}
	return a.Unmap().WithZone(""), true
}

func within(a netip.Addr, prefixes []netip.Prefix) bool {
	for _, p := range prefixes {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// Flag is what to add to the command line for a proxy at an address to be
// trusted: its own address, or for one on this machine the loopback network.
func Flag(proxy netip.Addr) string {
	switch {
	case proxy.Is4() && proxy.IsLoopback():
		return "--trusted-proxy 127.0.0.0/8"
	default:
		return "--trusted-proxy " + netip.PrefixFrom(proxy, proxy.BitLen()).String()
	}
}

// ParseProxy reads the network of trusted proxies, in CIDR notation or as one address.
func ParseProxy(s string) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(s)
	if err != nil {
		a, err := netip.ParseAddr(s)
		if err != nil {
			return netip.Prefix{}, errors.New("want an address or a network, such as 10.0.0.5 or 10.0.0.0/8")
		}
		a = a.Unmap().WithZone("")
		p = netip.PrefixFrom(a, a.BitLen())
	}
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	if p.Addr().Is4() && p.Bits() < 8 || p.Addr().Is6() && p.Bits() < 16 {
		return netip.Prefix{}, errors.New("the network is so wide that anybody could be a trusted proxy; give the proxy's own address")
	}
	return p.Masked(), nil
}
