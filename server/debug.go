package server

import (
	"strings"

	"latchkey/app/group"
)

// debugParts is what the debug overlay works with: what the site declares, by
// which it says why a tag runs, and where a cookie came from.
type debugParts struct {
	// Purposes are id, name, basis, and the paragraph of PECR Schedule A1 that it rests on.
	Purposes [][4]string `json:"p"`
	// Technologies are name, kind (cookie or storage), provider, purpose, and the
	// origins that it is requested from.
	Technologies [][5]any `json:"t"`
}

// debugLanguage is the language of the overlay, which is for web teams.
const debugLanguage = "en-GB"

// debugData prepares the debug overlay of a site.
func debugData(_ *Server, st *site, _ map[string]firstLayer) (any, error) {
	data := debugParts{Purposes: [][4]string{}, Technologies: [][5]any{}}
	for _, p := range st.purposes {
		name := string(p.ID)
		if words, ok := st.group.Purpose(p.ID); ok {
			name, _ = words.Name.In(debugLanguage, st.Languages[0])
		}
		data.Purposes = append(data.Purposes, [4]string{string(p.ID), name, string(p.Basis), p.Basis.Paragraph()})
	}
	for _, t := range st.Technologies {
		if t.Kind == group.CookieKind || t.Kind == group.Storage {
			origins := []string{}
			for _, host := range t.Hosts {
				origins = append(origins, strings.TrimSuffix(host, "/"))
			}
			data.Technologies = append(data.Technologies, [5]any{t.Name, t.Kind, t.Provider, t.Purpose, origins})
		}
	}
	return data, nil
}
