package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"sync/atomic"
	"syscall"
	"time"
)

// maxConnections is how many connections to the public are open at once. More
// wait until one ends. It bounds the memory that they take, some 20 kB each.
const maxConnections = 8192

// How much memory, in bytes, the Go runtime tries to stay under by collecting
// more often. It is well above what is in use after a start, so that it flattens
// the peaks and costs little; beyond the connections that it is meant for, it
// grows with them, because a runtime that can't stay under does nothing but collect.
const (
	memoryAim           = 66 << 20
	memoryConnections   = 1536
	memoryPerConnection = 48 << 10
	memoryStep          = 512 // connections by which the aim moves
)

// thrift keeps the process small. The environment's GOMEMLIMIT comes first.
type thrift struct {
	own  bool         // the limit is ours to set
	open atomic.Int64 // connections
}

// begin gives back what the start needed, and sets the limit.
func (t *thrift) begin() {
	t.own = os.Getenv("GOMEMLIMIT") == ""
	t.aim(0)
	debug.FreeOSMemory()
	dropProgramPages()
}

// connState is for http.Server: it counts the connections that are open.
func (t *thrift) connState(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		if n := t.open.Add(1); n%memoryStep == 1 {
			t.aim(n + memoryStep - 1)
		}
	case http.StateClosed, http.StateHijacked:
		if n := t.open.Add(-1); n%memoryStep == 0 {
			t.aim(n)
		}
	}
}

// aim sets the limit for so many connections.
func (t *thrift) aim(connections int64) {
	if t.own {
		debug.SetMemoryLimit(memoryAim + memoryPerConnection*max(0, connections-memoryConnections))
	}
}

// listenForOperators opens the listener of the operators, or returns nil if
// there is to be none.
func (c *serveCmd) listenForOperators() (net.Listener, error) {
	if c.OpsAddr == "" {
		if c.Pprof {
			return nil, errors.New("--pprof serves profiles on --ops-addr, and there is none")
		}
		return nil, nil
	}
	l, err := net.Listen("tcp", c.OpsAddr)
	if err != nil {
		return nil, cantListen("--ops-addr", c.OpsAddr, err)
	}
	return l, nil
}

// cantListen says what to do about an address that can't be listened on.
func cantListen(flag, address string, err error) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%s %s: another program listens there, perhaps another Latchkey: stop it, or choose another port", flag, address)
	}
	if refused, ok := errors.AsType[*net.OpError](err); ok && refused.Err != nil {
		err = refused.Err // without "listen tcp" and the address once more
	}
	return fmt.Errorf("%s %s: %w: want an address of this machine and a free port, such as 127.0.0.1:8080", flag, address, err)
}

// serveOperators serves h until the context ends. A profile takes as long as it
// was asked to, so an answer has no time limit, and is cut off by the end.
func serveOperators(ctx context.Context, l net.Listener, h http.Handler) error {
	srv := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10}
	stop := context.AfterFunc(ctx, func() { srv.Close() })
	defer stop()
	if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve operators: %w", err)
	}
	return nil
}
