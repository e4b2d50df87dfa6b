package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheLongestTaskIsThatOfTheMarkedThread(t *testing.T) {
	const run = "ThreadControllerImpl::RunTask"
	events := []traceEvent{
		{Name: run, Process: 1, Thread: 1, At: 0, Duration: 90_000, ThreadAt: 0, ThreadDuration: 80_000},                // before the marks
		{Name: run, Process: 1, Thread: 1, At: 100_000, Duration: 9000, ThreadAt: 80_000, ThreadDuration: 8000},         // begun before
		{Name: markBegin, Process: 1, Thread: 1, At: 105_000, ThreadAt: 84_000},                                         //
		{Name: run, Process: 1, Thread: 2, At: 106_000, Duration: 50_000, ThreadAt: 0, ThreadDuration: 50_000},          // of another thread
		{Name: run, Process: 2, Thread: 1, At: 106_000, Duration: 50_000, ThreadAt: 0, ThreadDuration: 50_000},          // of another process
		{Name: "Other", Process: 1, Thread: 1, At: 110_000, Duration: 50_000, ThreadAt: 88_000, ThreadDuration: 40_000}, // no task
		{Name: run, Process: 1, Thread: 1, At: 110_000, Duration: 40_000, ThreadAt: 88_000, ThreadDuration: 3000},       // kept waiting by others
		{Name: markEnd, Process: 1, Thread: 1, At: 150_500, ThreadAt: 91_000},                                           //
		{Name: run, Process: 1, Thread: 1, At: 151_000, Duration: 90_000, ThreadAt: 91_000, ThreadDuration: 80_000},     // after the marks
	}
	got, err := longestTask(events)
	require.NoError(t, err)
	assert.Equal(t, 4.0, got, "what the first task took after the mark")

	_, err = longestTask(events[:2])
	assert.ErrorContains(t, err, "lacks a mark")
	_, err = longestTask([]traceEvent{events[2], events[7]})
	assert.ErrorContains(t, err, "no task")
}
