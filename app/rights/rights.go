// Package rights holds the rules of data-rights requests: the kinds of request
// and complaint that a person can make, the answers of the request form and
// how they are validated, and the clock of the response. It does no I/O; the
// server and the WebAssembly front end run the same code.
//
// The law is the UK GDPR (Arts 12 to 22), the Data Protection Act 2018 as
// amended by the Data (Use and Access) Act 2025, and the guidance of the ICO.
package rights

import "time"

// Kind is what a person asks for.
type Kind string

// The kinds in the order in which the form offers them.
const (
	Access          Kind = "access"           // UK GDPR Art 15
	Rectification   Kind = "rectification"    // Art 16
	Erasure         Kind = "erasure"          // Art 17
	Restriction     Kind = "restriction"      // Art 18
	Portability     Kind = "portability"      // Art 20
	Objection       Kind = "objection"        // Art 21(1)
	Marketing       Kind = "marketing"        // Art 21(2) and (3): absolute
	Automated       Kind = "adm"              // Arts 22A to 22D
	Informed        Kind = "informed"         // Arts 13 and 14
	WithdrawConsent Kind = "withdraw-consent" // Art 7(3)
	Complaint       Kind = "complaint"        // DPA 2018 s164A
	STAIRs          Kind = "stairs"           // Social Tenant Access to Information Requirements, chapter 2
	Unsure          Kind = "unsure"           // "I'm not sure": a person reads it and decides
)

// Start is when an entity's response month starts.
type Start string

const (
	FromSubmission         Start = "submission"           // the day of receipt
	FromWrittenAndIdentity Start = "written-and-identity" // the written request and proof of identity are both in
	FromIdentityAndDetail  Start = "identity-and-detail"  // identity is settled and there is enough detail
)

// What can stand in Request.Entities in the place of entity ids, alone.
const (
	EveryOrganisation   = "all"      // every organisation of the group
	OrganisationNotSure = "not-sure" // the person does not know
)

// Authority is on what ground somebody asks for another person.
type Authority string

const (
	WrittenPermission Authority = "permission"      // relative or friend with written permission
	Attorney          Authority = "attorney"        // power of attorney or deputy
	Parent            Authority = "parent"          // parent or guardian of a child
	Solicitor         Authority = "solicitor"       //
	Advocate          Authority = "advocate"        // advocate or support worker
	Representative    Authority = "representative"  // councillor, MP or other elected representative
	OtherAuthority    Authority = "other-authority" // anything else, said in words
)

// ReplyBy is a way to reply to a person.
type ReplyBy string

const (
	ByEmail ReplyBy = "email"
	ByPhone ReplyBy = "phone"
	ByPost  ReplyBy = "post"
)

// Request is what a person tells us. Only Name, one way to reply and What are
// required (and of Marketing, What is not): everything else helps, and nothing
// else is needed to be in time.
type Request struct {
	Kind        Kind      `json:"kind"`
	Entities    []string  `json:"entities"`              // entity ids, or OrganisationNotSure, or EveryOrganisation alone
	Other       bool      `json:"other,omitempty"`       // asks for somebody else
	Subject     string    `json:"subject,omitempty"`     // that person's name
	Authority   Authority `json:"authority,omitempty"`   // on what ground
	AuthorityIs string    `json:"authorityIs,omitempty"` // said in words, for OtherAuthority
	What        string    `json:"what"`                  // in their own words
	Correct     string    `json:"correct,omitempty"`     // Rectification: what it should say
	Period      string    `json:"period,omitempty"`      // which time, or where it might be
	Format      string    `json:"format,omitempty"`      // how they would like to get it
	Name        string    `json:"name"`
	Reply       ReplyBy   `json:"reply"` // the preferred way
	Email       string    `json:"email,omitempty"`
	Phone       string    `json:"phone,omitempty"`
	Address     string    `json:"address,omitempty"`
	Safe        string    `json:"safe,omitempty"`        // how to reach them safely, and what to avoid
	Adjustments string    `json:"adjustments,omitempty"` // help, format or language they need
	Reference   string    `json:"reference,omitempty"`   // tenancy reference, if they like to give it
	Language    string    `json:"language"`              // BCP 47 tag of the journey
}

// Record is a request as received: the evidence of what was asked and when.
type Record struct {
	Reference string     `json:"reference"` // given to the person, such as LK-7F3K-Q2MD
	Key       string     `json:"-"`         // idempotency key of the form; the same key is the same sending
	Digest    string     `json:"-"`         // SHA-256 (hex) of the request's content, to tell a repeat from a change
	Group     string     `json:"group"`
	Site      string     `json:"site"`
	Received  time.Time  `json:"received"`         // UTC, whole milliseconds; the moment of sending
	Start     Start      `json:"start"`            // the rule that the clock follows
	Due       string     `json:"due"`              // last day to answer if the clock started on receipt, YYYY-MM-DD
	AckDue    string     `json:"ackDue,omitempty"` // complaints: last day to acknowledge, YYYY-MM-DD
	Request   Request    `json:"request"`          // of one that was erased, only the kind and the organisations
	Erased    *time.Time `json:"erased,omitempty"` // when what the person said was erased; nil if it was not
}

// Message is an e-mail that a request causes. It is stored with the request,
// in one transaction, and delivered later, so that a mail failure never loses it.
type Message struct {
	ID       int64     // given by the store
	Request  string    // reference
	Kind     string    // "acknowledgement" or "team"
	To       string    // one address
	Subject  string    //
	Body     string    // plain text
	Language string    // BCP 47
	Attempts int       // deliveries tried so far
	Due      time.Time // not to be tried before this
}
