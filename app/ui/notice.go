package ui

import (
	"slices"
	"strings"
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"latchkey/app/group"
	"latchkey/app/i18n"
	"latchkey/app/notice"
)

// NoticeView is what the notice page shows: one version of a notice, whom it
// covers, why it is the one for this visitor, and the way to the others.
// [NoticeOf] makes one.
type NoticeView struct {
	Notice    notice.Notice   `json:"notice"`
	State     NoticeState     `json:"state"`
	Until     time.Time       `json:"until,omitzero"` // last day of an earlier version
	Current   string          `json:"current"`        // address of the version in force
	Entity    EntityView      `json:"entity"`         // the controller that the visitor deals with
	Why       group.Why       `json:"why,omitempty"`  // empty for a notice that does not apply to them
	Covers    []EntityView    `json:"covers"`         // the controllers of the notice
	Also      []NoticeLink    `json:"also,omitempty"` // the other notices that apply, or may
	Versions  []NoticeVersion `json:"versions"`       // of this notice, newest first, this one among them
	Landlords []Landlord      `json:"landlords,omitempty"`
	Answer    string          `json:"answer,omitempty"` // the landlord that the visitor named: an entity, group.NotSure or empty
	Picked    string          `json:"picked,omitempty"` // the answer that is ticked now
	Action    string          `json:"action"`           // where the answer is sent
}

// NoticeState says how a version of a notice stands to today.
type NoticeState string

const (
	NoticeCurrent NoticeState = "current" // in force
	NoticeEarlier NoticeState = "earlier" // another version took its place
	NoticeComing  NoticeState = "coming"  // not yet in force
)

// NoticeLink leads to another notice.
type NoticeLink struct {
	Title    string    `json:"title"`
	Language string    `json:"language"` // of the notice
	Href     string    `json:"href"`
	Why      group.Why `json:"why"`
}

// NoticeVersion is one version in the list of a notice's versions.
type NoticeVersion struct {
	Version string      `json:"version"`
	State   NoticeState `json:"state"`
	From    time.Time   `json:"from"`
	Until   time.Time   `json:"until,omitzero"` // last day, for an earlier version
	Href    string      `json:"href"`
}

// Landlord is one answer to "who is your landlord?".
type Landlord struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	About string `json:"about,omitempty"`
}

// TakeOver puts what the visitor has ticked into the view.
func (v *NoticeView) TakeOver(live Live) {
	if live.Form.Has("landlord") {
		v.Picked = live.Form.Get("landlord")
	}
}

// Notice shows a privacy notice.
type Notice struct {
	app.Compo
	T    *i18n.Catalogue
	Site SiteView
	View NoticeView
}

// Render draws the notice between what a visitor should know before reading it
// and what they may want to know after.
func (c *Notice) Render() app.UI {
	t, v, n := c.T, c.View, c.View.Notice
	foreign := n.Language != t.Lang()
	title, text := app.H1(), app.Div().Class("text")
	if foreign {
		title, text = title.Lang(val(n.Language)), text.Lang(val(n.Language))
	}
	return app.Article().Class("notice").Body(
		title.Text(n.Title),
		c.standing(),
		c.said(),
		app.If(foreign, func() app.UI {
			return app.P().Class("note").Text(t.T("notice.language.other",
				"here", languageName(t, t.Lang()), "language", languageName(t, n.Language)))
		}),
		c.facts(),
		c.covers(),
		c.also("notice.also", func(l NoticeLink) bool { return l.Why != group.WhyMaybe }),
		app.If(len(v.Landlords) > 1, func() app.UI {
			return &LandlordPicker{T: t, Lang: t.Lang(), Action: v.Action, Landlords: v.Landlords, Picked: v.Picked, Open: v.Answer == group.NotSure}
		}),
		c.also("notice.others", func(l NoticeLink) bool { return l.Why == group.WhyMaybe }),
		c.contents(),
		text.Body(app.Range(n.Sections).Slice(func(i int) app.UI { return c.section(n.Sections[i]) })),
		c.versions(),
		app.P().Class("fingerprint").Body(
			app.Text(t.T("notice.fingerprint")+" "),
			app.Span().Class("code").Text(n.Hash),
		),
	)
}

// standing says so when this is not the version in force.
func (c *Notice) standing() app.UI {
	if c.View.State == NoticeCurrent {
		return nil
	}
	return app.Div().Class("note").Body(
		app.P().Body(app.Strong().Text(c.T.T("notice."+string(c.View.State)))),
		app.P().Body(app.A().Href(val(c.View.Current)).Text(c.T.T("notice.current.link"))),
	)
}

// said repeats what the visitor answered, so that they see what it did.
func (c *Notice) said() app.UI {
	switch c.View.Answer {
	case "":
		return nil
	case group.NotSure:
		return app.P().Class("note").Text(c.T.T("notice.landlord.said.unsure"))
	}
	return app.P().Class("note").Text(c.T.T("notice.landlord.said", "entity", c.View.Entity.Name))
}

