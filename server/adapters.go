package server

import (
	"encoding/json"
	"fmt"

	"latchkey/app/consent"
	"latchkey/app/group"
)

// dataLayer is the adapter of a site that has choices pushed to window.dataLayer.
const dataLayer = "datalayer"

// debug is the adapter, and the part, of a site that has the debug overlay.
const debug = "debug"

// matomo is what the adapter of that name is made with.
type matomo struct {
	Tracking consent.PurposeID `json:"tracking"`
	Cookies  consent.PurposeID `json:"cookies"`
	Exempt   bool              `json:"exempt,omitempty"` // tracking runs from the start, until somebody objects
}

// adapters lists what a site's loader carries for the site's vendors: each a
// JavaScript expression for an adapter, see web/loader/adapter.ts. Events for a
// tag manager come after them, so that what they start finds the signals sent.
func (s *Server) adapters(st *site) ([]string, error) {
	var made []string
	for _, v := range st.Vendors {
		var settings any = st.group.Follows(st.Site, v)
		if v.ID == "matomo" {
			settings = st.matomo(v)
		}
		adapter, err := s.adapter(v.ID, settings)
		if err != nil {
			return nil, err
		}
		made = append(made, adapter)
	}
	if st.DataLayer {
		adapter, err := s.adapter(dataLayer, nil)
		if err != nil {
			return nil, err
		}
		made = append(made, adapter)
	}
	if st.Debug {
		adapter, err := s.adapter(debug, nil)
		if err != nil {
			return nil, err
		}
		made = append(made, adapter)
	}
	return made, nil
}

// matomo says what Matomo follows, and whether that is consent or objecting.
func (st *site) matomo(v group.Vendor) matomo {
	follows := st.group.Follows(st.Site, v)
	m := matomo{Tracking: follows["tracking"], Cookies: follows["cookies"]}
	for _, p := range st.purposes {
		if p.ID == m.Tracking && p.Basis != consent.ByConsent {
			m.Exempt = true
		}
	}
	return m
}

// adapter returns the expression that makes an adapter with settings, if any.
func (s *Server) adapter(name string, settings any) (string, error) {
	code, err := s.built("adapters/" + name + ".js")
	if err != nil {
		return "", fmt.Errorf("adapter %s: %w", name, err)
	}
	if settings == nil {
		return fmt.Sprintf("(%s)()", code), nil
	}
	with, err := json.Marshal(settings)
	if err != nil {
		return "", fmt.Errorf("settings of the adapter %s: %w", name, err)
	}
	return fmt.Sprintf("(%s)(%s)", code, quotedKey.ReplaceAll(with, []byte("$1:"))), nil
}
