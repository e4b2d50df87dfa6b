package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"latchkey/app/fault"
	"latchkey/app/rights"
	"latchkey/server"
	"latchkey/server/admission"
	"latchkey/server/config"
	"latchkey/server/integrity"
	"latchkey/server/mail"
	"latchkey/server/ops"
	"latchkey/server/receiptlog"
	"latchkey/server/receiptlog/audit"
	"latchkey/server/retention"
	"latchkey/web"
)

// serveCmd runs the server.
type serveCmd struct {
	Config    string  `help:"Folder with one folder a group." required:"" type:"anypath" placeholder:"DIR"`
	Data      string  `help:"Folder for the database, the keys, the outbox and the published loaders; made if missing." required:"" type:"anypath" placeholder:"DIR"`
	Database  string  `help:"PostgreSQL database that several servers may share, in the place of the one in --data. Best given in the environment." placeholder:"URL"`
	Addr      string  `help:"Address to listen on." default:"127.0.0.1:8080" placeholder:"HOST:PORT"`
	SMTP      string  `name:"smtp" help:"Mail server, as smtp://HOST:PORT or smtps://USER@HOST:PORT. Without it mail is written to the outbox folder." placeholder:"URL"`
	SMTPPass  string  `name:"smtp-password-file" help:"File that holds the mail server's password." placeholder:"FILE"`
	Cleartext bool    `name:"smtp-cleartext" help:"Send mail in clear where a mail server on another machine offers no STARTTLS. Without it such mail waits."`
	LogKey    string  `name:"log-key" help:"Private key that signs the log of receipts, in the place of DATA/keys/log.key. Best given in the environment." placeholder:"KEY"`
	AuditKey  string  `name:"audit-key" help:"Private key that signs the audit log, in the place of DATA/keys/audit.key. Best given in the environment." placeholder:"KEY"`
	OpsAddr   string  `name:"ops-addr" help:"Address to listen on for operators, who alone may reach it: /metrics, /healthz, /readyz. Off if not given." placeholder:"HOST:PORT"`
	Pprof     bool    `name:"pprof" help:"Serve profiles of the program on --ops-addr."`
	AnyClock  bool    `name:"accept-clock" help:"Start although the clock is behind what is stored. For a clock that is right now and was ahead before; \"latchkey verify log\" will say where the times run backwards."`
	MailFrom  string  `name:"mail-from" help:"Sender of the mail." default:"privacy@localhost" placeholder:"ADDRESS"`
	Scale     float64 `name:"limit-scale" help:"How many times the usual limits a sender has, in rate and connections; for measuring, and for websites far larger than most." default:"1" placeholder:"FACTOR"`

	front
}

// drain is how long requests that are under way may take to finish after a stop.
const drain = 20 * time.Second

