package server

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"

	"latchkey/app/fault"
	"latchkey/web"
)

// manual is the documentation, web/docs, as pages: the same files that are read
// in the repository. README.md is its index: the pages stand in the order in
// which that links to them.
type manual struct {
	server *Server
	made   func() (map[string]*file, error) // by path below /docs/; made when the first page is asked for
}

func newManual(s *Server) *manual {
	m := &manual{server: s}
	m.made = sync.OnceValues(m.make)
	return m
}

// chapter is a page of the manual.
type chapter struct {
	Path  string // below /docs/
	Title string // its first heading
	body  []byte // HTML
}

// docsIndex is the page that /docs/ itself shows.
const docsIndex = "README.md"

// attachments are the types of files beside the pages that pages link to.
var attachments = map[string]string{".json": "application/json", ".yaml": "text/plain; charset=utf-8"}

// serve answers /docs/PATH.
func (m *manual) serve(w http.ResponseWriter, r *http.Request) error {
	pages, err := m.made()
	if err != nil {
		return err
	}
	f, ok := pages[r.PathValue("path")]
	if !ok {
		return fmt.Errorf("no such page of the documentation: %w", fault.NotFound)
	}
	f.ServeHTTP(w, r)
	return nil
}

// types answers /embed/latchkey.d.ts.
func (m *manual) types() handler {
	f := newFile(web.Types, "latchkey.d.ts", shared)
	f.mime = "application/typescript; charset=utf-8"
	return func(w http.ResponseWriter, r *http.Request) error {
		f.ServeHTTP(w, r)
		return nil
	}
}

// make renders every page.
func (m *manual) make() (map[string]*file, error) {
	folder, err := fs.Sub(web.Docs, "docs")
	if err != nil {
		return nil, fmt.Errorf("documentation: %w", err)
	}
	chapters, files := map[string]chapter{}, map[string]*file{}
	var links []string // of the index
	err = fs.WalkDir(folder, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		src, err := fs.ReadFile(folder, name)
		if err != nil {
			return err
		}
		if mime, ok := attachments[path.Ext(name)]; ok {
			files[name] = newFile(src, name, shared)
			files[name].mime = mime
		}
		if path.Ext(name) != ".md" {
			return nil
		}
		c, to, err := readChapter(name, src, m.server.base)
		if err != nil {
			return err
		}
		chapters[c.Path] = c
		if name == docsIndex {
			links = to
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("documentation: %w", err)
	}
	order, rest := inOrder(links, chapters)
	for _, c := range chapters {
		page, err := m.page(c, order, rest)
		if err != nil {
			return nil, err
		}
		files[c.Path] = page
	}
	return files, nil
}

// inOrder lists the chapters, each once: those that the index links to, in its
// order, and then the rest, which is also returned by itself.
func inOrder(links []string, chapters map[string]chapter) (order, rest []chapter) {
	seen := map[string]bool{"": true} // the index itself
	for _, link := range links {
		p, _, _ := strings.Cut(strings.TrimPrefix(link, "/docs/"), "#")
		if c, ok := chapters[p]; ok && !seen[p] {
			seen[p] = true
			order = append(order, c)
		}
	}
	for _, p := range slices.Sorted(maps.Keys(chapters)) {
		if !seen[p] {
			rest = append(rest, chapters[p])
		}
	}
	return append(order, rest...), rest
}

// docsAddress is where a file of the documentation is served, below /docs/:
// guide.md at guide, part/README.md at part/.
func docsAddress(name string) string {
	if dir, ok := strings.CutSuffix(name, docsIndex); ok {
		return dir
	}
	return strings.TrimSuffix(name, ".md")
}

// docsLink turns a link as it works in the repository into one that works in
// the served page of a file: files of the documentation lead to their pages, and
// the types of window.latchkey to theirs. Addresses stay as they are.
func docsLink(from, to string) (string, error) {
	if to == "" || to[0] == '#' || to[0] == '/' || strings.Contains(to, ":") {
		return to, nil
	}
	file, anchor, hasAnchor := strings.Cut(to, "#")
	switch target := path.Join("docs", path.Dir(from), file); {
	case target == "latchkey.d.ts":
		return "/embed/latchkey.d.ts", nil
	case !strings.HasPrefix(target+"/", "docs/"):
		return "", fmt.Errorf("%s links to %s, which is not served: %w", from, to, fault.Invalid)
	default:
		target = "/" + strings.TrimSuffix(target, "/")
		if strings.HasSuffix(file, "/") || target == "/docs" {
			target += "/"
		}
		target = docsAddress(target)
		if hasAnchor {
			target += "#" + anchor
		}
		return target, nil
	}
}

// dialect is the Markdown of the documentation: tables, headings with ids, no HTML.
var dialect = goldmark.New(goldmark.WithExtensions(extension.Table), goldmark.WithParserOptions(parser.WithAutoHeadingID()))

// readChapter renders a file for a server that is reached below the path base, and
// lists where it links to, as if there were no base.
func readChapter(name string, src []byte, base string) (c chapter, links []string, err error) {
	doc := dialect.Parser().Parse(text.NewReader(src))
	c.Path = docsAddress(name)
	var headings []*ast.Heading
	err = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Link:
			to, err := docsLink(name, string(n.Destination))
			if err != nil {
				return ast.WalkStop, err
			}
			links = append(links, to)
			if strings.HasPrefix(to, "/") {
				to = base + to
			}
			n.Destination = []byte(to)
		case *ast.Heading:
			headings = append(headings, n)
		case *extast.Table:
			stack(n, src)
		case *ast.HTMLBlock, *ast.RawHTML:
			return ast.WalkStop, fmt.Errorf("%s has HTML in it, which is not shown: %w", name, fault.Invalid)
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		return c, nil, err
	}
	if len(headings) == 0 || headings[0].Level != 1 {
		return c, nil, fmt.Errorf("%s does not begin with a title: %w", name, fault.Invalid)
	}
	c.Title = plain(headings[0], src)
	for _, h := range headings[1:] {
		anchor(h)
	}
	var b bytes.Buffer
	if err := dialect.Renderer().Render(&b, src, doc); err != nil {
		return c, nil, fmt.Errorf("%s: %w", name, err)
	}
	c.body = b.Bytes()
	return c, links, nil
}

