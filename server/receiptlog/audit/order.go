package audit

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"
)

// inOrder cuts size leaves into chunks, does them on several workers at once, and takes
// the results in order. At most twice as many chunks as workers are held at a time.
func inOrder[T any](ctx context.Context, workers int, size, perChunk int64, do func(ctx context.Context, first int64, n int) (T, error), take func(T) error) error {
	type outcome struct {
		result T
		err    error
	}
	all, ctx := errgroup.WithContext(ctx)
	queue := make(chan chan outcome, workers)
	all.Go(func() error {
		var doing errgroup.Group
		doing.SetLimit(workers)
		defer doing.Wait()
		defer close(queue)
		for first := int64(0); first < size; first += perChunk {
			done := make(chan outcome, 1)
			select {
			case queue <- done:
			case <-ctx.Done():
				return ctx.Err()
			}
			doing.Go(func() error {
				result, err := do(ctx, first, int(min(perChunk, size-first)))
				done <- outcome{result, err}
				return nil
			})
		}
		return nil
	})
	all.Go(func() error {
		for done := range queue {
			o := <-done
			if o.err != nil {
				return o.err
			}
			if err := take(o.result); err != nil {
				return err
			}
		}
		return nil
	})
	return all.Wait()
}

// oneByOne is inOrder without doing anything at once.
func oneByOne[T any](ctx context.Context, _ int, size, perChunk int64, do func(ctx context.Context, first int64, n int) (T, error), take func(T) error) error {
	for first := int64(0); first < size; first += perChunk {
		result, err := do(ctx, first, int(min(perChunk, size-first)))
		if err == nil {
			err = take(result)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// repeats finds what stands at two leaves. It keeps 24 bytes of each, and all
// that it is given is random: 16 bytes are never equal by chance.
type repeats struct {
	names names
	what  string
	seen  []seen
}

type seen struct {
	print [16]byte
	leaf  int64
}

func (r *repeats) add(b []byte, leaf int64) {
	if len(b) >= 16 {
		r.seen = append(r.seen, seen{[16]byte(b), leaf})
	}
}

func (r *repeats) report(report *Report) {
	slices.SortFunc(r.seen, func(a, b seen) int {
		if c := bytes.Compare(a.print[:], b.print[:]); c != 0 {
			return c
		}
		return int(min(max(a.leaf-b.leaf, -1), 1))
	})
	for i := 1; i < len(r.seen); i++ {
		if r.seen[i].print == r.seen[i-1].print {
			report.addf(r.names.leafAt(r.seen[i].leaf), "It has the same %s as %s.", r.what, r.names.leafAt(r.seen[i-1].leaf))
		}
	}
	r.seen = nil
}

// number writes a count with thousands apart.
func number(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
