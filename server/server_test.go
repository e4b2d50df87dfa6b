package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"latchkey/server"
	"latchkey/server/config"
	"latchkey/server/receiptlog"
	"latchkey/server/sqlite"
	"latchkey/web"
)

const (
	groups = "../testdata/groups"
	origin = "http://127.0.0.1:8090" // of the demo websites, as the sample groups have it
)

// running is a server on a real store, as a test sees it.
type running struct {
	*httptest.Server
	t      testing.TB
	srv    *server.Server
	store  *sqlite.Store
	log    *syncBuffer
	clock  *clock
	ledger *receiptlog.Log // what is stored becomes leaves when a test says Integrate
}

// clock is a clock that tests set.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) set(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = now
}

// syncBuffer is a log that can be read while it is written.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func start(t testing.TB) *running {
	t.Helper()
	return startWith(t, t.TempDir(), func(*server.Options) {})
}

// startWith starts a server on a data folder, with options that differ from the
// usual ones.
func startWith(t testing.TB, dir string, change func(*server.Options)) *running {
	t.Helper()
	store, err := sqlite.Open(t.Context(), filepath.Join(dir, "latchkey.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	r := &running{t: t, store: store, log: &syncBuffer{}, clock: &clock{now: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)}}
	loaded, err := config.Load(groups, r.clock.Now())
	require.NoError(t, err)
	keys, err := receiptlog.LoadKeys(filepath.Join(dir, "keys"), "privacy.example.org", "")
	require.NoError(t, err)
	r.ledger, err = receiptlog.New(t.Context(), store, keys, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	options := server.Options{
		Config: loaded, Store: store, Receipts: r.ledger, Data: dir, Dist: web.Dist, Log: slog.New(slog.NewTextHandler(r.log, nil)),
		Now: r.clock.Now, Mailed: func() {}, PublicURL: "http://privacy.example.org",
	}
	change(&options)
	r.srv, err = server.New(context.Background(), options)
	require.NoError(t, err)
	r.Server = httptest.NewServer(r.srv.Handler())
	t.Cleanup(r.Close)
	return r
}

// answer is a response, read.
type answer struct {
	status int
	header http.Header
	body   string
}

// do sends a request without following redirects; headers are pairs.
func (r *running) do(method, path, body string, headers ...string) answer {
	r.t.Helper()
	req, err := http.NewRequest(method, r.URL+path, strings.NewReader(body))
	require.NoError(r.t, err)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	require.NoError(r.t, err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	require.NoError(r.t, err)
	return answer{status: res.StatusCode, header: res.Header, body: string(b)}
}

// postReceipt sends a submission as a page of the demo origin does.
func (r *running) postReceipt(v any) answer {
	r.t.Helper()
	b, err := json.Marshal(v)
	require.NoError(r.t, err)
	return r.do("POST", "/api/receipts", string(b), "Content-Type", "application/json", "Origin", origin)
}

// edition is the id that the loader of a site, or its part for another language, carries.
func (r *running) edition(site, lang string) string {
	r.t.Helper()
	js := r.do("GET", "/embed/"+site+".js", "").body
	_, after, ok := strings.Cut(js, `"`+lang+`":{e:"`)
	if !ok {
		hash := partsHash.FindStringSubmatch(js)
		require.NotNil(r.t, hash)
		_, after, ok = strings.Cut(r.do("GET", "/embed/"+site+".words-"+lang+"."+hash[1]+".js", "").body, `{e:"`)
	}
	require.True(r.t, ok, "the loader of %s has no %s", site, lang)
	id := after[:22]
	require.Regexp(r.t, regexp.MustCompile(`^[A-Za-z0-9_-]{22}$`), id)
	return id
}

// submission is a receipt that the server takes.
func (r *running) submission() map[string]any {
	return map[string]any{
		"event": uuid.NewString(), "site": "progress-group", "edition": r.edition("progress-group", "en-GB"),
		"answers": r.answers("yes"), "method": "accept-all", "gpc": false, "age": 1,
	}
}

// answers gives the same answer to every purpose that progress-group asks about.
func (r *running) answers(a string) map[string]string {
	r.t.Helper()
	return r.answersOf("progress-group", a)
}

// answersOf gives the same answer to every purpose that a site asks about.
func (r *running) answersOf(site, a string) map[string]string {
	r.t.Helper()
	loaded, err := config.Load(groups, r.clock.Now())
	require.NoError(r.t, err)
	g, s, _ := loaded.Site(site)
	m := map[string]string{}
	for _, p := range g.PurposesOf(s) {
		if p.Basis.Choosable() {
			m[string(p.ID)] = a
		}
	}
	return m
}

func decode[T any](t *testing.T, body string) T {
	t.Helper()
	var v T
	require.NoError(t, json.Unmarshal([]byte(body), &v), body)
	return v
}

func mustJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	require.NoError(t, err)
	return string(b)
}
