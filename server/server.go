// Package server answers Latchkey's HTTP requests: the loader and the assets,
// the pages of the privacy centre, and the API. What it keeps goes to a [Store].
package server

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"net/http"
	"reflect"
	"sync"
	"sync/atomic"
	"time"

	"latchkey/app/rights"
	"latchkey/server/admission"
	"latchkey/server/config"
	"latchkey/server/receiptlog"
)

// Options are what a server needs from outside.
type Options struct {
	Config    *config.Config
	Store     Store
	Receipts  *receiptlog.Log  // the log of what Store holds; the caller runs it
	Data      string           // folder for keys and published loaders
	Dist      fs.FS            // the built assets, in dist/
	Log       *slog.Logger     //
	Now       func() time.Time // UTC, whole milliseconds
	Mailed    func()           // called when a request has left a message to deliver; must not block
	Erased    func()           // called when a visitor has erased receipts; must not block. It may be nil
	PublicURL string           // address by which people reach this server: scheme://host[:port], and a path if it is behind one
	HSTS      string           // Strict-Transport-Security, see [HSTS]
	Security  SecurityTxt      // /.well-known/security.txt; none if empty
	Limits    admission.Limits // the zero value is admission.Defaults
	Observer  Observer         // nil if nobody counts
}

// Server is a running Latchkey. Its configuration can be replaced while it runs.
type Server struct {
	store       Store
	receiptLog  *receiptlog.Log
	editions    sync.Map // knownEdition by its id
	log         *slog.Logger
	now         func() time.Time
	mailed      func()
	erased      func()
	public      string // PublicURL without a slash at the end
	origin      string // its scheme and host
	base        string // its path: empty, or such as /latchkey
	keys        *keys
	hsts        string // Strict-Transport-Security, or empty
	security    SecurityTxt
	dist        fs.FS
	assets      *assets
	loaders     loaders
	current     atomic.Pointer[snapshot]
	clock       *steady
	admission   *admission.Controller
	observer    Observer
	damaged     atomic.Bool // see note
	readiness   readiness
	proxyFaults proxyFaults
}

// New makes a server from o. It publishes the configuration's notices and
// loaders, so it fails if one of them was published before with other content.
func New(ctx context.Context, o Options) (*Server, error) {
	if reflect.ValueOf(o.Limits).IsZero() {
		o.Limits = admission.Defaults
	}
	if o.Observer == nil {
		o.Observer = unobserved{}
	}
	if o.Erased == nil {
		o.Erased = func() {}
	}
	clock := &steady{wall: o.Now}
	s := &Server{
		clock: clock, admission: admission.New(o.Limits, clock.now), observer: o.Observer,
		store: o.Store, receiptLog: o.Receipts, log: o.Log, now: clock.now, mailed: o.Mailed, erased: o.Erased, dist: o.Dist, security: o.Security,
		loaders: loaders{dir: o.Data + "/loaders"},
	}
	s.readiness.ask = s.askStore
	var err error
	if s.public, s.origin, s.base, err = SplitPublic(o.PublicURL); err != nil {
		return nil, err
	}
	if s.hsts, err = HSTS(o.HSTS, s.origin, s.base); err != nil {
		return nil, err
	}
	if s.keys, err = loadKeys(o.Data + "/keys"); err != nil {
		return nil, err
	}
	if s.assets, err = readAssets(o.Dist); err != nil {
		return nil, err
	}
	if err := s.Reload(ctx, o.Config); err != nil {
		return nil, err
	}
	return s, nil
}

// Reload replaces the configuration. On an error the one before stays in use.
func (s *Server) Reload(ctx context.Context, c *config.Config) error {
	next, err := s.prepare(ctx, c)
	if err != nil {
		return err
	}
	if before := s.snapshot(); before != nil {
		maps.Copy(next.styles, before.styles) // pages in a cache still ask for theirs
	}
	s.current.Store(next)
	return nil
}

// today is the day in London, by which notices come into force.
func (s *Server) today() time.Time { return rights.DateOf(s.now()).Time() }

func (s *Server) snapshot() *snapshot { return s.current.Load() }

// healthz says that the process answers.
func (s *Server) healthz(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Cache-Control", "no-store")
	_, err := w.Write([]byte("ok\n"))
	return err
}

// readyz says whether a choice or a request can be stored now.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) error {
	if err := s.Ready(r.Context()); err != nil {
		return fmt.Errorf("%v: %w", err, errNotReady)
	}
	return s.healthz(w, r)
}
