// Package ops shows operators how the server is doing: figures for Prometheus,
// probes and profiles, on a listener of their own that is not for the public.
//
// [Metrics] is told what happens by those it is handed to: the server, as its
// observer; the store and the mail transport, in its wrappings. No figure says anything about a person: labels are routes, outcomes
// and kinds of work.
package ops

import (
	"context"
	"errors"
	"net/http"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"latchkey/app/fault"
	"latchkey/server/integrity"
)

// Metrics are the figures of one server process.
type Metrics struct {
	registry *prometheus.Registry
	clock    func() time.Time

	answered *prometheus.HistogramVec // by route and class of status
	receipts *prometheus.CounterVec   // by result
	requests *prometheus.CounterVec   // by result
	refused  *prometheus.CounterVec   // by reason
	proxies  *prometheus.CounterVec   // by reason
	closed   prometheus.Counter       // connections
	writes   *prometheus.HistogramVec // by what is written
	extended *prometheus.CounterVec   // by result
	leaves   prometheus.Gauge         // of the log

	auditExtended *prometheus.CounterVec // the same of the audit log
	auditLeaves   prometheus.Gauge

	mail        *prometheus.CounterVec // by result
	checks      *prometheus.CounterVec // of what is stored, by result
	checked     prometheus.Gauge       // time of the last that found it sound
	reloads     *prometheus.CounterVec // by result
	reloaded    prometheus.Gauge       // time of the last that was taken
	disbelieved prometheus.Gauge       // 1 if the last purge was refused because of the clock
	overdue     prometheus.Gauge       // receipts that the last purge has left
	unscrubbed  prometheus.Gauge       // seconds for which something erased has been left

	erasedRequests  prometheus.Counter // by the daily purge
	overdueRequests prometheus.Gauge   // requests that the last purge has left
}

// Results of writes and deliveries, as labels.
const (
	stored      = "stored"
	repeated    = "repeated"
	conflict    = "conflict"
	refused     = "refused"
	limited     = "limited"
	unavailable = "unavailable"
	failed      = "failed"
	delivered   = "delivered"
	insecure    = "insecure"
	taken       = "taken"
)

