package limit

import (
	"net/http"
	"net/netip"
	"strings"
)

// Client is the address that a request comes from. The peer of the connection
// is believed; if it is one of the trusted proxies, so is what it added to
// X-Forwarded-For, and so on from right to left: the first address that is no
// trusted proxy is the client's.
//
// ok is false if that can't be told, or if the address is not a public one. It is
// then that of a proxy which was not named as trusted, or of the house's own
// network: many people may be behind it, so it can't be counted as one.
func Client(r *http.Request, trusted []netip.Prefix) (client netip.Addr, ok bool) {
	client, ok = address(r.RemoteAddr)
	if !ok {
		return netip.Addr{}, false
	}
	chain := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(chain) - 1; within(client, trusted); i-- {
		if i < 0 {
			return netip.Addr{}, false
		}
		if client, ok = address(strings.TrimSpace(chain[i])); !ok {
			return netip.Addr{}, false
		}
	}
	return client, client.IsGlobalUnicast() && !client.IsPrivate()
}

// Network is the network of an address by which its senders are counted: the
// first 24 bits of an IPv4 address, the first 56 of an IPv6 address, which is
// what a connection at home commonly gets (RIPE-690).
func Network(client netip.Addr) []byte {
	bits := 56
	if client.Is4() {
		bits = 24
	}
	return netip.PrefixFrom(client, bits).Masked().Addr().AsSlice()
}

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
