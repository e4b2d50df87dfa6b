package server

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"time"

	"latchkey/server/admission"
)

// withAdmission puts a queue in front of a handler that stores something, and
// that reads bodies of at most so many bytes. What check has an error for is
// refused before any of it is read.
func (s *Server) withAdmission(q *admission.Queue, most int64, check func(*http.Request) error, h handler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if err := check(r); err != nil {
			return err
		}
		place, err := s.place(q, r, most)
		if err == nil {
			err = func() error {
				defer place.Leave()
				return h(w, r)
			}()
		}
		if refused, ok := admission.IsRefusal(err); ok {
			s.observer.Refused(refused.Reason)
		}
		return err
	}
}

// place is a place in a queue for a write that may be taken. It has a function of
// its own to keep the stack of those who wait small.
//
//go:noinline
func (s *Server) place(q *admission.Queue, r *http.Request, most int64) (*admission.Place, error) {
	if err := s.admit(r); err != nil {
		return nil, err
	}
	return q.Admit(r, senderOf(r), most)
}

// refusal is an error of a server that could, and won't now.
type refusal = admission.Refusal

// Waiting is how many receipts and requests are waiting to be stored.
func (s *Server) Waiting() (receipts, requests int64) {
	return s.admission.Receipts.Waiting(), s.admission.Requests.Waiting()
}

// admit refuses a write that comes too fast from its network, and every write
// while the state of the server is not one to store in.
func (s *Server) admit(r *http.Request) error {
	if err := s.sound(); err != nil {
		return err
	}
	s.clock.stored()
	return s.admission.Write(senderOf(r))
}

// proxyFaults says once of each fault that a proxy in front has it.
type proxyFaults struct{ unnamed, silent sync.Once }

// checkProxy says what is wrong with the proxy that a call came through. Nobody
// is refused for that: everybody behind the proxy counts as one sender, which is enough for
// what people do, and the figures go on saying it until it is put right.
func (s *Server) checkProxy(r *http.Request, sender admission.Sender) {
	switch {
	case sender.Proxy == admission.ProxyUnnamed:
		s.observer.ProxyFault(string(sender.Proxy))
		s.proxyFaults.unnamed.Do(func() { s.logUnnamedProxy(r.Context(), sender) })
	case sender.Proxy == admission.ProxySilent && r.Method == http.MethodPost: // a probe of its own has nobody to name
		s.observer.ProxyFault(string(sender.Proxy))
		s.proxyFaults.silent.Do(func() {
			s.log.LogAttrs(r.Context(), slog.LevelError, "the trusted proxy in front does not say for whom it asks, so that everybody behind it is counted as one sender; have it send X-Forwarded-For")
		})
	}
}

func (s *Server) logUnnamedProxy(ctx context.Context, sender admission.Sender) {
	s.log.LogAttrs(ctx, slog.LevelError, "a proxy in front forwards what others send, and is not named as trusted, so that everybody behind it is counted as one sender; stop the server, and start it again with the flag",
		slog.String("flag", admission.Flag(sender.Peer)))
}

// retryAfter is when to try again after an error that will pass, in seconds. It
// is drawn at random up to twice the time it takes, so that all who were
// refused together do not come back together.
func retryAfter(err error) string {
	after := 30 * time.Second
	if refused, ok := admission.IsRefusal(err); ok {
		after = refused.After
	}
	seconds := int((after + time.Second - 1) / time.Second)
	return strconv.Itoa(seconds + rand.IntN(seconds+1))
}
