// Package retention erases receipts that have been kept for as long as their
// site keeps them (UK GDPR Art 5(1)(e), storage limitation). The time runs from
// the last event of a device, so that what somebody still relies on stays. It erases
// requests that have been kept for as long as their entities keep them, too.
//
// What is erased is gone for good, so a purge is held to what a usual day does: it believes no clock that is far
// ahead of all that is stored, and it erases no large part of what there is, unless somebody has
// confirmed that. No copy is kept of what is erased. The log of receipts says how many there
// were, when they went and what state it had before, and their leaves stay.
package retention

import (
	"context"
	"fmt"
	"iter"
	"time"

	"latchkey/app/consent"
	"latchkey/app/evidence"
	"latchkey/app/group"
)

const (
	// perErasure is how many receipts one transaction erases: visitors' choices wait for it.
	perErasure = 250
	// perSearch is how many are held in memory: 6 MB. Each search is a look at all that is old of the site.
	perSearch = 100_000
)

// Finder finds receipts, as the server's store does.
type Finder interface {
	Expired(ctx context.Context, site string, before time.Time) iter.Seq2[consent.Expired, error]
}

// Dated is a store that knows the time by what is in it.
type Dated interface {
	Newest(ctx context.Context) (time.Time, error)
	LastPurge(ctx context.Context) (time.Time, error)
}

// Store is what a purge needs of the server's store.
type Store interface {
	Finder
	Dated
	Erase(ctx context.Context, e evidence.Erasure) (n int, err error)
	Checkpoint(ctx context.Context) (string, error)
	KeepLastPurge(ctx context.Context, at time.Time) error
	CountReceipts(ctx context.Context, site string, most int) (int, error)
	Scrubbable
}

// Rule says how long the receipts of a site are kept.
type Rule struct {
	Site   string
	Months int // after the last event of a device
	Share  int // percent of the site's receipts that one purge erases at most, see [Result]; 0 for [Share]
}

// Rules are those of all sites of the groups, in their order.
func Rules(groups []*group.Group) []Rule {
	var rules []Rule
	for _, g := range groups {
		for i := range g.Sites {
			rules = append(rules, Rule{Site: g.Sites[i].ID, Months: g.ReceiptMonthsFor(&g.Sites[i]), Share: g.ReceiptPurgeShare()})
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
