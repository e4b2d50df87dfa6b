package server

import (
	"net/http"
	"strings"
)

// class is a kind of route, as far as its security headers go.
type class int

const (
	asset  class = iota // the loader and what pages load: public, embeddable everywhere
	centre              // pages for people, framed by their own site only
	data                // the API and the probes
	docs                // the documentation: pages without a script, framed by nobody
)

// secure sets the headers that every response of a class carries. It is the
// only place where security headers are set; [frameable] narrows one of them.
func secure(c class, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		switch c {
		case asset:
			// Any page may load these, also one with COEP: require-corp or with integrity.
			h.Set("Access-Control-Allow-Origin", "*")
			h.Set("Cross-Origin-Resource-Policy", "cross-origin")
		case centre:
			h.Set("Content-Security-Policy", csp([]string{"'none'"}))
			h.Set("Referrer-Policy", "no-referrer")
			h.Set("Cross-Origin-Opener-Policy", "same-origin")
			// Framed by sites that may isolate themselves (COEP): say that it may be.
			h.Set("Cross-Origin-Resource-Policy", "cross-origin")
			h.Set("Cross-Origin-Embedder-Policy", "require-corp")
			h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
		case data:
			h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
			h.Set("Referrer-Policy", "no-referrer")
			h.Set("Cross-Origin-Resource-Policy", "same-site")
		case docs:
			h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
			h.Set("Referrer-Policy", "no-referrer")
			h.Set("Cross-Origin-Opener-Policy", "same-origin")
			h.Set("Cross-Origin-Resource-Policy", "same-origin")
		}
		if r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https" {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
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
