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
