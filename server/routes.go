package server

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"latchkey/app/consent"
	"latchkey/app/fault"
	"latchkey/app/rights"
)

var errNotReady = fmt.Errorf("the store can't take a write: %w", fault.Unavailable)

// section is the routes below a first part of the address.
type section struct {
	mux     *http.ServeMux
	guard   func(handler) http.Handler
	methods map[string][]string // by path
	also    []string            // methods that the guard answers
}

func newSection(guard func(handler) http.Handler) *section {
	return &section{mux: http.NewServeMux(), guard: guard, methods: map[string][]string{}}
}

// handle adds a route: its method and its path.
func (x *section) handle(pattern string, h handler) { x.handleAs(pattern, x.guard(h)) }

// handleAs adds a route with a guard of its own.
func (x *section) handleAs(pattern string, h http.Handler) {
	method, path, _ := strings.Cut(pattern, " ")
	x.methods[path] = append(x.methods[path], method)
	x.mux.Handle(pattern, h)
}

// close answers methods that a path does not have, and then paths that there are not.
func (x *section) close(none handler) *http.ServeMux {
	for path, methods := range x.methods {
		if path != typesPath { // those with a name in the place of this one's are answered for it too
			x.mux.Handle(path, x.guard(allow(methods, x.also)))
		}
	}
	x.mux.Handle("/", x.guard(none))
	return x.mux
}

// typesPath is the one file of its folder that has a route of its own.
const typesPath = "/embed/latchkey.d.ts"

// Handler returns every route of the server. The addresses of the pages begin
// with a site's id, which config keeps apart from the fixed first segments here.
func (s *Server) Handler() http.Handler {
	embed := newSection(s.api)
	get := embed.handle
	get("GET /embed/{file}", s.embed)
	get("GET /assets/{file}", s.asset)
	manual := newManual(s)
	get("GET /embed/latchkey.d.ts", manual.types())

	api := newSection(func(h handler) http.Handler { return s.cors(s.api(h)) })
	api.also = []string{http.MethodOptions}
	call := api.handle
	call("POST /api/receipts", s.withAdmission(s.admission.Receipts, consent.MaxSubmission, s.checkSomeOrigin, s.postReceipt))
	call("GET /api/receipts/{id}", s.getReceipt)
	call("POST /api/requests", s.withAdmission(s.admission.Requests, rights.MaxForm, s.checkSomeOrigin, s.postRequest))
	call("GET /api/receipts/{id}/file", s.getReceiptFile)
	call("POST /api/cookie/{site}", s.renewCookie)

	probe := newSection(s.api)
	ask := probe.handle
	ask("GET /healthz", s.healthz)
	ask("GET /readyz", s.readyz)

	public := newSection(s.api)
	publish := public.handle
	publish("GET /log/checkpoint", s.logCheckpoint)
	publish("GET /log/keys", s.logKeys)
	publish("GET /log/tile/{path...}", s.logTile)

	wellKnown := newSection(s.api)
	tell := wellKnown.handle
	tell("GET /.well-known/security.txt", s.securityTxt)

	// A form can be posted only from our own pages: browsers say where a POST
	// comes from (Sec-Fetch-Site, or Origin).
	sameOrigin := http.NewCrossOriginProtection()
	sameOrigin.SetDenyHandler(s.page(func(http.ResponseWriter, *http.Request) error {
		return fmt.Errorf("a form was posted from another site: %w", fault.Forbidden)
	}))
	pages := newSection(func(h handler) http.Handler { return sameOrigin.Handler(s.page(h)) })
	show := pages.handle
	show("GET /{site}/{$}", s.home)
	show("GET /{site}/preferences", s.preferences)
	show("GET /{site}/notice", s.notice)
	show("GET /{site}/notice/{entity}", s.notice)
	show("GET /{site}/cookies", s.cookies)
	pages.handleAs("GET /{site}/cookies.html", as(data, s.api(s.cookiesFragment)))
	pages.handleAs("GET /{site}/cookies.json", as(data, s.api(s.cookiesJSON)))
	show("GET /{site}/receipt", s.receipt)
	show("POST /{site}/receipt", s.receipt)
	show("GET /{site}/request", s.request)
	show("POST /{site}/request", s.withAdmission(s.admission.Requests, rights.MaxForm, anyOrigin, s.request))
	show("GET /{site}/request/{kind}", s.request)
	show("POST /{site}/request/{kind}", s.withAdmission(s.admission.Requests, rights.MaxForm, anyOrigin, s.request))
	show("GET /{site}/request/sent/{token}", s.sent)

	// A mux of its own: a page of the documentation may be called as one of the centre.
	book := newSection(s.page)
	explain := book.handle
	explain("GET /docs/{path...}", manual.serve)

	top := http.NewServeMux()
	for prefix, mux := range map[string]*http.ServeMux{
		"/embed/": embed.close(s.noSuchAPI), "/assets/": embed.mux, "/api/": api.close(s.noSuchAPI), "/log/": public.close(s.noSuchAPI),
		"/.well-known/": wellKnown.close(s.noSuchAPI), "/docs/": book.close(s.noSuchPage),
		"/healthz": probe.close(s.noSuchAPI), "/readyz": probe.mux, "/": pages.close(s.noSuchPage),
	} {
		top.Handle(prefix, mux)
	}
	return s.under(s.logged(s.secured(top, s.api(sentTwice))))
}

// allow answers a method that a resource does not have; what also answers is only named.
func allow(methods, also []string) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		allowed := strings.Join(slices.Sorted(slices.Values(methods)), ", ")
		w.Header().Set("Allow", strings.Join(append([]string{strings.Replace(allowed, http.MethodGet, "GET, HEAD", 1)}, also...), ", "))
		return fmt.Errorf("use %s here: %w", strings.ReplaceAll(allowed, ", ", " or "), fault.Method)
	}
}

// single are the headers by which something is decided and that come once: with
// two of them, a proxy in front may have looked at one and this server at the other (RFC 9110, section 5.3).
var single = []string{"Authorization", "Content-Type", "Origin", "Sec-Fetch-Site"}

// sentTwice answers a call that has one of these headers twice.
func sentTwice(http.ResponseWriter, *http.Request) error {
	return fmt.Errorf("a header that comes once was sent twice: %w", fault.Malformed)
}

func (s *Server) noSuchAPI(w http.ResponseWriter, r *http.Request) error {
	return fmt.Errorf("there is nothing at this address of the API: %w", fault.NotFound)
}

func (s *Server) noSuchPage(w http.ResponseWriter, r *http.Request) error {
	// Below the address of a site it is said in that site's language and colours, and may be framed by it.
	site, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	r.SetPathValue("site", site)
	return fmt.Errorf("no such page: %w", fault.NotFound)
}
