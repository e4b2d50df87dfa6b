package markdown

import (
	"bytes"
	"strings"

	"github.com/yuin/goldmark/ast"
	tables "github.com/yuin/goldmark/extension/ast"

	"latchkey/app/notice"
)

// captionMark begins the paragraph that is the caption of the table after it.
const captionMark = "Table:"

// maxLists is how deep a list may stand in lists.
const maxLists = 2

// A reader turns nodes into the blocks of a notice.
type reader struct {
	*source
	anchors map[string]bool // of sections and clauses
}

// blocks reads what belongs to a clause or a section. The first skip bytes,
// the clause's number, are left out.
func (r reader) blocks(nodes []ast.Node, skip int) []notice.Block {
	var out []notice.Block
	for i, node := range nodes {
		if i > 0 {
			skip = 0
		}
		switch n := node.(type) {
		case *ast.Heading:
			out = append(out, notice.Block{Heading: r.subheading(n)})
		case *tables.Table:
			var before *notice.Block
			if len(out) > 0 && i > 0 && nodes[i-1].Kind() == ast.KindParagraph {
				before = &out[len(out)-1]
			}
			t := r.table(n)
			if caption, ok := captionOf(before); ok {
				t.Caption = caption
				out = out[:len(out)-1]
			} else {
				r.report(pos(n), "this table has no caption: write one in the paragraph before it, such as %s What we use and why", captionMark)
			}
			out = append(out, notice.Block{Table: t})
		case *ast.List:
			out = append(out, notice.Block{List: r.list(n, 1)})
		case *ast.Paragraph, *ast.TextBlock:
			if p := r.paragraph(n, skip); len(p) > 0 {
				out = append(out, notice.Block{Paragraph: p})
			}
		default:
			r.refuse(n)
		}
	}
	r.strayCaptions(nodes)
	return out
}

func (r reader) subheading(h *ast.Heading) string {
	title := r.plain(h)
	if title == "" {
		r.report(pos(h), "this heading has no words: write what follows it")
	}
	return title
}

func (r reader) paragraph(n ast.Node, skip int) []notice.Inline {
	if referenceTarget.Match(n.Lines().Value(r.text)) {
		r.report(pos(n), "notices have no reference links: write the address beside the words, [like this](https://example.org)")
	}
	return r.inlines(n, skip)
}

// captionOf returns the caption that a block is, if it is one.
func captionOf(b *notice.Block) (string, bool) {
	if b == nil || len(b.Paragraph) == 0 {
		return "", false
	}
	var words strings.Builder
	for _, in := range b.Paragraph {
		words.WriteString(in.Text)
	}
	caption, ok := strings.CutPrefix(words.String(), captionMark)
	caption = strings.TrimSpace(caption)
	return caption, ok && caption != ""
}

// strayCaptions reports captions that have no table after them.
func (r reader) strayCaptions(nodes []ast.Node) {
	for i, n := range nodes {
		if n.Kind() != ast.KindParagraph || !bytes.HasPrefix(n.Lines().Value(r.text), []byte(captionMark)) {
			continue
		}
		if i+1 == len(nodes) || nodes[i+1].Kind() != tables.KindTable {
			r.report(pos(n), "no table follows this caption: check the row of hyphens under the table's header, and that all its rows have as many cells")
		}
	}
}

func (r reader) list(n *ast.List, depth int) *notice.List {
	if depth > maxLists {
		r.report(pos(n), "this list stands in a list in a list: use fewer levels")
		return nil
	}
	if n.IsOrdered() && n.Start != 1 {
		r.report(pos(n), "this list begins with %d: begin with 1, or put an empty line between a clause and the list before it", n.Start)
	}
	list := &notice.List{Ordered: n.IsOrdered()}
	for item := n.FirstChild(); item != nil; item = item.NextSibling() {
		var blocks []notice.Block
		for c := item.FirstChild(); c != nil; c = c.NextSibling() {
			switch c := c.(type) {
			case *ast.Paragraph, *ast.TextBlock:
				if p := r.paragraph(c, 0); len(p) > 0 {
					blocks = append(blocks, notice.Block{Paragraph: p})
				}
			case *ast.List:
				if inner := r.list(c, depth+1); inner != nil {
					blocks = append(blocks, notice.Block{List: inner})
				}
			default:
				r.refuse(c)
			}
		}
		if len(blocks) == 0 {
			r.report(pos(item), "this item of the list is empty: write its words, or remove it")
			continue
		}
		list.Items = append(list.Items, blocks)
	}
	return list
}

func (r reader) table(n *tables.Table) *notice.Table {
	t := &notice.Table{}
	for row := n.FirstChild(); row != nil; row = row.NextSibling() {
		cells, want := cellCount(r.line(pos(row))), len(n.Alignments)
		if cells != want {
			r.report(pos(row), "cells in this row: %d, in the table's header: %d; give both as many, and put an empty line after the table (write \\| for a bar inside a cell)", cells, want)
		}
		var read [][]notice.Inline
		for c := row.FirstChild(); c != nil; c = c.NextSibling() {
			read = append(read, r.inlines(c, 0))
		}
		header := row.Kind() == tables.KindTableHeader
		for i, cell := range read {
			if len(cell) == 0 && (header || i == 0) && cells == want {
				r.report(pos(row), "cell %d of this row is empty: header cells and the first cell of a row name what belongs to them", i+1)
			}
		}
		if header {
			t.Header = read
			continue
		}
		t.Rows = append(t.Rows, read)
	}
	if len(t.Rows) == 0 {
		r.report(pos(n), "this table has no rows")
	}
	return t
}

// line is the line of the source that an offset is in.
func (s *source) line(offset int) []byte {
	line, _ := s.position(offset)
	rest := s.text[s.lines[line-1]:]
	if end := bytes.IndexByte(rest, '\n'); end >= 0 {
		rest = rest[:end]
	}
	return bytes.TrimSpace(rest)
}

// cellCount counts the cells of a table row as they are written. The Markdown
// parser adds missing cells and drops those too many, text and all.
func cellCount(row []byte) int {
	row = bytes.TrimPrefix(row, []byte("|"))
	n, open := 0, false
	for i, b := range row {
		if b == '|' && (i == 0 || row[i-1] != '\\') {
			n++
			open = false
			continue
		}
		open = true
	}
	if open {
		n++
	}
	return n
}

func (r reader) refuse(n ast.Node) {
	switch n.Kind() {
	case ast.KindHTMLBlock:
		r.report(pos(n), "a notice holds no HTML, comments included: write Markdown")
	case ast.KindCodeBlock:
		r.report(pos(n), "this is indented by four spaces or more, which Markdown takes for program code: remove the spaces")
	case ast.KindFencedCodeBlock:
		r.report(pos(n), "a notice holds no program code: write a paragraph")
	case ast.KindBlockquote:
		r.report(pos(n), "a notice holds no block quotations: write a paragraph")
	case ast.KindThematicBreak:
		r.report(pos(n), "a notice holds no dividing lines: begin a section with ##")
	default:
		r.report(pos(n), "this can't stand here: write a paragraph or a list")
	}
}
