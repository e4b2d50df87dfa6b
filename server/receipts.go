package server

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"latchkey/app/consent"
	"latchkey/app/evidence"
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
	Token   string    `json:"token,omitempty"` // for its sender alone
	Time    time.Time `json:"time"`
}

// postReceipt stores the evidence of one choice. It is idempotent by the
// device's event id: 201 for the first, 200 and the same receipt for a repeat,
// 409 for other content under the same id.
//
// What was sent stands in the visitor's receipt file, and whoever has that can send it again. So only the
// first answer, and one to the secret that the first came with, holds a token.
func (s *Server) postReceipt(w http.ResponseWriter, r *http.Request) error {
	// A thousand may wait for the store at once. What is done before and after has
	// functions of its own, so that they do not wait with the stack that it needs.
	sub, err := s.submission(w, r)
	if err != nil {
		return err
	}
	receipt, err := s.newReceipt(r, sub)
	if err != nil {
		return err
	}
	stored, created, err := s.store.AddReceipt(r.Context(), receipt)
	if errors.Is(err, fault.Conflict) {
		return fmt.Errorf("event: %s was sent before with other content; a new choice needs a new event id: %w", receipt.Event.ID, fault.Conflict)
	}
	if err != nil {
		s.readiness.failed(err)
		return err
	}
	s.receiptLog.Wake()
	return s.acknowledge(w, stored, created, created || sentBy(receipt.Sender, stored))
}

// sentBy reports whether a receipt was sent by who sends it again.
func sentBy(sender []byte, stored *consent.Stored) bool {
	return sender != nil && subtle.ConstantTimeCompare(sender, stored.Sender) == 1
}

// submission reads the choice that was sent, from a page of the site that it is for.
func (s *Server) submission(w http.ResponseWriter, r *http.Request) (*consent.Submission, error) {
	body, err := readJSON(w, r, consent.MaxSubmission)
	if err != nil {
		return nil, err
	}
	sub, err := consent.ParseSubmission(body)
	if err != nil {
		return nil, err
	}
	sub.GPC = sub.GPC || signalsGPC(r)
	site, err := s.snapshot().site(sub.Site)
	if err != nil {
		return nil, fmt.Errorf("site: there is no site %q here: %w", sub.Site, fault.Invalid)
	}
	if err := site.checkOrigin(r); err != nil {
		return nil, err
	}
	if err := s.admission.Site(site.ID); err != nil {
		return nil, err
	}
	return &sub, s.chain(r, &sub)
}

// chain leaves the receipt that a choice follows in it only if its proof is the
// token of that receipt, and the receipt, where it is still there, one of the same site: the
// newest receipt of a device shows and erases those before it, and an id is no secret. A choice
// counts whether or not it is chained.
func (s *Server) chain(r *http.Request, sub *consent.Submission) error {
	proof := sub.Proof
	sub.Proof = ""
	if sub.Previous == "" {
		return nil
	}
	why := "it comes without the token of that one"
	if s.opens(sub.Previous, proof) {
		before, err := s.store.Receipt(r.Context(), sub.Previous)
		if errors.Is(err, fault.NotFound) || err == nil && before.Event.Site == sub.Site {
			return nil // one that was erased was there, or it would have no token
		}
		if err != nil {
			return err
		}
		why = "that one is of another site"
	}
	sub.Previous = ""
	s.log.LogAttrs(r.Context(), slog.LevelDebug, "a choice does not follow on the receipt that it names",
		slog.String("id", requestID(r)), slog.String("why", why))
	return nil
}

// opens reports whether a token is that of a receipt.
func (s *Server) opens(receipt, token string) bool {
	var t receiptToken
	return open(s.keys.receipt, "receipt", token, &t) == nil && t.Receipt == receipt
}

// newReceipt makes a receipt of a choice.
func (s *Server) newReceipt(r *http.Request, sub *consent.Submission) (*consent.Stored, error) {
	edition, err := s.edition(r.Context(), sub.Edition)
	if errors.Is(err, fault.NotFound) {
		return nil, fmt.Errorf("edition: nothing was published under %q: %w", sub.Edition, fault.Invalid)
	}
	if err != nil {
		return nil, err
	}
	event, err := consent.Complete(*sub, edition.Edition)
	if err != nil {
		return nil, err
	}
	// In the order of time (RFC 9562, section 5.7): in an index one follows the other.
	id, err := uuid.NewV7()
	if err != nil {
		return nil, err
	}
	receipt := &consent.Stored{
		Receipt: consent.Receipt{ID: id.String(), Time: s.now(), Event: event},
		Edition: sub.Edition, Salt: make([]byte, evidence.SaltSize), Sender: consent.SenderOf(sub.Secret),
	}
	rand.Read(receipt.Salt) // never fails
	receipt.Commitment, err = evidence.Commit(receipt.Salt, evidence.Record(*receipt, edition.hash))
	return receipt, err
}

