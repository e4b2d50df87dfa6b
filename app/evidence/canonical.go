package evidence

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/gowebpki/jcs"

	"latchkey/app/consent"
	"latchkey/app/fault"
)

// Canonical returns the canonical form of a value's JSON (RFC 8785).
func Canonical(v any) ([]byte, error) {
	if e, ok := v.(Entry); ok {
		if b, ok := appendReceipt(nil, e); ok {
			return b, nil
		}
	}
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return canonical(b)
}

func canonical(b []byte) ([]byte, error) {
	b, err := jcs.Transform(b)
	if err != nil {
		return nil, fmt.Errorf("no canonical form (RFC 8785): %w: %w", err, fault.Malformed)
	}
	return b, nil
}

// appendReceipt appends the canonical form of a receipt's entry, which every
// receipt needs when it is stored and again when the log is verified, at a tenth of the
// cost. It leaves to the general way whatever is not of the plain form that receipts have.
func appendReceipt(b []byte, e Entry) ([]byte, bool) {
	if e != (Entry{Kind: Chosen, Time: e.Time, Receipt: e.Receipt, Choice: e.Choice, Edition: e.Edition}) || e.Choice == nil ||
		e.Receipt == "" || e.Edition == "" || e.Time.Location() != time.UTC || e.Time.Year() < 0 || e.Time.Year() > 9999 {
		return nil, false
	}
	c := e.Choice
	const exact = 1 << 53 // numbers of JSON are floating-point
	if c.Age < -exact || c.Age > exact || c.Answers == nil {
		return nil, false
	}
	purposes := make([]consent.PurposeID, 0, 8)
	for p := range c.Answers {
		purposes = append(purposes, p)
	}
	slices.Sort(purposes)
	plain := true
	text := func(before, s string) {
		for i := range len(s) {
			if s[i] < ' ' || s[i] > '~' || s[i] == '"' || s[i] == '\\' {
				plain = false
			}
		}
		b = append(append(append(b, before...), s...), '"')
	}
	b = slices.Grow(b, 512)
	b = strconv.AppendInt(append(b, `{"choice":{"age":`...), c.Age, 10)
	b = append(b, `,"answers":{`...)
	for i, p := range purposes {
		if i > 0 {
			b = append(b, ',')
		}
		text(`"`, string(p))
		text(`:"`, string(c.Answers[p]))
	}
	text(`},"edition":"`, c.Edition)
	text(`,"event":"`, c.Event)
	b = strconv.AppendBool(append(b, `,"gpc":`...), c.GPC)
	text(`,"method":"`, string(c.Method))
	if c.Previous != "" {
		text(`,"previous":"`, c.Previous)
	}
	text(`,"site":"`, c.Site)
	text(`},"edition":"`, e.Edition)
	text(`,"kind":"`, string(e.Kind))
	text(`,"receipt":"`, e.Receipt)
	b = e.Time.AppendFormat(append(b, `,"time":"`...), time.RFC3339Nano)
	return append(b, `"}`...), plain
}
