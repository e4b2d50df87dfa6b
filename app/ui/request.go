package ui

import (
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
	Shortcuts []string `json:"shortcuts,omitempty"`
	// Publications is the address of the STAIRs publication scheme, or empty.
	Publications string    `json:"publications,omitempty"`
	Sent         *SentView `json:"sent,omitempty"` // the confirmation, or nil
}

// SentView is what the confirmation shows of a request that was received. It
// does not repeat what the person wrote.
type SentView struct {
	Reference string         `json:"reference"`
	Kind      rights.Kind    `json:"kind"`
	Entities  []string       `json:"entities"` // ids, OrganisationNotSure or EveryOrganisation, as in rights.Request
	Reply     rights.ReplyBy `json:"reply"`
	Email     bool           `json:"email"` // an acknowledgement goes out by e-mail
	Clock     rights.Clock   `json:"clock"` // as at submission
	Repeat    bool           `json:"repeat,omitempty"`
}

// SentOf describes a stored request for its confirmation.
func SentOf(r rights.Record, c rights.Calendar) *SentView {
	return &SentView{
		Reference: r.Reference, Kind: r.Request.Kind, Entities: r.Request.Entities, Reply: r.Request.Reply,
		Email: r.Request.Email != "",
		Clock: c.Clock(rights.Facts{Kind: r.Request.Kind, Rule: r.Start, Received: r.Received}),
	}
}

// RequestTitle is the page's title without the site's name: the heading, with
// "Error: " in front when something is wrong with the answers.
func RequestTitle(t *i18n.Catalogue, v *RequestView) string { return "" }
