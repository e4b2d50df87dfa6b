package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"latchkey/app/consent"
	"latchkey/app/fault"
)

// receiptToken is what a receipt token holds, sealed.
type receiptToken struct {
	Receipt string `json:"r"`
	Secret  string `json:"s"` // 128 random bits: an id alone opens nothing
}

// receiptAnswer is the answer to a stored choice.
type receiptAnswer struct {
	Receipt string    `json:"receipt"`
	Token   string    `json:"token"`
	Time    time.Time `json:"time"`
}

// postReceipt stores the evidence of one choice. It is idempotent by the
// device's event id: 201 for the first, 200 and the same answer for a repeat,
// 409 for other content under the same id.
func (s *Server) postReceipt(w http.ResponseWriter, r *http.Request) error {
	body, err := readJSON(w, r, consent.MaxSubmission)
	if err != nil {
		return err
	}
	sub, err := consent.ParseSubmission(body)
	if err != nil {
		return err
	}
	site, err := s.snapshot().site(sub.Site)
	if err != nil {
		return fmt.Errorf("site: there is no site %q here: %w", sub.Site, fault.Invalid)
	}
	if err := site.checkOrigin(r); err != nil {
		return err
	}
	edition, err := s.store.Edition(r.Context(), sub.Edition)
	if errors.Is(err, fault.NotFound) {
		return fmt.Errorf("edition: nothing was published under %q: %w", sub.Edition, fault.Invalid)
	}
	if err != nil {
		return err
	}
	event, err := consent.Complete(sub, edition)
	if err != nil {
		return err
	}
	id := uuid.NewString()
	token, err := s.keys.receipt.Encode("receipt", receiptToken{Receipt: id, Secret: secret()})
	if err != nil {
		return fmt.Errorf("receipt token: %w", err)
	}
	stored, created, err := s.store.AddReceipt(r.Context(), consent.Stored{
		Receipt: consent.Receipt{ID: id, Time: s.now(), Event: event},
		Token:   token,
		Digest:  digest(sub),
	})
	if errors.Is(err, fault.Conflict) {
		return fmt.Errorf("event: %s was sent before with other content; a new choice needs a new event id: %w", sub.Event, fault.Conflict)
	}
	if err != nil {
		return err
	}
	status := http.StatusOK
	if created {
		status = http.StatusCreated
	}
	return writeJSON(w, status, receiptAnswer{Receipt: stored.ID, Token: stored.Token, Time: stored.Time})
}

// digest tells a repeat of a submission from another one under the same event
// id. The age grows while a submission waits, so it does not count.
func digest(s consent.Submission) string {
	s.Age = 0
	b, err := json.Marshal(s) // map keys come out sorted
	if err != nil {
		panic(err) // strings, booleans and maps of strings always marshal
	}
	return hash(b)
}

// getReceipt returns a receipt to whoever holds its token.
func (s *Server) getReceipt(w http.ResponseWriter, r *http.Request) error {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		w.Header().Set("WWW-Authenticate", `Bearer realm="receipt"`)
		return fmt.Errorf("a receipt is shown to the holder of its token; send it as Authorization: Bearer TOKEN: %w", fault.Unauthorized)
	}
	stored, err := s.receiptByToken(r, r.PathValue("id"), token)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, stored.Receipt)
}

// receiptByToken returns the receipt id if token opens it. Whether the receipt
// does not exist or the token is wrong is not told.
func (s *Server) receiptByToken(r *http.Request, id, token string) (consent.Stored, error) {
	refused := fmt.Errorf("there is no receipt with this id and token: %w", fault.NotFound)
	var t receiptToken
	if err := open(s.keys.receipt, "receipt", token, &t); err != nil || t.Receipt != id {
		return consent.Stored{}, refused
	}
	stored, err := s.store.Receipt(r.Context(), id)
	if errors.Is(err, fault.NotFound) {
		return consent.Stored{}, refused
	}
	return stored, err
}

// readJSON reads a body of at most limit bytes that says it is JSON.
func readJSON(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/json" {
		return nil, fmt.Errorf("send it as Content-Type: application/json: %w", fault.MediaType)
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return nil, fmt.Errorf("the body is larger than %d bytes: %w", limit, fault.TooLarge)
	}
	if err != nil {
		return nil, fmt.Errorf("the body ended early: %w", fault.Malformed)
	}
	return bytes.TrimSpace(body), nil
}

func writeJSON(w http.ResponseWriter, status int, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("answer: %w", err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	w.Write(b)
	return nil
}

// cors lets the pages of the configured sites call the API and read its
// answers, without credentials. Which site may speak for which is checked by
// the handler, which knows the site; an origin that no site has gets nothing.
func (s *Server) cors(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Add("Vary", "Origin")
		if origin := r.Header.Get("Origin"); s.snapshot().knows(origin) {
			h.Set("Access-Control-Allow-Origin", origin)
			h.Set("Cross-Origin-Resource-Policy", "cross-origin")
			if r.Method == http.MethodOptions {
				h.Set("Access-Control-Allow-Methods", "GET, POST")
				h.Set("Access-Control-Allow-Headers", "Content-Type, Authorization")
				h.Set("Access-Control-Max-Age", "86400")
			}
		}
		if r.Method == http.MethodOptions {
			h.Set("Allow", "GET, POST, OPTIONS")
			w.WriteHeader(http.StatusNoContent)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// checkOrigin refuses a request that does not come from a page of the site. A
// browser always sends the header with a cross-origin or a POST request.
func (s *site) checkOrigin(r *http.Request) error {
	switch origin := r.Header.Get("Origin"); {
	case origin == "":
		return fmt.Errorf("the Origin header is missing; this address is for the pages of a site: %w", fault.Forbidden)
	case !slices.Contains(s.Origins, origin):
		return fmt.Errorf("the origin %q is not one of site %q; add it to the site's origins in group.yaml: %w", origin, s.ID, fault.Forbidden)
	}
	return nil
}
