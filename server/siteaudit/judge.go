package siteaudit

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"latchkey/app/consent"
	"latchkey/app/group"
)

// judge compares what was seen with what is declared.
func (a *auditor) judge() {
	a.seen.mu.Lock()
	defer a.seen.mu.Unlock()
	if a.latchkey == "" {
		a.latchkey = a.seen.origin
	}
	for _, s := range a.seen.sources {
		if a.latchkey == "" { // the page's policy may have kept the browser from asking
			a.latchkey = loaderHost(s)
		}
	}
	for _, s := range a.seen.strays {
		a.find(leftSite, Finding{Place: s.Place, Subject: s.host, What: fmt.Sprintf("The page leads on to %s, which was not asked for and so not visited.", s.host)})
	}
	for _, s := range a.seen.sources {
		a.judgeSource(s)
	}
	for _, v := range a.seen.violations {
		a.judgeViolation(v)
	}
	for _, r := range a.seen.requests {
		a.judgeRequest(r)
	}
	accepted := map[[3]string]bool{}
	withdrawing := map[[3]string]bool{}
	for _, c := range a.seen.cookies {
		switch key := [3]string{c.Name, c.Domain, c.Path}; c.Stage {
		case Accepted:
			accepted[key] = true
		case Withdrawing:
			withdrawing[key] = true
		}
	}
	for _, c := range a.seen.cookies {
		key := [3]string{c.Name, c.Domain, c.Path}
		a.judgeCookie(c, accepted[key] && withdrawing[key])
	}
	had := map[[2]string]bool{}
	for _, i := range a.seen.storage {
		if i.Stage == Withdrawing {
			had[[2]string{i.Area, i.Name}] = true
		}
	}
	for _, i := range a.seen.storage {
		a.judgeItem(i, had[[2]string{i.Area, i.Name}])
	}
	a.judgeUnused()
}

// find adds a finding, or a place to one that is there already.
func (a *auditor) find(rule string, f Finding) {
	key := rule + "\x00" + f.Subject
	if i, ok := a.places[key]; ok {
		there := &a.report.Findings[i]
		if f.Place != there.Place && !slices.Contains(there.Also, f.Place) {
			there.Also = append(there.Also, f.Place)
		}
		if f.Severity != "" && f.Severity.rank() < there.Severity.rank() || f.Severity == "" && ruleByID[rule].Severity.rank() < there.Severity.rank() {
			f.Also = append([]Place{there.Place}, there.Also...)
			f.Also = slices.DeleteFunc(f.Also, func(p Place) bool { return p == f.Place })
			a.complete(rule, &f)
			*there = f
		}
		return
	}
	a.complete(rule, &f)
	a.places[key] = len(a.report.Findings)
	a.report.Findings = append(a.report.Findings, f)
}

func (a *auditor) complete(rule string, f *Finding) {
	f.Rule = rule
	if f.Severity == "" {
		f.Severity = ruleByID[rule].Severity
	}
	if f.Do == "" {
		f.Do = ruleByID[rule].Help
	}
}

// on reports whether technologies of a purpose may run in a stage.
func (a *auditor) on(s Stage, p consent.PurposeID) bool {
	if a.bases[p] == consent.Essential {
		return true
	}
	if on, chosen := a.answers[s][p]; chosen {
		return on
	}
	return a.bases[p].Exempt()
}

// trespass is the rule that something breaks by being there in a stage, if none
// of the technologies that it may belong to is allowed then.
func (a *auditor) trespass(s Stage, ts []group.Technology) (rule string, broken bool) {
	if len(ts) == 0 || s == Choosing || slices.ContainsFunc(ts, func(t group.Technology) bool { return a.on(s, t.Purpose) }) {
		return "", false
	}
	switch s {
	case Before, BeforeGPC:
		return beforeChoice, true
	case Rejected:
		return afterRefusal, true
	case Withdrawing, Withdrawn:
		return afterWithdrawal, true
	}
	return notChosen, true
}

func (a *auditor) judgeRequest(r Request) {
	if r.Host == "" || r.Host == a.latchkey && !a.own[r.Host] {
		return
	}
	if a.own[r.Host] {
		a.judgeOwn(r)
		return
	}
	ts := a.from(r.Host)
	if len(ts) == 0 {
		a.judgeStranger(r)
		return
	}
	rule, broken := a.trespass(r.Stage, ts)
	if !broken {
		return
	}
	f := Finding{
		Place: r.Place, Subject: r.Host,
		What: fmt.Sprintf("%s of %s (%s) was asked for %s (%s), by %s.", r.Host, providers(ts), purposes(ts), r.Path, r.Type, r.Initiator),
	}
	if r.Stage == Withdrawing {
		f.Severity = Warning
		f.Do = "It was sent by what still ran in the page in which the consent was taken back. Connect the vendor's own consent signal in group.yaml (vendors), so that it stops at once."
	}
	if rule == notChosen {
		f.Subject += " " + string(r.Stage)
	}
	a.find(rule, f)
}

