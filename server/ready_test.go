package server_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/consent"
	"latchkey/app/fault"
	"latchkey/app/rights"
	"latchkey/server"
)

// probed is a store that counts how often it is asked whether it is ready.
type probed struct {
	server.Store
	asked   atomic.Int64
	answers chan error // what it says; it waits for that
	full    atomic.Bool
}

func (p *probed) Ready(ctx context.Context) error {
	p.asked.Add(1)
	return <-p.answers
}

var errFull = fmt.Errorf("the disk is full: %w", fault.Unavailable)

func (p *probed) AddReceipt(ctx context.Context, r *consent.Stored) (*consent.Stored, bool, error) {
	if p.full.Load() {
		return nil, false, fmt.Errorf("receipt of event %s: %w", r.Event.ID, errFull)
	}
	return p.Store.AddReceipt(ctx, r)
}

func (p *probed) AddRequest(ctx context.Context, r rights.Record, m []rights.Message) (rights.Record, bool, error) {
	if p.full.Load() {
		return rights.Record{}, false, fmt.Errorf("request %s: %w", r.Reference, errFull)
	}
	return p.Store.AddRequest(ctx, r, m)
}

func startProbed(t *testing.T) (*running, *probed) {
	p := &probed{answers: make(chan error)}
	r := startWith(t, t.TempDir(), func(o *server.Options) { p.Store = o.Store; o.Store = p })
	return r, p
}

func TestTheStoreIsAskedOnceHoweverManyAsk(t *testing.T) {
	r, p := startProbed(t)
	var asking sync.WaitGroup
	for range 50 {
		asking.Go(func() { assert.Equal(t, http.StatusOK, r.do("GET", "/readyz", "").status) })
	}
	asking.Go(func() { assert.NoError(t, r.srv.Ready(t.Context()), "as the listener of operators and /metrics do") })
	p.answers <- nil
	asking.Wait()
	assert.Equal(t, http.StatusOK, r.do("GET", "/readyz", "").status)
	assert.EqualValues(t, 1, p.asked.Load())

	close(p.answers)
	require.Eventually(t, func() bool { return r.do("GET", "/readyz", "").status == http.StatusOK && p.asked.Load() == 2 }, 10*time.Second, 10*time.Millisecond, "a second later it is asked again")
}

func TestWhoeverStopsWaitingForTheStoreLeavesTheAnswerToTheOthers(t *testing.T) {
	r, p := startProbed(t)
	gone, leave := context.WithCancel(t.Context())
	left := make(chan error)
	go func() { left <- r.srv.Ready(gone) }()
	require.Eventually(t, func() bool { return p.asked.Load() == 1 }, 10*time.Second, 10*time.Millisecond)
	leave()
	require.ErrorIs(t, <-left, fault.Unavailable)
	stays := make(chan error)
	go func() { stays <- r.srv.Ready(t.Context()) }()
	p.answers <- nil
	require.NoError(t, <-stays)
	assert.EqualValues(t, 1, p.asked.Load())
}

func TestAWriteThatFailsIsBelievedBeforeAnyProbe(t *testing.T) {
	for name, write := range map[string]func(*running) answer{
		"a receipt": func(r *running) answer { return r.postReceipt(r.submission()) },
		"a request": func(r *running) answer { return r.askFrom("203.0.113.9", "tenant@example.org") },
	} {
		t.Run(name, func(t *testing.T) {
			r, p := startProbed(t)
			close(p.answers)
			require.Equal(t, http.StatusOK, r.do("GET", "/readyz", "").status)
			p.full.Store(true)
			require.Equal(t, http.StatusServiceUnavailable, write(r).status)
			said := r.do("GET", "/readyz", "")
			assert.Equal(t, http.StatusServiceUnavailable, said.status, "though the probe said otherwise a moment ago")
			assert.Contains(t, said.body, "not writable: the disk is full")
			assert.NotContains(t, said.body, "event")
			p.full.Store(false)
			r.readyAgain(t)
		})
	}
}
