package server

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/andybalholm/brotli"

	"latchkey/app/consent"
	"latchkey/app/fault"
	"latchkey/app/group"
	"latchkey/app/i18n"
	"latchkey/app/ui"
	"latchkey/server/render"
)

// What a site uses is declared once, in its configuration. Here it is told in
// three forms: a page of the centre, a fragment for a page of the site's own, and
// JSON for programs (LAW W13). None of them is kept by hand.

// cookies is the page that lists everything that the site uses.
func (s *Server) cookies(w http.ResponseWriter, r *http.Request) error {
	st, v, err := s.view(r, ui.CookiesPage)
	if err != nil {
		return err
	}
	v.Cookies = st.cookiesView(v.Lang)
	return s.writePage(w, r, st, http.StatusOK, shared, v)
}

func (st *site) cookiesView(lang string) *ui.CookiesView {
	return &ui.CookiesView{Purposes: ui.PurposesOf(st.group, st.Site, lang), Months: st.Cookie.MonthsOrDefault()}
}

// cookiesFragment is the same list as a piece of HTML, for a page of the site's
// own; ?level= says at which level its headings begin.
func (s *Server) cookiesFragment(w http.ResponseWriter, r *http.Request) error {
	st, v, err := s.view(r, ui.CookiesPage)
	if err != nil {
		return err
	}
	level := ui.MinFragmentLevel
	if asked := r.URL.Query().Get("level"); asked != "" {
		if level, err = strconv.Atoi(asked); err != nil || level < ui.MinFragmentLevel || level > ui.MaxFragmentLevel {
			return fmt.Errorf("level: want a number from %d to %d: %w", ui.MinFragmentLevel, ui.MaxFragmentLevel, fault.Invalid)
		}
	}
	body, err := render.Stable(&ui.CookiesFragment{
		T: v.Catalogue(), Site: v.Site, View: *st.cookiesView(v.Lang), Centre: s.origin, Level: level,
	})
	if err != nil {
		return err
	}
	writeIncluded(w, r, st, v.Lang, "text/html; charset=utf-8", append(body, '\n'))
	return nil
}

// cookieList is the list as JSON. Its schema is testdata/schema/cookies.schema.json.
type cookieList struct {
	Site     string          `json:"site"`
	Name     string          `json:"name"`
	Language string          `json:"language"`
	Revision string          `json:"revision"` // of the questions, see consent.Revision
	Months   int             `json:"months"`   // how long a choice is remembered
	Page     string          `json:"page"`     // address of the same list as a page
	Choices  string          `json:"choices"`  // address of the page of the switches
	Act      string          `json:"act"`      // what the law's short name stands for
	Purposes []cookiePurpose `json:"purposes"`
}

type cookiePurpose struct {
	ID           consent.PurposeID  `json:"id"`
	Name         string             `json:"name"`
	About        string             `json:"about,omitempty"`
	Basis        consent.Basis      `json:"basis"`
	Paragraph    string             `json:"paragraph"` // of PECR Schedule A1
	Law          string             `json:"law"`       // the same in a sentence
	Technologies []cookieTechnology `json:"technologies"`
}

type cookieTechnology struct {
	Name     string     `json:"name"` // * stands for any characters
	Kind     group.Kind `json:"kind"`
	Provider string     `json:"provider"`
	Duration string     `json:"duration,omitempty"` // ISO 8601 period, or "session"
	Lasts    string     `json:"lasts,omitempty"`    // the same in words
	About    string     `json:"about,omitempty"`
}

// cookiesJSON is the same list for programs.
func (s *Server) cookiesJSON(w http.ResponseWriter, r *http.Request) error {
	st, v, err := s.view(r, ui.CookiesPage)
	if err != nil {
		return err
	}
	t := v.Catalogue()
	list := cookieList{
		Site: st.ID, Name: v.Site.Name, Language: v.Lang, Revision: st.group.Revision(st.Site), Months: st.Cookie.MonthsOrDefault(),
		Page: s.origin + v.Site.Href(v.Lang, ui.CookiesPage), Choices: s.origin + v.Site.Href(v.Lang, ui.PreferencesPage),
		Act: t.T("common.law.name"), Purposes: []cookiePurpose{},
	}
	for _, p := range st.cookiesView(v.Lang).Purposes {
		list.Purposes = append(list.Purposes, cookiePurpose{
			ID: p.ID, Name: p.Name, About: p.About, Basis: p.Basis, Paragraph: p.Basis.Paragraph(), Law: p.Law(t),
			Technologies: technologyList(t, p.Technologies),
		})
	}
	body, err := json.MarshalIndent(list, "", "  ")
	if err != nil {
		return fmt.Errorf("list of cookies: %w", err)
	}
	writeIncluded(w, r, st, v.Lang, "application/json", append(body, '\n'))
	return nil
}

func technologyList(t *i18n.Catalogue, views []ui.TechnologyView) []cookieTechnology {
	list := make([]cookieTechnology, len(views))
	for i, v := range views {
		list[i] = cookieTechnology{Name: v.Name, Kind: v.Kind, Provider: v.Provider, Duration: v.Duration, About: v.About}
		if v.Duration != "" {
			list[i].Lasts = ui.Duration(t, v.Duration)
		}
	}
	return list
}

// writeIncluded writes what other programs put into pages of the site: the same
// for everybody, known by its hash, and readable by the site's own pages.
func writeIncluded(w http.ResponseWriter, r *http.Request, st *site, lang, mime string, body []byte) {
	tag := hash(body)[:16]
	h := w.Header()
	h.Set("Content-Type", mime)
	h.Set("Content-Language", lang)
	h.Set("Cache-Control", shared)
	h.Set("ETag", `W/"`+tag+`"`) // weak: the same content in whatever encoding
	h.Set("Vary", "Accept-Encoding, Accept-Language, Origin")
	if origin := r.Header.Get("Origin"); slices.Contains(st.Origins, origin) {
		h.Set("Access-Control-Allow-Origin", origin)
	}
	if notModified(r.Header.Get("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	out := brotli.HTTPCompressor(w, r)
	out.Write(body) // an error here means that nobody is there to be told
	out.Close()
}
