package ops_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/consent"
	"latchkey/app/fault"
	"latchkey/app/rights"
	"latchkey/server"
	"latchkey/server/mail"
	"latchkey/server/ops"
	"latchkey/server/receiptlog"
)

// ticking is a clock that goes on by a millisecond each time it is read.
func ticking() func() time.Time {
	now := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	return func() time.Time { now = now.Add(time.Millisecond); return now }
}

// listener serves m as operators see it.
func listener(t *testing.T, m *ops.Metrics, profiles bool) func(path string) (int, string) {
	t.Helper()
	public := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "public ", r.URL.Path) })
	srv := httptest.NewServer(m.Handler(public, profiles))
	t.Cleanup(srv.Close)
	return func(path string) (int, string) {
		res, err := http.Get(srv.URL + path)
		require.NoError(t, err)
		defer res.Body.Close()
		b, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		return res.StatusCode, string(b)
	}
}

func TestAnswersAreCountedByRouteAndClass(t *testing.T) {
	m := ops.New(ticking())
	for _, a := range []struct {
		route  string
		status int
	}{
		{"POST /api/receipts", 201}, {"POST /api/receipts", 201}, {"POST /api/receipts", 200}, {"POST /api/receipts", 409},
		{"POST /api/receipts", 422}, {"POST /api/receipts", 429}, {"POST /api/receipts", 503}, {"POST /api/receipts", 500},
		{"GET /{site}/notice", 200}, {"/", 404}, {"", 404},
	} {
		m.Begin()(a.route, a.status)
	}
	m.Refused("busy")
	m.ProxyFault("unnamed")
	m.ConnectionRefused()
	_, text := listener(t, m, false)("/metrics")
	for _, line := range []string{
		`latchkey_receipts_total{result="stored"} 2`,
		`latchkey_receipts_total{result="repeated"} 1`,
		`latchkey_receipts_total{result="conflict"} 1`,
		`latchkey_receipts_total{result="refused"} 1`,
		`latchkey_receipts_total{result="limited"} 1`,
		`latchkey_receipts_total{result="unavailable"} 1`,
		`latchkey_receipts_total{result="failed"} 1`,
		`latchkey_http_request_duration_seconds_count{class="2xx",route="POST /api/receipts"} 3`,
		`latchkey_http_request_duration_seconds_sum{class="2xx",route="POST /api/receipts"} 0.003`,
		`latchkey_http_request_duration_seconds_count{class="4xx",route="none"} 2`,
		`latchkey_writes_refused_total{reason="busy"} 1`,
		`latchkey_writes_refused_total{reason="network"} 0`,
		`latchkey_proxy_faults_total{reason="unnamed"} 1`,
		`latchkey_proxy_faults_total{reason="silent"} 0`,
		`latchkey_connections_refused_total 1`,
	} {
		assert.Contains(t, text, line+"\n")
	}
	assert.Contains(t, text, "latchkey_build_info{")
	assert.Contains(t, text, "go_memstats_heap_inuse_bytes")
	assert.Contains(t, text, "process_open_fds")
}

func TestReadinessIsAskedForAtEachScrape(t *testing.T) {
	m := ops.New(ticking())
	var trouble error
	m.Watch(func(ctx context.Context) error {
		_, bounded := ctx.Deadline()
		assert.True(t, bounded, "a scrape does not wait for ever")
		return trouble
	}, func() (int64, int64) { return 7, 3 })
	get := listener(t, m, false)
	_, text := get("/metrics")
	assert.Contains(t, text, "latchkey_ready 1\n")
	assert.Contains(t, text, `latchkey_writes_waiting{what="receipt"} 7`)
	assert.Contains(t, text, `latchkey_writes_waiting{what="request"} 3`)
	trouble = fault.Unavailable
	_, text = get("/metrics")
	assert.Contains(t, text, "latchkey_ready 0\n")
}

// store answers every write alike.
type store struct {
	server.Store
	created bool
	err     error
}

func (s store) AddReceipt(_ context.Context, r *consent.Stored) (*consent.Stored, bool, error) {
	return r, s.created, s.err
}

func (s store) AddRequest(_ context.Context, r rights.Record, _ []rights.Message) (rights.Record, bool, error) {
	return r, s.created, s.err
}

func TestWritesAreTimedAndRequestsCounted(t *testing.T) {
	m := ops.New(ticking())
	for _, s := range []store{
		{created: true}, {}, {err: fault.Conflict}, {err: fmt.Errorf("full: %w", fault.Unavailable)}, {err: errors.New("odd")},
	} {
		wrapped := m.Store(s)
		_, created, err := wrapped.AddRequest(t.Context(), rights.Record{}, nil)
		assert.Equal(t, s.created, created)
		assert.Equal(t, s.err, err, "what the store says is handed on")
		_, created, err = wrapped.AddReceipt(t.Context(), new(consent.Stored{}))
		assert.Equal(t, s.created, created)
		assert.Equal(t, s.err, err)
	}
	_, text := listener(t, m, false)("/metrics")
	for _, result := range []string{"stored", "repeated", "conflict", "unavailable", "failed"} {
		assert.Contains(t, text, fmt.Sprintf("latchkey_requests_total{result=%q} 1\n", result))
	}
	assert.Contains(t, text, `latchkey_store_write_seconds_count{what="receipt"} 5`)
	assert.Contains(t, text, `latchkey_store_write_seconds_sum{what="request"} 0.005`)
}

// ledger has a log of five leaves to which two are added.
type ledger struct {
	receiptlog.Store
	n   int
	err error
}

