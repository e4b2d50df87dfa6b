package ui

import (
	"fmt"
	"slices"
	"strconv"

	"latchkey/app/fault"
	"latchkey/app/i18n"
	"latchkey/app/rights"
)

// RequestView is what a page of the request journey shows: one page of the
// form, or the confirmation once it was sent.
type RequestView struct {
	Form     rights.Form     `json:"form"`             // all answers so far, and the page to show
	Errors   []fault.Field   `json:"errors,omitempty"` // what is wrong with that page
	Moved    bool            `json:"moved,omitempty"`  // a STAIRs request was made one for own information, see rights.Turn
	Journey  rights.Journey  `json:"journey"`          //
	Calendar rights.Calendar `json:"calendar"`         // for the date on the check page
	Entities []EntityView    `json:"entities"`         // the organisations to choose from, in the order of Journey.Entities
	// Shortcuts are things that need no formal request, in the page's language.
	Shortcuts []string  `json:"shortcuts,omitempty"`
	Sent      *SentView `json:"sent,omitempty"` // the confirmation, or nil
	// Already is the reference under which this journey was sent before, with
	// other answers; sending these makes a second request. Empty otherwise.
	Already string `json:"already,omitempty"`
	// Erased says that this journey was sent before, and that what was sent has been erased since;
	// sending it now makes a new request.
	Erased bool `json:"erased,omitempty"`

	begun bool // before WebAssembly took the page over, the person had answered something on it
}

// SentView is what the confirmation shows of a request that was received. It
// does not repeat what the person wrote (LAW 3.4).
type SentView struct {
	Reference string         `json:"reference"`
	Kind      rights.Kind    `json:"kind"`
	Entities  []string       `json:"entities"`        // as in rights.Request
	Other     bool           `json:"other,omitempty"` // it was asked for somebody else
	Reply     rights.ReplyBy `json:"reply"`
	Email     bool           `json:"email,omitempty"`  // an acknowledgement goes out by e-mail
	Clock     rights.Clock   `json:"clock"`            // as at submission
	Repeat    bool           `json:"repeat,omitempty"` // it was sent more than once, and counts once
}

// SentOf describes a stored request for its confirmation. Due dates are those
// that were promised when it came in.
func SentOf(r rights.Record, c rights.Calendar) *SentView {
	clock := c.Clock(rights.Facts{Kind: r.Request.Kind, Rule: r.Start, Received: r.Received})
	return &SentView{
		Reference: r.Reference, Kind: r.Request.Kind, Entities: r.Request.Entities, Other: r.Request.Other, Reply: r.Request.Reply,
		Email: r.Request.AcknowledgeByEmail(), Clock: clock,
	}
}

// title is the title of the page: its heading, with "Error: " in front when
// something is wrong with the answers (GOV.UK Design System, error summary).
func (v *RequestView) title(t *i18n.Catalogue) string {
	if len(v.Errors) > 0 {
		return t.T("common.error", "title", v.heading(t))
	}
	return v.heading(t)
}

// heading is the page's h1.
func (v *RequestView) heading(t *i18n.Catalogue) string {
	complaint := v.Form.Request.Kind == rights.Complaint
	switch {
	case v.Sent != nil && v.Sent.Kind == rights.Complaint:
		return t.T("request.sent.title.complaint")
	case v.Sent != nil:
		return t.T("request.sent.title")
	case v.Form.Step == rights.StepWhat:
		return t.T("request.what.title." + string(v.kind()))
	case v.Form.Step == rights.StepCheck && complaint:
		return t.T("request.check.title.complaint")
	case v.Form.Step == "":
		return t.T("request.kind.title")
	}
	return t.T("request." + string(v.Form.Step) + ".title")
}

// kind is the kind of request, "not sure" as long as none is chosen.
func (v *RequestView) kind() rights.Kind { return v.Form.Request.Settled().Kind }

// TakeOver sets the answers from what the document's form holds, letter by
// letter: the client's first rendering must not undo what is being typed.
func (v *RequestView) TakeOver(live Live) {
	if v.Sent == nil && live.Form.Has(rights.ControlStep) {
		answers := rights.Answers(live.Form)
		v.begun = answers.Values().Encode() != v.Form.Request.Values().Encode()
		v.Form.Request = answers
	}
}

// Turned is the view after a button was pressed, as [rights.Journey.Turn] says.
// What follows a turn that sends is the confirmation, and not for Turned to say.
func (v RequestView) Turned(t rights.Turn) RequestView {
	v.Form, v.Errors, v.Moved, v.Already, v.Erased = t.Form, t.Errors, t.Moved, "", false
	return v
}

// wrong is the message beside a control, or empty.
func (v *RequestView) wrong(t *i18n.Catalogue, name string) string {
	for _, e := range v.Errors {
		if e.Name == name {
			return fieldText(t, e)
		}
	}
	return ""
}

// fieldText is the text of an error, the same beside the control and in the summary.
func fieldText(t *i18n.Catalogue, e fault.Field) string {
	pairs := make([]any, 0, 2*len(e.Args))
	for name, value := range e.Args {
		switch n := value.(type) {
		case int:
			value = thousands(n)
		case float64: // a whole number that has been JSON
			value = thousands(int(n))
		}
		pairs = append(pairs, name, value)
	}
	return t.T(e.Key, pairs...)
}

// thousands writes a whole number below a million as English and Welsh do: 10,000.
func thousands(n int) string {
	if n < 1000 {
		return strconv.Itoa(n)
	}
	return fmt.Sprintf("%d,%03d", n/1000, n%1000)
}

// entity is the organisation with an id.
func (v *RequestView) entity(id string) (EntityView, bool) {
	i := slices.IndexFunc(v.Entities, func(e EntityView) bool { return e.ID == id })
	if i < 0 {
		return EntityView{}, false
	}
	return v.Entities[i], true
}

// chosen are the organisations named in the answers, none if the person is not
// sure or asks every one.
func (v *RequestView) chosen() []EntityView {
	ids := v.Form.Request.Entities
	if v.Sent != nil {
		ids = v.Sent.Entities
	}
	var chosen []EntityView
	for _, id := range ids {
		if e, ok := v.entity(id); ok {
			chosen = append(chosen, e)
		}
	}
	return chosen
}

// entityNames says who is asked, in words.
func (v *RequestView) entityNames(t *i18n.Catalogue, ids []string) []string {
	var names []string
	for _, id := range ids {
		switch e, ok := v.entity(id); {
		case ok:
			names = append(names, e.Name)
		case id == rights.EveryOrganisation:
			names = append(names, t.T("request.organisation.all"))
		default:
			names = append(names, t.T("request.organisation.not-sure"))
		}
	}
	return names
}

// clock is the date on which an answer would be due if the request were sent today.
func (v *RequestView) clock() rights.Clock {
	r := v.Journey.Settled(v.Form.Request)
	var rules []rights.Start
	for _, id := range v.Journey.Asked(r) {
		if e, ok := v.entity(id); ok {
			rules = append(rules, rights.Start(e.Start))
		}
	}
	midnight := v.Journey.Today.Time() // in UTC: 00:00 or 01:00 of the same day in London
	return v.Calendar.Clock(rights.Facts{Kind: r.Kind, Rule: rights.Strictest(rules...), Received: midnight})
}
