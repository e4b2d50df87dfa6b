package server

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"latchkey/app/fault"
)

// handler answers a request or returns why it can't. Errors become responses
// only here: see [Server.api] and [Server.page].
type handler func(w http.ResponseWriter, r *http.Request) error

// kinds maps the kinds of errors to statuses, the first match first. What
// matches none is internal.
var kinds = []struct {
	kind   error
	status int
	title  string
}{
	{fault.Malformed, http.StatusBadRequest, "The request can't be read"},
	{fault.Unauthorized, http.StatusUnauthorized, "A token is needed"},
	{fault.Forbidden, http.StatusForbidden, "Not allowed"},
	{fault.NotFound, http.StatusNotFound, "Not found"},
	{fault.Method, http.StatusMethodNotAllowed, "That method is not available here"},
	{fault.Conflict, http.StatusConflict, "Sent before with other content"},
	{fault.TooLarge, http.StatusRequestEntityTooLarge, "Too large"},
	{fault.MediaType, http.StatusUnsupportedMediaType, "That media type is not taken"},
	{fault.Invalid, http.StatusUnprocessableEntity, "Something in the request is not right"},
	{fault.TooMany, http.StatusTooManyRequests, "Too much at once"},
	{fault.Damaged, http.StatusServiceUnavailable, "Not possible right now"},
	{fault.Unavailable, http.StatusServiceUnavailable, "Not possible right now"},
}

// classify returns the status and title of an error, and a sentence about it
// that is fit for its sender: for an internal error, nothing of what it was.
func classify(err error) (status int, title, detail string) {
	for _, k := range kinds {
		if errors.Is(err, k.kind) {
			return k.status, k.title, strings.TrimSuffix(err.Error(), ": "+k.kind.Error())
		}
	}
	return http.StatusInternalServerError, "Something went wrong",
		"The server could not finish this. Nothing was changed. Try again later."
}

// problem is the body of an error of the API (RFC 9457).
type problem struct {
	Type     string        `json:"type"`
	Title    string        `json:"title"`
	Status   int           `json:"status"`
	Detail   string        `json:"detail,omitempty"`
	Instance string        `json:"instance,omitempty"` // id of the request in the log
	Errors   []fault.Field `json:"errors,omitempty"`   // the fields at fault, if known
}

// fieldErrors is an error that names the fields at fault.
type fieldErrors struct{ fields []fault.Field }

func (e fieldErrors) Error() string { return "some answers are missing or not right" }
func (e fieldErrors) Unwrap() error { return fault.Invalid }

// api answers errors as problem documents.
func (s *Server) api(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := h(w, r)
		if err == nil {
			return
		}
		status, title, detail := classify(err)
		s.logError(r, status, err)
		p := problem{Type: "about:blank", Title: title, Status: status, Detail: detail, Instance: "urn:uuid:" + requestID(r)}
		if fe, ok := errors.AsType[fieldErrors](err); ok {
			p.Errors = fe.fields
		}
		w.Header().Set("Content-Type", "application/problem+json")
		w.Header().Set("Cache-Control", "no-store")
		if passing(status) {
			w.Header().Set("Retry-After", retryAfter(err))
		}
		w.WriteHeader(status)
		json.NewEncoder(w).Encode(p)
	})
}

// page answers errors as a page that a person can go on from.
func (s *Server) page(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			status, _, _ := classify(err)
			s.logError(r, status, err)
			if passing(status) {
				w.Header().Set("Retry-After", retryAfter(err))
			}
			s.problemPage(w, r, status)
		}
	})
}

// passing reports whether a status says to try the same again later.
func passing(status int) bool {
	return status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests
}

func (s *Server) logError(r *http.Request, status int, err error) {
	s.note(err)
	if _, refused := errors.AsType[refusal](err); refused {
		return // there may be thousands a second, and they are counted
	}
	if status >= http.StatusInternalServerError {
		s.log.LogAttrs(r.Context(), slog.LevelError, "request failed", slog.String("id", requestID(r)), slog.Any("error", err))
	}
}