func (l ledger) Extend(_ context.Context, _ int, extend func(receiptlog.Head, [][]byte) (receiptlog.Extension, error)) (int, error) {
	if l.n > 0 {
		extend(receiptlog.Head{Size: 5}, make([][]byte, l.n))
	}
	return l.n, l.err
}

func TestExtensionsOfTheLogAreCounted(t *testing.T) {
	m := ops.New(ticking())
	asked := 0
	extend := func(_ receiptlog.Head, pending [][]byte) (receiptlog.Extension, error) {
		asked += len(pending)
		return receiptlog.Extension{}, nil
	}
	for _, l := range []ledger{{n: 2}, {}, {err: fault.Unavailable}} {
		n, err := m.Log(l).Extend(t.Context(), 100, extend)
		assert.Equal(t, l.n, n)
		assert.Equal(t, l.err, err)
	}
	assert.Equal(t, 2, asked)
	_, text := listener(t, m, false)("/metrics")
	assert.Contains(t, text, "latchkey_log_leaves 7\n")
	assert.Contains(t, text, `latchkey_log_extensions_total{result="stored"} 1`+"\n")
	assert.Contains(t, text, `latchkey_log_extensions_total{result="failed"} 1`+"\n")
}

// transport answers every delivery alike.
type transport struct{ err error }

func (tr transport) Deliver(context.Context, rights.Message, time.Time) error { return tr.err }

func TestMailAndReloadsAreCounted(t *testing.T) {
	m := ops.New(ticking())
	for _, err := range []error{nil, fault.Invalid, fault.Unavailable, mail.ErrNotEncrypted} {
		assert.Equal(t, err, m.Transport(transport{err}).Deliver(t.Context(), rights.Message{To: "sian@example.org"}, time.Time{}))
	}
	m.Reloaded(nil)
	m.Reloaded(errors.New("line 1"))
	_, text := listener(t, m, false)("/metrics")
	for _, line := range []string{
		`latchkey_mail_deliveries_total{result="delivered"} 1`,
		`latchkey_mail_deliveries_total{result="refused"} 1`,
		`latchkey_mail_deliveries_total{result="unavailable"} 1`,
		`latchkey_mail_deliveries_total{result="insecure"} 1`,
		`latchkey_config_reloads_total{result="taken"} 1`,
		`latchkey_config_reloads_total{result="refused"} 1`,
	} {
		assert.Contains(t, text, line+"\n")
	}
	assert.NotContains(t, text, "sian")
}

func TestWhatTheListenerServes(t *testing.T) {
	for _, c := range []struct {
		name     string
		profiles bool
		path     string
		want     int
	}{
		{"the figures", false, "/metrics", http.StatusOK},
		{"whether the process lives", false, "/healthz", http.StatusOK},
		{"whether it is ready", false, "/readyz", http.StatusOK},
		{"no profiles unless asked for", false, "/debug/pprof/heap", http.StatusNotFound},
		{"profiles", true, "/debug/pprof/heap", http.StatusOK},
		{"their list", true, "/debug/pprof/", http.StatusOK},
		{"never the command line", true, "/debug/pprof/cmdline", http.StatusNotFound},
		{"nothing of the public", true, "/connect/notice", http.StatusNotFound},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, _ := listener(t, ops.New(ticking()), c.profiles)(c.path)
			assert.Equal(t, c.want, status)
		})
	}
}

var metric = regexp.MustCompile(`\b(?:latchkey|go|process)_[a-z0-9_]+`)

// TestTheExamplesAskForFiguresThatThereAre holds the dashboard and the alert
// rules of the documentation to what the server shows.
func TestTheExamplesAskForFiguresThatThereAre(t *testing.T) {
	m := ops.New(ticking())
	m.Watch(func(context.Context) error { return nil }, func() (int64, int64) { return 0, 0 })
	m.Begin()("POST /api/receipts", 201)
	m.Store(store{}).AddReceipt(t.Context(), new(consent.Stored{}))
	_, text := listener(t, m, false)("/metrics")
	there := map[string]bool{}
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "#") {
			there[metric.FindString(line)] = true
		}
	}

	const docs = "../../web/docs/operations"
	var asked []string
	var dashboard struct {
		Title  string
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	b, err := os.ReadFile(filepath.Join(docs, "dashboard.json"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(b, &dashboard))
	assert.NotEmpty(t, dashboard.Title)
	for _, p := range dashboard.Panels {
		assert.NotEmpty(t, p.Targets, p.Title)
		for _, target := range p.Targets {
			asked = append(asked, target.Expr)
		}
	}
	var rules struct {
		Groups []struct {
			Rules []struct {
				Alert, Expr string
				Annotations map[string]string
			}
		}
	}
	b, err = os.ReadFile(filepath.Join(docs, "alerts.yaml"))
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(b, &rules))
	explained, err := os.ReadFile(filepath.Join(docs, "README.md"))
	require.NoError(t, err)
	for _, g := range rules.Groups {
		for _, r := range g.Rules {
			assert.NotEmpty(t, r.Annotations["summary"], r.Alert)
			assert.Contains(t, string(explained), "`"+r.Alert+"`", "what to do about an alert is written down")
			asked = append(asked, r.Expr)
		}
	}

	require.Greater(t, len(asked), 15)
	for _, expr := range asked {
		names := metric.FindAllString(expr, -1)
		assert.True(t, len(names) > 0 || strings.HasPrefix(expr, "up"), expr)
		for _, name := range names {
			assert.True(t, there[name], "%s in %s", name, expr)
		}
	}
	for name := range there {
		if strings.HasPrefix(name, "latchkey_") {
			base := regexp.MustCompile(`_(bucket|sum|count)$`).ReplaceAllString(name, "")
			assert.Contains(t, string(explained), "`"+base, "every figure is explained")
		}
	}
}
