package retention

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"latchkey/app/fault"
	"latchkey/app/rights"
)

// check is how often a running purger looks whether a new day has begun.
const check = time.Hour

// Purger purges once a day.
type Purger struct {
	Store  Store
	Rules  func() []Rule    // as they are at the moment
	Erased func()           // called when something was erased; must not block
	Now    func() time.Time // UTC, whole milliseconds
	Log    *slog.Logger
	// Observe is told, after each run, whether the clock was believed, and how many receipts
	// were left although they are due. It may be nil.
	Observe func(believed bool, left int)

	// Requests erases requests too; nil for no requests.
	Requests *RequestPurger

	begun rights.Date // the day that this process has begun with
}

// Run purges at once, and then when a new day begins in London, until ctx ends. A day that a process has
// begun is not begun again by another, or by a restart.
// What fails is logged and tried again within the hour.
func (p *Purger) Run(ctx context.Context) error {
	var done rights.Date
	hourly := time.NewTicker(check)
	defer hourly.Stop()
	for {
		if today := rights.DateOf(p.Now()); today != done && p.day(ctx, today) {
			done = today
		}
		select {
		case <-ctx.Done():
			return nil
		case <-hourly.C:
		}
	}
}

// day does what is to be done on a day, and reports whether all went well.
func (p *Purger) day(ctx context.Context, today rights.Date) bool {
	now := p.Now()
	last, err := p.Store.LastPurge(ctx)
	if err == nil && rights.DateOf(last) == today && p.begun != today {
		return true
	}
	if err == nil || errors.Is(err, fault.NotFound) {
		last, err = CheckClock(ctx, p.Store, now)
	}
	if err == nil {
		err = p.Store.KeepLastPurge(ctx, now)
	}
	if err != nil {
		if ctx.Err() == nil {
			p.Log.Error("old receipts were not looked for", "error", err)
		}
		if errors.Is(err, ErrClock) {
			p.observe(false, 0)
		}
		return false
	}
	p.begun = today
	ok := p.all(ctx, last)
	if p.Requests != nil {
		ok = p.Requests.all(ctx, p.Now, p.Log) && ok
	}
	return ok
}

// RequestPurger erases the requests that are due on a day.
type RequestPurger struct {
	Store  RequestStore
	Rules  func() []RequestRule      // as they are at the moment
	Erased func(references []string) // called when something was erased
	// Observe is told, after each run, how many requests were erased, and how many were left although they are due.
	Observe func(erased, left int)
}

// all purges every group and reports whether all went well. No log line names a request.
func (p *RequestPurger) all(ctx context.Context, now func() time.Time, log *slog.Logger) bool {
	ok := true
	var sum Result
	for _, rule := range p.Rules() {
		r, err := PurgeRequests(ctx, p.Store, rule, now, false, p.Erased)
		if r.Erased > 0 {
			log.Info("requests were erased, because they were older than their organisations keep them", "group", rule.Group, "requests", r.Erased)
		}
		if r.Left > 0 {
			log.Warn("more requests are older than their organisations keep them, and were left: they are a larger share of what there is than a day may erase; "+
				"look whether the configuration and the clock are right, and if they are, erase them with \"latchkey requests purge --yes\", or wait for the days that follow",
				"group", rule.Group, "erased", r.Erased, "left", r.Left)
		}
		if err != nil && ctx.Err() == nil {
			log.Error("old requests could not be erased", "group", rule.Group, "error", err)
		}
		ok = ok && err == nil
		sum.Erased, sum.Left = sum.Erased+r.Erased, sum.Left+r.Left
	}
	p.Observe(sum.Erased, sum.Left)
	return ok
}

// all purges every site and reports whether all went well. last is since when the store knew the time.
func (p *Purger) all(ctx context.Context, last time.Time) bool {
	ok, left, erased := true, 0, 0
	for _, rule := range p.Rules() {
		r, err := (&purge{store: p.Store, rule: rule, before: rule.Before(p.Now()), last: last, now: p.Now}).run(ctx, false)
		if erased += r.Erased; r.Erased > 0 {
			p.Erased()
			p.Log.Info("receipts were erased, because they were older than their site keeps them", "site", rule.Site, "months", rule.Months, "receipts", r.Erased)
		}
		if r.Left > 0 {
			p.Log.Warn("more receipts are older than their site keeps them, and were left: they are a larger share of what there is than a day may erase; "+
				"look whether the configuration and the clock are right, and if they are, erase them with \"latchkey receipts purge --yes\", or wait for the days that follow",
				"site", rule.Site, "months", rule.Months, "erased", r.Erased, "left", r.Left)
		}
		if err != nil && ctx.Err() == nil {
			p.Log.Error("old receipts could not be erased", "site", rule.Site, "error", err)
		}
		ok, left = ok && err == nil, left+r.Left
	}
	if erased > 0 {
		_ = p.Store.Scrub(ctx, ScrubAtOnce) // what is left then is the scrubber's
	}
	p.observe(true, left)
	return ok
}

func (p *Purger) observe(believed bool, left int) {
	if p.Observe != nil {
		p.Observe(believed, left)
	}
}
