package siteaudit

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/publicsuffix"

	"latchkey/app/consent"
	"latchkey/app/group"
)

// declared is what a site says of itself.
type declared struct {
	technologies []group.Technology
	bases        map[consent.PurposeID]consent.Basis
	order        []consent.PurposeID
	own          map[string]bool // hosts of the site itself
	latchkey     string          // host of the Latchkey server
	patterns     []*regexp.Regexp
}

func newDeclared(g *group.Group, s *group.Site) declared {
	d := declared{technologies: s.Technologies, bases: map[consent.PurposeID]consent.Basis{}, own: map[string]bool{}}
	for _, p := range g.PurposesOf(s) {
		d.bases[p.ID] = p.Basis
		d.order = append(d.order, p.ID)
	}
	for _, o := range s.Origins {
		d.own[hostOf(o)] = true
	}
	for _, t := range s.Technologies {
		d.patterns = append(d.patterns, wildcard(t.Name))
	}
	return d
}

// wildcard is a name in which * stands for any characters.
func wildcard(name string) *regexp.Regexp {
	return regexp.MustCompile(`^` + strings.ReplaceAll(regexp.QuoteMeta(name), `\*`, `.*`) + `$`)
}

// choosable lists the purposes that a visitor can switch.
func (d *declared) choosable() []consent.PurposeID {
	var ids []consent.PurposeID
	for _, id := range d.order {
		if d.bases[id].Choosable() {
			ids = append(ids, id)
		}
	}
	return ids
}

// everything is the answer of Accept all or Reject all: to all purposes by consent.
func (d *declared) everything(on bool) map[consent.PurposeID]bool {
	all := map[consent.PurposeID]bool{}
	for _, id := range d.order {
		if d.bases[id] == consent.ByConsent {
			all[id] = on
		}
	}
	return all
}

// named lists the technologies of a kind that a name is declared by.
func (d *declared) named(kind group.Kind, name string) []group.Technology {
	var found []group.Technology
	for i, t := range d.technologies {
		if t.Kind == kind && d.patterns[i].MatchString(name) {
			found = append(found, t)
		}
	}
	return found
}

// from lists the technologies that are declared to come from a host.
func (d *declared) from(host string) []group.Technology {
	return d.with(func(h string) bool { return h == host })
}

// keeping lists the technologies whose hosts a cookie of a domain belongs to.
func (d *declared) keeping(domain string) []group.Technology {
	return d.with(func(h string) bool { return sameSite(hostname(h), strings.TrimPrefix(domain, ".")) })
}

func (d *declared) with(is func(host string) bool) []group.Technology {
	var found []group.Technology
	for _, t := range d.technologies {
		for _, h := range t.Hosts {
			if is(hostOf(h)) {
				found = append(found, t)
				break
			}
		}
	}
	return found
}

// sameSite reports whether two hosts belong to one site: by the public suffix
// list, or because they are the same.
func sameSite(a, b string) bool {
	if a == b {
		return true
	}
	site, err := publicsuffix.EffectiveTLDPlusOne(a)
	if err != nil {
		return false
	}
	other, err := publicsuffix.EffectiveTLDPlusOne(b)
	return err == nil && site == other
}

// relative reports whether a host is not the site's own, but of the same domain.
func (d *declared) relative(host string) bool {
	for own := range d.own {
		if sameSite(hostname(own), hostname(host)) && !d.own[host] {
			return true
		}
	}
	return false
}

var period = regexp.MustCompile(`^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$`)

// ends is when something that is declared to last for a period ends if it starts
// now; for "session" that is now. A period that can't be read never ends.
func ends(now time.Time, duration string) time.Time {
	if duration == "session" {
		return now
	}
	m := period.FindStringSubmatch(duration)
	if m == nil {
		return now.AddDate(1000, 0, 0)
	}
	n := make([]int, len(m))
	for i, digits := range m[1:] {
		n[i+1], _ = strconv.Atoi(digits) // "" is none
	}
	return now.AddDate(n[1], n[2], 7*n[3]+n[4]).Add(time.Duration(n[5])*time.Hour + time.Duration(n[6])*time.Minute + time.Duration(n[7])*time.Second)
}