// Run serves until the context ends, then lets requests that are under way finish.
func (c *serveCmd) Run(ctx context.Context, s streams) error {
	log := slog.New(slog.NewTextHandler(s.err, nil))
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP) // from the first moment, for without it the signal ends the process
	defer signal.Stop(hup)
	if c.Scale <= 0 {
		return fmt.Errorf("--limit-scale %v: want a number above 0", c.Scale)
	}
	if err := c.front.check(); err != nil {
		return err
	}
	security, err := c.security()
	if err != nil {
		return err
	}
	loaded, err := config.Load(c.Config, now())
	if err != nil {
		fmt.Fprintln(s.err, err)
		fmt.Fprintln(s.err, "latchkey: the configuration has problems, so nothing was started. \"latchkey check\" shows them again.")
		return exit(1)
	}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	if c.Database == "" {
		giveBack, err := takeFolder(c.Data)
		if err != nil {
			return err
		}
		defer giveBack()
	}
	store, err := openStore(ctx, c.Database, c.Data)
	if err != nil {
		return err
	}
	defer store.Close()
	if err := errors.Join(warnOfPages(ctx, store, log), c.checkClock(ctx, store)); err != nil {
		return err
	}
	metrics := ops.New(time.Now)
	deliverer, err := c.deliverer(store, metrics, log)
	if err != nil {
		return err
	}
	outbox := mail.Outbox{Dir: outboxOf(c.Data)}
	deliverer.Erased = func(reference string) { forget(outbox, log, reference) }
	listener, err := net.Listen("tcp", c.Addr)
	if err != nil {
		return cantListen("--addr", c.Addr, err)
	}
	listener = admission.LimitConnections(listener, admission.DefaultConnections.Times(c.Scale), c.trusted(), metrics.ConnectionRefused)
	public, err := c.publicAddress(listener)
	if err != nil {
		return err
	}
	logKeys, err := receiptlog.LoadKeys(filepath.Join(c.Data, "keys"), publicHost(public), c.LogKey)
	if err != nil {
		return err
	}
	receipts, err := receiptlog.New(ctx, metrics.Log(store), logKeys, log)
	if err != nil {
		return err
	}
	audit, err := c.auditLog(ctx, metrics.AuditLog(store.AuditLog()), logKeys.Origin(), log)
	if err != nil {
		return err
	}
	scrubber := retention.NewScrubber(store, now, log)
	scrubber.Observe = metrics.Scrubbed
	limits := admission.Defaults.Times(c.Scale)
	limits.Proxies = c.trusted()
	srv, err := server.New(ctx, server.Options{
		Config: loaded, Store: metrics.Store(store), Receipts: receipts, Data: c.Data, Dist: web.Dist, Log: log, Now: now, PublicURL: public,
		Mailed: func() { deliverer.Wake(); audit.Wake() }, Erased: scrubber.Wake,
		HSTS: c.HSTS, Security: security, Limits: limits, Observer: metrics,
	})
	if err != nil {
		return err
	}
	metrics.Watch(srv.Ready, srv.Waiting)
	operators, err := c.listenForOperators()
	if err != nil {
		return err
	}
	var memory thrift
	memory.begin()
	httpServer := newHTTPServer(srv.Handler(), memory.connState, log)
	fmt.Fprintf(s.out, "Latchkey serves on http://%s\n", listener.Addr())
	for _, advice := range c.advice(now()) {
		log.Warn(advice)
	}
	log.Info("started", "address", listener.Addr().String(), "groups", len(loaded.Groups))

	running, ctx := errgroup.WithContext(ctx)
	acknowledging, acknowledged := context.WithCancel(context.WithoutCancel(ctx)) // receipts, until the last request has ended
	running.Go(func() error { return serveUntilClosed(httpServer, listener) })
	running.Go(func() error {
		defer acknowledged()
		return stopAfter(ctx, httpServer, log)
	})
	running.Go(func() error { return deliverer.Run(ctx) })
	running.Go(func() error { return sweep(ctx, outbox, store, log) })
	running.Go(func() error { return receipts.Run(acknowledging) })
	running.Go(func() error { return audit.Run(acknowledging) })
	running.Go(func() error {
		checker := integrity.Checker{
			Store: store, ReceiptKeys: receipts.Keys(), AuditKeys: audit.Keys(), Damaged: srv.MarkDamaged, Checked: metrics.Checked, Now: now, Log: log,
			Busy: func() bool {
				receipts, requests := srv.Waiting()
				return receipts+requests > 0
			},
		}
		return checker.Run(ctx)
	})
	running.Go(func() error {
		erased := func() { receipts.Wake(); scrubber.Wake() }
		purger := retention.Purger{Store: store, Rules: srv.Retention, Erased: erased, Now: now, Log: log, Observe: metrics.Purged}
		purger.Requests = &retention.RequestPurger{
			Store: store, Rules: srv.RequestRetention, Observe: metrics.RequestsPurged,
			Erased: func(references []string) { forget(outbox, log, references...); audit.Wake(); scrubber.Wake() },
		}
		return purger.Run(ctx)
	})
	running.Go(func() error { return scrubber.Run(ctx) })
	running.Go(func() error { return c.reload(ctx, srv, hup, loaded, metrics, log) })
	if operators != nil {
		log.Info("operators find /metrics here", "address", operators.Addr().String(), "profiles", c.Pprof)
		running.Go(func() error { return serveOperators(ctx, operators, metrics.Handler(srv.Handler(), c.Pprof)) })
	}
	return running.Wait()
}

// auditLog opens the log of requests. Its name is that of the receipts' log, and something behind it.
func (c *serveCmd) auditLog(ctx context.Context, store receiptlog.TreeStore, receipts string, log *slog.Logger) (*receiptlog.Log, error) {
	keys, err := receiptlog.Audit.LoadKeys(filepath.Join(c.Data, "keys"), receiptlog.Audit.Origin(receipts), c.AuditKey)
	if err != nil {
		return nil, err
	}
	return receiptlog.NewAudit(ctx, store, keys, log)
}

// warnOfPages says so where a database would not find out that one of its pages was damaged.
func warnOfPages(ctx context.Context, store store, log *slog.Logger) error {
	pages, ok := store.(interface {
		Checksums(ctx context.Context) (on bool, err error)
	})
	if !ok {
		return nil
	}
	on, err := pages.Checksums(ctx)
	if err == nil && !on {
		log.Warn("the pages of the database have no checksums, so that PostgreSQL may not notice when a disk damages one; pg_checksums turns them on")
	}
	return err
}

