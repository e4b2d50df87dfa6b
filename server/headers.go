package server

import (
	"fmt"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"

	"latchkey/app/fault"
)

// class is a kind of route, as far as its security headers go.
type class int

const (
	asset  class = iota // the loader and what pages load: public, embeddable everywhere
	centre              // pages for people, framed by their own site only
	data                // the API, the log, the probes, and what is read by programs
	docs                // the documentation: pages without a script, framed by nobody
)

// securityHeaders are those that every response of a class carries, whatever its
// status. They are set nowhere else; [frameable] narrows one of them, and [publish] and
// [Server.cors] widen who may read.
var securityHeaders = map[class][][2]string{
	asset: {
		// Any page may load these, also one with COEP: require-corp or with integrity.
		{"Access-Control-Allow-Origin", "*"},
		{"Cross-Origin-Resource-Policy", "cross-origin"},
	},
	centre: {
		{"Content-Security-Policy", csp([]string{"'none'"})},
		{"Referrer-Policy", "no-referrer"},
		{"Cross-Origin-Opener-Policy", "same-origin"},
		// Framed by sites that may isolate themselves (COEP): say that it may be.
		{"Cross-Origin-Resource-Policy", "cross-origin"},
		{"Cross-Origin-Embedder-Policy", "require-corp"},
		{"Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"},
	},
	data: {
		{"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"},
		{"Referrer-Policy", "no-referrer"},
		{"Cross-Origin-Resource-Policy", "same-site"},
	},
	docs: {
		{"Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
		{"Referrer-Policy", "no-referrer"},
		{"Cross-Origin-Opener-Policy", "same-origin"},
		{"Cross-Origin-Resource-Policy", "same-origin"},
	},
}

// classes are the classes of addresses by their first part; any other is the centre's.
var classes = map[string]class{
	"embed": asset, "assets": asset, "api": data, "log": data, "healthz": data, "readyz": data, ".well-known": data, "docs": docs,
}

// secured sets the security headers of every response, also of those that the
// mux makes itself: a redirect to a cleaner path, a method that is not there. What
// has a header twice that comes once is handed to ambiguous.
func (s *Server) secured(next, ambiguous http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.secure(w, r)
		if slices.ContainsFunc(single, func(name string) bool { return len(r.Header[name]) > 1 }) {
			ambiguous.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// secure has a function of its own to keep the stack of those who wait small.
//
//go:noinline
func (s *Server) secure(w http.ResponseWriter, r *http.Request) {
	first, _, _ := strings.Cut(strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/"), "/")
	c, ok := classes[first]
	if !ok {
		c = centre
	}
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	setSecurity(h, c)
	if s.hsts != "" && !s.insecurely(r) {
		h.Set("Strict-Transport-Security", s.hsts)
	}
}

// as gives a route the headers of another class than its neighbours have.
func as(c class, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, other := range securityHeaders {
			for _, header := range other {
				w.Header().Del(header[0])
			}
		}
		setSecurity(w.Header(), c)
		next.ServeHTTP(w, r)
	})
}

func setSecurity(h http.Header, c class) {
	for _, header := range securityHeaders[c] {
		h.Set(header[0], header[1])
	}
}

// insecurely reports whether a call came to a trusted proxy without TLS, where
// Strict-Transport-Security has no place (RFC 6797, section 7.2). Anybody else can
// write that header too.
func (s *Server) insecurely(r *http.Request) bool {
	return senderOf(r).Trusted && strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "http")
}

// hstsForm is the form of Strict-Transport-Security (RFC 6797, section 6.1, and
// https://hstspreload.org for preload).
var hstsForm = regexp.MustCompile(`^max-age=[0-9]{1,10}(; ?includeSubDomains)?(; ?preload)?$`)

// HSTS is the value of Strict-Transport-Security for a setting and a public
// address: what is set, nothing for "off", and for no setting a year if the address is the root of
// one with TLS. Whether a host is reached by TLS alone is not for one path of it to say unasked.
// The error wraps [fault.Invalid].
func HSTS(setting, origin, base string) (string, error) {
	switch {
	case setting == "off":
		return "", nil
	case setting != "" && !hstsForm.MatchString(setting):
		return "", fmt.Errorf(`%q: want off, or such as "max-age=31536000" or "max-age=31536000; includeSubDomains": %w`, setting, fault.Invalid)
	case setting != "" && !strings.HasPrefix(origin, "https://"):
		return "", fmt.Errorf("%q: browsers heed it only from an address with https: %w", setting, fault.Invalid)
	case setting != "":
		return setting, nil
	case strings.HasPrefix(origin, "https://") && base == "":
		return "max-age=31536000", nil
	}
	return "", nil
}

// csp is the Content-Security-Policy of the centre's pages. WebAssembly is the
// one thing allowed beyond our own origin's files.
func csp(ancestors []string) string {
	return "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; " +
		"connect-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; " +
		"frame-ancestors " + strings.Join(ancestors, " ")
}

// frameable lets a page be framed by the origins of its site, and by no other.
func frameable(w http.ResponseWriter, origins []string) {
	w.Header().Set("Content-Security-Policy", csp(origins))
}
