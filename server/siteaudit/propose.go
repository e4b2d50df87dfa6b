package siteaudit

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"latchkey/app/consent"
	"latchkey/app/group"
)

// proposal is an entry for the technologies of a site that would declare what
// was found. What can't be known is empty: "latchkey check" then asks for it.
type proposal struct {
	name     string
	kind     group.Kind
	provider string
	purpose  consent.PurposeID
	duration string
	data     []string
	hosts    []string
	source   string            // where the guess comes from
	about    map[string]string // by language, of what is Latchkey's own
	vendor   vendor            // whom it is guessed to be of; the zero value if nobody is known
}

func (a *auditor) proposeHost(r Request) string {
	p := proposal{name: r.Host, kind: scriptKind, duration: "session", hosts: []string{a.originOf(r)}}
	if v, ok := vendorOfHost(r.Host); ok {
		a.guess(&p, v)
		p.name = v.Name
		if hosted(v.Embeds, hostname(r.Host)) && r.Type == "document" {
			p.kind = group.Embed
		}
	} else if r.Type == "document" {
		p.kind = group.Embed
	}
	return a.propose(p)
}

// originOf is the origin that a request went to. Its scheme is not kept: what
// group.yaml takes is https, and http only on the machine itself.
func (a *auditor) originOf(r Request) string {
	name := hostname(r.Host)
	if name == "localhost" || strings.HasSuffix(name, ".localhost") || strings.HasPrefix(name, "127.") || name == "::1" {
		return "http://" + r.Host
	}
	return "https://" + r.Host
}

func (a *auditor) proposeCookie(c Cookie, of []group.Technology) string {
	p := proposal{name: c.Name, kind: cookieKind, duration: "session"}
	if c.Expires != nil {
		p.duration = written(c.lives)
	}
	if v, as, ok := vendorOfName(cookieKind, c.Name); ok {
		a.guess(&p, v)
		p.name = as.Name
		if as.Duration != "" {
			p.duration = as.Duration
		}
	}
	if c.Name == consent.CookieName {
		a.describe(&p, a.ownCookie())
	}
	if len(of) > 0 {
		p.provider, p.purpose = of[0].Provider, of[0].Purpose
	}
	return a.propose(p)
}

func (a *auditor) proposeItem(i Item) string {
	p := proposal{name: i.Name, kind: storageKind}
	if v, as, ok := vendorOfName(storageKind, i.Name); ok {
		a.guess(&p, v)
		p.name = as.Name
	}
	if i.Area == "sessionStorage" {
		p.duration = "session"
	}
	if a.isOwn(i.Name) {
		a.describe(&p, ownReceipt())
	}
	return a.propose(p)
}

// guess fills in what is known of a vendor.
func (a *auditor) guess(p *proposal, v vendor) {
	p.provider, p.data, p.source, p.vendor = v.Name, v.Data, v.Source, v
	if _, ok := a.Group.Purpose(v.Purpose); ok {
		p.purpose = v.Purpose
	}
}

// propose keeps a proposal for the report, and writes it.
func (a *auditor) propose(p proposal) string {
	for i := range a.proposals {
		there := &a.proposals[i]
		if there.kind != p.kind || there.name != p.name {
			continue
		}
		for _, h := range p.hosts {
			if !slices.Contains(there.hosts, h) {
				there.hosts = append(there.hosts, h)
			}
		}
		return a.write(p)
	}
	a.proposals = append(a.proposals, p)
	return a.write(p)
}

