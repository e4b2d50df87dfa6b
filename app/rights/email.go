package rights

import (
	"strings"
	"unicode"
)

// What is wrong with an e-mail address, as the end of a message's key.
const (
	emailForm   = "form"   // it is none at all
	emailLocal  = "local"  // the part before the @
	emailDomain = "domain" // the part after it
)

// Mailable reports whether a mail can be sent to an address.
func Mailable(email string) bool { return emailFault(email) == "" }

// emailFault says why no mail can be sent to an address, or "". It takes a
// dot-atom (RFC 5322, section 3.2.3; RFC 6532 for other scripts) at a host name of RFC 1123,
// section 2.1, which may be written in any script. Addresses in quotes or at a number are refused, as most
// mail servers do. Only a mail that arrives proves an address.
func emailFault(s string) string {
	at := strings.LastIndexByte(s, '@')
	if at < 1 || at == len(s)-1 || strings.ContainsAny(s, "\t\n\r ") {
		return emailForm
	}
	local, domain := s[:at], s[at+1:]
	if strings.Contains(local, "@") {
		return emailForm
	}
	if len(local) > 64 || !dotted(local) || strings.ContainsFunc(local, func(r rune) bool { return r != '.' && !atext(r) }) {
		return emailLocal
	}
	if !strings.Contains(domain, ".") {
		return emailForm // it ends early
	}
	ascii, ok := asciiDomain(domain)
	if !ok || len(local)+1+len(ascii) > Limits[FieldEmail] {
		return emailDomain
	}
	return ""
}

// dotted reports whether s is one or more words with single dots between them.
func dotted(s string) bool {
	return s != "" && s[0] != '.' && s[len(s)-1] != '.' && !strings.Contains(s, "..")
}

// atext are the characters of an atom, of which beyond ASCII those of words.
func atext(r rune) bool {
	if r >= 0x80 {
		return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)
	}
	return alphanumeric(r) || strings.ContainsRune("!#$%&'*+-/=?^_`{|}~", r)
}

// hostName reports whether a domain is a host name of two labels or more, and no number.
func hostName(domain string) bool {
	if !dotted(domain) || len(domain) > 253 {
		return false
	}
	labels := strings.Split(domain, ".")
	for _, label := range labels {
		if len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' ||
			strings.ContainsFunc(label, func(r rune) bool { return r != '-' && !alphanumeric(r) }) {
			return false
		}
	}
	last := labels[len(labels)-1]
	return len(labels) > 1 && strings.ContainsFunc(last, func(r rune) bool { return r > '9' })
}

func alphanumeric(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
}
