package admission

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/semaphore"
)

// Queue is where writes of a kind wait for the store, with their bodies. Nobody
// is made to wait for a place in it: what finds none is refused.
type Queue struct {
	places  *semaphore.Weighted // of writes
	waiting atomic.Int64        // writes that have one
	most    int64
	bytes   *semaphore.Weighted // of bodies
	shares  *shares             // of these, by network
}

func newQueue(waiting, size int64) *Queue {
	return &Queue{places: semaphore.NewWeighted(waiting), most: waiting, bytes: semaphore.NewWeighted(size), shares: newShares(size / 8)}
}

// Waiting is how many writes wait at this moment.
func (q *Queue) Waiting() int64 { return q.waiting.Load() }

// Admit reads the body of a call, of which at most so many bytes count, and takes a place in
// the queue for it, until the place is left. The body is read before the place is taken, so that
// slow senders do not keep others from it; who comes when there is none anyway is told before. The error is a [Refusal].
func (q *Queue) Admit(r *http.Request, s Sender, most int64) (*Place, error) {
	if q.waiting.Load() >= q.most {
		return nil, errBusy
	}
	place := &Place{bodyBudget{queue: q, network: widest(s.Addr)}}
	body, err := place.buffer(r, most+1) // one more shows the handler that it is too large
	if err == nil && !q.places.TryAcquire(1) {
		err = errBusy
	}
	if err != nil {
		place.release()
		return nil, err
	}
	r.Body = body
	q.waiting.Add(1)
	return place, nil
}

// Place is a place in a queue.
type Place struct{ bodyBudget }

// Leave gives the place back, and what the body took up.
func (p *Place) Leave() {
	p.queue.waiting.Add(-1)
	p.queue.places.Release(1)
	p.release()
}

// bodyBudget is what a body takes up in a queue.
type bodyBudget struct {
	queue   *Queue
	network netip.Prefix // that sends it
	size    int64
}

// firstStep is the room that is made before any of a body is there, in bytes.
const firstStep = 1 << 10

// buffer reads a body, of which at most so many bytes count. The room is made for
// what has come, and as much again: who promises much and sends little does not
// keep others out. The error is a refusal; one of the body is told to who reads it.
func (b *bodyBudget) buffer(r *http.Request, most int64) (*bufferedBody, error) {
	if r.ContentLength >= 0 {
		most = min(r.ContentLength, most)
	}
	var body bytes.Buffer
	for step := min(firstStep, most); ; step = min(b.size, most-b.size) {
		if err := b.acquire(step); err != nil {
			return nil, err
		}
		body.Grow(int(step) + bytes.MinRead) // most of them in one piece
		n, err := body.ReadFrom(io.LimitReader(r.Body, step))
		if err != nil || n < step || b.size == most {
			return &bufferedBody{body.Bytes(), err}, nil
		}
	}
}

func (b *bodyBudget) acquire(n int64) error {
	if !b.queue.bytes.TryAcquire(n) {
		return errBusy
	}
	if !b.queue.shares.acquire(b.network, n) {
		b.queue.bytes.Release(n)
		return errShare
	}
	b.size += n
	return nil
}

func (b *bodyBudget) release() {
	b.queue.bytes.Release(b.size)
	b.queue.shares.release(b.network, b.size)
}

// bufferedBody is a body that has been read. It is let go of when the handler has
// read it, who then may have to wait for the store with a thousand others.
type bufferedBody struct {
	rest []byte
	end  error // what it ended with, if not with its end
}

// Read reads what is left.
func (b *bufferedBody) Read(p []byte) (int, error) {
	if len(b.rest) == 0 {
		b.rest = nil
		return 0, cmp.Or(b.end, io.EOF)
	}
	n := copy(p, b.rest)
	b.rest = b.rest[n:]
	return n, nil
}

// Close does nothing.
func (b *bufferedBody) Close() error { return nil }

// IsRefusal reports whether an error is a refusal, and which.
func IsRefusal(err error) (Refusal, bool) { return errors.AsType[Refusal](err) }

// shares bound how many bytes each network may hold at once. A network is known
// only while it holds some. They are safe for concurrent use.
type shares struct {
	most int64

	mu   sync.Mutex
	held map[netip.Prefix]int64
}

func newShares(most int64) *shares { return &shares{most: most, held: map[netip.Prefix]int64{}} }

// acquire lets a network have n more if its share allows, and reports whether it
// did. What it was let have is given back by release.
func (s *shares) acquire(network netip.Prefix, n int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held[network]+n > s.most {
		return false
	}
	s.held[network] += n
	return true
}

func (s *shares) release(network netip.Prefix, n int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held[network] -= n; s.held[network] <= 0 {
		delete(s.held, network)
	}
}
