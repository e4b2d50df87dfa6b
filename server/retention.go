package server

import (
	"maps"
	"slices"

	"latchkey/app/group"
	"latchkey/server/retention"
)

// RequestRetention lists for how long the requests of each group are kept, by the configuration in use, sorted by group.
func (s *Server) RequestRetention() []retention.RequestRule {
	groups := map[string]*group.Group{}
	for _, site := range s.snapshot().sites {
		groups[site.group.ID] = site.group
	}
	var sorted []*group.Group
	for _, id := range slices.Sorted(maps.Keys(groups)) {
		sorted = append(sorted, groups[id])
	}
	return retention.RequestRules(sorted)
}

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
