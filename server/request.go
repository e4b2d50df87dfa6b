package server

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"latchkey/app/fault"
	"latchkey/app/group"
	"latchkey/app/rights"
	"latchkey/app/ui"
	"latchkey/server/mail"
)

// formToken is what the token of the request form holds, sealed: which journey
// this is. Sending the same journey twice makes one request.
type formToken struct {
	Key string `json:"k"` // 128 random bits
}

// sentToken is what the address of a confirmation holds, sealed; it expires.
type sentToken struct {
	Reference string `json:"r"`
	Secret    string `json:"s"` // 128 random bits: a reference alone opens nothing
	Repeat    bool   `json:"a,omitempty"`
	Silent    bool   `json:"n,omitempty"` // no acknowledgement goes out, see [admission.Limits.Letters]
}

// request is the request journey, one thing a page. Nothing is stored before
// the person sends it: every page carries the answers so far.
func (s *Server) request(w http.ResponseWriter, r *http.Request) error {
	st, v, err := s.view(r, ui.RequestPage)
	if err != nil {
		return err
	}
	journey := st.journey(s)
	v.Request = st.requestView(v.Lang, journey)
	kind := rights.Kind(r.PathValue("kind"))
	if kind != "" && !journey.Offers(kind) {
		return fmt.Errorf("no such kind of request: %w", fault.NotFound)
	}
	if r.Method != http.MethodPost {
		v.Request.Form = journey.Open(kind, v.Lang)
		if v.Request.Form.Token, err = s.newFormToken(); err != nil {
			return err
		}
		return s.writePage(w, r, st, http.StatusOK, revisitable, v)
	}

	if err := parseForm(w, r, rights.MaxForm); err != nil {
		return err
	}
	form, err := rights.Parse(r.PostForm)
	if err != nil {
		return err
	}
	form.Request.Language = v.Lang
	turn := journey.Turn(form)
	status := http.StatusOK
	if turn.Send {
		record, sent, err := s.receive(r, st, turn.Form.Request, s.journeyKey(turn.Form.Token, turn.Form.Request))
		if err == nil {
			return s.redirectToSent(w, r, st, v.Lang, sent)
		}
		if !errors.Is(err, fault.Conflict) {
			return err
		}
		// This journey was sent before, and the answers have been changed since.
		// It may be a second request: say so, and let the person decide. Or what was sent has been erased:
		// a page that is loaded again must not bring it back.
		turn.Send, status = false, http.StatusConflict
		v.Request.Already, v.Request.Erased = record.Reference, record.Reference == ""
		if turn.Form.Token, err = s.newFormToken(); err != nil {
			return err
		}
	}
	if len(turn.Errors) > 0 {
		status = http.StatusUnprocessableEntity
	}
	if turn.Form.Token == "" { // so that pressing Send twice on a later page sends once
		if turn.Form.Token, err = s.newFormToken(); err != nil {
			return err
		}
	}
	v.Request.Form, v.Request.Errors, v.Request.Moved = turn.Form, turn.Errors, turn.Moved
	cache := private
	if r.PostForm.Get("script") == "off" {
		cache = revisitable
	}
	return s.writePage(w, r, st, status, cache, v)
}

// journey is what the request form depends on, today, on a site.
func (st *site) journey(s *Server) rights.Journey {
	j := rights.Journey{Today: rights.DateOf(s.now())}
	for _, e := range st.group.RequestEntities(st.Site) {
		j.Entities = append(j.Entities, e.ID)
	}
	if from := st.group.Requests.STAIRs; from != "" {
		j.STAIRs, _ = rights.ParseDate(from) // checked when the configuration was read
	}
	return j
}

func (st *site) requestView(lang string, j rights.Journey) *ui.RequestView {
	v := &ui.RequestView{Journey: j, Calendar: st.calendar()}
	for _, e := range st.group.RequestEntities(st.Site) {
		v.Entities = append(v.Entities, ui.EntityOf(st.group, e, lang, st.Languages[0]))
	}
	for _, t := range st.group.Requests.Shortcuts {
		text, _ := t.In(lang, st.Languages[0])
		v.Shortcuts = append(v.Shortcuts, text)
	}
	return v
}