// judgeOwn looks at a request to the site's own hosts.
func (a *auditor) judgeOwn(r Request) {
	if !taggingPath.MatchString(r.Path) {
		return
	}
	// Self-hosted statistics that are declared are what they say they are.
	if v, ok := vendorWhere(func(v vendor) bool {
		return slices.ContainsFunc(v.Paths, func(p string) bool { return strings.HasSuffix(r.Path, p) })
	}); ok {
		ts := a.ofVendor(v)
		if rule, broken := a.trespass(r.Stage, ts); broken {
			a.find(rule, Finding{Place: r.Place, Subject: r.Host + r.Path, What: fmt.Sprintf("%s on the site's own host, which looks like %s (%s), was asked for (%s), by %s.", r.Path, v.Name, purposes(ts), r.Type, r.Initiator)})
			return
		}
		if len(ts) > 0 {
			return
		}
	}
	a.find(serverSide, Finding{
		Place: r.Place, Subject: r.Host + r.Path,
		What: fmt.Sprintf("%s on the site's own host %s was asked for (%s), by %s. It looks like an endpoint of a vendor's tags.", r.Path, r.Host, r.Type, r.Initiator),
	})
}

// ofVendor lists the declared technologies that are a vendor's by the names of
// their cookies and items.
func (a *auditor) ofVendor(v vendor) []group.Technology {
	var found []group.Technology
	for _, t := range a.technologies {
		if other, _, ok := vendorOfName(t.Kind, strings.TrimSuffix(t.Name, "*")); ok && other.Name == v.Name {
			found = append(found, t)
		} else if other, _, ok := vendorOfName(t.Kind, t.Name); ok && other.Name == v.Name {
			found = append(found, t)
		}
	}
	return found
}

// judgeStranger looks at a request to a host that is not declared.
func (a *auditor) judgeStranger(r Request) {
	if a.relative(r.Host) && (taggingHost.MatchString(r.Host) || taggingPath.MatchString(r.Path)) {
		a.find(serverSide, Finding{
			Place: r.Place, Subject: r.Host,
			What:        fmt.Sprintf("%s is a subdomain of the site's own domain and was asked for %s (%s), by %s. It looks like a vendor's tags under the site's name.", r.Host, r.Path, r.Type, r.Initiator),
			Declaration: a.proposeHost(r),
		})
		return
	}
	f := Finding{Place: r.Place, Subject: r.Host, Declaration: a.proposeHost(r)}
	whose := ""
	if v, ok := vendorOfHost(r.Host); ok {
		whose = " (" + v.Name + ")"
	}
	f.What = fmt.Sprintf("%s%s was asked for %s (%s), by %s.", r.Host, whose, r.Path, r.Type, r.Initiator)
	switch frame := a.from(r.Frame); {
	case a.relative(r.Host):
		f.Severity = Warning
		f.What += " It belongs to the site's own domain, but not to its origins."
		f.Do = "If it is the site's own server, add its origin to the hosts of what is loaded from it. If a vendor stands behind it, declare that."
	case len(frame) > 0:
		f.Severity = Warning
		f.What += fmt.Sprintf(" That happened inside the frame of %s.", providers(frame))
		f.Do = "It came with a frame that is declared. Add the host to the frame's hosts in group.yaml, so that people are told who else gets data."
	}
	a.find(undeclaredRequest, f)
}

func (a *auditor) judgeCookie(c Cookie, stayed bool) {
	ts := a.named(cookieKind, c.Name)
	whose := "the cookie " + c.Name + " of " + c.Domain
	set := "a script set it"
	if c.SetBy != "script" {
		set = c.SetBy + " set it"
	}
	if len(ts) == 0 {
		ts = a.keeping(c.Domain)
		if len(ts) > 0 && c.ThirdParty {
			a.find(unnamedCookie, Finding{
				Place: c.Place, Subject: c.Name + " " + c.Domain,
				What:        fmt.Sprintf("There is %s. Its domain is declared for %s, but no declaration names the cookie; %s.", whose, providers(ts), set),
				Declaration: a.proposeCookie(c, ts),
			})
		} else {
			ts = nil
		}
	} else {
		a.judgeLife(c, ts)
	}
	if len(ts) == 0 {
		f := Finding{
			Place: c.Place, Subject: c.Name + " " + c.Domain,
			What: fmt.Sprintf("There is %s, which the site does not declare; %s.", whose, set), Declaration: a.proposeCookie(c, nil),
		}
		if c.Name == consent.CookieName {
			f.Do = ownCookieDo
		}
		a.find(undeclaredCookie, f)
		return
	}
	rule, broken := a.trespass(c.Stage, ts)
	if !broken || c.Stage == Withdrawing {
		return
	}
	f := Finding{Place: c.Place, Subject: c.Name + " " + c.Domain, What: fmt.Sprintf("There is %s, for %s (%s); %s.", whose, purposes(ts), providers(ts), set)}
	if rule == notChosen {
		f.Subject += " " + string(c.Stage)
	}
	if rule == afterWithdrawal && stayed {
		rule = leftOver
		f.What = fmt.Sprintf("%s, for %s, is still there after the consent was taken back.", capital(whose), purposes(ts))
		if c.HTTPOnly || c.ThirdParty {
			f.Severity = Warning
			f.Do = "No script can delete it, because it is http-only or another site's. Say so on the cookies page, or have the server that set it delete it."
		}
	}
	a.find(rule, f)
}

