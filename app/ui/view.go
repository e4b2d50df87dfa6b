package ui

import "latchkey/app/group"

// Page names a page of the centre.
type Page string

const (
	HomePage        Page = "home"
	PreferencesPage Page = "preferences"
	NoticePage      Page = "notice"
	RequestPage     Page = "request"
	ReceiptPage     Page = "receipt"
	CookiesPage     Page = "cookies"
	ProblemPage     Page = "problem" // not found, or something went wrong
)

// View is everything that a page of the centre shows. The server fills it and
// renders it to HTML; the same value travels with the page as JSON, and the
// WebAssembly front end starts from it. It holds nothing that the page does not show.
type View struct {
	Page        Page              `json:"page"`
	Lang        string            `json:"lang"`            // BCP 47; a language of the site
	Texts       map[string]string `json:"texts,omitempty"` // the group's own wordings, by message key
	Site        SiteView          `json:"site"`
	Path        string            `json:"path"` // of this page, such as /reside/notice, without a query
	Preferences *PreferencesView  `json:"preferences,omitempty"`
	Notice      *NoticeView       `json:"notice,omitempty"`
	Request     *RequestView      `json:"request,omitempty"`
	Receipt     *ReceiptView      `json:"receipt,omitempty"`
	Cookies     *CookiesView      `json:"cookies,omitempty"`
	Problem     *ProblemView      `json:"problem,omitempty"`
}

// SiteView is the site that a page speaks for.
type SiteView struct {
	ID        string          `json:"id"`
	Name      string          `json:"name"`
	Home      string          `json:"home"`
	Group     string          `json:"group"` // the group's name
	Languages []string        `json:"languages"`
	Entity    EntityView      `json:"entity"`
	Regulator group.Regulator `json:"regulator"`
}

// EntityView is a controller as shown to people.
type EntityView struct {
	ID            string               `json:"id"`
	Name          string               `json:"name"`
	Trading       []string             `json:"trading,omitempty"`
	About         string               `json:"about,omitempty"`
	ICO           string               `json:"ico,omitempty"`
	Registrations []group.Registration `json:"registrations,omitempty"`
	Address       string               `json:"address,omitempty"`
	Contact       group.Contact        `json:"contact"`
	DPO           *group.Contact       `json:"dpo,omitempty"`
	Start         string               `json:"start,omitempty"` // rights.Start
}