// calendar is the working days by which the group's requests are counted.
func (st *site) calendar() rights.Calendar {
	var c rights.Calendar
	for _, h := range st.group.Holidays {
		if d, err := rights.ParseDate(h.Date); err == nil {
			c.Extra = append(c.Extra, rights.Holiday{Date: d, Name: h.Name})
		}
	}
	return c
}

func (s *Server) newFormToken() (string, error) {
	token, err := s.keys.form.Encode("form", formToken{Key: secret()})
	if err != nil {
		return "", fmt.Errorf("form token: %w", err)
	}
	return token, nil
}

// journeyKey is the idempotency key of a journey: of the token that its form
// began with, and of the person who asks. Whoever has come to somebody else's page, at a
// shared computer or by a link, makes a request of their own, and is shown nothing of the other's.
//
// A token that has expired or lacks our seal may be anybody's. It stands for these answers
// only, so that a person who comes back to an old page and presses twice sends once. No token stands for
// nothing at all. Forged posts from other sites are refused before, by where they come from.
func (s *Server) journeyKey(token string, r rights.Request) string {
	var t formToken
	switch err := open(s.keys.form, "form", token, &t); {
	case err == nil:
		return hash([]byte(strings.Join([]string{t.Key, r.Name, r.Email, r.Phone, r.Address}, "\x00")))
	case token == "":
		return secret()
	}
	return "old-" + hash([]byte(token+"\x00"+r.Digest()))
}

// receive stores a request that has been validated, with its messages, and says
// what its confirmation is to show. On [fault.Conflict] it returns the request
// that was sent under the key before, or none if that was erased since.
func (s *Server) receive(r *http.Request, st *site, request rights.Request, key string) (stored rights.Record, sent sentToken, err error) {
	if err := cmp.Or(s.admission.Site(st.ID), s.admission.Request(senderOf(r))); err != nil {
		return rights.Record{}, sentToken{}, err
	}
	asked := st.asked(s, request)
	record := rights.Record{
		Key: st.ID + "/" + key, Digest: request.Digest(), Group: st.group.ID, Site: st.ID,
		Received: s.now(), Start: strictest(st.group, asked), Request: request,
	}
	clock := st.calendar().Clock(rights.Facts{Kind: request.Kind, Rule: record.Start, Received: record.Received})
	record.Due = clock.Due.String()
	if !clock.AckDue.IsZero() {
		record.AckDue = clock.AckDue.String()
	}
	silent := request.AcknowledgeByEmail() && !s.admission.Letter(request.Email)
	created := false
	for range referenceTries {
		var random [5]byte
		rand.Read(random[:])
		record.Reference = rights.NewReference(random)
		letters := mail.Letters(record, clock, st.group, st.Site, asked)
		if silent {
			letters = slices.DeleteFunc(letters, func(m rights.Message) bool { return m.Kind == mail.Acknowledgement })
		}
		stored, created, err = s.store.AddRequest(r.Context(), record, letters)
		if !errors.Is(err, fault.Unavailable) || errors.Is(err, context.DeadlineExceeded) {
			break // with a store that does not answer, another reference would wait as long again
		}
	}
	s.readiness.failed(err)
	if err == nil && created {
		s.mailed()
	}
	return stored, sentToken{Reference: stored.Reference, Repeat: !created, Silent: silent}, err
}

// referenceTries is how often a reference that chance has given before is
// drawn again; once is about all that a lifetime of requests will need.
const referenceTries = 3

// asked lists the entities that a request goes to.
func (st *site) asked(s *Server, request rights.Request) []group.Entity {
	var es []group.Entity
	for _, id := range st.journey(s).Asked(request) {
		if e, ok := st.group.Entity(id); ok {
			es = append(es, e)
		}
	}
	return es
}

// strictest is the rule by which the clock of a request to several entities starts.
func strictest(g *group.Group, asked []group.Entity) rights.Start {
	var rules []rights.Start
	for _, e := range asked {
		rules = append(rules, rights.Start(g.ClockFor(e)))
	}
	return rights.Strictest(rules...)
}

