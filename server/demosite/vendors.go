package demosite

import (
	"io/fs"
	"net/http"
	"strings"
)

// frameCookies are the cookies that the vendors of embedded frames set with the
// page inside the frame, as their own documents say, by the vendor's double.
var frameCookies = map[string]string{
	"youtube": "VISITOR_INFO1_LIVE",
	"vimeo":   "vuid",
	"maps":    "NID",
}

// vendorRoutes serves the doubles of testdata/vendors: scripts under their
// vendor's name, frames, and the addresses that both report to. Every request
// is on the list, under the last part of its path: "google.js", "google" for
// what that script reports, "youtube" for a frame.
func (t *ThirdParty) vendorRoutes(mux *http.ServeMux, doubles fs.FS) {
	mux.HandleFunc("GET /vendors/{file}", t.noting(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		serveFile(w, r, doubles, r.PathValue("file"))
	}))
	mux.HandleFunc("GET /vendors/frame/{vendor}", t.noting(func(w http.ResponseWriter, r *http.Request) {
		vendor := r.PathValue("vendor")
		body, err := fs.ReadFile(doubles, "frame.html")
		if err != nil || frameCookies[vendor] == "" {
			http.NotFound(w, r)
			return
		}
		http.SetCookie(w, &http.Cookie{
			Name: frameCookies[vendor], Value: "double", Path: "/vendors/", MaxAge: 15552000,
			Secure: true, SameSite: http.SameSiteNoneMode,
		})
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		w.Write([]byte(strings.ReplaceAll(string(body), "VENDOR", vendor)))
	}))
	collect := t.noting(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Header().Set("Content-Type", "image/gif")
		w.Header().Set("Cache-Control", "no-store")
		w.Write(transparent)
	})
	mux.HandleFunc("GET /vendors/collect/{vendor}", collect)
	mux.HandleFunc("POST /vendors/collect/{vendor}", collect)
}
