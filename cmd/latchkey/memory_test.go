package main

import (
	"math"
	"net/http"
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestMemoryMayGrowWithConnections(t *testing.T) {
	before := debug.SetMemoryLimit(math.MaxInt64)
	defer debug.SetMemoryLimit(before)
	limit := func() int64 { return debug.SetMemoryLimit(-1) }
	memory := thrift{own: true}
	memory.aim(0)
	assert.EqualValues(t, memoryAim, limit())
	for range memoryConnections {
		memory.connState(nil, http.StateNew)
	}
	assert.EqualValues(t, memoryAim, limit(), "up to these connections it stays as it is")
	for range memoryConnections {
		memory.connState(nil, http.StateNew)
		assert.GreaterOrEqual(t, limit(), memoryAim+memoryPerConnection*(memory.open.Load()-memoryConnections))
	}
	for range 2 * memoryConnections {
		memory.connState(nil, http.StateClosed)
	}
	assert.EqualValues(t, memoryAim, limit(), "when they are gone it is as it was")

	debug.SetMemoryLimit(12345 << 10)
	theirs := thrift{}
	for range 2 * memoryConnections {
		theirs.connState(nil, http.StateNew)
	}
	assert.EqualValues(t, 12345<<10, limit(), "the operator's own limit is left alone")
}