// acknowledge answers that a choice is stored, now or before; to its sender with what opens the receipt.
func (s *Server) acknowledge(w http.ResponseWriter, stored *consent.Stored, created, toSender bool) error {
	answer := receiptAnswer{Receipt: stored.ID, Time: stored.Time}
	if toSender {
		var err error
		if answer.Token, err = s.keys.receipt.Encode("receipt", receiptToken{Receipt: stored.ID, Secret: secret()}); err != nil {
			return fmt.Errorf("receipt token: %w", err)
		}
	}
	status := http.StatusOK
	if created {
		status = http.StatusCreated
	}
	return writeJSON(w, status, answer)
}

// knownEdition is an edition with its hash.
type knownEdition struct {
	consent.Edition
	hash string
}

// edition returns an edition that was published, from memory if it was asked
// for before: there are few, and they never change.
func (s *Server) edition(ctx context.Context, id string) (*knownEdition, error) {
	if known, ok := s.editions.Load(id); ok {
		return known.(*knownEdition), nil
	}
	e, err := s.store.Edition(ctx, id)
	if err != nil {
		return nil, err
	}
	sum, err := evidence.EditionHash(e)
	if err != nil {
		return nil, err
	}
	known := &knownEdition{e, sum}
	s.editions.Store(id, known)
	return known, nil
}

// getReceipt returns a receipt to whoever holds its token, as JSON or, if that
// is asked for, as JSON-LD.
func (s *Server) getReceipt(w http.ResponseWriter, r *http.Request) error {
	w.Header().Add("Vary", "Accept")
	stored, err := s.receiptByBearer(w, r)
	if err != nil {
		return err
	}
	if wantsJSONLD(r) {
		return s.writeJSONLD(w, r, stored)
	}
	return writeJSON(w, http.StatusOK, stored.Receipt)
}

// getReceiptFile returns a receipt with all that proves it to whoever holds its
// token. The proof is missing until the receipt is in the log.
func (s *Server) getReceiptFile(w http.ResponseWriter, r *http.Request) error {
	stored, err := s.receiptByBearer(w, r)
	if err != nil {
		return err
	}
	file, err := s.receiptFile(r.Context(), stored)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", `attachment; filename="receipt-`+stored.ID+`.json"`)
	return writeJSON(w, http.StatusOK, file)
}

// receiptFile returns what proves a receipt.
func (s *Server) receiptFile(ctx context.Context, stored consent.Stored) (evidence.File, error) {
	edition, err := s.edition(ctx, stored.Edition)
	if err != nil {
		return evidence.File{}, err
	}
	shown, err := s.store.ShownText(ctx, edition.Shown)
	if err != nil {
		return evidence.File{}, err
	}
	proof, err := s.receiptLog.Proof(ctx, stored.ID)
	if err != nil && !errors.Is(err, fault.NotFound) {
		return evidence.File{}, err
	}
	return evidence.NewFile(stored, edition.Edition, shown, proof)
}

// receiptByBearer returns the receipt that the address names and the header opens.
func (s *Server) receiptByBearer(w http.ResponseWriter, r *http.Request) (consent.Stored, error) {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		w.Header().Set("WWW-Authenticate", `Bearer realm="receipt"`)
		return consent.Stored{}, fmt.Errorf("a receipt is shown to the holder of its token; send it as Authorization: Bearer TOKEN: %w", fault.Unauthorized)
	}
	return s.receiptByToken(r, r.PathValue("id"), token)
}

// receiptByToken returns the receipt id if token opens it. Whether the receipt
// does not exist or the token is wrong is not told.
func (s *Server) receiptByToken(r *http.Request, id, token string) (consent.Stored, error) {
	refused := fmt.Errorf("there is no receipt with this id and token: %w", fault.NotFound)
	if !s.opens(id, token) {
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
// answers, without credentials but for a choice. Which site may speak for which is checked by
// the handler, which knows the site; an origin that no site has gets nothing.
func (s *Server) cors(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Add("Vary", "Origin")
		if origin := r.Header.Get("Origin"); s.snapshot().knows(origin) {
			h.Set("Access-Control-Allow-Origin", origin)
			allowCredentials(h, r)
			h.Set("Access-Control-Expose-Headers", "Retry-After") // the loader waits for as long as that says
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

// checkSomeOrigin refuses what comes from no site's page. Whether it comes from
// the site that it is for is known when it has been read.
func (s *Server) checkSomeOrigin(r *http.Request) error {
	switch origin := r.Header.Get("Origin"); {
	case origin == "":
		return errNoOrigin
	case !s.snapshot().knows(origin):
		return fmt.Errorf("the origin %q is none of any site here; add it to its site's origins in group.yaml: %w", origin, fault.Forbidden)
	}
	return nil
}

// anyOrigin is for the forms of our own pages, which [http.CrossOriginProtection] looks after.
func anyOrigin(*http.Request) error { return nil }

var errNoOrigin = fmt.Errorf("the Origin header is missing; this address is for the pages of a site: %w", fault.Forbidden)

// checkOrigin refuses a request that does not come from a page of the site. A
// browser always sends the header with a cross-origin or a POST request.
func (s *site) checkOrigin(r *http.Request) error {
	switch origin := r.Header.Get("Origin"); {
	case origin == "":
		return errNoOrigin
	case !slices.Contains(s.Origins, origin):
		return fmt.Errorf("the origin %q is not one of site %q; add it to the site's origins in group.yaml: %w", origin, s.ID, fault.Forbidden)
	}
	return nil
}