// New returns the figures of a process whose time is measured by clock.
func New(clock func() time.Time) *Metrics {
	counter := func(name, help, label string, values ...string) *prometheus.CounterVec {
		v := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "latchkey", Name: name, Help: help}, []string{label})
		for _, value := range values {
			v.WithLabelValues(value) // there from the start, so that a first failure is a step up from 0
		}
		return v
	}
	m := &Metrics{
		registry: prometheus.NewRegistry(), clock: clock,
		answered: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: "latchkey", Name: "http_request_duration_seconds",
			Help:    "Time from a request's head to the end of its answer, in seconds, by route and class of status.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"route", "class"}),
		receipts: counter("receipts_total",
			"Choices that were sent: stored, repeated (it was stored before), conflict (other content under the same event id), "+
				"refused (not valid), limited (too fast), unavailable (not taken now), failed (an error of the server).",
			"result", stored, repeated, conflict, refused, limited, unavailable, failed),
		requests: counter("requests_total",
			"Rights requests that reached the store: stored, repeated, conflict, unavailable (not taken now), failed.",
			"result", stored, repeated, conflict, unavailable, failed),
		refused: counter("writes_refused_total",
			"Writes that were turned away before they reached the store: busy (too many wait), network or site (too fast), clock (it went back), damaged (the database).",
			"reason", "busy", "network", "site", "clock", "damaged"),
		proxies: counter("proxy_faults_total",
			"Requests whose visitors can't be told from each other, because the proxy in front is not trusted by --trusted-proxy (unnamed), or does not send X-Forwarded-For (silent).",
			"reason", "unnamed", "silent"),
		closed: prometheus.NewCounter(prometheus.CounterOpts{
			Namespace: "latchkey", Name: "connections_refused_total",
			Help: "Connections that were closed at once, because their network had as many as it may.",
		}),
		writes: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: "latchkey", Name: "store_write_seconds",
			Help:    "Time in which the store made a receipt or a request durable, waiting included, in seconds.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"what"}),
		extended: counter("log_extensions_total",
			"Batches of receipts made leaves of the log: stored, or failed. What failed is tried again.", "result", stored, failed),
		leaves: prometheus.NewGauge(prometheus.GaugeOpts{
			Namespace: "latchkey", Name: "log_leaves",
			Help: "Leaves of the log when this process last extended it; 0 if it has not.",
		}),
		auditExtended: counter("audit_log_extensions_total",
			"Batches of requests, messages and deliveries made leaves of the audit log: stored, or failed. What failed is tried again.", "result", stored, failed),
		auditLeaves: prometheus.NewGauge(prometheus.GaugeOpts{
			Namespace: "latchkey", Name: "audit_log_leaves",
			Help: "Leaves of the audit log when this process last extended it; 0 if it has not.",
		}),
		mail: counter("mail_deliveries_total",
			"Attempts to deliver a message: delivered, refused (this message), unavailable (the mail server), insecure (no encrypted connection to it). What failed is tried again.",
			"result", delivered, refused, unavailable, insecure),
		checks: counter("store_checks_total",
			"Checks of what is stored, soon after the start and daily: sound, damaged, or failed (it could not be done, and is tried again within the hour).",
			"result", string(integrity.Sound), string(integrity.Damaged), string(integrity.Failed)),
		checked: prometheus.NewGauge(prometheus.GaugeOpts{
			Namespace: "latchkey", Name: "store_sound_timestamp_seconds",
			Help: "When a check last found that what is stored is what it was, in Unix seconds; 0 before the first.",
		}),
		reloads: counter("config_reloads_total",
			"Configurations read while running: taken, or refused because they had problems.", "result", taken, refused),
		reloaded: prometheus.NewGauge(prometheus.GaugeOpts{
			Namespace: "latchkey", Name: "config_taken_timestamp_seconds",
			Help: "When the configuration in use was taken, in Unix seconds.",
		}),
		disbelieved: prometheus.NewGauge(prometheus.GaugeOpts{
			Namespace: "latchkey", Name: "purge_refused",
			Help: "1 if old receipts were not looked for, because the clock is far ahead of all that is stored; else 0.",
		}),
		overdue: prometheus.NewGauge(prometheus.GaugeOpts{
			Namespace: "latchkey", Name: "purge_left",
			Help: "Receipts that are older than their site keeps them, and that the last purge has left because they are too large a share of what there is.",
		}),
		erasedRequests: prometheus.NewCounter(prometheus.CounterOpts{
			Namespace: "latchkey", Name: "requests_erased_total",
			Help: "Requests that this process erased because their organisations keep them no longer.",
		}),
		overdueRequests: prometheus.NewGauge(prometheus.GaugeOpts{
			Namespace: "latchkey", Name: "requests_purge_left",
			Help: "Requests that are older than their organisations keep them, and that the last purge has left because they are too large a share of what there is.",
		}),
	}
	m.unscrubbed = prometheus.NewGauge(prometheus.GaugeOpts{
		Namespace: "latchkey", Name: "erased_left_seconds",
		Help: "For how long something has been left on the disk of the store that was erased, in seconds; 0 if nothing is.",
	})
	m.registry.MustRegister(
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), built(),
		m.answered, m.receipts, m.requests, m.refused, m.proxies, m.closed, m.writes, m.extended, m.leaves, m.auditExtended, m.auditLeaves, m.mail, m.checks, m.checked, m.reloads, m.reloaded, m.disbelieved, m.overdue, m.unscrubbed, m.erasedRequests, m.overdueRequests,
	)
	m.reloaded.Set(float64(clock().Unix()))
	return m
}

// built says what is running.
func built() prometheus.Collector {
	version, revision := "unknown", "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		version = info.Main.Version
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				revision = s.Value
			}
		}
	}
	g := prometheus.NewGauge(prometheus.GaugeOpts{
		Namespace: "latchkey", Name: "build_info", Help: "Always 1; the labels say what is running.",
		ConstLabels: prometheus.Labels{"version": version, "revision": revision, "go": runtime.Version()},
	})
	g.Set(1)
	return g
}

// readyIn is how long a scrape waits for the store to say that it is ready.
const readyIn = 2 * time.Second

