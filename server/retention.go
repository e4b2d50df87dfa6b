package server

import (
	"maps"
	"slices"

	"latchkey/server/retention"
)

// Retention lists for how long the receipts of each site are kept, by the
// configuration in use, sorted by site.
func (s *Server) Retention() []retention.Rule {
	sites := s.snapshot().sites
	var rules []retention.Rule
	for _, id := range slices.Sorted(maps.Keys(sites)) {
		rules = append(rules, retention.Rule{Site: id, Months: sites[id].group.ReceiptMonthsFor(sites[id].Site), Share: sites[id].group.ReceiptPurgeShare()})
	}
	return rules
}
