package render

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"github.com/maxence-charriere/go-app/v10/pkg/app"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Stable renders a component as [HTML] does, with the attributes of every
// element in alphabetical order: the same component is then the same bytes, and
// can be known by their hash. go-app writes attributes in a random order.
func Stable(ui app.UI) ([]byte, error) {
	src, err := HTML(ui)
	if err != nil {
		return nil, err
	}
	nodes, err := html.ParseFragment(bytes.NewReader(src), &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body})
	if err != nil {
		return nil, fmt.Errorf("rendered HTML: %w", err)
	}
	var out bytes.Buffer
	for _, n := range nodes {
		for d := range n.Descendants() {
			sortAttributes(d)
		}
		sortAttributes(n)
		if err := html.Render(&out, n); err != nil {
			return nil, fmt.Errorf("rendered HTML: %w", err)
		}
	}
	return out.Bytes(), nil
}

func sortAttributes(n *html.Node) {
	slices.SortFunc(n.Attr, func(a, b html.Attribute) int { return cmp.Compare(a.Key, b.Key) })
}
