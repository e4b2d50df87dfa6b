package main

import (
	"net/netip"
	"strings"

	"latchkey/server/admission"
)

// proxyNetwork is a network of trusted proxies, as a flag.
type proxyNetwork struct{ netip.Prefix }

// UnmarshalText reads an address or a network.
func (p *proxyNetwork) UnmarshalText(text []byte) (err error) {
	p.Prefix, err = admission.ParseProxy(strings.TrimSpace(string(text)))
	return err
}

// front is what stands between visitors and the server. "serve" and "check" have the same flags for it.
type front struct {
	PublicURL string         `name:"public-url" help:"Address that visitors reach this server by, with the path if it is behind one; http://ADDR if not given." placeholder:"URL"`
	Proxies   []proxyNetwork `name:"trusted-proxy" help:"Address or network of the reverse proxies in front, whose X-Forwarded-For says who the visitor is; several with commas. Without it everybody behind a proxy is counted as one sender." placeholder:"CIDR"`
}

// trusted are the networks of the proxies.
func (f front) trusted() []netip.Prefix {
	var all []netip.Prefix
	for _, p := range f.Proxies {
		all = append(all, p.Prefix)
	}
	return all
}

// advice is what the flags show to be missing, or "".
func (f front) advice() string {
	if strings.HasPrefix(strings.ToLower(f.PublicURL), "https://") && len(f.Proxies) == 0 {
		return "--public-url is https, so a proxy in front ends TLS, and no --trusted-proxy names it: everybody behind it is counted as one sender. " +
			"Add the address that it connects from, such as --trusted-proxy 127.0.0.0/8 for one on this machine."
	}
	return ""
}
