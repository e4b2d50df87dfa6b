package server

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"latchkey/app/consent"
	"latchkey/app/evidence"
	"latchkey/app/fault"
	"latchkey/app/ui"
)

// maxHistory is how many receipts of one device are looked for: no person makes
// so many choices.
const maxHistory = 500

// errErased says that a receipt code is genuine, and its receipt is not there any more.
var errErased = fmt.Errorf("this receipt was erased: %w", fault.NotFound)

// receiptByCode returns the receipt of a code, RECEIPTID.TOKEN. Besides what
// receiptByToken returns, the error is errErased: whoever has the token knows that there was one.
func (s *Server) receiptByCode(r *http.Request, code string) (consent.Stored, error) {
	id, token, _ := strings.Cut(code, ".")
	stored, err := s.receiptByToken(r, id, token)
	if errors.Is(err, fault.NotFound) && s.opens(id, token) {
		return consent.Stored{}, errErased
	}
	return stored, err
}

// history returns the receipts of a device, newest first: the one given, and those of
// the same site that it followed on, as far as they are there. That each device names its own
// was seen to when they were stored, see [Server.chain].
func (s *Server) history(r *http.Request, newest consent.Stored) ([]consent.Stored, error) {
	found := []consent.Stored{newest}
	seen := map[string]bool{newest.ID: true}
	for before := newest.Event.Previous; before != "" && !seen[before] && len(found) < maxHistory; {
		seen[before] = true
		stored, err := s.store.Receipt(r.Context(), before)
		if errors.Is(err, fault.NotFound) || err == nil && stored.Event.Site != newest.Event.Site {
			break
		}
		if err != nil {
			return nil, err
		}
		found = append(found, stored)
		before = stored.Event.Previous
	}
	return found, nil
}

// choices are the entries of a history as shown.
func (st *site) choices(history []consent.Stored, lang string) []ui.ChoiceView {
	if len(history) < 2 {
		return nil
	}
	var views []ui.ChoiceView
	for _, h := range history {
		c := ui.ChoiceView{Receipt: h.ID, Chosen: h.Time.Add(-time.Duration(h.Event.Age) * time.Second), Method: h.Event.Method}
		names := st.purposeNames(h.Event, lang)
		for i, p := range h.Event.Purposes {
			if p.Basis.Choosable() {
				name := names[i]
				if name == "" {
					name = string(p.ID)
				}
				c.Answers = append(c.Answers, ui.AnswerView{Name: name, Answer: p.Answer})
			}
		}
		views = append(views, c)
	}
	return views
}

// purposeNames are the names of an event's purposes, by position; empty for one that the group has no more.
func (st *site) purposeNames(e consent.Event, lang string) []string {
	var names []string
	for _, p := range e.Purposes {
		name := ""
		if words, ok := st.group.Purpose(p.ID); ok {
			name, _ = words.Name.In(lang, st.Languages[0])
		}
		names = append(names, name)
	}
	return names
}

// asked is which of a device's receipts a form is about: by default the newest.
func asked(r *http.Request, history []consent.Stored) int {
	for _, field := range []string{"open", "show"} { // a button, or what was open before it
		if id := r.PostFormValue(field); id != "" {
			return max(0, slices.IndexFunc(history, func(s consent.Stored) bool { return s.ID == id }))
		}
	}
	return 0
}

// erase erases receipts of a device, because their visitor asked.
func (s *Server) erase(r *http.Request, st *site, lang string, receipts []consent.Stored) (ui.ErasureView, error) {
	if err := s.admit(r); err != nil {
		return ui.ErasureView{}, err
	}
	if err := s.admission.Site(st.ID); err != nil {
		return ui.ErasureView{}, err
	}
	e := evidence.Erasure{Reason: evidence.ByVisitor, Time: s.now()}
	for _, receipt := range receipts {
		e.Receipts = append(e.Receipts, receipt.ID)
	}
	if _, err := s.store.Erase(r.Context(), e); err != nil {
		return ui.ErasureView{}, err
	}
	s.receiptLog.Wake()
	s.erased()
	return ui.ErasureView{Step: ui.EraseDone, Count: len(receipts), At: e.Time, Receipts: e.Receipts, Choices: st.switches(lang)}, nil
}

// switches are the purposes of a site that can be on or off.
func (st *site) switches(lang string) []ui.SwitchView {
	var views []ui.SwitchView
	for _, p := range st.purposes {
		if !p.Basis.Choosable() {
			continue
		}
		view := ui.SwitchView{ID: p.ID, Name: string(p.ID)}
		if words, ok := st.group.Purpose(p.ID); ok {
			view.Name, _ = words.Name.In(lang, st.Languages[0])
		}
		views = append(views, view)
	}
	return views
}