// judgeLife compares how long a cookie lives with what is declared.
func (a *auditor) judgeLife(c Cookie, ts []group.Technology) {
	if c.Expires == nil {
		return
	}
	now := a.Now().UTC()
	end := now.Add(c.lives)
	longest, said := now, ""
	for _, t := range ts {
		if e := ends(now, t.Duration); !e.Before(longest) {
			longest, said = e, t.Duration
		}
	}
	// Months are not counted to the day: many count 31 for each.
	if end.After(longest.Add(24*time.Hour + longest.Sub(now)/30)) {
		a.find(livesLonger, Finding{
			Place: c.Place, Subject: c.Name + " " + c.Domain,
			What: fmt.Sprintf("The cookie %s lives for %s, and is declared for %s.", c.Name, lasting(c.lives), said),
		})
	}
}

func (a *auditor) judgeItem(i Item, stayed bool) {
	ts := a.named(storageKind, i.Name)
	if len(ts) == 0 {
		f := Finding{
			Place: i.Place, Subject: i.Area + " " + i.Name,
			What: fmt.Sprintf("There is %s in %s, which the site does not declare.", i.Name, i.Area), Declaration: a.proposeItem(i),
		}
		if a.isOwn(i.Name) {
			f.Do = ownItemDo
		}
		a.find(undeclaredStorage, f)
		return
	}
	rule, broken := a.trespass(i.Stage, ts)
	if !broken || i.Stage == Withdrawing {
		return
	}
	f := Finding{Place: i.Place, Subject: i.Area + " " + i.Name, What: fmt.Sprintf("There is %s in %s, for %s (%s).", i.Name, i.Area, purposes(ts), providers(ts))}
	if rule == notChosen {
		f.Subject += " " + string(i.Stage)
	}
	if rule == afterWithdrawal && stayed {
		rule = leftOver
		f.What = fmt.Sprintf("%s in %s, for %s, is still there after the consent was taken back.", i.Name, i.Area, purposes(ts))
	}
	a.find(rule, f)
}

// judgeUnused looks for declarations that nothing answers to. Without a working
// loader nothing was released, so nothing can be said.
func (a *auditor) judgeUnused() {
	if !slices.Contains(a.stages, Accepted) {
		return
	}
	for n, t := range a.technologies {
		used := t.Name == consent.CookieName && t.Kind == cookieKind
		for _, c := range a.seen.cookies {
			used = used || t.Kind == cookieKind && a.patterns[n].MatchString(c.Name)
		}
		for _, i := range a.seen.storage {
			used = used || t.Kind == storageKind && a.patterns[n].MatchString(i.Name)
		}
		if t.Kind == scriptKind || t.Kind == group.Embed {
			used = len(t.Hosts) == 0 // it can't be told apart from the site itself
			for _, r := range a.seen.requests {
				used = used || slices.ContainsFunc(t.Hosts, func(h string) bool { return hostOf(h) == r.Host })
			}
		}
		if !used {
			a.find(neverSeen, Finding{Place: Place{Page: pageName(a.pages[0])}, Subject: string(t.Kind) + " " + t.Name, What: fmt.Sprintf("The %s %s of %s is declared, and nothing on the pages used it.", t.Kind, t.Name, t.Provider)})
		}
	}
}

// providers names who stands behind technologies.
func providers(ts []group.Technology) string {
	return listed(ts, func(t group.Technology) string { return t.Provider })
}

// purposes names what technologies are for.
func purposes(ts []group.Technology) string {
	return listed(ts, func(t group.Technology) string { return string(t.Purpose) })
}

func listed(ts []group.Technology, of func(group.Technology) string) string {
	var names []string
	for _, t := range ts {
		if n := of(t); !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	return strings.Join(names, ", ")
}

// capital writes the first letter, of English and so of ASCII, as a capital.
func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// lasting writes how long something lives, for people.
func lasting(d time.Duration) string {
	days := int(d.Hours()/24 + 0.5)
	switch {
	case days > 1:
		return fmt.Sprintf("%d days", days)
	case d >= 90*time.Minute:
		return fmt.Sprintf("%d hours", int(d.Hours()+0.5))
	}
	return fmt.Sprintf("%d minutes", max(1, int(d.Minutes()+0.5)))
}
