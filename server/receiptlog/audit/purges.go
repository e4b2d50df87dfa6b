package audit

import (
	"slices"
	"time"

	"latchkey/app/evidence"
	"latchkey/server/retention"
)

// purges are what makes one wonder about the purges in a log. A log in which a clock that was ahead has had
// everything erased holds: each erasure is in it. Whether it was meant to be so is for somebody to say.
type purges struct {
	dated  []dated
	counts map[string][]int64 // leaves of the receipts that are there, by site
}

// dated is a receipt that is later than all before it.
type dated struct {
	index int64
	time  time.Time
}

// receipt is told of the receipts that are there, in order.
func (p *purges) receipt(index int64, site string, at time.Time) {
	if p.counts == nil {
		p.counts = map[string][]int64{}
	}
	p.counts[site] = append(p.counts[site], index)
	if n := len(p.dated); n == 0 || at.Sub(p.dated[n-1].time) >= time.Hour { // no more than one an hour
		p.dated = append(p.dated, dated{index, at})
	}
}

// sitePurge is one purge of a site: the steps that have one limit.
type sitePurge struct {
	site         string
	before, time time.Time
	first        int64 // leaf of the first step
	last         time.Time
	count        int
}

// report warns of purges that no usual day makes.
func (p *purges) report(acts []act, report *Report) {
	var all []sitePurge
	for _, a := range acts {
		if a.Kind != evidence.Purged || a.Before == nil {
			continue
		}
		i := slices.IndexFunc(all, func(s sitePurge) bool { return s.site == a.Site && s.before.Equal(*a.Before) })
		if i < 0 {
			i, all = len(all), append(all, sitePurge{site: a.Site, before: *a.Before, time: a.Time, first: a.index, last: p.lastBefore(a, acts)})
		}
		all[i].count += a.Count
	}
	for i, s := range all {
		if ahead := s.time.Sub(s.last); !s.last.IsZero() && ahead > retention.MaxAhead {
			report.warnf(leafAt(s.first), "It says that receipts of %s were purged at %s, %d days after anything that was dated before: was the clock right?",
				s.site, s.time.Format(time.RFC3339), int(ahead/(24*time.Hour)))
		}
		there, _ := slices.BinarySearch(p.counts[s.site], s.first)
		for _, later := range all[i:] {
			if later.site == s.site {
				there += later.count
			}
		}
		if s.count > retention.Always && s.count*100 > there*retention.Share {
			report.warnf(leafAt(s.first), "It says that %d receipts of %s were purged, of about %d that there were: was that meant?", s.count, s.site, there)
		}
	}
}

// lastBefore is until when the time was known before a purge: as it says itself, or, of older ones, by
// what is dated before it and not erased.
func (p *purges) lastBefore(purge act, acts []act) time.Time {
	if purge.Last != nil {
		return *purge.Last
	}
	var last time.Time
	for _, d := range p.dated {
		if d.index < purge.index {
			last = d.time
		}
	}
	for _, a := range acts {
		same := a.Kind == evidence.Purged && a.Site == purge.Site && a.Before != nil && a.Before.Equal(*purge.Before)
		if a.index < purge.index && a.Time.After(last) && a.Reason != evidence.ByRetention && !same {
			last = a.Time
		}
	}
	return last
}
