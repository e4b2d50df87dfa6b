package server

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
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

type requestKey struct{}

// requestID is the id of the request in the log.
func requestID(r *http.Request) string {
	id, _ := r.Context().Value(requestKey{}).(string)
	return id
}

// logged gives the request an id and logs it when it has been answered: which
// route, not which address, and nothing about who asked (LAW O8).
func (s *Server) logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = r.WithContext(context.WithValue(r.Context(), requestKey{}, uuid.NewString()))
		rec := &recorder{ResponseWriter: w, status: http.StatusOK}
		began, answered := s.now(), s.observer.Begin()
		next.ServeHTTP(rec, r)
		answered(r.Pattern, rec.status)
		s.logAnswer(r, rec.status, s.now().Sub(began))
	})
}

// logAnswer has a function of its own to keep the stack of those who wait small.
func (s *Server) logAnswer(r *http.Request, status int, took time.Duration) {
	s.log.LogAttrs(r.Context(), slog.LevelInfo, "request",
		slog.String("id", requestID(r)), slog.String("method", known(r.Method)), slog.String("route", r.Pattern),
		slog.Int("status", status), slog.Duration("took", took.Round(time.Microsecond)))
}

// known keeps made-up methods out of the log.
func known(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodOptions, http.MethodPut, http.MethodPatch, http.MethodDelete:
		return method
	}
	return "other"
}

// recorder remembers the status of a response.
type recorder struct {
	http.ResponseWriter
	status int
}

func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the writer behind.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
