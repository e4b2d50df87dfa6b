package server

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"latchkey/app/fault"
	"latchkey/server/limit"
)

// Limits bound what the server takes on at once, and from whom. What is over
// them is refused with the time after which to try again; the visitor's choice
// counts on the website all the same, and the loader sends it later.
type Limits struct {
	// Waiting is how many receipts may wait for the store at once.
	Waiting int64
	// Requests is how many rights requests may be in hand at once. Receipts do
	// not wait behind them, nor they behind receipts.
	Requests int64
	// Bytes is how much of bodies may be held at once, for receipts and for
	// requests each. One network may hold an eighth of it.
	Bytes int64
	// Network is how fast one network (an IPv4 /24, an IPv6 /56) may send.
	Network limit.Rate
	// Asking is how fast one network may make rights requests, each of which a team has to answer.
	Asking limit.Rate
	// Letters is how fast acknowledgements may go to one e-mail address, which
	// may be that of somebody who has asked for nothing.
	Letters limit.Rate
	// Site is how fast may be sent to one site, by all networks together.
	Site limit.Rate
	// Networks is how many networks are counted at once.
	Networks int
	// Proxies are the networks of reverse proxies, which say by X-Forwarded-For
	// for whom they ask. Addresses that are not public are not limited otherwise:
	// one of them may be a proxy, with everybody behind it.
	Proxies []netip.Prefix
}

// DefaultLimits are far above what people do: a whole neighbourhood behind one
// address chooses at once in a burst, and a site with a hundred thousand
// visitors in the hour has not 30 a second.
var DefaultLimits = Limits{
	Waiting: 2048, Requests: 256, Bytes: 16 << 20,
	Network:  limit.Rate{PerSecond: 50, Burst: 1000},
	Asking:   limit.Rate{PerSecond: 0.1, Burst: 60},
	Letters:  limit.Rate{PerSecond: 1. / 3600, Burst: 10},
	Site:     limit.Rate{PerSecond: 1000, Burst: 20_000},
	Networks: 50_000,
}

// refusal is an error of a server that could, and won't now. It is expected
// under load, so it is counted and not logged as a failure.
type refusal struct {
	why   string        // as Observer.Refused is told
	text  string        // for the sender
	kind  error         // fault.Unavailable or fault.TooMany
	after time.Duration // when to try again, at the earliest
}

func (r refusal) Error() string { return r.text + ": " + r.kind.Error() }
func (r refusal) Unwrap() error { return r.kind }

// errBusy refuses a write for which there is no room.
var errBusy = refusal{"busy", "more is waiting to be stored than the server takes on; send it again later", fault.Unavailable, 15 * time.Second}

// errShare refuses a write of a network that has its share of the room.
var errShare = refusal{"network", "much of what is sent from your network is still on its way; send it again later", fault.TooMany, 15 * time.Second}

// limiter applies Limits.
type limiter struct {
	networks, sites    *limit.Buckets
	asking, letters    *limit.Buckets
	proxies            []netip.Prefix
	receipts, requests door
	unnamed            sync.Once // a proxy that is not among proxies has been reported
}

// door is where writes of a kind come in.
type door struct {
	waiting *limit.Gate   // writes
	bytes   *limit.Gate   // of bodies
	shares  *limit.Shares // of these, by network
}

func newLimiter(l Limits, now func() time.Time) *limiter {
	in := func(waiting int64) door {
		return door{limit.NewGate(waiting), limit.NewGate(l.Bytes), limit.NewShares(l.Bytes / 8)}
	}
	buckets := func(r limit.Rate) *limit.Buckets { return limit.NewBuckets(r, l.Networks, now) }
	return &limiter{
		networks: buckets(l.Network), sites: buckets(l.Site), asking: buckets(l.Asking), letters: buckets(l.Letters),
		proxies: l.Proxies, receipts: in(l.Waiting), requests: in(l.Requests),
	}
}

// Waiting is how many receipts and requests are waiting to be stored.
func (s *Server) Waiting() (receipts, requests int64) {
	return s.limiter.receipts.waiting.Inside(), s.limiter.requests.waiting.Inside()
}

// write puts a door in front of a handler that stores something, and that
// reads bodies of at most so many bytes. What check has an error for is refused
// before any of it is read. The body is read before the place in the
// queue is taken, so that slow senders do not keep others from it.
func (s *Server) write(d door, most int64, check func(*http.Request) error, h handler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if err := check(r); err != nil {
			return err
		}
		err := s.behind(d, most, h, w, r)
		if refused, ok := errors.AsType[refusal](err); ok {
			s.observer.Refused(refused.why)
		}
		return err
	}
}

