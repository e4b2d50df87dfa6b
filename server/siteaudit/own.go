package siteaudit

import (
	"fmt"

	"latchkey/app/consent"
)

// ownItem is something that Latchkey itself keeps in the browser. It is listed for visitors
// like everything else, and nobody has to gate it.
type ownItem struct {
	duration string
	about    map[string]string // by language of the catalogues
}

const (
	ownCookieDo = "It is Latchkey's own, and keeps the choice. Declare it in group.yaml with the purpose necessary, so that people find it on the list of cookies."
	ownItemDo   = "It is Latchkey's own, and leads the visitor to the receipt of the choice. Declare it in group.yaml with the purpose necessary, so that people find it on the list of cookies."
)

// isOwn reports whether an item of localStorage is Latchkey's for this site.
func (a *auditor) isOwn(name string) bool { return name == consent.CookieName+"."+a.Site.ID }

func (a *auditor) ownCookie() *ownItem {
	return &ownItem{fmt.Sprintf("P%dM", a.Site.Cookie.MonthsOrDefault()), map[string]string{
		"en-GB": "Remembers what you chose about cookies.",
		"cy":    "Yn cofio beth ddewisoch chi am gwcis.",
	}}
}

func ownReceipt() *ownItem {
	return &ownItem{"P13M", map[string]string{
		"en-GB": "Keeps the receipt of your choice, so that you can see it later.",
		"cy":    "Yn cadw’r dderbynneb am eich dewis, er mwyn i chi allu ei gweld yn nes ymlaen.",
	}}
}

// describe fills in what is known of an item of Latchkey's.
func (a *auditor) describe(p *proposal, o *ownItem) {
	p.purpose, p.provider, p.duration, p.about = consent.Necessary, a.Site.Name, o.duration, o.about
	if e, ok := a.Group.Entity(a.Site.Entity); ok {
		p.provider = e.Name
	}
}
