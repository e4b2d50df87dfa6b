package main

import "context"

// released is what is known of a page that released its gated scripts.
type released struct {
	Released float64 // milliseconds until the last was in its place
	blocked  float64 // milliseconds of the processor that the main thread's longest task took meanwhile
}

func measureRelease(ctx context.Context, l *lab, runs int, r *report) error {
	runs *= 3
	for _, throttled := range []bool{false, true} {
		ours, byHand, err := turns(ctx, runs, bare, func(variant string, _ int) (released, error) {
			return release(l, throttled, l.page(variant, "release"))
		})
		if err != nil {
			return err
		}
		blocked := func(v released) float64 { return v.blocked }
		all := func(v released) float64 { return v.Released }
		r.add(figure{Name: "50 tags block the page", Throttled: throttled, Unit: "ms", Rule: ratio, Limit: 1}, each(ours, blocked), each(byHand, blocked))
		r.add(figure{Name: "  until all are released", Throttled: throttled, Unit: "ms"}, each(ours, all), each(byHand, all))
	}
	return nil
}

// release visits a page that releases its scripts, and traces it.
func release(l *lab, throttled bool, url string) (released, error) {
	t, err := l.fresh(throttled)
	if err != nil {
		return released{}, err
	}
	defer t.close()
	var seen released
	events, err := t.traced(func() error {
		var err error
		seen, err = visit[released](t, url)
		return err
	})
	if err != nil {
		return released{}, err
	}
	seen.blocked, err = longestTask(events)
	return seen, err
}
