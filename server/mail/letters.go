package mail

import (
	"slices"
	"strings"

	"latchkey/app/group"
	"latchkey/app/i18n"
	"latchkey/app/rights"
)

// Kinds of messages.
const (
	Acknowledgement = "acknowledgement" // to whoever made a request
	team            = "team"
)

// Letters composes the messages that a request causes, due when it was
// received: an acknowledgement to the person, if they can be reached by e-mail
// (see [rights.Request.AcknowledgeByEmail]), and one to each team that has to
// answer. The clock is that of the request at submission; asked are the
// entities of g that it goes to, the site's own first if none was named.
//
// None of them has in it what the person wrote, their name included: an e-mail
// may be read by others on its way and at its end (LAW T9), and whoever fills in
// the form with somebody else's address must not be able to write to them.
func Letters(r rights.Record, clock rights.Clock, g *group.Group, site *group.Site, asked []group.Entity) []rights.Message {
	l := letters{record: r, clock: clock, group: g, site: site, asked: asked}
	var messages []rights.Message
	if r.Request.AcknowledgeByEmail() {
		messages = append(messages, l.acknowledgement())
	}
	return append(messages, l.teams()...)
}

type letters struct {
	record rights.Record
	clock  rights.Clock
	group  *group.Group
	site   *group.Site
	asked  []group.Entity
}

func (l letters) catalogue(lang string) *i18n.Catalogue {
	return i18n.For(lang).With(l.group.Texts[lang])
}

// names reports whether the person chose this entry of the list of organisations.
func (l letters) names(entity string) bool {
	return slices.Contains(l.record.Request.Entities, entity)
}

// speaking lists the entities whose contacts stand in the acknowledgement:
// those that were named, else the one whose site it is.
func (l letters) speaking() []group.Entity {
	if l.names(rights.EveryOrganisation) || l.names(rights.OrganisationNotSure) {
		return first(l.asked)
	}
	return l.asked
}

// key is the variant of a message for the kind of request, if it has one.
func (l letters) key(t *i18n.Catalogue, key string) string {
	if own := key + "." + string(l.record.Request.Kind); t.Has(own) {
		return own
	}
	return key
}

// acknowledgement has the ten items of LAW 3.4, numbered here as there.
func (l letters) acknowledgement() rights.Message {
	r, kind := l.record, l.record.Request.Kind
	t := l.catalogue(r.Request.Language)
	var b text
	b.paragraph(t.T(l.key(t, "request.mail.intro")))

	b.line(t.T("request.mail.reference", "reference", r.Reference))                       // 1
	b.line(l.organisations(t))                                                            // 2
	b.line(t.T("request.mail.received", "date", t.Date(l.clock.Received.Time())))         // 3
	b.line(t.T(l.key(t, "request.mail.kind"), "kind", t.T("request.kind."+string(kind)))) // 4
	if r.Request.Other {
		b.line(t.T("request.mail.for"))
	}
	b.line(t.T(l.key(t, "request.mail.due"), "date", t.Date(l.clock.Due.Time()))) // 5
	b.blank()
	if kind != rights.Complaint && kind != rights.Marketing && kind != rights.STAIRs { // 5
		b.line(t.T("request.mail.may-change"))
		if l.clock.Provisional != "" {
			b.line(t.T(l.clock.Provisional, "entity", entityNames(first(l.speaking()))))
		}
		b.blank()
	}
	b.line(t.T("request.mail.nothing")) // 6
	b.paragraph(t.T("request.mail.offline"))
	b.paragraph(t.T(l.key(t, "request.mail.change"))) // 7

	contacts := shared(l.speaking(), l.group.ContactFor)
	for _, c := range contacts {
		b.line(t.T("request.mail.contact", "entity", c.names))
		b.contact(c.Contact)
	}
	officers := shared(l.speaking(), func(e group.Entity) group.Contact { // 8
		if officer := l.group.DPOFor(e); officer != nil {
			return *officer
		}
		return group.Contact{}
	})
	for _, o := range officers {
		if o.Empty() {
			b.paragraph(t.T("request.mail.dpo.none", "entity", o.names))
			continue
		}
		b.line(t.T("request.mail.dpo", "entity", o.names))
		b.contact(o.Contact)
	}
	b.paragraph(t.T("request.mail.adjustments")) // 8

	if kind != rights.Complaint { // 9
		b.line(t.T("request.mail.complain"))
		for _, c := range contacts {
			b.contact(c.Contact)
		}
	}
	if kind == rights.STAIRs {
		b.paragraph(t.T("request.mail.stairs"))
	}
	regulator := l.group.Regulator
	b.line(t.T(l.key(t, "request.mail.regulator"), "name", regulator.Name))
	b.contact(group.Contact{Phone: regulator.Phone, Post: regulator.Post, Web: regulator.Web})

	b.line(t.T("request.mail.keep")) // 10
	return rights.Message{
		Request: r.Reference, Kind: Acknowledgement, To: r.Request.Email, Language: t.Lang(), Due: r.Received, Body: b.String(),
		Subject: t.T(l.key(t, "request.mail.ack.subject"), "reference", r.Reference),
	}
}

