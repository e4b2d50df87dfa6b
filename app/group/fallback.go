package group

// ClockFor is when the response month of an entity starts (a rights.Start):
// its own rule, else that of the group's first entity.
func (g *Group) ClockFor(e Entity) string {
	if e.Clock == "" && len(g.Entities) > 0 {
		return g.Entities[0].Clock
	}
	return e.Clock
}

// TeamFor is the e-mail address that an entity's requests are sent to: its
// own, else that of the group's first entity.
func (g *Group) TeamFor(e Entity) string {
	if e.Team == "" && len(g.Entities) > 0 {
		return g.Entities[0].Team
	}
	return e.Team
}

// defaultReceiptMonths is how long receipts are kept if nothing else is said
// (LAW O11; no law sets a period).
const defaultReceiptMonths = 24

// defaultPurgeShare is how much of a site's receipts a day may erase, in percent. A usual day erases what came
// in on one day two years ago: a seven-hundredth, and a tenth after a month without a server.
const defaultPurgeShare = 10

// ReceiptPurgeShare is how many of a site's receipts, or of the group's requests, are erased in a day at most, in
// percent, because they have been kept for long enough.
func (g *Group) ReceiptPurgeShare() int {
	if g.PurgeShare == 0 {
		return defaultPurgeShare
	}
	return g.PurgeShare
}

// defaultRequestMonths is how long requests are kept if nothing else is said: three years, in which
// somebody may still complain of how one was handled. No law sets a period.
const defaultRequestMonths = 36

// RequestMonthsFor is for how many months a request to an entity is kept: by the entity's own rule, else
// the group's, else 36. For one that the group does not have, or has no more, it is the group's.
func (g *Group) RequestMonthsFor(entity string) int {
	if e, ok := g.Entity(entity); ok && e.RequestsKept != 0 {
		return e.RequestsKept
	}
	if g.RequestsKept != 0 {
		return g.RequestsKept
	}
	return defaultRequestMonths
}

// ReceiptMonthsFor is for how many months after the last event of a device its
// receipts are kept: by the site's own rule, else the group's, else 24.
func (g *Group) ReceiptMonthsFor(s *Site) int {
	switch {
	case s.ReceiptsKept != 0:
		return s.ReceiptsKept
	case g.ReceiptsKept != 0:
		return g.ReceiptsKept
	}
	return defaultReceiptMonths
}
