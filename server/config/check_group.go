package config

import (
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"latchkey/app/consent"
	"latchkey/app/group"
	"latchkey/app/i18n"
	"latchkey/app/rights"
)

// factsStale is how long facts about the regulator count as checked, in
// months (LAW O14).
const factsStale = 6

var (
	idForm  = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	icoForm = regexp.MustCompile(`^[A-Z0-9]{5,12}$`)
)

// checkGroup checks everything about a group that stands in its group.yaml.
func checkGroup(g *loaded, today time.Time) {
	d := g.doc
	checkID(d, "id", g.ID)
	d.required("name", g.Name)
	checkRegulator(d, g.Regulator, today)
	checkKept(d, "receipts_kept", g.ReceiptsKept)
	checkKept(d, "requests_kept", g.RequestsKept)
	if share := g.PurgeShare; d.has("purge_share") && !d.unread["purge_share"] && (share < 1 || share > 100) {
		d.problem("purge_share", "purge_share is %d percent: want 1 to 100", share)
	}
	checkEntities(g)
	checkProviders(g)
	checkPurposes(g)
	checkRequests(g)
	checkHolidays(g, today)
	if d.empty("sites", len(g.Sites)) {
		d.problem("sites", "the group has no site: add one under sites")
	}
	seen := map[string]bool{}
	for i := range g.Sites {
		// Site ids are compared across groups, in acrossGroups.
		checkSite(g, i, today)
		for _, l := range g.Sites[i].Languages {
			seen[l] = true
		}
	}
}

// checkHolidays checks the bank holidays that the group adds, and warns where
// those that this version knows are about to end.
func checkHolidays(g *loaded, today time.Time) {
	d := g.doc
	for i, h := range g.Holidays {
		d.required(path("extra_holidays", i, "date"), h.Date)
		d.date(path("extra_holidays", i, "date"), h.Date)
		d.required(path("extra_holidays", i, "name"), h.Name)
		for j := range i {
			if g.Holidays[j].Date == h.Date && h.Date != "" {
				d.problem(path("extra_holidays", i, "date"), "the day %s is listed already: keep one", h.Date)
			}
		}
	}
	if rights.Stale(rights.DateOf(today)) {
		d.warn("extra_holidays", "this version of Latchkey knows moved and proclaimed bank holidays until %s only, and times to answer depend on them: update it, or list later ones under extra_holidays", rights.HolidaysKnownUntil)
	}
}

// checkKept checks for how many months receipts or requests are kept, where it is said.
func checkKept(d *document, at string, months int) {
	if d.has(at) && !d.unread[at] && (months < 1 || months > 120) {
		d.problem(at, "%s is %d months: want 1 to 120", at[strings.LastIndexByte(at, '/')+1:], months)
	}
}

func checkRegulator(d *document, r group.Regulator, today time.Time) {
	if d.absent("regulator") {
		d.problem("regulator", "the regulator is missing: people must be told whom they can complain to")
		return
	}
	d.required("regulator/name", r.Name)
	d.required("regulator/checked", r.Checked)
	d.web("regulator/web", r.Web)
	checked, ok := d.date("regulator/checked", r.Checked)
	switch {
	case !ok:
	case checked.After(today):
		d.problem("regulator/checked", "checked is %s, which is still to come: want the day on which somebody last looked", r.Checked)
	case today.After(checked.AddDate(0, factsStale, 0)):
		d.warn("regulator/checked", "the regulator's details were last checked on %s, over %d months ago: check them and set the day", r.Checked, factsStale)
	}
}

func checkEntities(g *loaded) {
	d := g.doc
	if d.empty("entities", len(g.Entities)) {
		d.problem("entities", "the group has no entity: add the organisation that decides on the data")
	}
	if len(g.Entities) == 0 {
		return
	}
	first := map[string]bool{}
	for i, e := range g.Entities {
		at := path("entities", i)
		checkKept(d, path(at, "requests_kept"), e.RequestsKept)
		if checkID(d, path(at, "id"), e.ID) && first[e.ID] {
			d.problem(path(at, "id"), "the entity %q exists already: give one of them another id", e.ID)
		}
		first[e.ID] = true
		if e.ID == rights.EveryOrganisation || e.ID == rights.OrganisationNotSure {
			d.problem(path(at, "id"), "the id %q means something else in the request form: choose another", e.ID)
		}
		d.required(path(at, "name"), e.Name)
		checkTexts(d, path(at, "about"), e.About)
		checkICO(d, at, e)
		for j, r := range e.Registrations {
			d.required(path(at, "registrations", j, "body"), r.Body)
			d.required(path(at, "registrations", j, "number"), r.Number)
		}
		checkContact(d, path(at, "contact"), e.Contact)
		if e.DPO != nil {
			checkContact(d, path(at, "dpo"), *e.DPO)
			if e.DPO.Email == "" {
				d.warn(path(at, "dpo"), "no e-mail address is given for the data protection officer of %s: people are told so", e.Name)
			}
		}
		d.email(path(at, "team"), e.Team)
		if e.Clock != "" && !isAny(e.Clock, clocks...) {
			d.problem(path(at, "clock"), "%q does not say when the response month starts: want %s", e.Clock, oneOf(clocks))
		}
	}
	head := g.Entities[0]
	if head.Contact.Empty() && d.absent("entities/0/contact") {
		d.problem("entities/0", "the group's first entity has no contact: add a phone number, an address or an e-mail address that people can turn to")
	}
	if head.Team == "" && d.absent("entities/0/team") {
		d.problem("entities/0", "the group's first entity has no team: add the e-mail address that requests are sent to")
	}
	if head.Clock == "" && d.absent("entities/0/clock") {
		d.problem("entities/0", "the group's first entity has no clock: say when the response month starts, with %s", oneOf(clocks))
	}
	if head.DPO == nil {
		d.warn("entities/0", "no data protection officer is named for the group: people are told so")
	}
}