// anchor makes a heading a link to itself, for people who pass it on.
func anchor(h *ast.Heading) {
	id, ok := h.AttributeString("id")
	if !ok {
		return
	}
	link := ast.NewLink()
	link.Destination = append([]byte("#"), id.([]byte)...)
	for c := h.FirstChild(); c != nil; {
		next := c.NextSibling()
		link.AppendChild(link, c)
		c = next
	}
	h.AppendChild(h, link)
}

// stack lets a table be shown as blocks on a phone, as those of the centre are:
// each cell says what it is.
func stack(t *extast.Table, src []byte) {
	t.SetAttributeString("class", []byte("stack"))
	var heads []string
	for row := t.FirstChild(); row != nil; row = row.NextSibling() {
		_, header := row.(*extast.TableHeader)
		i := 0
		for cell := row.FirstChild(); cell != nil; cell = cell.NextSibling() {
			switch {
			case header:
				heads = append(heads, plain(cell, src))
			case i > 0 && i < len(heads) && heads[i] != "":
				cell.SetAttributeString("data-label", []byte(heads[i]))
			}
			i++
		}
	}
}

// plain is the text of a node.
func plain(n ast.Node, src []byte) string {
	var b strings.Builder
	ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if t, ok := n.(*ast.Text); ok && entering {
			b.Write(t.Value(src))
		}
		return ast.WalkContinue, nil
	})
	return b.String()
}

// docsDocument is a page of the documentation. It has no script, and the style
// of the centre's pages outside every site.
var docsDocument = template.Must(template.New("docs").Parse(`<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<title>{{.Title}}{{if .Path}} – Latchkey documentation{{end}}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light">
<link rel="icon" type="image/svg+xml" href="{{.Icon}}">
<link rel="stylesheet" href="{{.Style}}">
<link rel="stylesheet" href="{{.DocsStyle}}">
</head>
<body>
<a class="skip" href="#main">Skip to main content</a>
<header>
<div class="band"><div class="wrap"><a class="site" href="{{$.Base}}/docs/">Latchkey documentation</a></div></div>
</header>
<div class="docs wrap">
{{- if .Path}}
<nav class="chapters" aria-label="Documentation">
<ul>
{{- range .Chapters}}
<li><a href="{{$.Base}}/docs/{{.Path}}"{{if eq .Path $.Path}} aria-current="page"{{end}}>{{.Title}}</a></li>
{{- end}}
</ul>
</nav>
{{- end}}
<main id="main" tabindex="-1">
<article>
{{.Body -}}
{{if and (not .Path) .Rest}}<h2>More</h2>
<ul>
{{- range .Rest}}
<li><a href="{{$.Base}}/docs/{{.Path}}">{{.Title}}</a></li>
{{- end}}
</ul>
{{end -}}
</article>
{{- if or .Before.Path .After.Path}}
<nav class="turn" aria-label="Pages before and after">
<ul class="row">
{{- with .Before}}{{if .Path}}
<li><a href="{{$.Base}}/docs/{{.Path}}" rel="prev">Before: {{.Title}}</a></li>
{{- end}}{{end}}
{{- with .After}}{{if .Path}}
<li><a href="{{$.Base}}/docs/{{.Path}}" rel="next">Next: {{.Title}}</a></li>
{{- end}}{{end}}
</ul>
</nav>
{{- end}}
</main>
</div>
</body>
</html>
`))

// page puts a chapter into its document.
func (m *manual) page(c chapter, order, rest []chapter) (*file, error) {
	fields := struct {
		chapter
		Before, After          chapter
		Chapters, Rest         []chapter
		Icon, Style, DocsStyle string
		Base                   string
		Body                   template.HTML
	}{
		chapter: c, Chapters: order, Rest: rest, Body: template.HTML(c.body),
		Icon: m.server.assetAddress("icon.svg"), Style: m.server.base + m.server.snapshot().plain.style, DocsStyle: m.server.assetAddress("docs.css"),
		Base: m.server.base,
	}
	for i, o := range order {
		switch c.Path {
		case o.Path:
			if i > 0 {
				fields.Before = order[i-1]
			}
			if i < len(order)-1 {
				fields.After = order[i+1]
			}
		case "":
			fields.After = order[0]
		}
	}
	var b bytes.Buffer
	if err := docsDocument.Execute(&b, fields); err != nil {
		return nil, errors.Join(fmt.Errorf("documentation: %s", c.Path), err)
	}
	f := newFile(b.Bytes(), c.Path+".html", shared)
	f.mime = "text/html; charset=utf-8"
	return f, nil
}