// write writes a proposal as an item of technologies in group.yaml.
func (a *auditor) write(p proposal) string {
	var b strings.Builder
	line := func(key, value, remark string) {
		if remark != "" {
			value += "  # " + remark
		}
		fmt.Fprintf(&b, "        %s: %s\n", key, value)
	}
	ask := func(value, remark string) string {
		if value == "" {
			return remark
		}
		return ""
	}
	if p.source != "" {
		fmt.Fprintf(&b, "      # A guess, by %s\n", p.source)
	}
	fmt.Fprintf(&b, "      - name: %s\n", scalar(p.name))
	line("kind", string(p.kind), "")
	line("provider", scalar(p.provider), ask(p.provider, "Who gets the data?"))
	remark := ask(string(p.purpose), "One of "+a.purposeIDs())
	if _, known := a.Group.Purpose(p.purpose); p.purpose == consent.Necessary && !known {
		remark = "The group has no such purpose: add it under purposes, first"
	}
	line("purpose", scalar(string(p.purpose)), remark)
	basis := a.bases[p.purpose]
	switch {
	case p.purpose == consent.Necessary:
		basis = consent.Essential
	case basis == "":
		basis = consent.ByConsent
	}
	line("basis", string(basis), "")
	line("duration", scalar(p.duration), ask(p.duration, "session, or a period such as P13M"))
	if len(p.data) > 0 {
		line("data", "["+strings.Join(p.data, ", ")+"]", "")
	}
	if len(p.hosts) > 0 {
		quoted := make([]string, len(p.hosts))
		for i, h := range p.hosts {
			quoted[i] = `"` + h + `"`
		}
		line("hosts", "["+strings.Join(quoted, ", ")+"]", "")
	}
	b.WriteString("        about:\n")
	for _, lang := range a.Site.Languages {
		if said := p.about[lang]; said != "" {
			fmt.Fprintf(&b, "          %s: %s\n", lang, scalar(said))
			continue
		}
		fmt.Fprintf(&b, "          %s: \"\"  # What does it do? People read this.\n", lang)
	}
	return b.String()
}

func (a *auditor) purposeIDs() string {
	var ids []string
	for _, p := range a.Group.Purposes {
		ids = append(ids, string(p.ID))
	}
	return strings.Join(ids, ", ")
}

// declarations is everything that is proposed, to be pasted into group.yaml.
func (a *auditor) declarations() string {
	if len(a.proposals) == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# For the site %s in group.yaml. What is empty is for you to fill in:\n# \"latchkey check\" says what is missing. Nothing here is legal advice.\n    technologies:\n", a.Site.ID)
	var strangers []vendor
	for _, p := range a.proposals {
		b.WriteString(a.write(p))
		if _, known := a.Group.Provider(p.vendor.Name); p.vendor.Name != "" && !known && !slices.ContainsFunc(strangers, func(v vendor) bool { return v.Name == p.vendor.Name }) {
			strangers = append(strangers, p.vendor)
		}
	}
	if len(strangers) > 0 {
		b.WriteString("\n# Under providers of the group: whom records of consent name.\nproviders:\n")
	}
	for _, v := range strangers {
		role := scalar(string(v.Role))
		if v.Role == "" {
			role += "  # processor or third-party, by your contract"
		}
		fmt.Fprintf(&b, "  - name: %s\n    role: %s\n    address: \"\"\n    contact: \"\"\n", scalar(v.Name), role)
	}
	return b.String()
}

// scalar writes a text as YAML on one line.
func scalar(s string) string {
	if s == "" {
		return `""`
	}
	b, err := yaml.MarshalWithOptions(s, yaml.JSON())
	if plain, plainErr := yaml.Marshal(s); err != nil || plainErr == nil && !strings.ContainsAny(s, "\n#:&*?|>!%@`'\"{}[],") {
		return strings.TrimSpace(string(plain))
	}
	return strings.TrimSpace(string(b))
}

// written writes how long something lives as an ISO 8601 period, rounded up.
func written(d time.Duration) string {
	switch days := int((d + 12*time.Hour).Hours() / 24); {
	case days >= 2:
		return fmt.Sprintf("P%dD", days)
	case d > 2*time.Hour:
		return fmt.Sprintf("PT%dH", int((d + time.Hour - 1).Hours()))
	}
	return fmt.Sprintf("PT%dM", max(1, int((d+time.Minute-1).Minutes())))
}
