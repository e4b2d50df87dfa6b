package ui

import (
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"latchkey/app/i18n"
	"latchkey/app/notice"
)

// contents leads to the sections.
func (c *Notice) contents() app.UI {
	t, n := c.T, c.View.Notice
	list := app.Ul().Class("plain").Body(app.Range(n.Sections).Slice(func(i int) app.UI {
		s := n.Sections[i]
		return app.Li().Body(app.A().Href(val("#" + s.ID)).Text(headingOf(s)))
	}))
	if n.Language != t.Lang() {
		list = list.Lang(val(n.Language))
	}
	return app.Nav().Class("contents").Aria("label", val(t.T("notice.contents"))).Body(
		app.Details().Body(app.Summary().Text(t.N("notice.contents.sections", len(n.Sections))), list),
	)
}

func headingOf(s notice.Section) string {
	if s.Number == "" {
		return s.Title
	}
	return s.Number + ". " + s.Title
}

func (c *Notice) section(s notice.Section) app.UI {
	return app.Section().ID(val(s.ID)).Body(append([]app.UI{app.H2().Text(headingOf(s))}, c.blocks(s.Blocks)...)...)
}

func (c *Notice) blocks(bs []notice.Block) []app.UI {
	out := make([]app.UI, 0, len(bs))
	for _, b := range bs {
		switch {
		case b.Clause != nil:
			out = append(out, c.clause(*b.Clause))
		case b.Heading != "":
			out = append(out, app.H3().Text(b.Heading))
		case b.List != nil:
			out = append(out, c.list(*b.List))
		case b.Table != nil:
			out = append(out, c.table(*b.Table))
		default:
			out = append(out, app.P().Body(c.inlines(b.Paragraph)...))
		}
	}
	return out
}

// clause stands beside its number, which is a link to itself: its address can
// be copied, and cited.
func (c *Notice) clause(cl notice.Clause) app.UI {
	return app.Div().Class("clause").ID(val(cl.Number)).Body(
		app.A().Class("number").Href(val("#"+cl.Number)).
			Aria("label", val(c.words().T("notice.clause", "number", cl.Number))).Text(cl.Number),
		app.Div().Body(c.blocks(cl.Blocks)...),
	)
}

func (c *Notice) list(l notice.List) app.UI {
	items := make([]app.UI, 0, len(l.Items))
	for _, item := range l.Items {
		// The paragraph that begins an item is the item's own text.
		if len(item) > 0 && len(item[0].Paragraph) > 0 {
			items = append(items, app.Li().Body(append(c.inlines(item[0].Paragraph), c.blocks(item[1:])...)...))
			continue
		}
		items = append(items, app.Li().Body(c.blocks(item)...))
	}
	if l.Ordered {
		return app.Ol().Body(items...)
	}
	return app.Ul().Body(items...)
}

// table is a real table. On a phone each row becomes a block whose cells name
// their column; the roles keep it a table for screen readers even then, when
// its parts are no longer displayed as one.
func (c *Notice) table(tb notice.Table) app.UI {
	heads := make([]string, len(tb.Header))
	for i, h := range tb.Header {
		heads[i] = plain(h)
	}
	return app.Table().Class("stack").Attr("role", "table").Body(
		app.Caption().Text(tb.Caption),
		app.THead().Attr("role", "rowgroup").Body(app.Tr().Attr("role", "row").Body(app.Range(tb.Header).Slice(func(i int) app.UI {
			return app.Th().Scope("col").Attr("role", "columnheader").Body(c.inlines(tb.Header[i])...)
		}))),
		app.TBody().Attr("role", "rowgroup").Body(app.Range(tb.Rows).Slice(func(r int) app.UI {
			return app.Tr().Attr("role", "row").Body(app.Range(tb.Rows[r]).Slice(func(i int) app.UI {
				cell := c.inlines(tb.Rows[r][i])
				if i == 0 {
					return app.Th().Scope("row").Attr("role", "rowheader").Body(cell...)
				}
				return app.Td().Attr("role", "cell").DataSet("label", val(label(heads, i))).Body(cell...)
			}))
		})),
	)
}

func label(heads []string, i int) string {
	if i < len(heads) {
		return heads[i]
	}
	return ""
}

func plain(in []notice.Inline) string {
	var b strings.Builder
	for _, i := range in {
		b.WriteString(i.Text)
	}
	return b.String()
}

// words is the catalogue of the notice's own language, for what is said inside its text.
func (c *Notice) words() *i18n.Catalogue {
	if c.View.Notice.Language == c.T.Lang() {
		return c.T
	}
	return i18n.For(c.View.Notice.Language)
}

// inlines draws a text. Nothing but the links that a notice may have becomes one.
func (c *Notice) inlines(in []notice.Inline) []app.UI {
	out := make([]app.UI, 0, len(in))
	for _, i := range in {
		var piece app.UI = app.Text(i.Text)
		switch scheme, _, _ := strings.Cut(i.Href, ":"); {
		case scheme == "https":
			out = append(out, styled(i, app.A().Href(val(i.Href)).Target("_blank").Rel("noopener").
				Text(c.words().T("common.newtab", "text", i.Text))))
			continue
		case strings.HasPrefix(i.Href, "#"), scheme == "mailto", scheme == "tel":
			piece = app.A().Href(val(i.Href)).Text(i.Text)
		}
		out = append(out, styled(i, piece))
	}
	return out
}

func styled(i notice.Inline, piece app.UI) app.UI {
	if i.Em {
		piece = app.Em().Body(piece)
	}
	if i.Strong {
		piece = app.Strong().Body(piece)
	}
	return piece
}
