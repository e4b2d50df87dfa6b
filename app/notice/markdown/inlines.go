package markdown

import (
	"bufio"
	"bytes"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"
	gmhtml "github.com/yuin/goldmark/renderer/html"

	"latchkey/app/notice"
)

// A run is a piece of text in one form, with where its parts stand.
type run struct {
	notice.Inline
	spans []span
}

// A span says that the text from an offset in a run on comes from an offset in
// the source.
type span struct{ text, source int }

func (r run) sourceOf(offset int) int {
	i := slices.IndexFunc(r.spans, func(s span) bool { return s.text > offset })
	if i < 0 {
		i = len(r.spans)
	}
	if i == 0 {
		return 0
	}
	return r.spans[i-1].source + offset - r.spans[i-1].text
}

// runs collects the text under a node. Runs of the same form that follow one
// another become one.
type runs []run

func (rs *runs) add(form notice.Inline, text string, at int) {
	if text == "" {
		return
	}
	if end := len(*rs) - 1; end >= 0 {
		last := &(*rs)[end]
		if last.Strong == form.Strong && last.Em == form.Em && last.Href == form.Href {
			last.spans = append(last.spans, span{len(last.Text), at})
			last.Text += text
			return
		}
	}
	form.Text = text
	*rs = append(*rs, run{form, []span{{0, at}}})
}

// inlines reads the text under a node, with its citations made into links. The
// first skip bytes are left out.
func (r reader) inlines(n ast.Node, skip int) []notice.Inline {
	var rs runs
	r.collect(&rs, n, notice.Inline{})
	var out []notice.Inline
	for _, one := range rs {
		if cut := min(skip, len(one.Text)); cut > 0 {
			one.Text = one.Text[cut:]
			one.spans = []span{{0, one.spans[0].source + cut}}
			skip -= cut
		}
		if one.Href != "" {
			out = append(out, one.Inline)
			continue
		}
		out = append(out, r.cite(one)...)
	}
	return trim(out)
}

func (r reader) collect(rs *runs, parent ast.Node, form notice.Inline) {
	for c := parent.FirstChild(); c != nil; c = c.NextSibling() {
		switch n := c.(type) {
		case *ast.Text:
			rs.add(form, unescape(n.Segment.Value(r.text)), n.Segment.Start)
			if n.SoftLineBreak() || n.HardLineBreak() {
				rs.add(form, " ", n.Segment.Stop)
			}
			if n.HardLineBreak() {
				r.report(n.Segment.Stop, "a line can't be broken inside a paragraph: begin a new paragraph or use a list")
			}
		case *ast.Emphasis:
			inner := form
			inner.Strong = inner.Strong || n.Level == 2
			inner.Em = inner.Em || n.Level == 1
			r.collect(rs, n, inner)
		case *ast.Link:
			if len(n.Title) > 0 {
				r.report(pos(n), "a link has no title of its own: put the words into the text")
			}
			r.link(rs, n, form, string(n.Destination))
		case *ast.AutoLink:
			inner := form
			inner.Href = string(n.URL(r.text))
			if n.AutoLinkType == ast.AutoLinkEmail && !strings.HasPrefix(inner.Href, "mailto:") {
				inner.Href = "mailto:" + inner.Href
			}
			r.checkLink(pos(n), inner.Href)
			rs.add(inner, string(n.Label(r.text)), pos(n)+1)
		case *ast.Image:
			r.report(pos(n), "a notice holds no images: say in words what the image shows")
		case *ast.RawHTML:
			r.report(pos(n), "a notice holds no HTML: write Markdown, or \\< for the character itself")
		case *ast.CodeSpan:
			r.report(pos(n), "a notice holds no program code: write the words without backticks")
		default:
			r.report(pos(n), "this can't stand in a text: write plain words")
		}
	}
}

func (r reader) link(rs *runs, n *ast.Link, form notice.Inline, href string) {
	form.Href = href
	r.checkLink(pos(n), href)
	var inner runs
	r.collect(&inner, n, form)
	if strings.TrimSpace(joined(inner)) == "" {
		r.report(pos(n), "this link has no words: write between [ and ] where it leads")
	}
	for _, one := range inner {
		rs.add(one.Inline, one.Text, one.spans[0].source)
	}
}

// checkLink reports an address that a notice may not lead to.
func (r reader) checkLink(at int, href string) {
	if anchor, ok := strings.CutPrefix(href, "#"); ok {
		if !r.anchors[anchor] {
			r.report(at, "this notice has nothing with the anchor #%s: check the number or the heading", anchor)
		}
		return
	}
	u, err := url.Parse(href)
	ok := err == nil && !strings.ContainsAny(href, " \"<>\\`{}|^")
	if ok {
		switch u.Scheme {
		case "https":
			ok = u.Host != "" && u.User == nil
		case "mailto":
			ok = strings.Count(u.Opaque, "@") == 1
		case "tel":
			ok = phoneForm.MatchString(u.Opaque)
		default:
			ok = false
		}
	}
	if !ok {
		r.report(at, "a notice can't link to %q: want https://…, mailto:name@example.org, tel:+44… or #6.3", href)
	}
}

var phoneForm = regexp.MustCompile(`^\+?[0-9][0-9-]{2,20}$`)

// plain reads a heading, which is text and nothing else.
func (s *source) plain(n ast.Node) string {
	var b strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		t, ok := c.(*ast.Text)
		if !ok {
			s.report(pos(c), "a heading is plain text: remove the Markdown in it")
			continue
		}
		b.WriteString(unescape(t.Segment.Value(s.text)))
	}
	return strings.TrimSpace(b.String())
}

// unescape resolves backslashes and entities as Markdown does: rendered to HTML
// by its own writer, and read back.
func unescape(raw []byte) string {
	var b bytes.Buffer
	w := bufio.NewWriter(&b)
	gmhtml.DefaultWriter.Write(w, raw)
	if w.Flush() != nil {
		return string(raw) // a buffer takes everything
	}
	return html.UnescapeString(b.String())
}

func joined(rs runs) string {
	var b strings.Builder
	for _, one := range rs {
		b.WriteString(one.Text)
	}
	return b.String()
}

// trim takes white space off both ends, and runs that hold nothing else with it.
func trim(in []notice.Inline) []notice.Inline {
	for len(in) > 0 {
		if in[0].Text = strings.TrimLeft(in[0].Text, " \t"); in[0].Text != "" {
			break
		}
		in = in[1:]
	}
	for len(in) > 0 {
		end := len(in) - 1
		if in[end].Text = strings.TrimRight(in[end].Text, " \t"); in[end].Text != "" {
			break
		}
		in = in[:end]
	}
	return in
}
