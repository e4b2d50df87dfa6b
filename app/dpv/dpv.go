// Package dpv writes a consent receipt as JSON-LD in the words of the Data
// Privacy Vocabulary (DPV) 2.3, by the profile of ISO/IEC TS 27560:2023 that
// the W3C's community group published with it: "Consent Records and Receipts as
// per ISO/IEC TS 27560:2023 using DPV", Final Report of 15 February 2026.
//
// The law is that of the United Kingdom, so the profile's eu-gdpr variants are
// not claimed. Every field that the specification or the report has as mandatory
// is there; one whose value was never recorded says dpv:NotAvailable, which is
// what the vocabulary has for a field of a form that must not be left out.
//
// The package is for the server and the command line: nothing in the browser
// needs it, and its bytes must not get there.
package dpv

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"latchkey/app/consent"
)

// Kept is a receipt with the edition that its visitor was shown; the zero
// Edition if that is not known.
type Kept struct {
	consent.Receipt
	Edition consent.Edition
}

// Source is what a document is written from.
type Source struct {
	Kept
	Earlier    []Kept // the receipts that this one follows, as far as they are kept; oldest first
	Commitment []byte // of the receipt in the log, see package evidence; may be empty
}

// MediaType is that of a document.
const MediaType = "application/ld+json"

// The profiles of the published Turtle.
const (
	profileReceipt = "https://w3id.org/dpv/schema/dpv-27560#receipt"
	profileRecord  = "https://w3id.org/dpv/schema/dpv-27560#record"
)

// node is an object of the document. encoding/json writes its keys sorted, so
// that the same source always gives the same bytes, and none twice.
type node map[string]any

// ref points at a node, or at a term.
func ref(iri string) node { return node{"@id": iri} }

// unknown stands where a value was never recorded.
var unknown = ref("dpv:NotAvailable")

// Receipt writes the document, indented and with a line feed at its end.
func Receipt(s Source) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // it is a file of its own
	enc.SetIndent("", "  ")
	w := writer{Source: s}
	w.record = "urn:uuid:" + s.history()[0].Event.ID
	w.base = w.record
	if d := s.Edition.Declared; d != nil && d.Centre != "" {
		w.base = d.Centre
	}
	if err := enc.Encode(w.receipt()); err != nil {
		return nil, fmt.Errorf("receipt %s as JSON-LD: %w", s.ID, err)
	}
	return b.Bytes(), nil
}

// history is every receipt of the record, oldest first.
func (s Source) history() []Kept { return append(s.Earlier[:len(s.Earlier):len(s.Earlier)], s.Kept) }

// writer writes one document.
type writer struct {
	Source
	record string // IRI of the record: the random id of its first event, which the device made
	base   string // IRI that parties are named under
}

func (w writer) receipt() node {
	return node{
		"@context":                context(),
		"@id":                     "urn:uuid:" + w.ID,
		"@type":                   "dpv:ConsentReceipt",
		"dct:identifier":          w.ID,
		"dct:conformsTo":          profileReceipt,
		"dct:created":             w.Time.UTC().Format(time.RFC3339Nano),
		"dct:publisher":           ref(w.controller()),
		"schema:recipient":        ref("dpv:DataSubject"),
		"dpv:hasRecordOfActivity": []node{w.consentRecord()},
		"x:context":               w.circumstances(),
		"x:integrity":             w.integrity(),
	}
}

func (w writer) consentRecord() node {
	n := node{
		"@id":            w.record,
		"@type":          "dpv:ConsentRecord",
		"dct:identifier": w.history()[0].Event.ID,
		"dct:conformsTo": profileRecord,
		// Nobody is named: who made the choices is known by the record's own random
		// id, and by nothing else.
		"dpv:hasDataSubject":    node{"@id": w.record + "#data-subject", "@type": "dpv:DataSubject"},
		"dpv:hasDataController": w.party(),
		"dpv:hasJurisdiction":   ref("loc:GB"),
		"dpv:hasApplicableLaw":  []node{ref("legal-gb:law-GDPR"), law("PECR-2003-reg-6", "regulation/6")},
		"dpv:hasLegalBasis":     w.bases(),
		"dpv:hasProcess":        w.processes(),
		"dpv:hasConsentControl": w.control(),
		"dpv:hasRight":          []node{w.rights()},
		"dpv:hasAuthority":      ref("legal-gb:DPA-GB"),
		"dpv:hasNotice":         w.notice(),
		"dpv:hasConsentStatus":  w.events(),
	}
	return n
}