func (l letters) organisations(t *i18n.Catalogue) string {
	switch {
	case l.names(rights.EveryOrganisation):
		return t.T("request.mail.organisations.all", "group", l.group.Name)
	case l.names(rights.OrganisationNotSure):
		return t.T("request.mail.organisations.not-sure", "entity", entityNames(l.speaking()))
	}
	return t.T("request.mail.organisations", "entities", entityNames(l.asked))
}

// teams composes one message to each address that answers for an entity that
// was asked. If the person was not sure which one that is, the site's own team
// finds out.
func (l letters) teams() []rights.Message {
	answering := l.asked
	if l.names(rights.OrganisationNotSure) {
		answering = l.speaking()
	}
	var addresses []string
	entities := map[string][]group.Entity{}
	for _, e := range answering {
		to := l.group.TeamFor(e)
		if to == "" {
			continue
		}
		if entities[to] == nil {
			addresses = append(addresses, to)
		}
		entities[to] = append(entities[to], e)
	}
	var messages []rights.Message
	for _, to := range addresses {
		messages = append(messages, l.team(to, entities[to]))
	}
	return messages
}

func (l letters) team(to string, entities []group.Entity) rights.Message {
	r := l.record
	t := l.catalogue(l.site.Languages[0])
	due := t.Date(l.clock.Due.Time())
	names := entityNames(entities)
	whom := "request.mail.team.organisations"
	if l.names(rights.OrganisationNotSure) {
		whom += ".not-sure"
	}
	var b text
	b.paragraph(t.T(l.key(t, "request.mail.team.intro"), "site", l.site.Name))
	b.line(t.T("request.mail.team.reference", "reference", r.Reference))
	b.line(t.T(whom, "entities", names))
	b.line(t.T("request.mail.team.received", "date", t.Date(l.clock.Received.Time())))
	b.line(t.T(l.key(t, "request.mail.team.kind"), "kind", t.T("request.kind."+string(r.Request.Kind))))
	b.line(t.T(l.key(t, "request.mail.team.due"), "date", due))
	b.line(t.T("request.mail.team.reply", "how", t.T("request.reply-by."+string(r.Request.Reply))))
	b.blank()
	if l.clock.Provisional != "" {
		b.paragraph(t.T("request.mail.team.provisional"))
	}
	if r.Request.Safe != "" || r.Request.Adjustments != "" {
		b.paragraph(t.T("request.mail.team.care"))
	}
	b.line(t.T("request.mail.team.read", "reference", r.Reference))
	b.line(t.T("request.mail.team.privacy"))
	return rights.Message{
		Request: r.Reference, Kind: team, To: to, Language: t.Lang(), Due: r.Received, Body: b.String(),
		Subject: t.T(l.key(t, "request.mail.team.subject"), "reference", r.Reference, "date", due),
	}
}

// first is the first of es, if there is one.
func first(es []group.Entity) []group.Entity { return es[:min(1, len(es))] }

func entityNames(es []group.Entity) string {
	var names []string
	for _, e := range es {
		names = append(names, e.Name)
	}
	return strings.Join(names, ", ")
}

// namedContact is a contact and the entities that share it.
type namedContact struct {
	group.Contact
	names string
}

// shared lists the contacts of entities, each once.
func shared(es []group.Entity, of func(group.Entity) group.Contact) []namedContact {
	var contacts []namedContact
	for _, e := range es {
		c := of(e)
		if i := slices.IndexFunc(contacts, func(n namedContact) bool { return n.Contact == c }); i >= 0 {
			contacts[i].names += ", " + e.Name
			continue
		}
		contacts = append(contacts, namedContact{Contact: c, names: e.Name})
	}
	return contacts
}

// text is the body of a message.
type text struct{ strings.Builder }

func (b *text) line(s string) { b.WriteString(s + "\n") }

func (b *text) blank() { b.WriteString("\n") }

func (b *text) paragraph(s string) {
	b.line(s)
	b.blank()
}

// contact writes a contact's lines, indented, as a paragraph.
func (b *text) contact(c group.Contact) {
	for _, part := range []string{c.Name, c.Phone, c.Email, c.Post, c.Web} {
		if part != "" {
			b.line("  " + part)
		}
	}
	b.blank()
}
