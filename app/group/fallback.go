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

// ReceiptMonths is how long receipts are kept after the last event, in months.
func (g *Group) ReceiptMonths() int {
	if g.ReceiptsKept == 0 {
		return 24
	}
	return g.ReceiptsKept
}
