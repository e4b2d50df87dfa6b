package admission_test

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"latchkey/app/fault"
	"latchkey/server/admission"
)

// let is how many of n writes of senders are taken at one moment.
func let(n int, l admission.Limits, address func(i int) string) int {
	c := admission.New(l, func() time.Time { return morning })
	taken := 0
	for i := range n {
		r := &http.Request{RemoteAddr: netip.AddrPortFrom(netip.MustParseAddr(address(i)), 1).String()}
		if c.Write(admission.SenderOf(r, nil)) == nil {
			taken++
		}
	}
	return taken
}

// TestNetworksAreCountedByHowWideTheyAre sends from as many addresses as somebody
// can have within a network.
func TestNetworksAreCountedByHowWideTheyAre(t *testing.T) {
	l := admission.Defaults
	l.Network = admission.NetworkRates{Narrow: admission.Rate{PerSecond: 1, Burst: 10}, Home: admission.Rate{PerSecond: 1, Burst: 20}, Wide: admission.Rate{PerSecond: 1, Burst: 40}}
	for _, c := range []struct {
		name    string
		address string // with the number of the sender
		want    int
	}{
		{"one IPv4 address", "203.0.113.9", 10},
		{"an IPv4 /24", "203.0.113.%[1]d", 20},
		{"many IPv4 networks", "203.0.%[1]d.9", 200},
		{"an IPv6 /64", "2a00:1450:1:2::%[1]x", 10},
		{"an IPv6 /56", "2a00:1450:1:2%02[1]x::1", 20},
		{"an IPv6 /48", "2a00:1450:1:%02[1]x00::1", 40},
		{"many IPv6 networks", "2a00:1450:%[1]x::1", 200},
		{"IPv4 written as IPv6", "::ffff:203.0.113.9", 10},
		{"an IPv4 address with its 6to4 network", "2002:cb00:7109:%[1]x::1", 10},
		{"an IPv4 address behind NAT64", "64:ff9b::203.0.113.9", 10},
		{"many IPv4 addresses behind NAT64", "64:ff9b::203.0.%[1]d.9", 200},
		{"the same behind one of the house", "64:ff9b:1::203.0.%[1]d.9", 200},
		{"an IPv4 address behind Teredo, whose ports are many", "2001:0:4136:e378:8000:%04[1]x:34ff:8ef6", 10},
		{"one address of this machine", "127.0.0.1", 20},
		{"several of this machine", "127.0.0.%[1]d", 200},
		{"one of the house", "192.168.7.7", 10},
		{"the house", "192.168.7.%[1]d", 20},
	} {
		t.Run(c.name, func(t *testing.T) {
			assert.Equal(t, c.want, let(200, l, func(i int) string {
				if !strings.Contains(c.address, "%") {
					return c.address
				}
				return fmt.Sprintf(c.address, i)
			}))
		})
	}
	assert.Equal(t, 10, let(200, l, func(i int) string {
		return []string{"203.0.113.9", "::ffff:203.0.113.9", "2002:cb00:7109::1", "64:ff9b::203.0.113.9", "2001:0:4136:e378:8000:1:34ff:8ef6"}[i%5]
	}), "one host by all its addresses")
}

func TestAConnectionWithoutAnAddressIsLimitedToo(t *testing.T) {
	c := admission.New(admission.Defaults, func() time.Time { return morning })
	taken := 0
	for range 2000 {
		if c.Write(admission.SenderOf(&http.Request{RemoteAddr: "@"}, nil)) == nil {
			taken++
		}
	}
	assert.Equal(t, admission.Defaults.Network.Home.Burst, taken)
}

func TestAWideNetworkTakesLittleRoom(t *testing.T) {
	l := admission.Defaults
	l.Networks = 3000
	c := admission.New(l, func() time.Time { return morning })
	for i := range 20_000 { // of somebody who has a /48
		c.Write(admission.Sender{Addr: netip.MustParseAddr(fmt.Sprintf("2a00:1450:1:%x::1", i))})
	}
	for range l.Network.Narrow.Burst {
		assert.NoError(t, c.Write(admission.Sender{Addr: netip.MustParseAddr("203.0.113.9")}))
	}
	assert.ErrorIs(t, c.Write(admission.Sender{Addr: netip.MustParseAddr("203.0.113.9")}), fault.TooMany, "others are counted still")
}

func TestMailbox(t *testing.T) {
	for want, all := range map[string][]string{
		"adatenant@gmail.com":         {"ada.tenant@gmail.com", "Ada.Tenant@GMail.com", "adatenant+repairs@googlemail.com", "a.d.a.tenant+x+y@gmail.com.", " adatenant@gmail.com ", "ａdatenant@gmail.com"},
		"ada@outlook.com":             {"ada+1@outlook.com", "ADA@Outlook.com"},
		"ada@hotmail.co.uk":           {"ada+1@hotmail.co.uk"},
		"ada@icloud.com":              {"ada+2@icloud.com", "ada@me.com", "ada@mac.com"},
		"adatenant@proton.me":         {"ada.tenant@protonmail.com", "ada_tenant+x@pm.me", "ada-tenant@proton.me"},
		"ada@fastmail.com":            {"ada+x@fastmail.com", "anything@ada.fastmail.com"},
		"ada@fastmail.fm":             {"x@ada.fastmail.fm"},
		"ada@yahoo.co.uk":             {"ada-shop@yahoo.co.uk", "ada+x@yahoo.co.uk"},
		"adatenant@yandex.ru":         {"ada.tenant@ya.ru", "ada-tenant@yandex.com"},
		"ada@xn--exmple-cua.org":      {"ada@exämple.org", "ada@EXÄMPLE.org", "ada+x@xn--exmple-cua.org", "ada@xn--exmple-cua.org."},
		"ada.tenant@housing.example":  {"Ada.Tenant+a@Housing.example", "ada.tenant@housing.example"},
		"+@housing.example":           {"+@housing.example"},
		"ada-tenant@housing.example":  {"ada-tenant@housing.example"},
		"nobody":                      {"nobody"},
		"ada@mail.gmail.com.example":  {"ada@mail.gmail.com.example"},
		"ada@xn--zz--zz.example":      {"ada@xn--zz--zz.example"},
		"ada.tenant@fastmail.example": {"ada.tenant@fastmail.example"},
	} {
		for _, address := range all {
			assert.Equal(t, want, admission.Mailbox(address), address)
		}
	}
}

// FuzzMailbox holds that whatever is sent as an address has a name, and one that
// does not depend on its capitals.
func FuzzMailbox(f *testing.F) {
	for _, s := range []string{"ada@example.org", "a.b+c@gmail.com", "x@y.fastmail.com", "@", "a@", "+@ya.ru", "\"a b\"@c"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got := admission.Mailbox(s); s != "" && strings.ToUpper(strings.ToLower(s)) == s {
			assert.Equal(t, got, admission.Mailbox(strings.ToLower(s)))
		}
	})
}
