// Package demosite serves the demonstration websites of testdata/sites: for
// each site of the sample groups a believable housing-association website that
// embeds Latchkey, and beside them a stand-in for the third parties that such
// websites call. Nothing here is part of the product; the demo and the browser
// tests use it.
package demosite

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strings"
)

// Options says what the websites are made of and where they find the others.
type Options struct {
	// Sites is the folder testdata/sites.
	Sites fs.FS
	// Latchkey is the base address of the Latchkey server, without a slash at the end.
	Latchkey string
	// ThirdParty is the base address that pages use for their third parties. It
	// must lead back to this handler, under another host name than the pages'.
	ThirdParty string
	// Stranger is the base address of a third party that no site declares, for the
	// pages with faults. It must lead back to this handler as well; if it is empty,
	// those pages use ThirdParty.
	Stranger string
	// Vendors is the folder testdata/vendors, whose doubles the third party then
	// serves; nil for none.
	Vendors fs.FS
}

// Handler serves the websites and the third party. It is safe for concurrent use.
type Handler struct {
	http.Handler
	// Third is the third party, with what it received.
	Third *ThirdParty

	opts  Options
	pages map[string]*template.Template // by path below the folder, without .html
}

// Page is what the templates of the pages may use.
type Page struct {
	Latchkey   string // see [Options]
	ThirdParty string // see [Options]
	Stranger   string // see [Options]
	Site       string // site id
	Name       string // of the page, such as "home"
	Root       string // path of the site's front page, without a slash at the end
}

// folders of testdata/sites that are not websites.
const (
	hostile = "hostile" // pages that make life hard for an embedded script; served below each website
	shared  = "shared"  // what every website uses
)

// New reads the pages once. It fails if a template does not parse.
func New(o Options) (*Handler, error) {
	h := &Handler{opts: o, pages: map[string]*template.Template{}, Third: &ThirdParty{files: o.Sites}}
	entries, err := fs.ReadDir(o.Sites, ".")
	if err != nil {
		return nil, fmt.Errorf("demo websites: %w", err)
	}
	for _, e := range entries {
		if !e.IsDir() || e.Name() == shared || e.Name() == thirdParty {
			continue
		}
		if err := h.read(e.Name()); err != nil {
			return nil, fmt.Errorf("demo website %s: %w", e.Name(), err)
		}
	}
	index, err := template.ParseFS(o.Sites, "index.html")
	if err != nil {
		return nil, fmt.Errorf("demo index: %w", err)
	}
	h.pages["index"] = index

	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { h.page(w, r, "index", Page{}) })
	// Nothing asks for an icon, but browsers do.
	mux.HandleFunc("GET /favicon.ico", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	// The websites' own counting of visits ends here: nobody needs it.
	mux.HandleFunc("POST /shared/visit", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("GET /{site}/{$}", func(w http.ResponseWriter, r *http.Request) {
		h.page(w, r, r.PathValue("site")+"/home", Page{Site: r.PathValue("site"), Name: "home"})
	})
	mux.HandleFunc("GET /{site}/{page}", h.pageOrFile)
	mux.HandleFunc("GET /{site}/hostile/{page}", func(w http.ResponseWriter, r *http.Request) {
		name := r.PathValue("page")
		if path.Ext(name) != "" {
			h.file(w, r, path.Join(hostile, name))
			return
		}
		h.page(w, r, hostile+"/"+name, Page{Site: r.PathValue("site"), Name: name})
	})
	h.Third.routes(mux)
	if o.Vendors != nil {
		h.Third.vendorRoutes(mux, o.Vendors)
	}
	h.Handler = mux
	return h, nil
}

// Sites lists the ids of the websites, sorted.
func (h *Handler) Sites() []string {
	var ids []string
	for name := range h.pages {
		if site, page, ok := strings.Cut(name, "/"); ok && page == "home" {
			ids = append(ids, site)
		}
	}
	slices.Sort(ids)
	return ids
}

// read parses a website's pages: each together with the website's layout.html,
// if it has one.
func (h *Handler) read(site string) error {
	names, err := fs.Glob(h.opts.Sites, site+"/*.html")
	if err != nil {
		return err
	}
	layout := site + "/layout.html"
	for _, name := range names {
		if name == layout {
			continue
		}
		files := []string{name}
		if slices.Contains(names, layout) {
			files = []string{layout, name}
		}
		t, err := template.ParseFS(h.opts.Sites, files...)
		if err != nil {
			return err
		}
		h.pages[strings.TrimSuffix(name, ".html")] = t
	}
	return nil
}

func (h *Handler) pageOrFile(w http.ResponseWriter, r *http.Request) {
	site, name := r.PathValue("site"), r.PathValue("page")
	if path.Ext(name) != "" {
		h.file(w, r, path.Join(site, name))
		return
	}
	h.page(w, r, site+"/"+name, Page{Site: site, Name: name})
}

func (h *Handler) page(w http.ResponseWriter, r *http.Request, name string, p Page) {
	t, ok := h.pages[name]
	if !ok {
		http.NotFound(w, r)
		return
	}
	p.Latchkey, p.ThirdParty, p.Stranger, p.Root = h.opts.Latchkey, h.opts.ThirdParty, cmp.Or(h.opts.Stranger, h.opts.ThirdParty), "/"+p.Site
	var b bytes.Buffer
	if err := t.Execute(&b, p); err != nil {
		http.Error(w, "The page's template has a mistake: "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	w.Write(b.Bytes())
}

// file serves a style sheet or script of a website as it is; templates are not
// served by their file name.
func (h *Handler) file(w http.ResponseWriter, r *http.Request, name string) {
	serveFile(w, r, h.opts.Sites, name)
}

func serveFile(w http.ResponseWriter, r *http.Request, files fs.FS, name string) {
	mime, known := mimeTypes[path.Ext(name)]
	if !known || !fs.ValidPath(name) {
		http.NotFound(w, r)
		return
	}
	body, err := fs.ReadFile(files, name)
	if errors.Is(err, fs.ErrNotExist) {
		http.NotFound(w, r)
		return
	}
	if err != nil {
		http.Error(w, "The file can't be read.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", mime)
	w.Header().Set("Cache-Control", "no-cache")
	w.Write(body)
}

var mimeTypes = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
}
