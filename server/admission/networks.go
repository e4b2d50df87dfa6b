package admission

import "net/netip"

// NetworkRates are how fast may be sent from one network, by how wide it is.
// Whoever has a wide network gains little by sending from each part of it.
type NetworkRates struct {
	// Narrow is for what one household has at least: an IPv4 address, an IPv6 /64.
	Narrow Rate
	// Home is for what a connection at home commonly gets (RIPE-690): an IPv6
	// /56. An IPv4 /24 counts as wide as that.
	Home Rate
	// Wide is for what an organisation gets: an IPv6 /48.
	Wide Rate
}

// times are the rates multiplied.
func (n NetworkRates) times(factor float64) NetworkRates {
	return NetworkRates{n.Narrow.times(factor), n.Home.times(factor), n.Wide.times(factor)}
}

// network is a network whose senders are counted together, as bytes: for what it
// is counted, how many bits of its address count, and these.
type network [18]byte

// prefixes are the widths by which a kind of address is counted, the widest
// first; 0 is left out.
type prefixes struct{ wide, home, narrow int }

// widths says by which networks an address is counted. On the loopback network
// each address is a client of its own, and none is wider.
func widths(client netip.Addr) prefixes {
	switch {
	case client.IsLoopback() || !client.IsValid():
		return prefixes{home: client.BitLen()}
	case client.Is4():
		return prefixes{home: 24, narrow: 32}
	}
	return prefixes{wide: 48, home: 56, narrow: 64}
}

// widest is the widest network that an address is counted in. An address that
// is not known is in a network with all that are not known.
func widest(client netip.Addr) netip.Prefix {
	w := widths(client)
	if w.wide > 0 {
		return netip.PrefixFrom(client, w.wide).Masked()
	}
	return netip.PrefixFrom(client, w.home).Masked()
}

// of makes it the network of a client that is so many bits wide, as a name for buckets of a kind.
func (n *network) of(kind byte, client netip.Addr, bits int) []byte {
	*n = network{kind, byte(bits)}
	if client.IsValid() {
		masked := netip.PrefixFrom(client, bits).Masked().Addr().As16()
		copy(n[2:], masked[:])
	}
	return n[:]
}

// canonical is the address by which a sender is counted: that of the IPv4 host,
// where an IPv6 address stands for one. Else one host had as many addresses as
// there are ways to write it.
func canonical(a netip.Addr) netip.Addr {
	a = a.Unmap().WithZone("")
	if !a.Is6() {
		return a
	}
	b := a.As16()
	switch {
	case sixToFour.Contains(a):
		return netip.AddrFrom4([4]byte(b[2:6]))
	case teredo.Contains(a): // RFC 4380, section 4: the client's address, with every bit the other way
		return netip.AddrFrom4([4]byte{^b[12], ^b[13], ^b[14], ^b[15]})
	case nat64.Contains(a), localNAT64.Contains(a):
		return netip.AddrFrom4([4]byte(b[12:16]))
	}
	return a
}

// Networks whose addresses stand for one of IPv4.
var (
	sixToFour  = netip.MustParsePrefix("2002::/16")      // RFC 3056, section 2
	teredo     = netip.MustParsePrefix("2001::/32")      // RFC 4380, section 2.6
	nat64      = netip.MustParsePrefix("64:ff9b::/96")   // RFC 6052, section 2.1
	localNAT64 = netip.MustParsePrefix("64:ff9b:1::/48") // RFC 8215; its translators commonly use a /96
)
