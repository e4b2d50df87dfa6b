package server

import (
	"net/http"

	"latchkey/app/ui"
	"latchkey/server/render"
)

// preferences is the page of the switches. It says so where the browser sends
// Global Privacy Control.
func (s *Server) preferences(w http.ResponseWriter, r *http.Request) error {
	st, v, err := s.view(r, ui.PreferencesPage)
	if err != nil {
		return err
	}
	v.Preferences = st.preferencesView(v.Lang)
	v.Preferences.Edition, v.Preferences.GPCEdition = st.editions[v.Lang].ID, st.gpcEditions[v.Lang].ID
	v.Preferences.GPC = signalsGPC(r)
	w.Header().Add("Vary", "Sec-GPC")
	return s.writePage(w, r, st, http.StatusOK, shared, v)
}

func (st *site) preferencesView(lang string) *ui.PreferencesView {
	return &ui.PreferencesView{
		Purposes: ui.PurposesOf(st.group, st.Site, lang), Months: st.Cookie.MonthsOrDefault(),
		Refused: st.group.RefusedByGPC(st.Site),
	}
}

// preferencesText is what a person reads on the preferences page, in a browser
// that sends Global Privacy Control or in any other.
func (st *site) preferencesText(lang string, gpc bool) (string, error) {
	v := ui.View{
		Page: ui.PreferencesPage, Lang: lang, Texts: st.group.Texts[lang], Site: ui.SiteOf(st.group, st.Site, lang),
		Path: "/" + st.ID + "/preferences", Preferences: st.preferencesView(lang),
	}
	root, err := render.Tree(&ui.Centre{View: v})
	if err != nil {
		return "", err
	}
	if !gpc {
		root = without(root, func(attrs map[string]string) bool { return attrs["data-gpc"] != "" })
	}
	return render.Text(root), nil
}
