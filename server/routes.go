package server

import (
	"fmt"
	"net/http"

	"latchkey/app/consent"
	"latchkey/app/fault"
	"latchkey/app/rights"
)

var errNotReady = fmt.Errorf("the store can't take a write: %w", fault.Unavailable)

// Handler returns every route of the server. The addresses of the pages begin
// with a site's id, which config keeps apart from the fixed first segments here.
func (s *Server) Handler() http.Handler {
	embed, api, public, probe, pages := http.NewServeMux(), http.NewServeMux(), http.NewServeMux(), http.NewServeMux(), http.NewServeMux()
	in := func(mux *http.ServeMux, guard func(handler) http.Handler) func(string, handler) {
		return func(pattern string, h handler) { mux.Handle(pattern, guard(h)) }
	}

	get := in(embed, func(h handler) http.Handler { return secure(asset, s.api(h)) })
	get("GET /embed/{file}", s.embed)
	get("GET /assets/{file}", s.asset)
	manual := newManual(s)
	get("GET /embed/latchkey.d.ts", manual.types())
	get("/", s.noSuchAPI)

	call := in(api, func(h handler) http.Handler { return secure(data, s.cors(s.api(h))) })
	call("POST /api/receipts", s.withAdmission(s.admission.Receipts, consent.MaxSubmission, s.checkSomeOrigin, s.postReceipt))
	call("GET /api/receipts/{id}", s.getReceipt)
	call("POST /api/requests", s.withAdmission(s.admission.Requests, rights.MaxForm, s.checkSomeOrigin, s.postRequest))
	call("GET /api/receipts/{id}/file", s.getReceiptFile)
	call("POST /api/cookie/{site}", s.renewCookie)
	call("/api/receipts", allow(http.MethodPost))
	call("/api/receipts/{id}", allow(http.MethodGet))
	call("/api/receipts/{id}/file", allow(http.MethodGet))
	call("/api/requests", allow(http.MethodPost))
	call("/api/cookie/{site}", allow(http.MethodPost))
	call("/", s.noSuchAPI)

	ask := in(probe, func(h handler) http.Handler { return secure(data, s.api(h)) })
	ask("GET /healthz", s.healthz)
	ask("GET /readyz", s.readyz)

	publish := in(public, func(h handler) http.Handler { return secure(data, s.api(h)) })
	publish("GET /log/checkpoint", s.logCheckpoint)
	publish("GET /log/keys", s.logKeys)
	publish("GET /log/tile/{path...}", s.logTile)
	publish("/", s.noSuchAPI)

	// A form can be posted only from our own pages: browsers say where a POST
	// comes from (Sec-Fetch-Site, or Origin).
	sameOrigin := http.NewCrossOriginProtection()
	sameOrigin.SetDenyHandler(secure(centre, s.page(func(http.ResponseWriter, *http.Request) error {
		return fmt.Errorf("a form was posted from another site: %w", fault.Forbidden)
	})))
	show := in(pages, func(h handler) http.Handler { return sameOrigin.Handler(secure(centre, s.page(h))) })
	show("GET /{site}/{$}", s.home)
	show("GET /{site}/preferences", s.preferences)
	show("GET /{site}/notice", s.notice)
	show("GET /{site}/notice/{entity}", s.notice)
	show("GET /{site}/cookies", s.cookies)
	include := in(pages, func(h handler) http.Handler { return secure(data, s.api(h)) })
	include("GET /{site}/cookies.html", s.cookiesFragment)
	include("GET /{site}/cookies.json", s.cookiesJSON)
	show("GET /{site}/receipt", s.receipt)
	show("POST /{site}/receipt", s.receipt)
	show("GET /{site}/request", s.request)
	show("POST /{site}/request", s.withAdmission(s.admission.Requests, rights.MaxForm, anyOrigin, s.request))
	show("GET /{site}/request/{kind}", s.request)
	show("POST /{site}/request/{kind}", s.withAdmission(s.admission.Requests, rights.MaxForm, anyOrigin, s.request))
	show("GET /{site}/request/sent/{token}", s.sent)
	show("/", s.noSuchPage)

	// A mux of its own: a page of the documentation may be called as one of the centre.
	book := http.NewServeMux()
	explain := in(book, func(h handler) http.Handler { return secure(docs, s.page(h)) })
	explain("GET /docs/{path...}", manual.serve)
	explain("/", s.noSuchPage)

	top := http.NewServeMux()
	for prefix, mux := range map[string]*http.ServeMux{
		"/embed/": embed, "/assets/": embed, "/api/": api, "/log/": public, "/docs/": book, "/healthz": probe, "/readyz": probe, "/": pages,
	} {
		top.Handle(prefix, mux)
	}
	return s.under(s.logged(top))
}

// allow answers a method that a resource does not have.
func allow(method string) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Allow", method+", OPTIONS")
		return fmt.Errorf("use %s here: %w", method, fault.Method)
	}
}

func (s *Server) noSuchAPI(w http.ResponseWriter, r *http.Request) error {
	return fmt.Errorf("there is nothing at this address of the API: %w", fault.NotFound)
}

func (s *Server) noSuchPage(w http.ResponseWriter, r *http.Request) error {
	return fmt.Errorf("no such page: %w", fault.NotFound)
}
