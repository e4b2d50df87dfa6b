//go:build !js

package rights

import "golang.org/x/net/idna"

// asciiDomain is a domain as it is looked up (RFC 5891, section 5), and whether
// it can be.
func asciiDomain(domain string) (string, bool) {
	ascii, err := idna.Lookup.ToASCII(domain)
	return ascii, err == nil && hostName(ascii)
}