// checkClock refuses to serve by a clock that is behind what is stored: the log of receipts would run backwards.
// How far the clocks of servers may differ is what a check of the log lets pass.
func (c *serveCmd) checkClock(ctx context.Context, store server.Store) error {
	newest, err := store.Newest(ctx)
	if err != nil {
		return err
	}
	if at := now(); newest.Sub(at) > audit.Tolerance && !c.AnyClock {
		return fmt.Errorf("the clock says %s, and the database holds something of %s: receipts can't be dated before those that are there. "+
			"Set the clock right and start again. If it is right, and was ahead before, wait until then, or start once with --accept-clock",
			at.Format(time.RFC3339), newest.Format(time.RFC3339))
	}
	return retention.Begin(ctx, store)
}

// newHTTPServer is the server for visitors, with limits on how long one may keep it busy.
func newHTTPServer(handler http.Handler, connState func(net.Conn, http.ConnState), log *slog.Logger) *http.Server {
	return &http.Server{
		Handler: handler, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second,
		WriteTimeout: 60 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10, ConnState: connState,
		DisableGeneralOptionsHandler: true, // its answer would have none of our headers
		ErrorLog:                     slog.NewLogLogger(quiet{log.Handler()}, slog.LevelWarn),
	}
}

// serveUntilClosed serves until somebody shuts the server down, which is no error.
func serveUntilClosed(httpServer *http.Server, listener net.Listener) error {
	if err := httpServer.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}

// stopAfter waits until the context ends, then lets requests that are under way finish.
func stopAfter(ctx context.Context, httpServer *http.Server, log *slog.Logger) error {
	<-ctx.Done()
	log.Info("stopping")
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer cancel()
	return httpServer.Shutdown(stopping)
}

// publicAddress is the address that visitors reach the server by.
func (c *serveCmd) publicAddress(listener net.Listener) (string, error) {
	if c.PublicURL == "" {
		return "http://" + listener.Addr().String(), nil
	}
	public, _, _, err := server.SplitPublic(c.PublicURL)
	if err != nil {
		return "", fmt.Errorf("--public-url %s", fault.Text(err))
	}
	return public, nil
}

// reload takes a changed configuration in on SIGHUP; a broken one is reported
// and the running one stays. Every new day the one in use is prepared again,
// because notices come into force by the day.
func (c *serveCmd) reload(ctx context.Context, srv *server.Server, hup <-chan os.Signal, inUse *config.Config, metrics *ops.Metrics, log *slog.Logger) error {
	hourly := time.NewTicker(time.Hour)
	defer hourly.Stop()
	day := rights.DateOf(now())
	for {
		next := inUse
		var err error
		select {
		case <-ctx.Done():
			return nil
		case <-hourly.C:
			if rights.DateOf(now()) == day {
				continue
			}
		case <-hup:
			next, err = config.Load(c.Config, now())
		}
		if err == nil {
			err = srv.Reload(ctx, next)
		}
		metrics.Reloaded(err)
		if err != nil {
			log.Error("the new configuration was not taken; the one before stays in use", "error", err)
			continue
		}
		inUse, day = next, rights.DateOf(now())
		log.Info("the new configuration is in use")
	}
}

// deliverer sends mail by --smtp, or into the outbox folder without it.
func (c *serveCmd) deliverer(store mail.Queue, metrics *ops.Metrics, log *slog.Logger) (*mail.Deliverer, error) {
	var password string
	if c.SMTPPass != "" {
		b, err := os.ReadFile(c.SMTPPass)
		if err != nil {
			return nil, fmt.Errorf("mail password: %w", err)
		}
		password = string(b)
	}
	transport, err := mail.NewTransport(mail.Settings{Server: c.SMTP, Password: password, From: c.MailFrom, Outbox: outboxOf(c.Data), Cleartext: c.Cleartext})
	if err != nil {
		return nil, err
	}
	return mail.NewDeliverer(store, metrics.Transport(transport), now, log), nil
}

// now is the program's clock: UTC, whole milliseconds. It is a variable for tests of a clock that is wrong.
var now = func() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }

// quiet drops net/http's own log lines, which carry the addresses of visitors.
type quiet struct{ slog.Handler }

func (quiet) Handle(context.Context, slog.Record) error { return nil }

// publicHost is the host of an address, by which the log is named.
func publicHost(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}
