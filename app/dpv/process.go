package dpv

import (
	"net/url"
	"strings"

	"latchkey/app/consent"
)

// processes are the purposes that the visitor could choose about. What is
// essential is not consented to, and has no place in a record of consent.
func (w writer) processes() []node {
	var ps []node
	for _, p := range w.Event.Purposes {
		if p.Basis.Choosable() {
			ps = append(ps, w.process(p))
		}
	}
	return ps
}

func (w writer) process(p consent.PurposeAnswer) node {
	declared, _ := w.Edition.Purpose(p.ID)
	n := node{
		"@id":                     w.processID(p.ID),
		"@type":                   "dpv:Process",
		"x:purposeKey":            p.ID,
		"dpv:hasPurpose":          []node{w.purpose(p, declared)},
		"dpv:hasLegalBasis":       basis(p.Basis),
		"dpv:hasPersonalData":     personalData(declared),
		"dpv:hasRecipient":        w.recipients(declared),
		"dpv:hasStorageCondition": storage(declared),
	}
	if p.Basis.Exempt() {
		n["dpv:hasApplicableLaw"] = []node{exemption(p.Basis)}
	}
	return n
}

func (w writer) processID(id consent.PurposeID) string { return w.record + "#process-" + string(id) }

// purpose is the site's own purpose, as an instance of the nearest of DPV's.
func (w writer) purpose(p consent.PurposeAnswer, declared consent.DeclaredPurpose) node {
	n := node{"@id": w.base + "#purpose-" + string(p.ID), "@type": []string{"dpv:Purpose"}}
	if kind := kindOf(p.Purpose); kind != "" {
		n["@type"] = []string{"dpv:Purpose", kind}
	}
	text := func(s string) node { return node{"@language": w.Event.Language, "@value": s} }
	n["skos:prefLabel"] = text(string(p.ID))
	if declared.Name != "" {
		n["skos:prefLabel"] = text(declared.Name)
	}
	if declared.About != "" {
		n["dct:description"] = text(declared.About)
	}
	return n
}

// kindOf is the category of DPV that a purpose falls into: by its exemption,
// which allows nothing else, or by its id where that is one of the common ones.
func kindOf(p consent.Purpose) string {
	switch {
	case p.Basis == consent.StatisticsExempt, p.ID == consent.Statistics:
		return "dpv:ServiceUsageAnalytics"
	case p.Basis == consent.AppearanceExempt, p.ID == consent.Preferences:
		return "dpv:UserInterfacePersonalisation"
	case p.ID == consent.Marketing:
		return "dpv:Marketing"
	}
	return ""
}

// personalData are the categories of all technologies of a purpose, each once.
func personalData(p consent.DeclaredPurpose) []node {
	var data []node
	seen := map[string]bool{}
	for _, t := range p.Technologies {
		for _, key := range t.Data {
			if c, known := CategoryOf(key); known && key != Nothing && !seen[key] {
				data = append(data, ref(c.term))
			}
			seen[key] = true
		}
	}
	switch {
	case len(data) > 0:
		return data
	case seen[Nothing]:
		return []node{ref("dpv:NonPersonalData")}
	}
	return []node{unknown}
}

// recipients are who gets data for a purpose: its providers or, where there is
// none, the controller alone.
func (w writer) recipients(p consent.DeclaredPurpose) []node {
	if len(p.Technologies) == 0 {
		return []node{unknown}
	}
	var rs []node
	seen := map[string]bool{}
	for _, t := range p.Technologies {
		r := t.Recipient
		if r == nil || seen[r.Name] {
			continue
		}
		seen[r.Name] = true
		role := "dpv:ThirdParty"
		if r.Role == "processor" {
			role = "dpv:DataProcessor"
		}
		rs = append(rs, node{
			"@id": w.base + "#recipient-" + slug(r.Name), "@type": []string{"dpv:Organisation", "dpv:Recipient", role},
			"dct:identifier": "recipient:" + slug(r.Name), "dpv:hasName": r.Name,
			"dpv:hasAddress": orUnknown(r.Address), "dpv:hasContact": orUnknown(r.Contact),
		})
	}
	if len(rs) == 0 {
		rs = []node{ref(w.controller())}
	}
	return rs
}

// onDevice stands in a declaration for the visitor's own device.
const onDevice = "device"

// storage says, for each technology, where its data is kept and for how long.
func storage(p consent.DeclaredPurpose) []node {
	if len(p.Technologies) == 0 {
		return []node{
			{"@type": "dpv:StorageLocation", "dpv:hasLocation": []node{unknown}},
			{"@type": "dpv:StorageDuration", "dpv:hasDuration": unknown},
		}
	}
	var conditions []node
	for _, t := range p.Technologies {
		var places []node
		for _, place := range t.StoredIn {
			if place == onDevice {
				places = append(places, ref("dpv:WithinDevice"))
			} else {
				places = append(places, ref("loc:"+place))
			}
		}
		if len(places) == 0 {
			places = []node{unknown}
		}
		conditions = append(conditions,
			node{"@type": "dpv:StorageLocation", "x:technology": t.Name, "dpv:hasLocation": places},
			node{"@type": "dpv:StorageDuration", "x:technology": t.Name, "dpv:hasDuration": duration(t.Duration)},
		)
	}
	return conditions
}

// duration is an ISO 8601 period, or the time until the browser session ends.
func duration(d string) node {
	switch d {
	case "":
		return unknown
	case "session":
		return node{"@type": "dpv:UntilEventDuration", "rdf:value": "end of the browser session"}
	}
	return node{"@type": "dpv:TemporalDuration", "rdf:value": d}
}

// noticePage is the address of the notice version, as the privacy centre writes
// it, or nothing.
func (w writer) noticePage() string {
	d, n := w.Edition.Declared, w.Event.Notice
	if d == nil || d.Centre == "" || n.ID == "" {
		return ""
	}
	return d.Centre + "/notice?" + url.Values{"lang": {w.Event.Language}, "notice": {n.ID}, "version": {n.Version}}.Encode()
}

// slug makes a name fit for the end of an IRI.
func slug(name string) string {
	s := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '-'
	}, name)
	return strings.Trim(s, "-")
}
