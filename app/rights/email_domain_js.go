package rights

import (
	"strings"
	"unicode"
)

// asciiDomain finds slips in a domain. The tables that say which names in other
// scripts there can be are larger than the rest of the form's rules, so they
// stay on the server, which looks at each of them when the form is sent.
func asciiDomain(domain string) (string, bool) {
	plain := strings.Map(func(r rune) rune {
		if r >= 0x80 && (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)) {
			return 'x'
		}
		return r
	}, domain)
	return plain, hostName(plain)
}
