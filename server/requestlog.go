package server

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/google/uuid"

	"latchkey/server/admission"
)

// callKey is the key of a call in its context.
type callKey struct{}

// call is what is known of a request before anything is done about it.
type call struct {
	id     string
	sender admission.Sender
}

// callOf is the call that a request is. Outside of the server's handler it is an empty one.
func callOf(r *http.Request) *call {
	if c, ok := r.Context().Value(callKey{}).(*call); ok {
		return c
	}
	return new(call)
}

// senderOf is who a request is counted for.
func senderOf(r *http.Request) admission.Sender { return callOf(r).sender }

// requestID is the id of the request in the log.
func requestID(r *http.Request) string {
	return callOf(r).id
}

// logged gives the request an id and logs it when it has been answered: which
// route, not which address, and nothing about who asked (LAW O8).
func (s *Server) logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = s.identified(r)
		rec := &recorder{ResponseWriter: w, status: http.StatusOK}
		began, answered := s.now(), s.observer.Begin()
		next.ServeHTTP(rec, r)
		answered(r.Pattern, rec.status)
		s.logAnswer(r, rec.status, s.now().Sub(began))
	})
}

// identified is the request with what is known of it. It has a function of its own
// to keep the stack of those who wait small.
//
//go:noinline
func (s *Server) identified(r *http.Request) *http.Request {
	c := &call{id: uuid.NewString(), sender: admission.SenderOf(r, s.admission.Proxies())}
	r = r.WithContext(context.WithValue(r.Context(), callKey{}, c))
	s.checkProxy(r, c.sender)
	return r
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
