package dpv

import (
	"strconv"
	"time"

	"latchkey/app/consent"
)

// Status is the state that an answer left a purpose in, as a term of DPV or our
// own, without its prefix.
type Status string

// The states of consent (DPV 2.3, consent status), and those of a purpose that
// rests on an exemption, which is not consented to but can be objected to.
const (
	Given       Status = "ConsentGiven"
	Renewed     Status = "RenewedConsentGiven"
	Refused     Status = "ConsentRefused"
	Withdrawn   Status = "ConsentWithdrawn"
	Unknown     Status = "ConsentUnknown" // this choice left it alone, and no earlier receipt is kept
	Objected    Status = "Objected"
	NotObjected Status = "NotObjected"
)

// term is the status with its prefix.
func (s Status) term() string {
	if s == Objected || s == NotObjected {
		return "x:" + string(s)
	}
	return "dpv:" + string(s)
}

// StatusOf works out the state of a purpose from the answer and the last one
// before it, which is empty if there was none. False for an answer that
// changes nothing: an essential purpose, or one that was left as it was after an
// earlier answer.
func StatusOf(p consent.PurposeAnswer, before consent.Answer) (Status, bool) {
	switch {
	case !p.Basis.Choosable():
		return "", false
	case p.Answer == consent.NotAsked && before != "":
		return "", false
	case p.Basis.Exempt() && p.Answer == consent.No:
		return Objected, true
	case p.Basis.Exempt():
		return NotObjected, true
	case p.Answer == consent.NotAsked:
		return Unknown, true
	case p.Answer == consent.Yes && before == consent.Yes:
		return Renewed, true
	case p.Answer == consent.Yes:
		return Given, true
	case before == consent.Yes:
		return Withdrawn, true
	}
	return Refused, true
}

// Before returns the last answers before a receipt, from the receipts that it
// follows, oldest first. Who withdraws has said yes, also where the receipt of
// that is not at hand.
func Before(earlier []consent.Receipt, r consent.Receipt) map[consent.PurposeID]consent.Answer {
	last := map[consent.PurposeID]consent.Answer{}
	first := append(earlier[:len(earlier):len(earlier)], r)[0]
	if first.Event.Previous != "" && first.Event.Method == consent.Withdraw {
		for _, p := range first.Event.Purposes {
			last[p.ID] = consent.Yes
		}
	}
	for _, e := range earlier {
		for _, p := range e.Event.Purposes {
			if p.Answer != consent.NotAsked {
				last[p.ID] = p.Answer
			}
		}
	}
	return last
}

// events are what happened to each purpose of the record, oldest first.
func (w writer) events() []node {
	events := []node{}
	var last map[consent.PurposeID]consent.Answer
	for i, k := range w.history() {
		if i == 0 {
			last = Before(nil, k.Receipt)
		}
		for _, p := range k.Event.Purposes {
			status, happened := StatusOf(p, last[p.ID])
			if p.Answer != consent.NotAsked {
				last[p.ID] = p.Answer
			}
			if happened {
				events = append(events, w.event(k, p, status))
			}
		}
	}
	return events
}

func (w writer) event(k Kept, p consent.PurposeAnswer, status Status) node {
	kind := "dpv:ExpressedConsent"
	if p.Basis.Exempt() {
		kind = "x:ExemptUse"
	}
	n := node{
		"@type": []string{status.term(), kind},
		// The server's clock: the device's may be wrong, and is no evidence.
		"dpv:isIndicatedAtTime":   k.Time.UTC().Format(time.RFC3339Nano),
		"dpv:isIndicatedBy":       ref("dpv:DataSubject"),
		"dpv:hasIndicationMethod": "button:" + string(k.Event.Method) + " layer:" + strconv.Itoa(k.Event.Layer),
		"dpv:hasDuration":         unknown,
		"dpv:hasProcess":          ref(w.processID(p.ID)),
		"x:answer":                p.Answer,
		"x:receipt":               "urn:uuid:" + k.ID,
	}
	if d := k.Edition.Declared; d != nil {
		n["dpv:hasDuration"] = duration("P" + strconv.Itoa(d.Months) + "M")
	}
	if k.Event.Method == consent.API {
		n["dpv:hasIndicationMethod"] = "script of the website layer:" + strconv.Itoa(k.Event.Layer)
	}
	if k.Event.Age > 0 {
		n["x:ageSeconds"] = k.Event.Age
	}
	return n
}