// redirectToSent leads to the confirmation, at an address that names neither
// the person nor the request and that expires (LAW T20).
func (s *Server) redirectToSent(w http.ResponseWriter, r *http.Request, st *site, lang string, sent sentToken) error {
	sent.Secret = secret()
	token, err := s.keys.sent.Encode("sent", sent)
	if err != nil {
		return fmt.Errorf("confirmation: %w", err)
	}
	w.Header().Set("Cache-Control", private)
	http.Redirect(w, r, "/"+st.ID+"/request/sent/"+url.PathEscape(token)+"?lang="+url.QueryEscape(lang), http.StatusSeeOther)
	return nil
}

// sent is the confirmation of a request.
func (s *Server) sent(w http.ResponseWriter, r *http.Request) error {
	st, v, err := s.view(r, ui.RequestPage)
	if err != nil {
		return err
	}
	var t sentToken
	if err := open(s.keys.sent, "sent", r.PathValue("token"), &t); err != nil {
		return fmt.Errorf("confirmation: %w", fault.NotFound)
	}
	record, err := s.store.Request(r.Context(), t.Reference)
	if err != nil {
		return err
	}
	if record.Site != st.ID {
		return fmt.Errorf("confirmation: %w", fault.NotFound)
	}
	v.Request = st.requestView(v.Lang, st.journey(s))
	v.Request.Sent = ui.SentOf(record, st.calendar())
	v.Request.Sent.Repeat = t.Repeat
	v.Request.Sent.Email = v.Request.Sent.Email && !t.Silent
	return s.writePage(w, r, st, http.StatusOK, private, v)
}

// apiRequest is the body of POST /api/requests.
type apiRequest struct {
	Key     string          `json:"key"`     // UUID made by the sender; the same key is the same sending
	Site    string          `json:"site"`    // site id
	Request json.RawMessage `json:"request"` // as rights.Request
}

// apiReceived is the answer to a request that was received.
type apiReceived struct {
	Reference string       `json:"reference"`
	Received  time.Time    `json:"received"`
	Clock     rights.Clock `json:"clock"`
}

// postRequest takes a request as JSON: the same request, the same rules and the
// same idempotency as the form.
func (s *Server) postRequest(w http.ResponseWriter, r *http.Request) error {
	body, err := readJSON(w, r, rights.MaxForm)
	if err != nil {
		return err
	}
	var a apiRequest
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&a); err != nil {
		return fmt.Errorf("the request is not the JSON expected: %s: %w", err, fault.Malformed)
	}
	if _, err := dec.Token(); err != io.EOF {
		return fmt.Errorf("the request is followed by more than its one JSON object: %w", fault.Malformed)
	}
	if _, err := uuid.Parse(a.Key); err != nil {
		return fmt.Errorf("key: want a UUID: %w", fault.Invalid)
	}
	st, err := s.snapshot().site(a.Site)
	if err != nil {
		return fmt.Errorf("site: there is no site %q here: %w", a.Site, fault.Invalid)
	}
	if err := st.checkOrigin(r); err != nil {
		return err
	}
	request, err := rights.ParseRequest(a.Request)
	if err != nil {
		return err
	}
	if request.Language == "" {
		request.Language = st.Languages[0]
	}
	journey := st.journey(s)
	if _, errs := journey.Check(request); len(errs) > 0 {
		return fieldErrors{errs}
	}
	record, sent, err := s.receive(r, st, journey.Settled(request), a.Key)
	if errors.Is(err, fault.Conflict) && record.Reference == "" {
		return fmt.Errorf("key: %s was sent before, and that request has been erased; a new request needs a new key: %w", a.Key, fault.Conflict)
	}
	if errors.Is(err, fault.Conflict) {
		return fmt.Errorf("key: %s was sent before with other content; a new request needs a new key: %w", a.Key, fault.Conflict)
	}
	if err != nil {
		return err
	}
	status := http.StatusCreated
	if sent.Repeat {
		status = http.StatusOK
	}
	return writeJSON(w, status, apiReceived{
		Reference: record.Reference, Received: record.Received,
		Clock: st.calendar().Clock(rights.Facts{Kind: record.Request.Kind, Rule: record.Start, Received: record.Received}),
	})
}