// law is a node of a provision that DPV has no term for.
func law(term, path string) node {
	return node{"@id": "x:" + term, "dct:source": legislation + path}
}

func exemption(b consent.Basis) node {
	return law("PECR-2003-Sch-A1-para-"+b.Paragraph(), "schedule/A1/paragraph/"+b.Paragraph())
}

// bases are the legal bases of the record's processes, each once.
func (w writer) bases() []node {
	var bases []node
	seen := map[consent.Basis]bool{}
	for _, p := range w.Event.Purposes {
		if p.Basis.Choosable() && !seen[p.Basis] {
			seen[p.Basis] = true
			bases = append(bases, basis(p.Basis))
		}
	}
	return bases
}

func basis(b consent.Basis) node {
	if b.Exempt() {
		return exemption(b)
	}
	return ref("dpv:ExpressedConsent")
}

func (w writer) controller() string { return w.base + "#controller-" + slug(w.Event.Controller.Entity) }

func (w writer) party() node {
	c := w.Event.Controller
	n := node{
		"@id":            w.controller(),
		"@type":          []string{"dpv:Organisation", "dpv:DataController"},
		"dct:identifier": "entity:" + c.Entity,
		"dpv:hasName":    c.Name,
		"dpv:hasAddress": orUnknown(c.Address),
		"dpv:hasContact": orUnknown(c.Contact),
	}
	if c.ICO != "" {
		n["dct:identifier"] = "ICO:" + c.ICO
	}
	return n
}

// orUnknown is a text, or the term for one that was never recorded.
func orUnknown(text string) any {
	if text == "" {
		return unknown
	}
	return text
}

// centre is a page of the site's privacy centre, or the term for not known.
func (w writer) centre(page string) string {
	if d := w.Edition.Declared; d != nil && d.Centre != "" {
		return d.Centre + page
	}
	return "dpv:NotAvailable"
}

// control is how a choice is made, changed and withdrawn: from the Privacy
// control of every page of the site.
func (w writer) control() node {
	at := w.centre("/preferences")
	if d := w.Edition.Declared; d != nil && d.Home != "" {
		at = d.Home + "#latchkey-preferences"
	}
	return node{"@type": []string{"dpv:ProvideConsent", "dpv:WithdrawConsent"}, "dpv:isExercisedAt": at}
}

func (w writer) rights() node {
	return node{
		"@type": "dpv:DataSubjectRight", "dct:title": "Your data rights and how to complain",
		"dpv:isExercisedAt": w.centre("/request"),
	}
}

func (w writer) notice() node {
	ref, e := w.Event.Notice, w.Event
	n := node{
		"@id":                w.record + "#notice",
		"@type":              "dpv:ConsentNotice",
		"dct:identifier":     ref.ID,
		"dct:language":       cmp.Or(ref.Language, e.Language),
		"x:noticeVersion":    ref.Version,
		"x:sha256":           ref.Hash,
		"x:bannerTextSha256": e.Shown,
	}
	if page := w.noticePage(); page != "" {
		n["@id"] = page
	}
	if len(ref.Version) >= len(time.DateOnly) { // a version begins with the day from which it applies
		if day := ref.Version[:len(time.DateOnly)]; isDay(day) {
			n["dct:date"] = day
		}
	}
	return n
}

func isDay(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

func (w writer) circumstances() node {
	e := w.Event
	n := node{
		"x:site": e.Site, "x:gpc": e.GPC, "x:uiVersion": e.Loader, "x:uiConfigSha256": e.Config,
		"x:questionsRevision": e.Revision, "x:layer": e.Layer,
	}
	if w.Edition.ID != "" {
		n["x:edition"] = w.Edition.ID
	}
	if d := w.Edition.Declared; d != nil {
		n["x:siteName"], n["x:home"] = d.Site, d.Home
	}
	return n
}

func (w writer) integrity() node {
	n := node{}
	if w.Event.Previous != "" {
		n["x:previousReceipt"] = "urn:uuid:" + w.Event.Previous
	}
	if len(w.Commitment) > 0 {
		n["x:logCommitment"] = hex.EncodeToString(w.Commitment)
	}
	return n
}