func (s *Server) behind(d door, most int64, h handler, w http.ResponseWriter, r *http.Request) error {
	if err := s.admit(r); err != nil {
		return err
	}
	if d.waiting.Full() {
		return errBusy
	}
	room := room{door: d}
	if client, ok := limit.Client(r, s.limiter.proxies); ok {
		room.network = string(limit.Network(client))
	}
	defer room.leave()
	body, err := room.read(r, most+1) // one more shows the handler that it is too large
	if err != nil {
		return err
	}
	r.Body = body
	if !d.waiting.Enter(1) {
		return errBusy
	}
	defer d.waiting.Leave(1)
	return h(w, r)
}

// room is what a body takes up at a door.
type room struct {
	door    door
	network string // that sends it; empty if that can't be told
	size    int64
}

// firstRoom is the room that is made before any of a body is there.
const firstRoom = 1 << 10

// read reads a body, of which at most so many bytes count. The room is made for
// what has come, and as much again: who promises much and sends little does not
// keep others out. The error is a refusal; one of the body is told to who reads it.
func (o *room) read(r *http.Request, most int64) (*held, error) {
	if r.ContentLength >= 0 {
		most = min(r.ContentLength, most)
	}
	var body bytes.Buffer
	for step := min(firstRoom, most); ; step = min(o.size, most-o.size) {
		if err := o.enter(step); err != nil {
			return nil, err
		}
		body.Grow(int(step) + bytes.MinRead) // most of them in one piece
		n, err := body.ReadFrom(io.LimitReader(r.Body, step))
		if err != nil || n < step || o.size == most {
			return &held{body.Bytes(), err}, nil
		}
	}
}

func (o *room) enter(n int64) error {
	if !o.door.bytes.Enter(n) {
		return errBusy
	}
	if o.network != "" && !o.door.shares.Enter(o.network, n) {
		o.door.bytes.Leave(n)
		return errShare
	}
	o.size += n
	return nil
}

func (o *room) leave() {
	o.door.bytes.Leave(o.size)
	if o.network != "" {
		o.door.shares.Leave(o.network, o.size)
	}
}

// held is a body that has been read. It is let go of when the handler has
// read it, who then may have to wait for the store with a thousand others.
type held struct {
	rest []byte
	end  error // what it ended with, if not with its end
}

func (h *held) Read(p []byte) (int, error) {
	if len(h.rest) == 0 {
		h.rest = nil
		return 0, cmp.Or(h.end, io.EOF)
	}
	n := copy(p, h.rest)
	h.rest = h.rest[n:]
	return n, nil
}

func (h *held) Close() error { return nil }

// admit refuses a write that comes too fast from its network, and every write
// while the state of the server is not one to store in.
func (s *Server) admit(r *http.Request) error {
	if err := s.sound(); err != nil {
		return err
	}
	s.clock.stored()
	client, ok := limit.Client(r, s.limiter.proxies)
	if !ok {
		if r.Header.Get("X-Forwarded-For") != "" {
			s.limiter.unnamed.Do(func() {
				s.log.LogAttrs(r.Context(), slog.LevelWarn, "there is a proxy in front that is not named as trusted, or that does not say for whom it asks, so writes are not limited by network")
			})
		}
		return nil
	}
	if wait := s.limiter.networks.Take(limit.Network(client)); wait > 0 {
		return refusal{"network", "too much was sent from your network in a short time; send it again later", fault.TooMany, wait}
	}
	return nil
}

// admitTo refuses a write to a site to which everybody together sends too fast.
func (s *Server) admitTo(r *http.Request, site string) error {
	if _, ok := limit.Client(r, s.limiter.proxies); !ok {
		return nil
	}
	if wait := s.limiter.sites.Take([]byte(site)); wait > 0 {
		return refusal{"site", fmt.Sprintf("too much was sent to site %q in a short time; send it again later", site), fault.TooMany, wait}
	}
	return nil
}

// admitAsking refuses a rights request if its network makes them too fast.
func (s *Server) admitAsking(r *http.Request) error {
	client, ok := limit.Client(r, s.limiter.proxies)
	if !ok {
		return nil
	}
	if wait := s.limiter.asking.Take(limit.Network(client)); wait > 0 {
		return refusal{"network", "too many requests were made from your network in a short time; send it again later", fault.TooMany, wait}
	}
	return nil
}

// admitLetter reports whether an acknowledgement may go to an e-mail address.
// What stands behind a plus leads to the same person.
func (s *Server) admitLetter(email string) bool {
	name, domain, _ := strings.Cut(strings.ToLower(email), "@")
	name, _, _ = strings.Cut(name, "+")
	return s.limiter.letters.Take([]byte(name+"@"+domain)) == 0
}

// retryAfter is when to try again after an error that will pass, in seconds. It
// is drawn at random up to twice the time it takes, so that all who were
// refused together do not come back together.
func retryAfter(err error) string {
	after := 30 * time.Second
	if refused, ok := errors.AsType[refusal](err); ok {
		after = refused.after
	}
	seconds := int((after + time.Second - 1) / time.Second)
	return strconv.Itoa(seconds + rand.IntN(seconds+1))
}
