package server

import (
	"mime"
	"net/http"
	"strings"

	"latchkey/app/consent"
	"latchkey/app/dpv"
)

// wantsJSONLD reports whether the client asks for JSON-LD by name.
func wantsJSONLD(r *http.Request) bool {
	for accepted := range strings.SplitSeq(r.Header.Get("Accept"), ",") {
		if media, _, err := mime.ParseMediaType(accepted); err == nil && media == dpv.MediaType {
			return true
		}
	}
	return false
}

// writeJSONLD answers with a receipt in the words of the Data Privacy
// Vocabulary. Those that it follows are left out: a device names them itself, and
// its token opens this one only.
func (s *Server) writeJSONLD(w http.ResponseWriter, r *http.Request, stored consent.Stored) error {
	edition, err := s.edition(r.Context(), stored.Edition)
	if err != nil {
		return err
	}
	document, err := dpv.Receipt(dpv.Source{
		Kept: dpv.Kept{Receipt: stored.Receipt, Edition: edition.Edition}, Commitment: stored.Commitment,
	})
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", dpv.MediaType)
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Disposition", `attachment; filename="receipt-`+stored.ID+`.jsonld"`)
	w.Write(document)
	return nil
}
