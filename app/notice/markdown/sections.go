package markdown

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	gmtext "github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
	"golang.org/x/text/unicode/norm"

	"latchkey/app/notice"
)

// grammar is Markdown without what a notice has no use for and an editor could
// fall into: underlined headings (a row of hyphens under a paragraph) and
// reference links. Nothing in it is changed by parsing.
var grammar = parser.NewParser(
	parser.WithBlockParsers(
		util.Prioritized(parser.NewThematicBreakParser(), 200),
		util.Prioritized(parser.NewListParser(), 300),
		util.Prioritized(parser.NewListItemParser(), 400),
		util.Prioritized(parser.NewCodeBlockParser(), 500),
		util.Prioritized(parser.NewATXHeadingParser(), 600),
		util.Prioritized(parser.NewFencedCodeBlockParser(), 700),
		util.Prioritized(parser.NewBlockquoteParser(), 800),
		util.Prioritized(parser.NewHTMLBlockParser(), 900),
		util.Prioritized(parser.NewParagraphParser(), 1000),
	),
	parser.WithInlineParsers(parser.DefaultInlineParsers()...),
	parser.WithParagraphTransformers(util.Prioritized(extension.NewTableParagraphTransformer(), 200)),
	parser.WithASTTransformers(util.Prioritized(extension.NewTableASTTransformer(), 0)),
)

var (
	clauseStart     = regexp.MustCompile(`^([0-9]{1,3}(?:\.[0-9]{1,3})+)\.?(?:[\s\p{Zs}]+|$)`)
	markedStart     = regexp.MustCompile(`^[*_]+[0-9]{1,3}\.[0-9]{1,3}`)
	nextClause      = regexp.MustCompile(`\n[ \t]*([0-9]{1,3}\.[0-9]{1,3})\.?[ \t]`)
	headingNumber   = regexp.MustCompile(`^([0-9]{1,3})\.?[\s\p{Zs}]+`)
	headingAnchor   = regexp.MustCompile(`[ \t]*\{#([^{}]*)\}$`)
	anchorForm      = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)
	referenceTarget = regexp.MustCompile(`^\[[^\]]+\]:`)
)

// An outline is a section with its parts, before their text is read: citations
// can be checked only when every number is known.
type outline struct {
	notice.Section
	at    int // offset of the heading
	parts []part
}

// A part is a clause, or a piece outside clauses.
type part struct {
	clause string     // number, or empty
	skip   int        // length of the number at the start of the first node
	nodes  []ast.Node // what belongs to it
}

// sections reads the notice from the offset on into n.
func (s *source) sections(n *notice.Notice, offset int) {
	// Blank lines in place of the front matter keep every offset the same.
	masked := append(bytes.Repeat([]byte("\n"), offset), s.text[offset:]...)
	doc := grammar.Parse(gmtext.NewReader(masked))

	outlines := s.outlines(doc, n.Numbered)
	anchors := map[string]bool{}
	for _, o := range outlines {
		anchors[o.ID] = true
		for _, p := range o.parts {
			if p.clause != "" {
				anchors[p.clause] = true
			}
		}
	}
	r := reader{source: s, anchors: anchors}
	for _, o := range outlines {
		for _, p := range o.parts {
			blocks := r.blocks(p.nodes, p.skip)
			if p.clause != "" {
				blocks = []notice.Block{{Clause: &notice.Clause{Number: p.clause, Blocks: blocks}}}
			}
			o.Blocks = append(o.Blocks, blocks...)
		}
		if len(o.Blocks) == 0 {
			s.report(o.at, "the section %q is empty: write what stands under it, or remove its heading", o.Title)
		}
		n.Sections = append(n.Sections, o.Section)
	}
	if len(outlines) == 0 {
		s.report(offset, "the notice has no sections: begin each with a line such as ## %s", map[bool]string{true: "1. Introduction", false: "Who we are"}[n.Numbered])
	}
}

