package main

import (
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"sync/atomic"
)

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
