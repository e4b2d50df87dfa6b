package main

import (
	"context"
	"fmt"
)

// A measurement in turns: sample measures one thing of one variant of the host
// page once, and turns collects the samples of all.
type sample[T any] func(variant string, turn int) (T, error)

// turns measures the product and what it is compared with n times, each in
// turn the first. A round before, which warms the machine up, does not count.
func turns[T any](ctx context.Context, n int, other string, take sample[T]) (ours, control []T, err error) {
	all, err := inTurn(ctx, n, []string{withProduct, other}, take)
	return all[withProduct], all[other], err
}

// inTurn does the same with any number of variants.
func inTurn[T any](ctx context.Context, n int, variants []string, take sample[T]) (map[string][]T, error) {
	all := map[string][]T{}
	for turn := -1; turn < n; turn++ {
		for i := range variants {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			variant := variants[(turn+1+i)%len(variants)]
			got, err := take(variant, turn)
			if err != nil {
				return nil, err
			}
			if turn >= 0 {
				all[variant] = append(all[variant], got)
			}
		}
	}
	return all, nil
}

// each takes one value out of every sample.
func each[T any](samples []T, value func(T) float64) []float64 {
	var values []float64
	for _, s := range samples {
		values = append(values, value(s))
	}
	return values
}

// fresh visits a page in a tab that knows nothing yet.
func fresh[T any](l *lab, throttled bool, url string) (T, error) {
	t, err := l.fresh(throttled)
	if err != nil {
		var none T
		return none, err
	}
	defer t.close()
	return visit[T](t, url)
}

// fresh opens a tab that knows nothing yet.
func (l *lab) fresh(throttled bool) (*tab, error) {
	t, err := l.browser.tab(false)
	if err != nil {
		return nil, err
	}
	err = t.blank(l)
	if err == nil && throttled {
		err = t.throttle()
	}
	if err != nil {
		t.close()
		return nil, err
	}
	return t, nil
}

// firstVisit is what a page reports of a visit that ends with Reject. Times
// are milliseconds from the start of the navigation, unless they say otherwise.
type firstVisit struct {
	Arrived float64 // the script
	Drawn   float64 // milliseconds from there until the banner was in the document
	Visible float64
	Effect  float64 // of Reject
	Shift   float64
	Tasks   float64 // over 50 ms
}

// limitRatio is how much slower than its control the product may be.
const limitRatio = 1.1

func measureVisits(ctx context.Context, l *lab, runs int, r *report) error {
	for _, throttled := range []bool{false, true} {
		// Which frame the script still reaches is chance. As it is, one frame is a quarter of the whole.
		n := 20 * runs
		if throttled {
			n = 3 * runs
		}
		ours, control, err := turns(ctx, n, withControl, func(variant string, _ int) (firstVisit, error) {
			return fresh[firstVisit](l, throttled, l.page(variant, "reject"))
		})
		if err != nil {
			return err
		}
		for _, f := range []struct {
			figure
			value func(firstVisit) float64
		}{
			{figure{Name: "banner visible", Unit: "ms", Rule: ratio, Limit: limitRatio}, func(v firstVisit) float64 { return v.Visible }},
			{figure{Name: "Reject has its effect", Unit: "ms", Rule: ratio, Limit: limitRatio}, func(v firstVisit) float64 { return v.Effect }},
			{figure{Name: "  script arrived", Unit: "ms"}, func(v firstVisit) float64 { return v.Arrived }},
			{figure{Name: "  drawn after that", Unit: "ms"}, func(v firstVisit) float64 { return v.Drawn }},
			{figure{Name: "  painted after that", Unit: "ms"}, func(v firstVisit) float64 { return v.Visible - v.Arrived - v.Drawn }},
			{figure{Name: "  Reject's effect after that", Unit: "ms"}, func(v firstVisit) float64 { return v.Effect - v.Visible }},
			{figure{Name: "layout shift", Rule: most}, func(v firstVisit) float64 { return v.Shift }},
			{figure{Name: "tasks over 50 ms", Rule: excess}, func(v firstVisit) float64 { return v.Tasks }},
		} {
			f.figure.Throttled = throttled
			r.add(f.figure, each(ours, f.value), each(control, f.value))
		}
	}
	return nil
}

// click is what a page reports of a click on Accept, in milliseconds.
type click struct {
	Paint    float64 // to the end of the next frame
	Handlers float64 // what runs at once
	Frame    float64 // from the beginning of the next frame to its end
}

// frameTime is the time between two frames, in milliseconds.
const frameTime = 1000.0 / 60

func measureClicks(ctx context.Context, l *lab, runs int, r *report) error {
	runs *= 10 // the wait for a frame makes it vary
	for _, throttled := range []bool{false, true} {
		ours, control, err := turns(ctx, runs, withControl, func(variant string, turn int) (click, error) {
			phase := (float64(turn) + 0.5) * frameTime / float64(runs)
			return fresh[click](l, throttled, l.page(variant, "accept")+fmt.Sprintf("&phase=%.2f", phase))
		})
		if err != nil {
			return err
		}
		paint := func(c click) float64 { return c.Paint }
		handlers := func(c click) float64 { return c.Handlers }
		frame := func(c click) float64 { return c.Frame }
		r.add(figure{Name: "Accept to next paint", Throttled: throttled, Unit: "ms", Rule: ratio, Limit: limitRatio}, each(ours, paint), each(control, paint))
		r.add(figure{Name: "  handlers", Throttled: throttled, Unit: "ms"}, each(ours, handlers), each(control, handlers))
		r.add(figure{Name: "  frame", Throttled: throttled, Unit: "ms"}, each(ours, frame), each(control, frame))
	}
	return nil
}

// load is what a page reports of being loaded, in milliseconds from the start of the navigation.
type load struct {
	Load  float64 // end of the load event
	Paint float64 // first contentful paint
}

func measureRepeats(ctx context.Context, l *lab, runs int, r *report) error {
	for _, throttled := range []bool{false, true} {
		t, err := l.browser.tab(false)
		if err != nil {
			return err
		}
		defer t.close()
		if _, err := visit[firstVisit](t, l.page(withProduct, "reject")); err != nil {
			return err
		}
		if throttled {
			if err := t.throttle(); err != nil {
				return err
			}
		}
		all, err := inTurn(ctx, 6*runs, []string{withProduct, bare, withReader}, func(variant string, _ int) (load, error) {
			return visit[load](t, l.page(variant, "load"))
		})
		if err != nil {
			return err
		}
		event := func(v load) float64 { return v.Load }
		paint := func(v load) float64 { return v.Paint }
		ours, without, reader := all[withProduct], all[bare], all[withReader]
		againstBare := figure{Name: "load event", Throttled: throttled, Unit: "ms"}
		if throttled {
			againstBare.Rule, againstBare.Limit = ratio, limitRatio
		}
		r.add(againstBare, each(ours, event), each(without, event))
		r.add(figure{Name: "  by a script that reads a cookie", Throttled: throttled, Unit: "ms"}, each(ours, event), each(reader, event))
		r.add(figure{Name: "first contentful paint", Throttled: throttled, Unit: "ms", Rule: ratio, Limit: limitRatio}, each(ours, paint), each(without, paint))
	}
	return nil
}
