package admission_test

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/server/admission"
)

func TestSenderOf(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8:1::/48")}
	const unnamed, silent = admission.ProxyUnnamed, admission.ProxySilent
	for _, c := range []struct {
		name      string
		peer      string
		forwarded []string
		want      string
		fault     admission.ProxyFault
	}{
		{"without a proxy the peer is the client", "203.0.113.9:1234", nil, "203.0.113.9", ""},
		{"a client can't claim to be another", "203.0.113.9:1234", []string{"198.51.100.1"}, "203.0.113.9", ""},
		{"a trusted proxy says who the client is", "10.1.2.3:1234", []string{"198.51.100.1"}, "198.51.100.1", ""},
		{"what the client put in front of that does not count", "10.1.2.3:1234", []string{"192.0.2.77, 198.51.100.1"}, "198.51.100.1", ""},
		{"nor does nonsense", "10.1.2.3:1234", []string{"unknown, 198.51.100.1"}, "198.51.100.1", ""},
		{"nor an address of the proxies' that the client made up", "10.1.2.3:1234", []string{"10.1.2.3, 198.51.100.1"}, "198.51.100.1", ""},
		{"a chain of trusted proxies", "10.1.2.3:1234", []string{"198.51.100.1, 10.9.9.9"}, "198.51.100.1", ""},
		{"in several headers", "10.1.2.3:1234", []string{"198.51.100.1", "10.9.9.9"}, "198.51.100.1", ""},
		{"the client's own header before the proxy's", "10.1.2.3:1234", []string{"192.0.2.77", "198.51.100.1"}, "198.51.100.1", ""},
		{"a header of thousands", "10.1.2.3:1234", []string{strings.Repeat("192.0.2.77, ", 5000) + "198.51.100.1"}, "198.51.100.1", ""},
		{"a header of commas", "10.1.2.3:1234", []string{strings.Repeat(",", 5000)}, "10.1.2.3", silent},
		{"a proxy that writes ports", "10.1.2.3:1234", []string{"198.51.100.1:4711"}, "198.51.100.1", ""},
		{"IPv6, through an IPv6 proxy", "[2001:db8:1::1]:1234", []string{"2a00:1450::7"}, "2a00:1450::7", ""},
		{"IPv6 in brackets, with a port", "10.1.2.3:1234", []string{"[2a00:1450::7]:99"}, "2a00:1450::7", ""},
		{"IPv4 written as IPv6", "[::ffff:203.0.113.9]:1234", nil, "203.0.113.9", ""},
		{"IPv4 written as IPv6, through a proxy written so", "[::ffff:10.1.2.3]:1234", []string{"::ffff:198.51.100.1"}, "198.51.100.1", ""},
		{"a trusted proxy that says nothing", "10.1.2.3:1234", nil, "10.1.2.3", silent},
		{"a trusted proxy that says nonsense", "10.1.2.3:1234", []string{"unknown"}, "10.1.2.3", silent},
		{"a trusted proxy that passes on a client who says nonsense", "10.1.2.3:1234", []string{"unknown, 10.9.9.9"}, "10.9.9.9", ""},
		{"only proxies", "10.1.2.3:1234", []string{"10.4.4.4"}, "10.4.4.4", ""},
		{"a proxy on this machine that was not named", "127.0.0.1:1234", []string{"198.51.100.1"}, "127.0.0.1", unnamed},
		{"the same in IPv6", "[::1]:1234", []string{"198.51.100.1"}, "::1", unnamed},
		{"a proxy in the house that was not named", "192.168.7.7:1234", []string{"198.51.100.1"}, "192.168.7.7", unnamed},
		{"a proxy in a cloud's network that was not named", "100.64.7.7:1234", []string{"198.51.100.1"}, "100.64.7.7", unnamed},
		{"this machine", "127.0.0.1:1234", nil, "127.0.0.1", ""},
		{"the house's own network", "192.168.7.7:1234", nil, "192.168.7.7", ""},
		{"the same by way of a proxy", "10.1.2.3:1234", []string{"192.168.7.7"}, "192.168.7.7", ""},
		{"a connection without an address", "@", nil, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := admission.SenderOf(&http.Request{RemoteAddr: c.peer, Header: http.Header{"X-Forwarded-For": c.forwarded}}, trusted)
			if c.want == "" {
				assert.False(t, got.Addr.IsValid())
			} else {
				assert.Equal(t, c.want, got.Addr.String())
			}
			assert.Equal(t, c.fault, got.Proxy)
			assert.Equal(t, c.fault != "", got.Peer.IsValid())
		})
	}
	for _, header := range []string{"X-Forwarded-For", "Forwarded", "X-Real-IP"} {
		r := &http.Request{RemoteAddr: "127.0.0.1:1234", Header: http.Header{}}
		r.Header.Set(header, "for=198.51.100.1")
		assert.Equal(t, unnamed, admission.SenderOf(r, trusted).Proxy, header)
	}
	forwarded := &http.Request{RemoteAddr: "10.1.2.3:1234", Header: http.Header{"Forwarded": {"for=198.51.100.1"}}}
	assert.Equal(t, silent, admission.SenderOf(forwarded, trusted).Proxy, "a client can write a header that the proxy does not")
}

// TestFindingTheSenderCostsNothing holds that a long header takes no memory.
func TestFindingTheSenderCostsNothing(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	r := &http.Request{RemoteAddr: "10.1.2.3:1234", Header: http.Header{"X-Forwarded-For": {strings.Repeat("192.0.2.77, ", 2000) + "198.51.100.1"}}}
	assert.LessOrEqual(t, testing.AllocsPerRun(100, func() { admission.SenderOf(r, trusted) }), 1.)
}

func TestParseProxy(t *testing.T) {
	for s, want := range map[string]string{
		"10.0.0.0/8": "10.0.0.0/8", "127.0.0.1": "127.0.0.1/32", "::1": "::1/128", "2001:db8::/32": "2001:db8::/32",
		"10.1.2.3/8": "10.0.0.0/8", "::ffff:10.0.0.0/104": "10.0.0.0/8", "::ffff:127.0.0.1": "127.0.0.1/32",
	} {
		got, err := admission.ParseProxy(s)
		require.NoError(t, err, s)
		assert.Equal(t, want, got.String(), s)
	}
	for _, s := range []string{"0.0.0.0/0", "0.0.0.0/1", "::/0", "::ffff:0:0/96", "", "proxy", "10.0.0.0/33", "10.0.0.0/8,11.0.0.0/8"} {
		_, err := admission.ParseProxy(s)
		assert.Error(t, err, s)
	}
}

func TestTheFlagForAProxy(t *testing.T) {
	for addr, want := range map[string]string{
		"127.0.0.1": "--trusted-proxy 127.0.0.0/8", "::1": "--trusted-proxy ::1/128", "10.1.2.3": "--trusted-proxy 10.1.2.3/32",
	} {
		assert.Equal(t, want, admission.Flag(netip.MustParseAddr(addr)))
		_, err := admission.ParseProxy(strings.TrimPrefix(want, "--trusted-proxy "))
		assert.NoError(t, err, "it can be given")
	}
}