// Watch adds the figures that are looked up when they are asked for: whether a
// server is ready, and how much waits for its store.
func (m *Metrics) Watch(ready func(context.Context) error, waiting func() (receipts, requests int64)) {
	gauge := func(name, help string, labels prometheus.Labels, value func() float64) {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Namespace: "latchkey", Name: name, Help: help, ConstLabels: labels,
		}, value))
	}
	gauge("ready", "1 if a choice can be stored now, as /readyz says; else 0.", nil, func() float64 {
		ctx, cancel := context.WithTimeout(context.Background(), readyIn)
		defer cancel()
		if ready(ctx) != nil {
			return 0
		}
		return 1
	})
	const help = "Writes that wait for the store at this moment."
	gauge("writes_waiting", help, prometheus.Labels{"what": "receipt"}, func() float64 { n, _ := waiting(); return float64(n) })
	gauge("writes_waiting", help, prometheus.Labels{"what": "request"}, func() float64 { _, n := waiting(); return float64(n) })
}

// receiptRoute is where choices come in.
const receiptRoute = "POST /api/receipts"

// Begin times a request; see the server's Observer.
func (m *Metrics) Begin() func(route string, status int) {
	began := m.clock()
	return func(route string, status int) {
		if route == "" || strings.HasSuffix(route, "/") && !strings.Contains(route, " ") {
			route = "none"
		}
		m.answered.WithLabelValues(route, strconv.Itoa(status/100)+"xx").Observe(m.clock().Sub(began).Seconds())
		if route == receiptRoute {
			m.receipts.WithLabelValues(result(status)).Inc()
		}
	}
}

// result is what the status of an answer says about a choice that was sent.
func result(status int) string {
	switch {
	case status == http.StatusCreated:
		return stored
	case status == http.StatusOK:
		return repeated
	case status == http.StatusConflict:
		return conflict
	case status == http.StatusTooManyRequests:
		return limited
	case status == http.StatusServiceUnavailable:
		return unavailable
	case status >= http.StatusInternalServerError:
		return failed
	}
	return refused
}

// Refused counts a write that was turned away; see the server's Observer.
func (m *Metrics) Refused(why string) { m.refused.WithLabelValues(why).Inc() }

// ProxyFault counts a request that came through a proxy which does not tell
// visitors from each other; see the server's Observer.
func (m *Metrics) ProxyFault(why string) { m.proxies.WithLabelValues(why).Inc() }

// ConnectionRefused counts a connection that was closed at once.
func (m *Metrics) ConnectionRefused() { m.closed.Inc() }

// Reloaded counts a configuration that was read while running, and what came of it.
func (m *Metrics) Reloaded(err error) {
	if err != nil {
		m.reloads.WithLabelValues(refused).Inc()
		return
	}
	m.reloads.WithLabelValues(taken).Inc()
	m.reloaded.Set(float64(m.clock().Unix()))
}

// RequestsPurged is told what came of the daily purge of requests: how many were erased, and how many were left
// although they are due.
func (m *Metrics) RequestsPurged(erased, left int) {
	m.erasedRequests.Add(float64(erased))
	m.overdueRequests.Set(float64(left))
}

// Checked counts a check of what is stored.
func (m *Metrics) Checked(result integrity.Result) {
	m.checks.WithLabelValues(string(result)).Inc()
	if result == integrity.Sound {
		m.checked.Set(float64(m.clock().Unix()))
	}
}

// Purged is told what came of the daily purge: whether the clock was believed, and how many
// receipts were left although they are due.
func (m *Metrics) Purged(believed bool, left int) {
	if !believed {
		m.disbelieved.Set(1)
		return
	}
	m.disbelieved.Set(0)
	m.overdue.Set(float64(left))
}

// Scrubbed is told for how long something of what was erased has been left on the disk.
func (m *Metrics) Scrubbed(left time.Duration) { m.unscrubbed.Set(left.Seconds()) }

// written is what an error of the store's says about a write.
func written(created bool, err error) string {
	switch {
	case err == nil && created:
		return stored
	case err == nil:
		return repeated
	case errors.Is(err, fault.Conflict):
		return conflict
	case errors.Is(err, fault.Unavailable):
		return unavailable
	}
	return failed
}
