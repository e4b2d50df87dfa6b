// Package retention erases receipts that have been kept for as long as their
// site keeps them (UK GDPR Art 5(1)(e), storage limitation). The time runs from
// the last event of a device, so that what somebody still relies on stays.
//
// No copy is kept of what is erased. The log of receipts says how many there
// were, when they went and what state it had before, and their leaves stay.
package retention

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"time"

	"latchkey/app/consent"
	"latchkey/app/evidence"
	"latchkey/app/fault"
	"latchkey/app/group"
	"latchkey/app/rights"
)

const (
	// perErasure is how many receipts one transaction erases: visitors' choices wait for it.
	perErasure = 250
	// perSearch is how many are held in memory: 6 MB. Each search is a look at all that is old of the site.
	perSearch = 100_000
	// check is how often a running purger looks whether a new day has begun.
	check = time.Hour
)

// Finder finds receipts, as the server's store does.
type Finder interface {
	Expired(ctx context.Context, site string, before time.Time) iter.Seq2[consent.Expired, error]
}

// Store is what a purge needs of the server's store.
type Store interface {
	Finder
	Erase(ctx context.Context, e evidence.Erasure) (n int, err error)
	Checkpoint(ctx context.Context) (string, error)
}

// Rule says how long the receipts of a site are kept.
type Rule struct {
	Site   string
	Months int // after the last event of a device
}

// Rules are those of all sites of the groups, in their order.
func Rules(groups []*group.Group) []Rule {
	var rules []Rule
	for _, g := range groups {
		for i := range g.Sites {
			rules = append(rules, Rule{Site: g.Sites[i].ID, Months: g.ReceiptMonthsFor(&g.Sites[i])})
		}
	}
	return rules
}

// Before is the moment before which the last event of a device must have been
// stored, so that its receipts go: so many calendar months before now. A day
// that the month does not have is its last one.
func (r Rule) Before(now time.Time) time.Time {
	now = now.UTC()
	first := time.Date(now.Year(), now.Month()-time.Month(r.Months), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return time.Date(first.Year(), first.Month(), min(now.Day(), last), now.Hour(), now.Minute(), now.Second(), now.Nanosecond(), time.UTC)
}

// Month is how many receipts of a month would go.
type Month struct {
	Month string // YYYY-MM in which they were stored, UTC
	Count int
}

// Due counts what [Purge] would erase, by the month in which it was stored, oldest first.
func Due(ctx context.Context, store Finder, rule Rule, now time.Time) ([]Month, error) {
	var months []Month
	for e, err := range store.Expired(ctx, rule.Site, rule.Before(now)) {
		if err != nil {
			return nil, fmt.Errorf("old receipts of %s: %w", rule.Site, err)
		}
		month := e.Time.UTC().Format("2006-01")
		i := len(months) - 1
		for i >= 0 && months[i].Month > month { // by a clock that went backwards
			i--
		}
		if i < 0 || months[i].Month != month {
			i++
			months = append(months[:i], append([]Month{{Month: month}}, months[i:]...)...)
		}
		months[i].Count++
	}
	return months, nil
}

// Purge erases the receipts of a site that are due, in steps, each of which is
// in the log of receipts with its own count. It can be stopped at any moment, and
// returns how many it erased so far. What is due is so at its start; each step has
// the time at which it is done.
func Purge(ctx context.Context, store Store, rule Rule, now func() time.Time) (n int, err error) {
	before := rule.Before(now())
	for {
		ids, err := due(ctx, store, rule.Site, before)
		if err != nil {
			return n, err
		}
		last := len(ids) < perSearch
		for len(ids) > 0 {
			step := ids[:min(perErasure, len(ids))]
			ids = ids[len(step):]
			checkpoint, err := store.Checkpoint(ctx)
			if err != nil && !errors.Is(err, fault.NotFound) {
				return n, err
			}
			at := now()
			erased, err := store.Erase(ctx, evidence.Erasure{
				Receipts: step, Reason: evidence.ByRetention, Time: at,
				Purge: &evidence.Entry{Kind: evidence.Purged, Time: at, Site: rule.Site, Before: &before, Checkpoint: checkpoint},
			})
			if n += erased; err != nil {
				return n, fmt.Errorf("old receipts of %s: %w", rule.Site, err)
			}
			if erased == 0 {
				return n, nil // another process is at it
			}
		}
		if last {
			return n, nil
		}
	}
}

// due returns up to perSearch ids.
func due(ctx context.Context, store Finder, site string, before time.Time) ([]string, error) {
	var ids []string
	for e, err := range store.Expired(ctx, site, before) {
		if err != nil {
			return nil, fmt.Errorf("old receipts of %s: %w", site, err)
		}
		if ids = append(ids, e.ID); len(ids) == perSearch {
			break
		}
	}
	return ids, nil
}

// Purger purges once a day.
type Purger struct {
	Store  Store
	Rules  func() []Rule    // as they are at the moment
	Erased func()           // called when something was erased; must not block
	Now    func() time.Time // UTC, whole milliseconds
	Log    *slog.Logger
}

// Run purges at once, and then when a new day begins in London, until ctx ends.
// What fails is logged and tried again within the hour.
func (p *Purger) Run(ctx context.Context) error {
	var done rights.Date
	hourly := time.NewTicker(check)
	defer hourly.Stop()
	for {
		if today := rights.DateOf(p.Now()); today != done && p.all(ctx) {
			done = today
		}
		select {
		case <-ctx.Done():
			return nil
		case <-hourly.C:
		}
	}
}

// all purges every site and reports whether all went well.
func (p *Purger) all(ctx context.Context) bool {
	ok := true
	for _, rule := range p.Rules() {
		n, err := Purge(ctx, p.Store, rule, p.Now)
		if n > 0 {
			p.Erased()
			p.Log.Info("receipts were erased, because they were older than their site keeps them", "site", rule.Site, "months", rule.Months, "receipts", n)
		}
		if err != nil && ctx.Err() == nil {
			p.Log.Error("old receipts could not be erased", "site", rule.Site, "error", err)
		}
		ok = ok && err == nil
	}
	return ok
}
