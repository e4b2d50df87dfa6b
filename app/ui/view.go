// Package ui holds everything that a visitor sees, as go-app components: the
// first layer (banner, placeholder, Privacy control, panel) and the pages of the
// privacy centre. The server renders them to HTML; compiled to WebAssembly, they
// take the same pages over in the browser. One component a file.
package ui

import (
	"latchkey/app/group"
	"latchkey/app/i18n"
)

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
	Path        string            `json:"path"` // of this page as visitors reach it, such as /reside/notice, without a query
	Preferences *PreferencesView  `json:"preferences,omitempty"`
	Notice      *NoticeView       `json:"notice,omitempty"`
	Request     *RequestView      `json:"request,omitempty"`
	Receipt     *ReceiptView      `json:"receipt,omitempty"`
	Cookies     *CookiesView      `json:"cookies,omitempty"`
	Problem     *ProblemView      `json:"problem,omitempty"`
}

// Catalogue is the texts of the page: its language's, with the group's own
// wordings in front.
func (v View) Catalogue() *i18n.Catalogue { return i18n.For(v.Lang).With(v.Texts) }

// here is the address of this page in a language. Where there is no such page,
// it is that of the centre's start: the path asked for can be anything, even
// another host's name behind two slashes.
func (v View) here(lang string) string {
	if v.Page == ProblemPage {
		return v.Site.Href(lang, HomePage)
	}
	return v.Path + "?lang=" + lang
}

// RequestForm is the id of the form of the request journey.
const RequestForm = "request"

// form is the id of the form that holds what this page was made from, or empty
// for a page that an address alone leads to.
func (v View) form() string {
	if v.Page == RequestPage && v.Request != nil && v.Request.Sent == nil {
		return RequestForm
	}
	if v.Page == ReceiptPage && v.Receipt != nil && (v.Receipt.Receipt != nil || v.Receipt.Erasure != nil || v.Receipt.Wrong != "") {
		return receiptForm
	}
	return ""
}

// Title is the title of a page's document: what the page is, then whose.
func Title(v View) string {
	t := v.Catalogue()
	title := pageTitle(t, v)
	if v.Site.Name == "" {
		return title + " – " + t.T("common.centre")
	}
	return t.T("common.title", "page", title, "site", v.Site.Name)
}

func pageTitle(t *i18n.Catalogue, v View) string {
	switch {
	case v.Page == HomePage:
		return t.T("home.title", "site", v.Site.Name)
	case v.Page == NoticePage && v.Notice != nil:
		return v.Notice.Notice.Title
	case v.Page == CookiesPage:
		return t.T("cookies.title", "site", v.Site.Name)
	case v.Page == RequestPage && v.Request != nil:
		return v.Request.title(t)
	case v.Page == ReceiptPage && v.Receipt != nil:
		return v.Receipt.title(t)
	case v.Page == ProblemPage && v.Problem != nil:
		return t.T("problem." + string(v.Problem.Kind) + ".title")
	}
	return t.T("common.nav." + string(v.Page))
}

// SiteView is the site that a page speaks for.
type SiteView struct {
	ID        string          `json:"id"`
	Base      string          `json:"base,omitempty"` // path that the server is reached under, such as /latchkey; empty at the root
	Name      string          `json:"name"`
	Home      string          `json:"home"`
	Group     string          `json:"group"` // the group's name
	Languages []string        `json:"languages"`
	Entity    EntityView      `json:"entity"`
	Regulator group.Regulator `json:"regulator"`
}

// Href is the address of a page of the site's centre in a language. The language
// always stands in it, because no cookie remembers it.
func (s SiteView) Href(lang string, page Page) string {
	path := string(page)
	if page == HomePage {
		path = ""
	}
	return s.Base + "/" + s.ID + "/" + path + "?lang=" + lang
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
