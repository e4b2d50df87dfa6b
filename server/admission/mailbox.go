package admission

import (
	"slices"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// Mailbox is one name for all ways to write the address of one mailbox, as far
// as they are known: capitals, what stands behind a plus (RFC 5233), and what
// providers take for the same. It is for counting only: it may be no address, and
// two people of an unknown provider may share one.
func Mailbox(email string) string {
	email = strings.ToLower(norm.NFKC.String(strings.TrimSpace(email)))
	at := strings.LastIndexByte(email, '@')
	if at < 0 {
		return email
	}
	local, domain := strings.Trim(email[:at], `"`), strings.TrimRight(email[at+1:], ".")
	if ascii, err := idna.Lookup.ToASCII(domain); err == nil {
		domain = ascii
	}
	local = cutAfterFirst(local, "+")
	for _, p := range providers {
		local, domain = p.same(local, domain)
	}
	return local + "@" + domain
}

// provider is one whose mailboxes have several addresses.
type provider struct {
	domains []string // under all of which the same name is the same mailbox
	ignored string   // characters that do not count in a name
	tag     string   // what begins a tag, besides a plus
	// separate is for a provider that sells names under each domain to somebody
	// else: the domain stays.
	separate bool
	// below is for a provider that delivers ANYTHING@NAME.DOMAIN to NAME@DOMAIN.
	below bool
}

// providers are as their own help pages have it in 2026.
var providers = []provider{
	{domains: []string{"gmail.com", "googlemail.com"}, ignored: "."},
	{domains: []string{"icloud.com", "me.com", "mac.com"}},
	{domains: []string{"proton.me", "protonmail.com", "protonmail.ch", "pm.me"}, ignored: ".-_"},
	{domains: []string{"yandex.ru", "yandex.com", "yandex.by", "yandex.kz", "yandex.ua", "ya.ru", "narod.ru"}, ignored: ".-"},
	{domains: []string{"yahoo.com", "yahoo.co.uk", "yahoo.ie", "yahoo.fr", "yahoo.de", "yahoo.it", "yahoo.es", "yahoo.ca", "yahoo.co.in", "yahoo.com.au", "ymail.com", "rocketmail.com", "myyahoo.com"}, tag: "-", separate: true},
	{domains: []string{"fastmail.com", "fastmail.fm", "fastmail.co.uk", "fastmail.org", "fastmail.net", "fastmail.us", "fastmail.to", "fastmail.de", "sent.com", "messagingengine.com"}, separate: true, below: true},
}

// same is an address of the provider's as it is counted, and any other as it is.
func (p *provider) same(local, domain string) (string, string) {
	name, parent, sub := strings.Cut(domain, ".")
	switch {
	case slices.Contains(p.domains, domain):
	case p.below && sub && slices.Contains(p.domains, parent):
		local, domain = name, parent
	default:
		return local, domain
	}
	local = cutAfterFirst(local, p.tag)
	if kept := strings.Map(func(r rune) rune {
		if strings.ContainsRune(p.ignored, r) {
			return -1
		}
		return r
	}, local); kept != "" {
		local = kept
	}
	if !p.separate {
		domain = p.domains[0]
	}
	return local, domain
}

// cutAfterFirst is s up to a separator, if there is something before that.
func cutAfterFirst(s, separator string) string {
	if before, _, found := strings.Cut(s, separator); found && separator != "" && before != "" {
		return before
	}
	return s
}
