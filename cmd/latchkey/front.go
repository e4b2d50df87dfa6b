package main

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"latchkey/app/fault"
	"latchkey/server"
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
	HSTS      string         `name:"hsts" help:"Strict-Transport-Security, such as \"max-age=31536000; includeSubDomains\", or off; a year if not given and --public-url is https without a path." placeholder:"VALUE"`
	Contacts  []string       `name:"security-contact" help:"For /.well-known/security.txt: to whom somebody who has found a weakness can turn, an e-mail or web address; several with commas." placeholder:"ADDRESS"`
	Expires   string         `name:"security-expires" help:"Day until which --security-contact holds, within a year. From then on there is no security.txt." placeholder:"DAY"`
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

// check says which of the flags can't be.
func (f front) check() error {
	public := f.PublicURL
	if public == "" {
		public = "http://localhost"
	}
	_, origin, base, err := server.SplitPublic(public)
	if err != nil {
		return fmt.Errorf("--public-url %s", fault.Text(err))
	}
	if _, err := server.HSTS(f.HSTS, origin, base); err != nil {
		return fmt.Errorf("--hsts %s", fault.Text(err))
	}
	_, err = f.security()
	return err
}

// security is what security.txt is to say.
func (f front) security() (server.SecurityTxt, error) {
	s, err := server.ParseSecurityTxt(f.Contacts, f.Expires)
	if err != nil {
		return s, fmt.Errorf("--security-contact, --security-expires: %s", fault.Text(err))
	}
	return s, nil
}

// advice is what the flags show to be missing.
func (f front) advice(now time.Time) []string {
	var all []string
	if s, err := f.security(); err == nil {
		if advice := s.Advice(now); advice != "" {
			all = append(all, advice)
		}
	}
	if _, _, base, err := server.SplitPublic(f.PublicURL); err == nil && base != "" && len(f.Contacts) > 0 {
		all = append(all, "--public-url has a path, so security.txt is the website's to serve, and is not served here")
	}
	if strings.HasPrefix(strings.ToLower(f.PublicURL), "https://") && len(f.Proxies) == 0 {
		all = append(all, "--public-url is https, so a proxy in front ends TLS, and no --trusted-proxy names it: everybody behind it is counted as one sender. "+
			"Add the address that it connects from, such as --trusted-proxy 127.0.0.0/8 for one on this machine.")
	}
	return all
}