func checkICO(d *document, at string, e group.Entity) {
	switch {
	case e.ICO == "":
		d.warn(at, "no ICO registration number is given for %s: people are told so", e.Name)
	case !icoForm.MatchString(e.ICO):
		d.problem(path(at, "ico"), "%q is not an ICO registration number: want capital letters and digits, such as ZA123456", e.ICO)
	}
}

var clocks = []string{string(rights.FromSubmission), string(rights.FromWrittenAndIdentity), string(rights.FromIdentityAndDetail)}

func checkContact(d *document, at string, c group.Contact) {
	if c.Empty() && d.has(at) && !d.unread[at] {
		d.problem(at, "%s holds nothing to turn to: add a phone number, an address or an e-mail address, or delete it", name(at))
	}
	d.email(path(at, "email"), c.Email)
	d.web(path(at, "web"), c.Web)
}

func checkRequests(g *loaded) {
	d := g.doc
	d.date("requests/stairs_from", g.Requests.STAIRs)
	for i, s := range g.Requests.Shortcuts {
		at := path("requests/shortcuts", i)
		checkTexts(d, at, s)
		requireTexts(d, at, "this shortcut", s, g.Sites)
	}
}

func checkPurposes(g *loaded) {
	d := g.doc
	first := map[consent.PurposeID]bool{}
	for i, p := range g.Purposes {
		at := path("purposes", i)
		if d.required(path(at, "id"), string(p.ID)) {
			if _, err := consent.ParsePurposeID(string(p.ID)); err != nil {
				d.problem(path(at, "id"), "%q can't be a purpose: want lower-case letters, digits and inner hyphens, starting with a letter, at most 24", p.ID)
			}
			if first[p.ID] {
				d.problem(path(at, "id"), "the purpose %q exists already: give one of them another id", p.ID)
			}
		}
		first[p.ID] = true
		checkTexts(d, path(at, "name"), p.Name)
		checkTexts(d, path(at, "about"), p.About)
		var using []group.Site
		for _, s := range g.Sites {
			if uses(s, p.ID) {
				using = append(using, s)
			}
		}
		if len(using) == 0 && p.ID != "" {
			d.warn(at, "no technology of any site has the purpose %s: it is never shown", p.ID)
		}
		byConsent := func(s group.Site) bool {
			return slices.ContainsFunc(s.Technologies, func(t group.Technology) bool { return t.Purpose == p.ID && t.Basis == consent.ByConsent })
		}
		if p.GPC != nil && *p.GPC && len(using) > 0 && !slices.ContainsFunc(using, byConsent) {
			d.warn(path(at, "gpc"), "Global Privacy Control refuses what is asked, and %s is asked nowhere: on every site it is essential or exempt. Delete this line", p.ID)
		}
		requireTexts(d, path(at, "name"), "the name of the purpose "+string(p.ID), p.Name, using)
		requireTexts(d, path(at, "about"), "the text about the purpose "+string(p.ID), p.About, using)
	}
}

func uses(s group.Site, id consent.PurposeID) bool {
	for _, t := range s.Technologies {
		if t.Purpose == id {
			return true
		}
	}
	return false
}

// checkTexts checks the languages of one text.
func checkTexts(d *document, at string, t group.Text) {
	for lang := range t {
		if !isAny(lang, i18n.Languages...) {
			d.problemKey(path(at, lang), "there is no catalogue for the language %q: want %s", lang, oneOf(i18n.Languages))
		}
	}
}

// requireTexts reports each language of the sites that a text lacks, once.
// What names the text, as the beginning of a sentence.
func requireTexts(d *document, at, what string, t group.Text, sites []group.Site) {
	said := map[string]bool{}
	for _, s := range sites {
		for _, lang := range s.Languages {
			if t[lang] == "" && !said[lang] && d.absent(path(at, lang)) && isAny(lang, i18n.Languages...) {
				said[lang] = true
				d.problem(at, "%s is missing in %s, a language of the site %s: add it", what, lang, s.ID)
			}
		}
	}
}

// required reports a missing text, and says whether it is there.
func (d *document) required(at, value string) bool {
	if value == "" && d.absent(at) {
		d.problem(at, "%s is missing: add it", name(at))
	}
	return value != ""
}

func checkID(d *document, at, id string) bool {
	if !d.required(at, id) {
		return false
	}
	if len(id) > 40 || !idForm.MatchString(id) {
		d.problem(at, "%q can't be an id: want lower-case letters, digits and inner hyphens, starting with a letter, at most 40", id)
		return false
	}
	return true
}

// date checks a day, if there is one, and returns it.
func (d *document) date(at, value string) (time.Time, bool) {
	if value == "" {
		return time.Time{}, false
	}
	t, err := time.Parse(time.DateOnly, value)
	if err != nil {
		d.problem(at, "%q is not a day: want year, month and day, such as 2026-11-23", value)
		return time.Time{}, false
	}
	return t, true
}

func (d *document) email(at, value string) {
	if value == "" {
		return
	}
	a, err := mail.ParseAddress(value)
	if err != nil || a.Address != value || !rights.Mailable(value) {
		d.problem(at, "%q is not an e-mail address: want one such as rights@example.org", value)
	}
}

func (d *document) web(at, value string) {
	if value == "" {
		return
	}
	u, err := url.Parse(value)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil {
		d.problem(at, "%q is not a web address: want one that begins with https://", value)
	}
}
