package server

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"latchkey/app/fault"
)

const (
	// readyFor is for how long what the store has said of itself holds good: it writes to find out, and anybody may ask.
	readyFor = time.Second
	// readyWithin is how long it may take to say so.
	readyWithin = 10 * time.Second
)

// readiness is what is known of whether the store takes writes. Everybody who asks at the same time, or
// within [readyFor], is given one answer.
type readiness struct {
	ask func(context.Context) error

	mu      sync.Mutex
	asking  *readyAnswer // on its way; nil if none is
	known   *readyAnswer // holds good; nil if none does
	expires *time.Timer
}

// readyAnswer is an answer once done is closed.
type readyAnswer struct {
	done chan struct{}
	err  error
}

// get returns what the store says, or has said just before.
func (r *readiness) get(ctx context.Context) error {
	answer := r.answer()
	select {
	case <-answer.done:
		return answer.err
	case <-ctx.Done():
		return fmt.Errorf("the store has not said yet whether it can be written to: %w: %w", ctx.Err(), fault.Unavailable)
	}
}

func (r *readiness) answer() *readyAnswer {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known != nil {
		return r.known
	}
	if r.asking == nil {
		r.asking = &readyAnswer{done: make(chan struct{})}
		go r.find(r.asking)
	}
	return r.asking
}

// find asks the store. Nobody's leaving ends it: others wait for it too.
func (r *readiness) find(answer *readyAnswer) {
	ctx, cancel := context.WithTimeout(context.Background(), readyWithin)
	defer cancel()
	answer.err = r.ask(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asking = nil
	if r.known == nil { // or a write has failed meanwhile
		r.keep(answer)
	}
	close(answer.done)
}

// failed is told of the error of a receipt or a request that was to be stored, which says more than any probe.
func (r *readiness) failed(err error) {
	if !errors.Is(err, fault.Unavailable) {
		return
	}
	if cause := errors.Unwrap(err); cause != nil { // without the name of the receipt or the request
		err = cause
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	answer := &readyAnswer{done: make(chan struct{}), err: fmt.Errorf("not writable: %w", err)}
	close(answer.done)
	r.keep(answer)
}

func (r *readiness) keep(answer *readyAnswer) {
	if r.known = answer; r.expires != nil {
		r.expires.Stop()
	}
	r.expires = time.AfterFunc(readyFor, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.known == answer {
			r.known = nil
		}
	})
}

// Ready reports, by an error, that a choice or a request can't be stored now.
func (s *Server) Ready(ctx context.Context) error {
	if err := s.sound(); err != nil {
		return err
	}
	return s.readiness.get(ctx)
}

// askStore asks the store whether it can be written to.
func (s *Server) askStore(ctx context.Context) error {
	err := s.store.Ready(ctx)
	s.note(err)
	return err
}
