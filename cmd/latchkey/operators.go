package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"syscall"
	"time"
)

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
