package main

import "context"

// released is what a page reports of releasing its gated scripts.
type released struct {
	Blocked float64 // milliseconds that the main thread was kept
}

func measureRelease(ctx context.Context, l *lab, runs int, r *report) error {
	runs *= 3
	for _, throttled := range []bool{false, true} {
		ours, byHand, err := turns(ctx, runs, bare, func(variant string, _ int) (released, error) {
			return fresh[released](l, throttled, l.page(variant, "release"))
		})
		if err != nil {
			return err
		}
		blocked := func(v released) float64 { return v.Blocked }
		r.add(figure{Name: "50 tags released", Throttled: throttled, Unit: "ms", Rule: ratio, Limit: 1}, each(ours, blocked), each(byHand, blocked))
	}
	return nil
}
