package main

import "context"

// limitPanel is when the panel must be usable, in milliseconds after the click.
const limitPanel = 1500

func measurePanel(ctx context.Context, l *lab, runs int, r *report) error {
	type result struct{ Usable float64 }
	return measureCentre(ctx, l, runs, func(t *tab, throttled bool) (result, error) {
		if err := t.hold("*.wasm"); err != nil {
			return result{}, err
		}
		return visit[result](t, l.page(withProduct, "choose"))
	}, func(samples []result, throttled bool) {
		f := figure{Name: "panel usable", Throttled: throttled, Unit: "ms", Rule: most, Limit: limitPanel}
		r.add(f, each(samples, func(s result) float64 { return s.Usable }), nil)
	})
}

func measureTakeover(ctx context.Context, l *lab, runs int, r *report) error {
	runs = min(runs, 5) // throttled, the WebAssembly alone takes 8 s to arrive
	type result struct{ Taken, Longest, Live float64 }
	return measureCentre(ctx, l, runs, func(t *tab, throttled bool) (result, error) {
		return visit[result](t, l.product+"/"+site+"/request")
	}, func(samples []result, throttled bool) {
		r.add(figure{Name: "page taken over", Throttled: throttled, Unit: "ms"}, each(samples, func(s result) float64 { return s.Taken }), nil)
		r.add(figure{Name: "  longest task of it", Throttled: throttled, Unit: "ms"}, each(samples, func(s result) float64 { return s.Longest }), nil)
		r.add(figure{Name: "live", Throttled: throttled, Unit: "ms"}, each(samples, func(s result) float64 { return s.Live }), nil)
	})
}

// measureCentre measures something of the product's pages n times, each in a
// fresh tab: as it is, and throttled. There is no control of it.
func measureCentre[T any](ctx context.Context, l *lab, n int, take func(t *tab, throttled bool) (T, error), done func(samples []T, throttled bool)) error {
	once := func(throttled bool) (T, error) {
		var none T
		t, err := l.browser.tab(true)
		if err != nil {
			return none, err
		}
		defer t.close()
		if err := t.blank(l); err != nil {
			return none, err
		}
		if throttled {
			if err := t.throttle(); err != nil {
				return none, err
			}
		}
		return take(t, throttled)
	}
	for _, throttled := range []bool{false, true} {
		var samples []T
		for range n {
			if err := ctx.Err(); err != nil {
				return err
			}
			got, err := once(throttled)
			if err != nil {
				return err
			}
			samples = append(samples, got)
		}
		done(samples, throttled)
	}
	return nil
}
