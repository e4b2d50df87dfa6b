package server

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"latchkey/app/fault"
)

// basePath is what the path of a public address may look like: it goes into
// addresses in pages and scripts as it is.
var basePath = regexp.MustCompile(`^(/[A-Za-z0-9._~-]+)*$`)

// SplitPublic checks the address by which people reach a server, such as
// https://privacy.example.org or https://www.example.org/latchkey, and returns it
// without a slash at the end, its origin, and its path (empty at the root). The
// error wraps [fault.Invalid].
func SplitPublic(address string) (public, origin, path string, err error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil {
		return "", "", "", fmt.Errorf("%q: want an address such as https://privacy.example.org: %w", address, fault.Invalid)
	}
	origin, path = u.Scheme+"://"+u.Host, strings.TrimSuffix(u.Path, "/")
	if u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.Contains(path, "/.") || !basePath.MatchString(path) {
		return "", "", "", fmt.Errorf("%q: want an address and perhaps a plain path, such as https://www.example.org/latchkey: %w", address, fault.Invalid)
	}
	return origin + path, origin, path, nil
}

// assetAddress is the address of an asset in pages.
func (s *Server) assetAddress(name string) string { return s.base + s.assets.paths[name] }

// under lets the server be reached below a path of a website, through a reverse
// proxy. The proxy may take the path off or leave it on. What the server answers
// leads back below the path, and leaves alone what is the website's to say.
func (s *Server) under(next http.Handler) http.Handler {
	if s.base == "" {
		return next
	}
	off := http.StripPrefix(s.base, next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w = &outside{ResponseWriter: w, base: s.base}
		if s.carries(r.URL) {
			off.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// fixed are the first parts of addresses that stand in routes.go.
var fixed = []string{".well-known", "api", "assets", "docs", "embed", "healthz", "log", "readyz"}

// carries reports whether an address still has the base in front. Where the base
// begins like an address of the server, it can't be told; the proxy takes it off then.
func (s *Server) carries(u *url.URL) bool {
	first, _, _ := strings.Cut(s.base[1:], "/")
	if _, err := s.snapshot().site(first); err == nil || slices.Contains(fixed, first) {
		return false
	}
	return strings.HasPrefix(u.Path, s.base+"/") && (u.RawPath == "" || strings.HasPrefix(u.RawPath, s.base+"/"))
}

// outside is a response as the website's visitors get it.
type outside struct {
	http.ResponseWriter
	base string
}

// WriteHeader leads redirects below the base.
func (o *outside) WriteHeader(status int) {
	h := o.Header()
	if to := h.Get("Location"); strings.HasPrefix(to, "/") && !strings.HasPrefix(to, "//") {
		h.Set("Location", o.base+to)
	}
	o.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the writer behind.
func (o *outside) Unwrap() http.ResponseWriter { return o.ResponseWriter }
