package mail

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"latchkey/app/fault"
	"latchkey/app/rights"
)

// Queue is what a [Deliverer] needs of the store.
type Queue interface {
	// DueMessages returns up to limit undelivered messages whose Due is not after now.
	DueMessages(ctx context.Context, now time.Time, limit int) ([]rights.Message, error)
	// MessageSent marks a message delivered. The error wraps [fault.NotFound] if its request was erased meanwhile.
	MessageSent(ctx context.Context, id int64, now time.Time) error
	// MessageFailed counts a failed delivery and says when to try again; otherwise it is like MessageSent.
	MessageFailed(ctx context.Context, id int64, next time.Time, why string) error
}

const (
	poll       = time.Minute    // between two looks at the queue without a wake-up
	batch      = 1              // messages fetched at once: by the next, another server may be the one that delivers
	firstRetry = time.Minute    // after the first failure; twice that after the next, and so on
	lastRetry  = 24 * time.Hour // and never later than that
	manyTries  = 8              // from then on, after some four hours, a failure is an error in the log
)

// Deliverer delivers the messages of a queue. It is safe for concurrent use.
type Deliverer struct {
	// Rand returns a number from 0 up to 1 by which retries are spread out.
	// [NewDeliverer] sets it to a random one.
	Rand func() float64
	// Erased is called when the request of a message was erased while the message was handed over, and
	// undoes that as far as it can be. [NewDeliverer] sets it to nothing.
	Erased func(reference string)

	queue     Queue
	transport Transport
	now       func() time.Time
	log       *slog.Logger
	wake      chan struct{}
	pass      sync.Mutex // held while a pass through the queue is made
}

// NewDeliverer returns a deliverer that does nothing until [Deliverer.Run].
func NewDeliverer(queue Queue, transport Transport, now func() time.Time, log *slog.Logger) *Deliverer {
	return &Deliverer{Rand: rand.Float64, Erased: func(string) {}, queue: queue, transport: transport, now: now, log: log, wake: make(chan struct{}, 1)}
}

// Wake makes a running deliverer look at the queue now. It returns at once.
func (d *Deliverer) Wake() {
	select {
	case d.wake <- struct{}{}:
	default: // it has been woken already
	}
}

// Run delivers what is due until ctx ends, at every wake-up and at least once a
// minute. A delivery that has begun is finished first. The error is always nil:
// whatever fails is logged and tried again.
func (d *Deliverer) Run(ctx context.Context) error {
	timer := time.NewTimer(0) // what was left from the last run is due now
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-d.wake:
		case <-timer.C:
		}
		if err := d.Deliver(ctx); err != nil && ctx.Err() == nil {
			d.log.ErrorContext(ctx, "mail queue", "error", err)
		}
		timer.Reset(poll)
	}
}

// Deliver makes one pass through the queue: it tries every message that is due,
// once, and stops early if ctx ends or the transport as a whole does not work.
// The error is the queue's.
func (d *Deliverer) Deliver(ctx context.Context) error {
	d.pass.Lock()
	defer d.pass.Unlock()
	for {
		due, err := d.queue.DueMessages(ctx, d.now(), batch)
		if err != nil {
			return fmt.Errorf("reading: %w", err)
		}
		for _, m := range due {
			if ctx.Err() != nil {
				return nil
			}
			failure, err := d.try(context.WithoutCancel(ctx), m)
			if err != nil {
				return err
			}
			if errors.Is(failure, fault.Unavailable) {
				return nil // the others would only wait for the same timeout
			}
		}
		if len(due) < batch {
			return nil
		}
	}
}

// try delivers one message and notes what came of it. The error is the queue's.
func (d *Deliverer) try(ctx context.Context, m rights.Message) (failure, err error) {
	failure = d.transport.Deliver(ctx, m, d.now())
	if failure == nil {
		switch err := d.queue.MessageSent(ctx, m.ID, d.now()); {
		case errors.Is(err, fault.NotFound):
			d.erased(ctx, m)
			return nil, nil
		case err != nil:
			return nil, fmt.Errorf("noting a delivery: %w", err)
		}
		d.log.InfoContext(ctx, "mail delivered", "message", m.ID, "kind", m.Kind, "request", m.Request)
		return nil, nil
	}
	next := d.now().Add(d.delay(m.Attempts))
	level := slog.LevelWarn
	if m.Attempts+1 >= manyTries || errors.Is(failure, ErrNotEncrypted) { // which passes only if somebody does something
		level = slog.LevelError
	}
	d.log.Log(ctx, level, "mail not delivered, to be tried again", "message", m.ID, "kind", m.Kind, "request", m.Request,
		"attempts", m.Attempts+1, "next", next, "error", failure)
	switch err := d.queue.MessageFailed(ctx, m.ID, next, failure.Error()); {
	case errors.Is(err, fault.NotFound):
		d.erased(ctx, m)
	case err != nil:
		return failure, fmt.Errorf("noting a failed delivery: %w", err)
	}
	return failure, nil
}

// erased ends the delivery of a message whose request was erased meanwhile.
func (d *Deliverer) erased(ctx context.Context, m rights.Message) {
	d.log.InfoContext(ctx, "the request of a message was erased while it was delivered", "message", m.ID, "kind", m.Kind)
	d.Erased(m.Request)
}

// delay is how long to wait after a failure that had so many before it: twice
// as long each time up to a day, of which the second half is left to chance, so
// that what failed together is not tried together for ever.
func (d *Deliverer) delay(before int) time.Duration {
	longest := lastRetry
	if before < 11 { // 2^11 minutes are more than a day
		longest = min(firstRetry<<before, lastRetry)
	}
	return longest/2 + time.Duration(d.Rand()*float64(longest/2))
}
