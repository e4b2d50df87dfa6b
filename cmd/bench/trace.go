package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/tracing"
	"github.com/chromedp/chromedp"
)

// Marks that a page sets by performance.mark around what is traced.
const (
	markBegin = "bench-begin"
	markEnd   = "bench-end"
)

// traceEvent is an event of the browser's trace. Times are microseconds: of
// the clock, and of the processor in the event's thread.
type traceEvent struct {
	Name           string
	Process        int     `json:"pid"`
	Thread         int     `json:"tid"`
	At             float64 `json:"ts"`
	Duration       float64 `json:"dur"`
	ThreadAt       float64 `json:"tts"`
	ThreadDuration float64 `json:"tdur"`
}

// traced lets do work in the tab, and returns what the browser recorded of its tasks meanwhile.
func (t *tab) traced(do func() error) ([]traceEvent, error) {
	ctx, cancel := context.WithTimeout(t.ctx, patience)
	defer cancel()
	var events []traceEvent
	var broken error
	complete := make(chan struct{})
	err := chromedp.Listen(ctx, func(event any) {
		switch e := event.(type) {
		case *tracing.EventDataCollected:
			for _, value := range e.Value {
				var one traceEvent
				broken = errors.Join(broken, json.Unmarshal(value, &one))
				events = append(events, one)
			}
		case *tracing.EventTracingComplete:
			close(complete)
		}
	})
	if err != nil {
		return nil, err
	}
	config := &tracing.TraceConfig{IncludedCategories: []string{"toplevel", "blink.user_timing"}, ExcludedCategories: []string{"*"}}
	start := tracing.StartParams{TransferMode: tracing.StartTransferModeReportEvents, TraceConfig: config}
	if _, err := chromedp.Call(ctx, tracing.Start, start); err != nil {
		return nil, fmt.Errorf("start a trace: %w", err)
	}
	failed := do()
	if _, err := chromedp.Call(ctx, tracing.End, cdp.Empty{}); err != nil {
		return nil, errors.Join(failed, fmt.Errorf("end the trace: %w", err))
	}
	select {
	case <-complete:
		return events, errors.Join(failed, broken)
	case <-ctx.Done():
		return nil, errors.Join(failed, fmt.Errorf("waited in vain for the trace: %w", ctx.Err()))
	}
}

// longestTask returns the processor time, in milliseconds, that the longest task took of the thread that set
// the marks, of what lies between them. Unlike the time on the clock it does not count what other programs took meanwhile.
func longestTask(events []traceEvent) (float64, error) {
	var begin, end *traceEvent
	for i := range events {
		switch e := &events[i]; e.Name {
		case markBegin:
			begin = e
		case markEnd:
			end = e
		}
	}
	if begin == nil || end == nil {
		return 0, errors.New("the trace lacks a mark of the page")
	}
	longest := 0.0
	for _, e := range events {
		if e.Name != "ThreadControllerImpl::RunTask" || e.Process != begin.Process || e.Thread != begin.Thread {
			continue
		}
		if e.At+e.Duration < begin.At || e.At > end.At {
			continue
		}
		longest = max(longest, e.ThreadAt+e.ThreadDuration-max(e.ThreadAt, begin.ThreadAt))
	}
	if longest == 0 {
		return 0, errors.New("the trace has no task with its time of the processor")
	}
	return longest / 1000, nil
}
