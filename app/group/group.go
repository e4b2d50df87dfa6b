// Package group describes who decides on a tenant's data and where: groups of
// housing organisations, their entities (the controllers), their websites and
// the technologies that those use. A group is read from its folder by package
// server/config; here are its types and the rules that need no file.
package group

import (
	"slices"

	"latchkey/app/consent"
)

// Text is one text by language (BCP 47 tag).
type Text map[string]string

// In returns the text in lang, else in fallback, else any; and the language
// that it is in, so that the page can mark it.
func (t Text) In(lang, fallback string) (text, language string) {
	for _, l := range []string{lang, fallback} {
		if s := t[l]; s != "" {
			return s, l
		}
	}
	for _, l := range sortedKeys(t) {
		if t[l] != "" {
			return t[l], l
		}
	}
	return "", lang
}

func sortedKeys(t Text) []string {
	keys := make([]string, 0, len(t))
	for k := range t {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// Group is the organisation that runs a deployment's sites. Everything in it
// is read-only once loaded.
type Group struct {
	ID           string               `yaml:"id"`
	Name         string               `yaml:"name"`
	Regulator    Regulator            `yaml:"regulator"`      // the data protection regulator
	Purposes     []Purpose            `yaml:"purposes"`       // what the sites' switches are for
	Entities     []Entity             `yaml:"entities"`       // the group's own entity first
	Providers    []Provider           `yaml:"providers"`      // other organisations that the sites' technologies give data to
	Sites        []Site               `yaml:"sites"`          //
	Requests     Requests             `yaml:"requests"`       // how rights requests are taken
	Holidays     []Holiday            `yaml:"extra_holidays"` // proclaimed days that the bundled calendar lacks
	ReceiptsKept int                  `yaml:"receipts_kept"`  // months after a device's last event; 24 if 0
	PurgeShare   int                  `yaml:"purge_share"`    // percent of a site's receipts, or of a group's requests, that are erased in a day at most, as too old; 10 if 0
	RequestsKept int                  `yaml:"requests_kept"`  // months after a request was received; 36 if 0
	Texts        map[string]Overrides `yaml:"-"`              // catalogue overrides by language, from locales/*.yaml
	Hash         string               `yaml:"-"`              // SHA-256 (hex) of the configuration as loaded
}

// Overrides are a group's own wordings: message key to text.
type Overrides map[string]string

// Purpose is what consent is asked for, in words.
type Purpose struct {
	ID    consent.PurposeID `yaml:"id"`
	Name  Text              `yaml:"name"`  // a few words: the switch's label
	About Text              `yaml:"about"` // one or two sentences: what it means for the visitor
	// GPC says whether a browser's Global Privacy Control signal refuses the
	// purpose, see [Group.RefusedByGPC]. If absent, it does where data is shared.
	GPC *bool `yaml:"gpc"`
}

// Entity is a legal person that decides on data: a controller (UK GDPR Art 4(7)).
// Facts that the group does not publish stay empty, and are shown as unknown.
type Entity struct {
	ID            string         `yaml:"id"`
	Name          string         `yaml:"name"`          // legal name
	Trading       []string       `yaml:"trading_names"` //
	About         Text           `yaml:"about"`         // what it is, in a few words
	ICO           string         `yaml:"ico"`           // registration number with the ICO
	Registrations []Registration `yaml:"registrations"` // with other bodies
	Address       string         `yaml:"address"`       // registered address
	Contact       Contact        `yaml:"contact"`       // for rights and questions; the group's if empty
	DPO           *Contact       `yaml:"dpo"`           // data protection officer, if one is named; the group's if absent
	Clock         string         `yaml:"clock"`         // when the response month starts, see rights.Start; the group's if empty
	Team          string         `yaml:"team"`          // e-mail address that requests are sent to; the group's if empty
	RequestsKept  int            `yaml:"requests_kept"` // months after a request was received; the group's if 0
}

// Registration is an entity's number with a public register.
type Registration struct {
	Body   string `yaml:"body"`
	Number string `yaml:"number"`
}

// Contact is somewhere to turn. Any part may be missing.
type Contact struct {
	Name  string `yaml:"name" json:"name,omitempty"` // person, team or post
	Phone string `yaml:"phone" json:"phone,omitempty"`
	Email string `yaml:"email" json:"email,omitempty"`
	Post  string `yaml:"post" json:"post,omitempty"`
	Web   string `yaml:"web" json:"web,omitempty"`
}

// Empty reports whether nothing of c is known.
func (c Contact) Empty() bool { return c == Contact{} }

// Regulator is the authority that people may complain to. Its address is data
// with a date, because it moves.
type Regulator struct {
	Name    string `yaml:"name" json:"name"`
	Phone   string `yaml:"phone" json:"phone,omitempty"`
	Post    string `yaml:"post" json:"post,omitempty"`
	Web     string `yaml:"web" json:"web,omitempty"`
	Checked string `yaml:"checked" json:"checked"` // day these facts were last checked, YYYY-MM-DD
}

// Holiday is a day that counts as a bank holiday in England and Wales.
type Holiday struct {
	Date string `yaml:"date"` // YYYY-MM-DD
	Name string `yaml:"name"`
}

// Requests is how a group takes rights requests.
type Requests struct {
	// STAIRs is the day from which information requests under the Social
	// Tenant Access to Information Requirements are offered, YYYY-MM-DD; empty
	// for never.
	STAIRs string `yaml:"stairs_from"`
	// Shortcuts are things that need no formal request, by language: each a
	// short text such as "A copy of a letter we sent you".
	Shortcuts []Text `yaml:"shortcuts"`
}

// Site is one website.
type Site struct {
	ID           string       `yaml:"id"`   // in the address of the loader and of the centre
	Name         string       `yaml:"name"` // as its visitors know it
	Entity       string       `yaml:"entity"`
	Home         string       `yaml:"home"`      // address of its front page, where its own Privacy control is
	Origins      []string     `yaml:"origins"`   // scheme://host[:port], all that may embed it
	Languages    []string     `yaml:"languages"` // the first is the default
	Theme        Theme        `yaml:"theme"`
	Cookie       Cookie       `yaml:"cookie"`
	Technologies []Technology `yaml:"technologies"`
	ReceiptsKept int          `yaml:"receipts_kept"` // months after a device's last event; the group's if 0
	Vendors      []Vendor     `yaml:"vendors"`       // whose own consent signals the loader sends
	DataLayer    bool         `yaml:"data_layer"`    // whether choices are pushed to window.dataLayer, for tag managers
	FirstParty   bool         `yaml:"first_party"`   // whether the server, reached under one of the site's origins, renews the consent cookie by Set-Cookie
	Debug        bool         `yaml:"debug"`         // whether ?latchkey=debug shows the debug overlay
	Nonce        Nonce        `yaml:"nonce"`         // of marked scripts that have none; OwnNonce if empty
}

// Nonce says what marked scripts do about the nonce of a page's
// Content-Security-Policy (W3C CSP Level 3, section 2.3.1).
type Nonce string

const (
	OwnNonce     Nonce = "own"     // each has its own, or none and is held to the policy
	InheritNonce Nonce = "inherit" // one without a nonce gets that of Latchkey's script tag
)

// Vendor is a consent signal of a tag vendor: which of its own categories
// follow which purpose. What is not mapped, or mapped to a purpose that is off,
// is denied.
type Vendor struct {
	ID       string                       `yaml:"id"`       // one of [Vendors]
	Purposes map[string]consent.PurposeID `yaml:"purposes"` // the vendor's category to our purpose; the vendor's usual mapping if empty
}

// Theme is a site's colours, as #rrggbb. Latchkey checks every pair that it
// puts on one another for a contrast of 4.5:1 (WCAG 2.2, 1.4.3).
type Theme struct {
	Brand    string `yaml:"brand"`    // headings, buttons, links
	OnBrand  string `yaml:"on_brand"` // text on brand
	Surface  string `yaml:"surface"`  // background of banner and pages
	Text     string `yaml:"text"`     // text on surface
	Position string `yaml:"position"` // corner of the Privacy control: "left" (default) or "right"
}

// Cookie is how the consent cookie is kept on the site.
type Cookie struct {
	Months int    `yaml:"months"` // 6 to 12; 12 if 0; the same for yes and no
	Path   string `yaml:"path"`   // "/" if empty
	Domain string `yaml:"domain"` // shared with its subdomains; only the very host if empty
}

// Kind is what a technology is made of.
type Kind string

const (
	CookieKind Kind = "cookie"
	Storage    Kind = "storage" // an item of localStorage or sessionStorage, or a database of IndexedDB
	Script     Kind = "script"
	Embed      Kind = "embed" // a frame with somebody else's content, such as a video or a map
)

// Technology is one declared cookie, storage item, script or embed.
type Technology struct {
	Name     string            `yaml:"name"` // of the cookie or item; * stands for any characters
	Kind     Kind              `yaml:"kind"` // cookie, storage, script or embed
	Provider string            `yaml:"provider"`
	Purpose  consent.PurposeID `yaml:"purpose"`
	Basis    consent.Basis     `yaml:"basis"`
	Duration string            `yaml:"duration"`  // ISO 8601 period such as P13M, or "session"
	About    Text              `yaml:"about"`     // what it does
	Hosts    []string          `yaml:"hosts"`     // origins that it is requested from, if not the site's own
	Data     []string          `yaml:"data"`      // categories of personal data, see package dpv; required where there is a choice
	StoredIn []string          `yaml:"stored_in"` // [OnDevice], or countries (ISO 3166-1 alpha-2); the provider's if empty
	Shows    Content           `yaml:"shows"`     // what an embed shows, for its placeholder
	Decision *Decision         `yaml:"decision"`  // required for the exemptions
}

// Content is what an embed shows. The zero value is content of no special form.
type Content string

// Forms of content, each with a picture of its own on the placeholder.
const (
	Video Content = "video"
	Map   Content = "map"
	Post  Content = "post" // of a social network
	Form  Content = "form"
)

// OnDevice stands in stored_in for the visitor's own device.
const OnDevice = "device"

// Provider is an organisation outside the group that receives personal data
// through technologies of the sites. Records of consent must name it, with its
// address (ISO/IEC TS 27560, party fields). A technology whose provider is not
// listed gives data to nobody but the controller.
type Provider struct {
	Name     string   `yaml:"name"`      // as technologies name it
	Role     Role     `yaml:"role"`      //
	Address  string   `yaml:"address"`   // postal
	Contact  string   `yaml:"contact"`   // e-mail address, phone number or web address
	StoredIn []string `yaml:"stored_in"` // where it keeps data: as for technologies, which take it from here
}

// Role is what a provider is in law.
type Role string

const (
	// Processor acts for the controller, and on its instructions only (UK GDPR Art 4(8)).
	Processor Role = "processor"
	// ThirdParty uses the data for purposes of its own too (UK GDPR Art 4(10)).
	ThirdParty Role = "third-party"
)

// Decision records who claimed an exemption, when and why (LAW D18).
type Decision struct {
	By    string `yaml:"by"`
	Date  string `yaml:"date"`
	Why   string `yaml:"why"`
	Terms string `yaml:"terms"` // the vendor's terms that were checked, with their date or address; why not, where there are none
}

// Entity returns the entity with an id.
func (g *Group) Entity(id string) (Entity, bool) {
	for _, e := range g.Entities {
		if e.ID == id {
			return e, true
		}
	}
	return Entity{}, false
}

// Site returns the site with an id.
func (g *Group) Site(id string) (*Site, bool) {
	for i := range g.Sites {
		if g.Sites[i].ID == id {
			return &g.Sites[i], true
		}
	}
	return nil, false
}

// Purpose returns the purpose with an id.
func (g *Group) Purpose(id consent.PurposeID) (Purpose, bool) {
	for _, p := range g.Purposes {
		if p.ID == id {
			return p, true
		}
	}
	return Purpose{}, false
}

// ContactFor returns whom to ask about an entity: its own contact, else that
// of the group's first entity.
func (g *Group) ContactFor(e Entity) Contact {
	if e.Contact.Empty() && len(g.Entities) > 0 {
		return g.Entities[0].Contact
	}
	return e.Contact
}

// DPOFor returns the data protection officer of an entity, its own or the
// group's, or nil where none is named.
func (g *Group) DPOFor(e Entity) *Contact {
	if e.DPO == nil && len(g.Entities) > 0 {
		return g.Entities[0].DPO
	}
	return e.DPO
}

// PurposesOf lists the site's purposes in the group's order, each with the basis
// that all of its technologies share.
func (g *Group) PurposesOf(s *Site) []consent.Purpose {
	var ps []consent.Purpose
	for _, p := range g.Purposes {
		for _, t := range s.Technologies {
			if t.Purpose == p.ID {
				ps = append(ps, consent.Purpose{ID: p.ID, Basis: t.Basis})
				break
			}
		}
	}
	return ps
}

// Revision is the fingerprint of the questions that the site asks.
func (g *Group) Revision(s *Site) string {
	var qs []consent.Controlled
	for _, p := range g.PurposesOf(s) {
		q := consent.Controlled{Purpose: p, Controller: s.Entity}
		for _, t := range s.Technologies {
			if t.Purpose == p.ID {
				q.Recipients = append(q.Recipients, t.Provider)
			}
		}
		qs = append(qs, q)
	}
	return consent.Revision(qs)
}

// MonthsOrDefault is how long a choice is remembered.
func (c Cookie) MonthsOrDefault() int {
	if c.Months == 0 {
		return 12
	}
	return c.Months
}

// PathOrDefault is the path that the consent cookie is kept under.
func (c Cookie) PathOrDefault() string {
	if c.Path == "" {
		return "/"
	}
	return c.Path
}
