package server

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"latchkey/app/consent"
	"latchkey/app/fault"
)

// Safari deletes what scripts have stored on a website, the consent cookie
// too, when its visitor has not touched that website for seven days of use. It
// keeps what a website's own server has set. So a site with first_party lets
// the server be reached under one of its own origins, or at a subdomain, and
// the server gives the cookie back as it came, by Set-Cookie. See
// web/docs/first-party.md.

// renewCookie gives the consent cookie of a page of a site with first_party
// back as it came. It makes no cookie and changes none: only the browser's own
// value is given back, if it is whole, answers what the site asks now, and has
// not had its time. For every other site nothing is set (LAW O9).
//
// It is a request of its own, and one that ends with its page: the receipt's
// outlives the page, and its late answer could bring back what has been refused since.
//
// The cookie itself shows that the request is a first-party one: browsers send
// it to no other website. Those that say where a request comes from are believed, too.
func (s *Server) renewCookie(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("site")
	st, err := s.snapshot().site(id)
	if err != nil {
		return fmt.Errorf("there is no site %q here: %w", id, fault.NotFound)
	}
	if err := st.checkOrigin(r); err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	if st.FirstParty && r.Header.Get("Sec-Fetch-Site") != "cross-site" {
		s.giveBack(w, r, st)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// giveBack sets the consent cookie again that the request carries. Several are given back only if they are one choice:
// each of them a whole one that stands, and all the same, see [consent.Agreed].
func (s *Server) giveBack(w http.ResponseWriter, r *http.Request, st *site) {
	var choices []consent.Choice
	for _, sent := range r.CookiesNamed(consent.CookieName) {
		choice, err := consent.ParseCookie(sent.Value)
		if err != nil || sent.Quoted || choice.Revision != st.group.Revision(st.Site) || !st.knows(choice) || s.remaining(choice, st) < time.Second {
			return
		}
		choices = append(choices, choice)
	}
	choice, ok := consent.Agreed(choices)
	if !ok {
		return
	}
	http.SetCookie(w, &http.Cookie{
		Name: consent.CookieName, Value: choice.Cookie(), Path: st.Cookie.PathOrDefault(), Domain: st.Cookie.Domain,
		MaxAge: int(s.remaining(choice, st) / time.Second), SameSite: http.SameSiteLaxMode,
		// As the loader sets it: by the page that asks, which a proxy can't hide.
		Secure: strings.HasPrefix(r.Header.Get("Origin"), "https://"),
	})
}

// knows reports whether a choice answers nothing but what the site asks.
func (st *site) knows(choice consent.Choice) bool {
	for id := range choice.On {
		if !slices.ContainsFunc(st.purposes, func(p consent.Purpose) bool { return p.ID == id && p.Basis.Choosable() }) {
			return false
		}
	}
	return true
}

// remaining is for how long a choice still stands. A day that is still to come, by a clock that was wrong, counts as today.
func (s *Server) remaining(choice consent.Choice, st *site) time.Duration {
	now := s.now()
	made, err := time.Parse(time.DateOnly, choice.Date)
	if err != nil {
		return 0
	}
	if today := now.UTC().Truncate(24 * time.Hour); made.After(today) {
		made = today
	}
	return made.AddDate(0, st.Cookie.MonthsOrDefault(), 0).Sub(now)
}

// signalsGPC reports whether the browser sends Global Privacy Control with the
// request: the header with the one character 1, and nothing else
// (https://www.w3.org/TR/gpc/).
func signalsGPC(r *http.Request) bool { return r.Header.Get("Sec-GPC") == "1" }

// allowCredentials lets the pages of sites send their cookies along when one is
// to be given back, and with a choice: loaders that a page has pinned send it
// with both. On a subdomain the consent cookie comes in no other way. Nothing
// that the API answers depends on a cookie.
func allowCredentials(h http.Header, r *http.Request) {
	if r.URL.Path == "/api/receipts" || strings.HasPrefix(r.URL.Path, "/api/cookie/") {
		h.Set("Access-Control-Allow-Credentials", "true")
	}
}
