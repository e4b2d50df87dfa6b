// Package render turns go-app components into what travels to a browser: compact
// HTML for the pages of the centre, and node trees for the loader's first layer.
//
// go-app indents the HTML that it prerenders, and that indentation is visible
// text: "see the policy , and". It also makes the prerendered document differ
// from the one that the WebAssembly front end draws, which adopts the
// prerendered nodes one by one. So the indentation is taken out again, exactly
// and nothing more.
package render

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// HTML renders a component without go-app's indentation.
func HTML(ui app.UI) ([]byte, error) {
	return compact([]byte(app.HTMLString(ui)))
}

// void elements have no end tag (HTML standard, section 13.1.2).
var void = map[string]bool{
	"area": true, "base": true, "br": true, "col": true, "embed": true, "hr": true, "img": true,
	"input": true, "link": true, "meta": true, "source": true, "track": true, "wbr": true,
}

// compact removes what go-app's encoder added between nodes. The encoder writes
// the single text of an element as it is; any other children each stand on a
// line of their own behind two spaces for each level of depth, and so does the
// end tag. Hence a text between two tags is a line break and the indentation of
// the second tag, alone or behind a text that has its own line break and indentation in front.
func compact(src []byte) ([]byte, error) {
	var out bytes.Buffer
	out.Grow(len(src))
	z := html.NewTokenizer(bytes.NewReader(src))
	depth := 0
	var pending []byte // text since the last tag, raw
	first := false     // pending follows a start tag directly
	for {
		kind := z.Next()
		raw := z.Raw()
		switch kind {
		case html.ErrorToken:
			if err := z.Err(); err != io.EOF {
				return nil, fmt.Errorf("rendered HTML: %w", err)
			}
			out.Write(bytes.TrimRight(pending, "\n"))
			return out.Bytes(), nil
		case html.TextToken:
			pending = append(pending, raw...)
		case html.StartTagToken:
			raw = bytes.Clone(raw)
			name, _ := z.TagName()
			out.Write(unindent(pending, depth, depth))
			out.Write(raw)
			pending, first = pending[:0], true
			if void[string(name)] {
				first = false
			} else {
				depth++
			}
		case html.EndTagToken:
			if first && !bytes.HasPrefix(pending, []byte("\n")) {
				out.Write(pending) // the element's single text
			} else {
				out.Write(unindent(pending, depth, depth-1))
			}
			out.Write(raw)
			pending, first = pending[:0], false
			depth--
		default:
			return nil, fmt.Errorf("rendered HTML: unexpected %s", kind)
		}
	}
}

// unindent takes from text the line break and indentation that end it, before a
// tag at depth next, and those that begin it, before a text at depth own.
func unindent(text []byte, own, next int) []byte {
	text = bytes.TrimSuffix(text, []byte("\n"+strings.Repeat("  ", next)))
	text = bytes.TrimPrefix(text, []byte("\n"))
	return bytes.TrimPrefix(text, []byte(strings.Repeat("  ", own)))
}

// Node is a piece of the first layer as the loader builds it: a string for a
// text, or []any{tag, attributes or 0, children...}. It marshals to compact JSON.
type Node any

// Tree renders a component to a [Node]. The component's root must be one element.
func Tree(ui app.UI) (Node, error) {
	src, err := HTML(ui)
	if err != nil {
		return nil, err
	}
	parent := &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body}
	nodes, err := html.ParseFragment(bytes.NewReader(src), parent)
	if err != nil {
		return nil, fmt.Errorf("rendered HTML: %w", err)
	}
	if len(nodes) != 1 || nodes[0].Type != html.ElementNode {
		return nil, fmt.Errorf("rendered HTML: want one root element, got %d nodes", len(nodes))
	}
	return tree(nodes[0]), nil
}

func tree(n *html.Node) Node {
	if n.Type == html.TextNode {
		return n.Data
	}
	node := []any{n.Data, 0}
	if len(n.Attr) > 0 {
		attrs := make(map[string]string, len(n.Attr))
		for _, a := range n.Attr {
			attrs[a.Key] = a.Val
		}
		node[1] = attrs
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.ElementNode || c.Type == html.TextNode {
			node = append(node, tree(c))
		}
	}
	if len(node) == 2 && node[1] == 0 {
		node = node[:1]
	}
	return node
}

// Text returns what a person reads of a node, one block element a line. It is
// the text that a receipt's "what was shown" stands for.
func Text(n Node) string {
	var b strings.Builder
	write(&b, n)
	lines := strings.Split(b.String(), "\n")
	kept := lines[:0]
	for _, l := range lines {
		if l = strings.Join(strings.Fields(l), " "); l != "" {
			kept = append(kept, l)
		}
	}
	return strings.Join(kept, "\n")
}

// inline elements do not begin a line of their own.
var inline = map[string]bool{"a": true, "strong": true, "em": true, "span": true, "b": true, "i": true, "abbr": true, "code": true}

func write(b *strings.Builder, n Node) {
	switch n := n.(type) {
	case string:
		b.WriteString(n)
	case []any:
		tag := n[0].(string)
		if !inline[tag] {
			b.WriteByte('\n')
		}
		if len(n) > 2 {
			for _, c := range n[2:] {
				write(b, c)
			}
		}
		if !inline[tag] {
			b.WriteByte('\n')
		}
	}
}
