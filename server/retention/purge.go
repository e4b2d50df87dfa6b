package retention

import (
	"context"
	"errors"
	"fmt"
	"time"

	"latchkey/app/evidence"
	"latchkey/app/fault"
)

const (
	// Share is the percentage of a site's receipts that one purge erases at most, if the [Rule] says nothing else.
	Share = 10
	// Always is how many it may erase however few there are.
	Always = 1000
)

// Result is what a purge has done.
type Result struct {
	Erased int
	// Left is how many more are due, that were left because they are too large a share of what there is.
	Left int
}

// Purge erases the receipts of a site that are due, the oldest first, in steps, each of which is
// in the log of receipts with its own count. It can be stopped at any moment, and
// returns how many it erased so far. What is due is so at its start; each step has
// the time at which it is done.
//
// Unless it was confirmed by somebody, it erases nothing if [CheckClock] has an error, which it returns, and no
// more than the rule's share of the receipts that there are.
func Purge(ctx context.Context, store Store, rule Rule, now func() time.Time, confirmed bool) (r Result, err error) {
	last, err := CheckClock(ctx, store, now())
	if err != nil && !(confirmed && errors.Is(err, ErrClock)) {
		return r, err
	}
	return (&purge{store: store, rule: rule, before: rule.Before(now()), last: last, now: now}).run(ctx, confirmed)
}

// purge is a purge of one site.
type purge struct {
	store  Store
	rule   Rule
	before time.Time // what is older is due
	last   time.Time // see CheckClock
	now    func() time.Time
}

func (p *purge) run(ctx context.Context, confirmed bool) (r Result, err error) {
	most, err := p.allowed(ctx)
	if err != nil {
		return r, err
	}
	if r.Left = most.Left; confirmed {
		most.Erased, r.Left = most.Erased+most.Left, 0
	}
	r.Erased, err = p.erase(ctx, most.Erased)
	return r, err
}

// allowed returns how much of what is due may go, and how much is to be left.
func (p *purge) allowed(ctx context.Context) (Result, error) {
	due := 0
	for _, err := range p.store.Expired(ctx, p.rule.Site, p.before) {
		if err != nil {
			return Result{}, fmt.Errorf("old receipts of %s: %w", p.rule.Site, err)
		}
		due++
	}
	if due <= Always {
		return Result{Erased: due}, nil
	}
	share := p.rule.Share
	if share == 0 {
		share = Share
	}
	// More than that need not be counted: then all of it may go.
	total, err := p.store.CountReceipts(ctx, p.rule.Site, (due*100+share-1)/share)
	if err != nil {
		return Result{}, err
	}
	most := min(due, max(Always, total*share/100))
	return Result{Erased: most, Left: due - most}, nil
}

// erase erases what is due, but for no more than most.
func (p *purge) erase(ctx context.Context, most int) (n int, err error) {
	for n < most {
		ids, err := due(ctx, p.store, p.rule.Site, p.before, min(perSearch, most-n))
		if err != nil || len(ids) == 0 {
			return n, err
		}
		for len(ids) > 0 {
			step := ids[:min(perErasure, len(ids))]
			ids = ids[len(step):]
			erased, err := p.step(ctx, step)
			if n += erased; err != nil {
				return n, fmt.Errorf("old receipts of %s: %w", p.rule.Site, err)
			}
			if erased == 0 {
				return n, nil // another process is at it
			}
		}
	}
	return n, nil
}

// step erases some receipts in one transaction.
func (p *purge) step(ctx context.Context, ids []string) (int, error) {
	checkpoint, err := p.store.Checkpoint(ctx)
	if err != nil && !errors.Is(err, fault.NotFound) {
		return 0, err
	}
	at := p.now()
	entry := &evidence.Entry{Kind: evidence.Purged, Time: at, Site: p.rule.Site, Before: &p.before, Checkpoint: checkpoint}
	if !p.last.IsZero() {
		entry.Last = &p.last
	}
	return p.store.Erase(ctx, evidence.Erasure{Receipts: ids, Reason: evidence.ByRetention, Time: at, Purge: entry})
}

// due returns up to most ids.
func due(ctx context.Context, store Finder, site string, before time.Time, most int) ([]string, error) {
	var ids []string
	for e, err := range store.Expired(ctx, site, before) {
		if err != nil {
			return nil, fmt.Errorf("old receipts of %s: %w", site, err)
		}
		if ids = append(ids, e.ID); len(ids) == most {
			break
		}
	}
	return ids, nil
}
