package demosite

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"sync"
)

// thirdParty is the third party's folder in testdata/sites and its path.
const thirdParty = "third-party"

// ThirdParty stands in for companies whose tags, pixels and players websites
// embed. It does what those do, sets cookies and takes beacons, and keeps a
// list of every request, so that a test can say what left a page.
type ThirdParty struct {
	files fs.FS
	mu    sync.Mutex
	hits  []Hit
}

// Hit is one request that the third party received.
type Hit struct {
	Method  string   `json:"method"`
	Path    string   `json:"path"` // below /third-party/, such as "pixel.gif"
	Query   string   `json:"query,omitempty"`
	Host    string   `json:"host"`
	Referer string   `json:"referer,omitempty"`
	Cookies []string `json:"cookies,omitempty"` // names of the cookies that came with it
}

// Received returns what has come in so far, oldest first.
func (t *ThirdParty) Received() []Hit {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.hits)
}

// Forget empties the list.
func (t *ThirdParty) Forget() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.hits = nil
}

func (t *ThirdParty) routes(mux *http.ServeMux) {
	mux.HandleFunc("GET /third-party/log", t.log)
	mux.HandleFunc("DELETE /third-party/log", func(w http.ResponseWriter, _ *http.Request) {
		t.Forget()
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("POST /third-party/collect", t.noting(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.WriteHeader(http.StatusNoContent)
	}))
	mux.HandleFunc("GET /third-party/pixel.gif", t.noting(func(w http.ResponseWriter, _ *http.Request) {
		http.SetCookie(w, &http.Cookie{
			Name: "visitor", Value: "demo-visitor", Path: "/third-party/", MaxAge: 7776000,
			Secure: true, SameSite: http.SameSiteNoneMode,
		})
		w.Header().Set("Content-Type", "image/gif")
		w.Header().Set("Cache-Control", "no-store")
		w.Write(transparent)
	}))
	mux.HandleFunc("GET /third-party/player", t.noting(func(w http.ResponseWriter, r *http.Request) {
		body, err := fs.ReadFile(t.files, thirdParty+"/player.html")
		if err != nil {
			http.NotFound(w, r)
			return
		}
		http.SetCookie(w, &http.Cookie{
			Name: "player", Value: "demo-viewer", Path: "/third-party/", MaxAge: 15552000,
			Secure: true, SameSite: http.SameSiteNoneMode,
		})
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		w.Write(body)
	}))
	mux.HandleFunc("GET /third-party/{file}", t.noting(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		serveFile(w, r, t.files, path.Join(thirdParty, r.PathValue("file")))
	}))
}

// noting puts a request on the list before it is answered.
func (t *ThirdParty) noting(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		// As those do whose tags work in pages that isolate themselves (COEP: require-corp).
		w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
		hit := Hit{
			Method: r.Method, Path: path.Base(r.URL.Path), Query: r.URL.RawQuery, Host: r.Host, Referer: r.Referer(),
		}
		for _, c := range r.Cookies() {
			hit.Cookies = append(hit.Cookies, c.Name)
		}
		t.mu.Lock()
		t.hits = append(t.hits, hit)
		t.mu.Unlock()
		next(w, r)
	}
}

func (t *ThirdParty) log(w http.ResponseWriter, _ *http.Request) {
	hits := t.Received()
	if hits == nil {
		hits = []Hit{}
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	if err := enc.Encode(hits); err != nil {
		fmt.Fprintln(w, err)
	}
}

// transparent is a GIF of one transparent pixel.
var transparent = []byte("GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;")
