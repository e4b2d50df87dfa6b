package server

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"latchkey/app/fault"
)

// SecurityTxt is what /.well-known/security.txt says (RFC 9116): to whom
// somebody who has found a weakness can turn. The zero value says nothing, and
// nothing is served then.
type SecurityTxt struct {
	Contacts []string // addresses: mailto:, https: or tel:, the best first
	Expires  time.Time
}

// soon is how long before its end a security.txt is worth a warning.
const soon = 30 * 24 * time.Hour

// ParseSecurityTxt reads contacts, of which a plain e-mail address is one, and
// the day or the time (RFC 3339) until which they hold. The error wraps [fault.Invalid].
func ParseSecurityTxt(contacts []string, expires string) (SecurityTxt, error) {
	if len(contacts) == 0 && expires == "" {
		return SecurityTxt{}, nil
	}
	if len(contacts) == 0 || expires == "" {
		return SecurityTxt{}, fmt.Errorf("a contact needs a day until which it holds, and such a day a contact: %w", fault.Invalid)
	}
	var s SecurityTxt
	for _, c := range contacts {
		if !strings.Contains(c, ":") && strings.Contains(c, "@") {
			c = "mailto:" + c
		}
		u, err := url.Parse(c)
		if err != nil || u.Scheme != "https" && u.Scheme != "mailto" && u.Scheme != "tel" || u.Host == "" && u.Opaque == "" || strings.ContainsFunc(c, func(r rune) bool { return r <= ' ' || r > '~' }) {
			return SecurityTxt{}, fmt.Errorf("%q: want an e-mail address, or an address that begins with https:// or tel: %w", c, fault.Invalid)
		}
		s.Contacts = append(s.Contacts, c)
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(layout, expires); err == nil {
			s.Expires = t.UTC()
			return s, nil
		}
	}
	return SecurityTxt{}, fmt.Errorf("%q: want a day such as 2027-06-30: %w", expires, fault.Invalid)
}

// Advice is what is to be done about it at a time, or "".
func (s SecurityTxt) Advice(now time.Time) string {
	switch {
	case len(s.Contacts) == 0:
		return ""
	case !now.Before(s.Expires):
		return fmt.Sprintf("security.txt expired on %s, so it is not served: check its contacts, and give a later day", s.Expires.Format(time.DateOnly))
	case s.Expires.Sub(now) < soon:
		return fmt.Sprintf("security.txt expires on %s: check its contacts, and give a later day", s.Expires.Format(time.DateOnly))
	case s.Expires.Sub(now) > 366*24*time.Hour:
		return "security.txt holds for more than a year: give an earlier day, so that somebody looks at its contacts again (RFC 9116, section 2.5.5)"
	}
	return ""
}

// text is the file, for a server at an address.
func (s SecurityTxt) text(public string) string {
	var b strings.Builder
	for _, c := range s.Contacts {
		fmt.Fprintf(&b, "Contact: %s\n", c)
	}
	fmt.Fprintf(&b, "Expires: %s\nPreferred-Languages: en, cy\n", s.Expires.Format(time.RFC3339))
	if strings.HasPrefix(public, "https://") {
		fmt.Fprintf(&b, "Canonical: %s/.well-known/security.txt\n", public)
	}
	return b.String()
}

// securityTxt serves the file while it holds. Below a path it is the website's to serve.
func (s *Server) securityTxt(w http.ResponseWriter, r *http.Request) error {
	if len(s.security.Contacts) == 0 || !s.now().Before(s.security.Expires) || s.base != "" {
		return fmt.Errorf("there is no security.txt here: %w", fault.NotFound)
	}
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Cache-Control", "public, max-age=3600")
	_, err := w.Write([]byte(s.security.text(s.public)))
	return err
}