func languageName(t *i18n.Catalogue, tag string) string {
	if key := "notice.language." + tag; t.Has(key) {
		return t.T(key)
	}
	return tag
}

func (c *Notice) facts() app.UI {
	t, v := c.T, c.View
	review := t.T("notice.review.none")
	if !v.Notice.Review.IsZero() {
		review = t.Day(v.Notice.Review)
	}
	return app.Dl().Class("facts").Body(
		fact(t.T("notice.applies"), app.Text(c.period(v.State, v.Notice.Effective, v.Until))),
		fact(t.T("notice.review"), app.Text(review)),
		fact(t.T("notice.version"), app.Text(v.Notice.Version)),
		app.If(v.Why != "", func() app.UI {
			return fact(t.T("notice.why"), app.Text(t.T(string(v.Why), "entity", v.Entity.Name)))
		}),
	)
}

func (c *Notice) period(state NoticeState, from, until time.Time) string {
	return c.T.T("notice.applies."+string(state), "from", c.T.Day(from), "until", c.T.Day(until))
}

// covers lists the controllers with what is published about them. What all of
// them share is said once.
func (c *Notice) covers() app.UI {
	t, covers := c.T, c.View.Covers
	if len(covers) == 0 {
		return nil
	}
	shared := !slices.ContainsFunc(covers, func(e EntityView) bool { return !sameContacts(e, covers[0]) })
	list := app.Ul().Class("controllers").Body(app.Range(covers).Slice(func(i int) app.UI {
		return app.Li().Body(
			app.Div().Text(nameOf(t, covers[i])),
			app.Div().Text(registrationsOf(t, covers[i])),
			app.If(!shared, func() app.UI { return c.reach(covers[i]) }),
		)
	}))
	title := t.N("notice.covers", len(covers))
	body := []app.UI{app.H2().Text(title), list}
	if len(covers) > 3 {
		body = []app.UI{app.H2().Text(title), app.Details().Body(app.Summary().Text(t.T("notice.covers.show")), list)}
	}
	if shared {
		body = append(body, c.reach(covers[0]))
	}
	return app.Section().Class("covers").Body(body...)
}

// reach says how to reach an organisation about personal data.
func (c *Notice) reach(e EntityView) app.UI {
	t := c.T
	return app.Dl().Class("facts").Body(
		fact(t.T("common.entity.contact"), contactOr(t, e.Contact, t.T("common.entity.contact.none"))),
		fact(t.T("common.entity.dpo"), dpoOr(t, e.DPO, t.T("common.entity.dpo.none"))),
	)
}

func sameContacts(a, b EntityView) bool {
	if (a.DPO == nil) != (b.DPO == nil) || a.DPO != nil && *a.DPO != *b.DPO {
		return false
	}
	return a.Contact == b.Contact
}

func nameOf(t *i18n.Catalogue, e EntityView) string {
	if len(e.Trading) == 0 {
		return e.Name
	}
	return t.T("notice.trading", "name", e.Name, "others", strings.Join(e.Trading, ", "))
}

func registrationsOf(t *i18n.Catalogue, e EntityView) string {
	words := []string{t.T("notice.ico", "number", e.ICO)}
	if e.ICO == "" {
		words[0] = t.T("notice.ico.none", "entity", e.Name)
	}
	for _, r := range e.Registrations {
		words = append(words, t.T("notice.registration", "body", r.Body, "number", r.Number))
	}
	return strings.Join(words, " ")
}

// also lists the links to other notices that are wanted under a heading.
func (c *Notice) also(heading string, wanted func(NoticeLink) bool) app.UI {
	t := c.T
	links := slices.DeleteFunc(slices.Clone(c.View.Also), func(l NoticeLink) bool { return !wanted(l) })
	if len(links) == 0 {
		return nil
	}
	return app.Section().Class("also").Body(
		app.H2().Text(t.T(heading)),
		app.Ul().Body(app.Range(links).Slice(func(i int) app.UI {
			link := app.A().Href(val(links[i].Href)).Text(links[i].Title)
			if links[i].Language != t.Lang() {
				link = link.Lang(val(links[i].Language)).HrefLang(val(links[i].Language))
			}
			return app.Li().Body(link, app.Text(". "+t.T(string(links[i].Why), "entity", c.View.Entity.Name)))
		})),
	)
}

func (c *Notice) versions() app.UI {
	t, vs := c.T, c.View.Versions
	if len(vs) < 2 {
		return nil
	}
	return app.Section().Class("versions").Body(
		app.H2().Text(t.T("notice.versions")),
		app.Ul().Body(app.Range(vs).Slice(func(i int) app.UI {
			period := app.Text(". " + c.period(vs[i].State, vs[i].From, vs[i].Until))
			if vs[i].Version == c.View.Notice.Version {
				return app.Li().Body(app.Strong().Text(t.T("notice.versions.here", "version", vs[i].Version)), period)
			}
			return app.Li().Body(
				app.A().Href(val(vs[i].Href)).Text(t.T("notice.versions.other", "version", vs[i].Version)), period,
			)
		})),
	)
}