func (s *source) outlines(doc ast.Node, numbered bool) []*outline {
	var all []*outline
	var last, clause int // numbers of the section and the clause before
	seen := map[string]bool{}
	for node := doc.FirstChild(); node != nil; node = node.NextSibling() {
		h, isHeading := node.(*ast.Heading)
		if isHeading && h.Level != 2 && h.Level != 3 {
			s.report(pos(h), "a heading begins with ## for a section, or ### inside one; the notice's own title stands in the front matter")
			continue
		}
		if isHeading && h.Level == 2 {
			o := &outline{at: pos(h)}
			o.Number, o.Title, o.ID = s.heading(h, numbered, last)
			last, _ = strconv.Atoi(o.Number)
			clause = 0
			if seen[o.ID] {
				s.report(o.at, "a section before has the anchor #%s too: change the words, or end one heading with {#another-anchor}", o.ID)
			}
			seen[o.ID] = true
			all = append(all, o)
			continue
		}
		if len(all) == 0 {
			s.report(pos(node), "this stands before the first section: put it under a heading that begins with ##")
			continue
		}
		o := all[len(all)-1]
		if !numbered || isHeading {
			o.parts = append(o.parts, part{nodes: []ast.Node{node}})
			continue
		}
		if p, ok := s.clauseOf(node, o.Number, clause); ok {
			_, inner, _ := strings.Cut(p.clause, ".")
			clause, _ = strconv.Atoi(inner)
			o.parts = append(o.parts, p)
			continue
		}
		if end := len(o.parts) - 1; end >= 0 && o.parts[end].clause != "" {
			o.parts[end].nodes = append(o.parts[end].nodes, node)
			continue
		}
		s.report(pos(node), "this belongs to no clause: begin it with its number, %s.%d", o.Number, clause+1)
	}
	if !numbered {
		joinCaptions(all)
	}
	return all
}

// joinCaptions puts the pieces of a section without clauses together, because
// a table's caption stands in the piece before it.
func joinCaptions(all []*outline) {
	for _, o := range all {
		var one part
		for _, p := range o.parts {
			one.nodes = append(one.nodes, p.nodes...)
		}
		o.parts = nil
		if len(one.nodes) > 0 {
			o.parts = []part{one}
		}
	}
}

// heading reads a section's heading; last is the number of the section before.
func (s *source) heading(h *ast.Heading, numbered bool, last int) (number, title, id string) {
	title = s.plain(h)
	if m := headingAnchor.FindStringSubmatchIndex(title); m != nil {
		id = title[m[2]:m[3]]
		title = title[:m[0]]
		if numbered || !anchorForm.MatchString(id) {
			s.report(pos(h), "the anchor {#%s}: want lower-case letters, digits and hyphens, and only in a notice without numbers", id)
		}
	}
	if numbered {
		m := headingNumber.FindStringSubmatch(title)
		if m == nil {
			s.report(pos(h), "this heading has no number: write ## %d. %s", last+1, title)
			return strconv.Itoa(last + 1), title, strconv.Itoa(last + 1)
		}
		number, title = m[1], title[len(m[0]):]
		if number != strconv.Itoa(last+1) {
			s.report(pos(h), "section %s stands where section %d comes next: number the sections 1, 2, 3 and so on", number, last+1)
		}
		id = number
	}
	if title == "" {
		s.report(pos(h), "this heading has no words: write what its section is about")
	}
	if id == "" {
		id = slug(title)
	}
	return number, title, id
}

// clauseOf reports whether a clause begins at node, and reads its number; last
// is the number of the clause before within the section.
func (s *source) clauseOf(node ast.Node, section string, last int) (part, bool) {
	if node.Kind() != ast.KindParagraph {
		return part{}, false
	}
	raw := string(node.Lines().Value(s.text))
	next := fmt.Sprintf("%s.%d", section, last+1)
	if markedStart.MatchString(raw) {
		s.report(pos(node), "write the number of a clause plainly, without * or _ around it")
	}
	m := clauseStart.FindStringSubmatch(raw)
	if m == nil {
		return part{}, false
	}
	number := m[1]
	switch {
	case strings.Count(number, ".") > 1:
		s.report(pos(node), "%s: clauses have two numbers, such as %s; use a list for what stands below", number, next)
		return part{}, false
	case number != next:
		s.report(pos(node), "clause %s stands where %s comes next: number the clauses of section %s from %[3]s.1 on, without gaps", number, next, section)
	case len(m[0]) == len(strings.TrimRight(raw, "\n")):
		s.report(pos(node), "clause %s has no words: write them on the same line", number)
	}
	_, inner, _ := strings.Cut(number, ".")
	here, _ := strconv.Atoi(inner)
	following := fmt.Sprintf("%s.%d", section, here+1)
	if in := nextClause.FindStringSubmatchIndex(raw); in != nil && raw[in[2]:in[3]] == following {
		s.report(pos(node)+in[2], "clause %s begins inside the paragraph before it: put an empty line before it", following)
	}
	return part{clause: number, skip: len(m[0]), nodes: []ast.Node{node}}, true
}

// slug makes an anchor of a heading's words.
func slug(title string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.ToLower(title)) {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r):
			b.WriteRune(r)
		case unicode.Is(unicode.Mn, r), r == '\'', r == '’':
		default:
			b.WriteByte(' ')
		}
	}
	return strings.Join(strings.Fields(b.String()), "-")
}

// pos is where a node begins; a node that does not know asks its surroundings.
func pos(n ast.Node) int {
	for ; n != nil; n = n.Parent() {
		if p := n.Pos(); p >= 0 {
			return p
		}
	}
	return 0
}
