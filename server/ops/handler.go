package ops

import (
	"net/http"
	"net/http/pprof"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Handler serves /metrics, the probes /healthz and /readyz of the server public,
// and, with profiles, what `go tool pprof` asks for under /debug/pprof/. It is
// for a listener that only operators reach: profiles show the inside of the
// process. Its command line is not shown, because it may hold a password.
func (m *Metrics) Handler(public http.Handler, profiles bool) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry, MaxRequestsInFlight: 4}))
	mux.Handle("GET /healthz", public)
	mux.Handle("GET /readyz", public)
	if profiles {
		mux.HandleFunc("GET /debug/pprof/{$}", pprof.Index)
		for _, name := range []string{"allocs", "block", "goroutine", "heap", "mutex", "threadcreate"} {
			mux.Handle("GET /debug/pprof/"+name, pprof.Handler(name))
		}
		mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
		mux.HandleFunc("POST /debug/pprof/symbol", pprof.Symbol)
		mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	}
	return mux
}
