package server

import (
	"fmt"
	"net/http"

	"latchkey/app/fault"
)

var errNotReady = fmt.Errorf("the store can't take a write: %w", fault.Unavailable)

// Handler returns every route of the server.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()

	embed := func(pattern string, h handler) { mux.Handle(pattern, secure(asset, s.api(h))) }
	embed("GET /embed/{file}", s.embed)
	embed("GET /assets/{file}", s.asset)

	api := func(pattern string, h handler) { mux.Handle(pattern, secure(data, s.cors(s.api(h)))) }
	api("POST /api/receipts", s.postReceipt)
	api("GET /api/receipts/{id}", s.getReceipt)
	api("POST /api/requests", s.postRequest)
	api("OPTIONS /api/", s.noSuchAPI) // answered by cors before it gets here
	api("/api/receipts", allow(http.MethodPost))
	api("/api/receipts/{id}", allow(http.MethodGet))
	api("/api/requests", allow(http.MethodPost))
	api("/api/", s.noSuchAPI)

	probe := func(pattern string, h handler) { mux.Handle(pattern, secure(data, s.api(h))) }
	probe("GET /healthz", s.healthz)
	probe("GET /readyz", s.readyz)

	// A form can be posted only from our own pages: browsers say where a POST
	// comes from (Sec-Fetch-Site, or Origin).
	sameOrigin := http.NewCrossOriginProtection()
	sameOrigin.SetDenyHandler(secure(centre, s.page(func(http.ResponseWriter, *http.Request) error {
		return fmt.Errorf("a form was posted from another site: %w", fault.Forbidden)
	})))
	page := func(pattern string, h handler) {
		mux.Handle(pattern, sameOrigin.Handler(secure(centre, s.page(h))))
	}
	page("GET /{site}/{$}", s.home)
	page("GET /{site}/preferences", s.preferences)
	page("GET /{site}/notice", s.notice)
	page("GET /{site}/notice/{entity}", s.notice)
	page("GET /{site}/cookies", s.cookies)
	page("GET /{site}/receipt", s.receipt)
	page("POST /{site}/receipt", s.receipt)
	page("GET /{site}/request", s.request)
	page("POST /{site}/request", s.request)
	page("GET /{site}/request/{kind}", s.request)
	page("POST /{site}/request/{kind}", s.request)
	page("GET /{site}/request/sent/{token}", s.sent)
	page("/", s.noSuchPage)

	return s.logged(mux)
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
