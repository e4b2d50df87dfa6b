package rights

import (
	"encoding/json"
	"fmt"
	"time"
)

// Tally is what stays of a request when it is erased: what is needed to count it,
// and nothing that says who sent it or what they wrote.
func (r Record) Tally() Record {
	return Record{
		Reference: r.Reference, Group: r.Group, Site: r.Site, Received: r.Received, Start: r.Start, Due: r.Due, AckDue: r.AckDue,
		Request: Request{Kind: r.Request.Kind, Entities: r.Request.Entities}, Erased: r.Erased,
	}
}

// Split returns the two parts in which a request is stored, as JSON: its tally,
// which stays, and what the person said, which is erased.
func (r Record) Split() (tally, said string, err error) {
	r.Erased = nil
	t, err := json.Marshal(r.Tally())
	if err != nil {
		return "", "", fmt.Errorf("tally of the request: %w", err)
	}
	s, err := json.Marshal(r.Request)
	if err != nil {
		return "", "", fmt.Errorf("request: %w", err)
	}
	return string(t), string(s), nil
}

// Join is the reverse of [Record.Split]. Without what the person said, which is nil
// then, it is the tally of a request that was erased.
func Join(tally, said []byte, erased *time.Time) (Record, error) {
	var r Record
	if err := json.Unmarshal(tally, &r); err != nil {
		return Record{}, fmt.Errorf("stored request: %w", err)
	}
	r.Erased = erased
	if said == nil {
		return r, nil
	}
	r.Request = Request{}
	if err := json.Unmarshal(said, &r.Request); err != nil {
		return Record{}, fmt.Errorf("stored request: %w", err)
	}
	return r, nil
}

// KeptFrom is the moment from which the time is counted for which a request is
// kept. As long as requests are not closed here, that is when it was received.
func (r Record) KeptFrom() time.Time { return r.Received }
