package server

import (
	"net/http"
	"strings"
	"time"

	"latchkey/app/consent"
)

// Safari deletes what scripts have stored on a website, the consent cookie
// too, when its visitor has not touched that website for seven days of use. It
// keeps what a website's own server has set. So a site with first_party lets
// the server be reached under one of its own origins, or at a subdomain, and
// the server gives the cookie back as it came, by Set-Cookie. See
// web/docs/first-party.md.

// renewCookie answers a choice of a site with first_party by setting the
// consent cookie again that the request carries. It makes no cookie and changes
// none: only the browser's own value is given back, if it is whole, answers the
// questions that the site asks now, says the same as the choice just received,
// and has not had its time. For every other site nothing is set (LAW O9).
//
// The cookie itself shows that the request is a first-party one: browsers send
// it to no other website. Those that say where a request comes from are believed, too.
func (s *Server) renewCookie(w http.ResponseWriter, r *http.Request, st *site, event consent.Event) {
	if !st.FirstParty || r.Header.Get("Sec-Fetch-Site") == "cross-site" {
		return
	}
	for _, sent := range r.CookiesNamed(consent.CookieName) {
		choice, err := consent.ParseCookie(sent.Value)
		if err != nil || sent.Quoted || choice.Revision != st.group.Revision(st.Site) || !says(choice, event) {
			continue
		}
		left := remaining(choice.Date, st.Cookie.MonthsOrDefault(), s.now())
		if left < time.Second {
			continue
		}
		http.SetCookie(w, &http.Cookie{
			Name: consent.CookieName, Value: sent.Value, Path: st.Cookie.PathOrDefault(), Domain: st.Cookie.Domain,
			MaxAge: int(left / time.Second), SameSite: http.SameSiteLaxMode,
			// As the loader sets it: by the page that asks, which a proxy can't hide.
			Secure: strings.HasPrefix(r.Header.Get("Origin"), "https://"),
		})
		return
	}
}

// remaining is for how long a choice made on a day (UTC, YYYY-MM-DD) still stands. A
// day that is still to come, by a clock that was wrong, counts as today.
func remaining(day string, months int, now time.Time) time.Duration {
	made, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return 0
	}
	if today := now.UTC().Truncate(24 * time.Hour); made.After(today) {
		made = today
	}
	return made.AddDate(0, months, 0).Sub(now)
}

// says reports whether a choice in a cookie answers every purpose as an event does.
func says(choice consent.Choice, event consent.Event) bool {
	answered := 0
	for _, p := range event.Purposes {
		on, has := choice.On[p.ID]
		switch {
		case p.Answer == consent.NotAsked && has,
			p.Answer != consent.NotAsked && (!has || on != (p.Answer == consent.Yes)):
			return false
		case has:
			answered++
		}
	}
	return answered == len(choice.On)
}

// signalsGPC reports whether the browser sends Global Privacy Control with the
// request: the header with the one character 1, and nothing else
// (https://www.w3.org/TR/gpc/).
func signalsGPC(r *http.Request) bool { return r.Header.Get("Sec-GPC") == "1" }

// allowCredentials lets the pages of sites send their cookies along with a
// choice, and with nothing else: on a subdomain the consent cookie comes in no
// other way. It holds for all registered origins, because a loader that a page
// has pinned goes on sending them after first_party was switched off; nothing
// that the API answers depends on a cookie.
func allowCredentials(h http.Header, r *http.Request) {
	if r.URL.Path == "/api/receipts" {
		h.Set("Access-Control-Allow-Credentials", "true")
	}
}
