package server

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"latchkey/app/consent"
	"latchkey/app/fault"
	"latchkey/app/group"
	"latchkey/app/ui"
)

// home is what a person can do here.
func (s *Server) home(w http.ResponseWriter, r *http.Request) error {
	st, v, err := s.view(r, ui.HomePage)
	if err != nil {
		return err
	}
	return s.writePage(w, r, st, http.StatusOK, shared, v)
}

// notice is the privacy notice for this visitor: of the entity that the address
// names, of the one that they name themselves, or of the site's own.
func (s *Server) notice(w http.ResponseWriter, r *http.Request) error {
	st, v, err := s.view(r, ui.NoticePage)
	if err != nil {
		return err
	}
	entity := r.PathValue("entity")
	if _, known := st.group.Entity(entity); entity != "" && !known {
		return fmt.Errorf("no such entity: %w", fault.NotFound)
	}
	q := r.URL.Query()
	at := group.Situation{Site: st.Site, Page: entity, Answer: q.Get("landlord")}
	n, ok := ui.NoticeOf(st.group, at, st.notices, ui.NoticeQuery{
		Path: v.Path, Lang: v.Lang, Notice: q.Get("notice"), Version: q.Get("version"),
	}, s.today())
	if !ok {
		return fmt.Errorf("no such notice: %w", fault.NotFound)
	}
	v.Notice = &n
	return s.writePage(w, r, st, http.StatusOK, shared, v)
}

// maxReceiptForm bounds the body of the form that asks for a receipt, in bytes.
const maxReceiptForm = 4 << 10

// receipt shows a receipt to whoever has its code, RECEIPTID.TOKEN, or saves it
// as a file. The code is posted, so that it stands in no address and no log.
func (s *Server) receipt(w http.ResponseWriter, r *http.Request) error {
	st, v, err := s.view(r, ui.ReceiptPage)
	if err != nil {
		return err
	}
	v.Receipt = &ui.ReceiptView{Proof: &ui.ProofView{
		Script: s.assetAddress("verify.js"), Program: s.assetAddress("verify.wasm"), Exec: s.assetAddress("wasm_exec.js"), Base: s.base,
	}}
	if r.Method != http.MethodPost {
		return s.writePage(w, r, st, http.StatusOK, shared, v)
	}
	if err := parseForm(w, r, maxReceiptForm); err != nil {
		return err
	}
	code := strings.Join(strings.Fields(r.PostFormValue("code")), "") // pasted from a print-out, it may be broken over lines
	v.Receipt.Code = code
	if code == "" {
		v.Receipt.Wrong = ui.ReceiptMissing
		return s.writePage(w, r, st, http.StatusUnprocessableEntity, private, v)
	}
	stored, err := s.receiptByCode(r, code)
	if errors.Is(err, errErased) {
		id, _, _ := strings.Cut(code, ".")
		v.Receipt.Erasure = &ui.ErasureView{Step: ui.EraseGone, Receipts: []string{id}, Choices: st.switches(v.Lang)}
		return s.writePage(w, r, st, http.StatusGone, private, v)
	}
	if errors.Is(err, fault.NotFound) || err == nil && stored.Event.Site != st.ID {
		v.Receipt.Wrong = ui.ReceiptUnknown
		return s.writePage(w, r, st, http.StatusNotFound, private, v)
	}
	if err != nil {
		return err
	}
	history, err := s.history(r, stored)
	if err != nil {
		return err
	}
	return s.answerReceipt(w, r, st, v, history)
}

// answerReceipt does what the form asks of a receipt whose code was right:
// history is that receipt and those that it follows, of which the form may name one.
func (s *Server) answerReceipt(w http.ResponseWriter, r *http.Request, st *site, v ui.View, history []consent.Stored) error {
	at := asked(r, history)
	stored := history[at]
	if at > 0 {
		v.Receipt.Show = stored.ID
		v.Receipt.Proof = nil // the code does not open this one, so the page can't fetch its file
	}
	switch r.PostFormValue("format") {
	case "json":
		return s.saveReceipt(w, r, stored)
	case "jsonld":
		return s.writeJSONLD(w, r, stored)
	}
	switch confirm := r.PostFormValue("confirm"); {
	case confirm == "erase":
		done, err := s.erase(r, st, v.Lang, history[at:])
		if err != nil {
			return err
		}
		done.Left = at > 0
		v.Receipt.Show, v.Receipt.Erasure = "", &done
		return s.writePage(w, r, st, http.StatusOK, private, v)
	case confirm == "" && r.PostFormValue("erase") != "":
		v.Receipt.Erasure = &ui.ErasureView{Step: ui.EraseAsk, Count: len(history) - at}
		return s.writePage(w, r, st, http.StatusOK, private, v)
	}
	shown, err := s.store.ShownText(r.Context(), stored.Event.Shown)
	if err != nil && !errors.Is(err, fault.NotFound) {
		return err
	}
	v.Receipt.Shown = shown
	v.Receipt.Receipt = &stored.Receipt
	v.Receipt.Purposes = st.purposeNames(stored.Event, v.Lang)
	v.Receipt.History = st.choices(history, v.Lang)
	if n := stored.Event.Notice; n.ID != "" {
		v.Receipt.Notice = fmt.Sprintf("%s/%s/notice/%s?version=%s", s.base, st.ID, stored.Event.Controller.Entity, n.Version)
	}
	return s.writePage(w, r, st, http.StatusOK, private, v)
}

// saveReceipt answers with the receipt as a file, with all that proves it.
func (s *Server) saveReceipt(w http.ResponseWriter, r *http.Request, stored consent.Stored) error {
	file, err := s.receiptFile(r.Context(), stored)
	if err != nil {
		return err
	}
	b, err := file.Bytes()
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Disposition", `attachment; filename="privacy-choice-`+stored.Time.Format("2006-01-02")+`.json"`)
	h.Set("Cache-Control", private)
	w.Write(b)
	return nil
}

// parseForm reads a posted form of at most limit bytes.
func parseForm(w http.ResponseWriter, r *http.Request, limit int64) error {
	r.Body = http.MaxBytesReader(w, r.Body, limit)
	err := r.ParseForm()
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return fmt.Errorf("the form is larger than %d bytes: %w", limit, fault.TooLarge)
	}
	if err != nil {
		return fmt.Errorf("the form can't be read: %w", fault.Malformed)
	}
	return nil
}
