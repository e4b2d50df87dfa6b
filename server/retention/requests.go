package retention

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"latchkey/app/auditlog"
	"latchkey/app/group"
	"latchkey/app/rights"
)

const (
	// AlwaysRequests is how many requests of a group one purge may erase however few there are: about a month's.
	AlwaysRequests = 25
	// requestsPerErasure is how many requests one transaction erases.
	requestsPerErasure = 10
)

// RequestFinder finds requests, as the server's store does.
type RequestFinder interface {
	Requests(ctx context.Context, f rights.Filter) iter.Seq2[rights.Record, error]
}

// RequestStore is what a purge of requests needs of the server's store.
type RequestStore interface {
	RequestFinder
	Dated
	EraseRequests(ctx context.Context, e auditlog.Erasing) (n int, err error)
}

// RequestRule says how long the requests of a group are kept.
type RequestRule struct {
	Group  string
	Months map[string]int // by entity
	Other  int            // of one to an entity that is not among those
	Share  int            // percent of the group's requests that one purge erases at most; 0 for [Share]
}

// RequestRules are those of the groups, in their order.
func RequestRules(groups []*group.Group) []RequestRule {
	var rules []RequestRule
	for _, g := range groups {
		rule := RequestRule{Group: g.ID, Months: map[string]int{}, Other: g.RequestMonthsFor(""), Share: g.ReceiptPurgeShare()}
		for _, e := range g.Entities {
			rule.Months[e.ID] = g.RequestMonthsFor(e.ID)
		}
		rules = append(rules, rule)
	}
	return rules
}

// months is for how long a request is kept: as long as the one of its entities that keeps it longest. One to all
// entities, or to somebody who is still to be found out, is kept as long as any of them would.
func (r RequestRule) months(record rights.Record) int {
	longest := 0
	for _, id := range record.Request.Entities {
		months, ok := r.Months[id]
		switch {
		case id == rights.EveryOrganisation || id == rights.OrganisationNotSure:
			months = r.longest()
		case !ok:
			months = r.Other
		}
		longest = max(longest, months)
	}
	if longest == 0 {
		return r.longest()
	}
	return longest
}

func (r RequestRule) longest() int {
	longest := r.Other
	for _, months := range r.Months {
		longest = max(longest, months)
	}
	return longest
}

func (r RequestRule) shortest() int {
	shortest := r.Other
	for _, months := range r.Months {
		shortest = min(shortest, months)
	}
	return shortest
}

// DueRequests yields the requests of a group that were kept for long enough, the oldest first.
func DueRequests(ctx context.Context, store RequestFinder, rule RequestRule, now time.Time) iter.Seq2[rights.Record, error] {
	return func(yield func(rights.Record, error) bool) {
		for r, err := range store.Requests(ctx, rights.Filter{Kept: true, Before: Rule{Months: rule.shortest()}.Before(now)}) {
			if err != nil {
				yield(rights.Record{}, fmt.Errorf("old requests of %s: %w", rule.Group, err))
				return
			}
			if r.Group != rule.Group || !r.KeptFrom().Before(Rule{Months: rule.months(r)}.Before(now)) {
				continue
			}
			if !yield(r, nil) {
				return
			}
		}
	}
}

// PurgeRequests erases the requests of a group that are due, the oldest first, and calls erased with the references of
// each step. Unless it was confirmed by somebody, it erases nothing if [CheckClock] has an error, which it
// returns, and no more than the rule's share of the requests that there are.
func PurgeRequests(ctx context.Context, store RequestStore, rule RequestRule, now func() time.Time, confirmed bool, erased func(references []string)) (r Result, err error) {
	if _, err := CheckClock(ctx, store, now()); err != nil && !(confirmed && errors.Is(err, ErrClock)) {
		return r, err
	}
	var due []string
	for record, err := range DueRequests(ctx, store, rule, now()) {
		if err != nil {
			return r, err
		}
		due = append(due, record.Reference)
	}
	if !confirmed && len(due) > AlwaysRequests {
		total, err := countRequests(ctx, store, rule.Group)
		if err != nil {
			return r, err
		}
		share := rule.Share
		if share == 0 {
			share = Share
		}
		most := min(len(due), max(AlwaysRequests, total*share/100))
		r.Left, due = len(due)-most, due[:most]
	}
	for step := range slices.Chunk(due, requestsPerErasure) {
		n, err := store.EraseRequests(ctx, auditlog.Erasing{References: step, Reason: auditlog.ByRetention, Time: now()})
		if r.Erased += n; err != nil {
			return r, fmt.Errorf("old requests of %s: %w", rule.Group, err)
		}
		erased(step)
	}
	return r, nil
}

func countRequests(ctx context.Context, store RequestFinder, group string) (n int, err error) {
	for r, err := range store.Requests(ctx, rights.Filter{Kept: true}) {
		if err != nil {
			return 0, fmt.Errorf("requests of %s: %w", group, err)
		}
		if r.Group == group {
			n++
		}
	}
	return n, nil
}
