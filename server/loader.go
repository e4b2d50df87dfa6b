package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"latchkey/app/consent"
	"latchkey/app/fault"
	"latchkey/app/group"
	"latchkey/app/i18n"
	"latchkey/app/ui"
	"latchkey/server/render"
)

// loaderData is what the loader of a site is made with; the loader's code finds
// it in place of the identifier LATCHKEY. Names are short because every visitor pays for them.
type loaderData struct {
	Site      string                    `json:"s"`
	Revision  string                    `json:"r"`
	Months    int                       `json:"m"`
	Path      string                    `json:"c"`
	Purposes  orderedPurposes           `json:"p"`
	Panel     string                    `json:"x"` // hash of the panel's code, which stands at /embed/panel.HASH.js
	Default   string                    `json:"d"`
	Languages map[string]loaderLanguage `json:"l"`
	CSS       string                    `json:"css"`
}

// loaderLanguage is the first layer in one language.
type loaderLanguage struct {
	Edition     string            `json:"e"`
	Banner      render.Node       `json:"b"`
	Control     render.Node       `json:"c"`
	Placeholder render.Node       `json:"h"`
	Names       map[string]string `json:"n,omitempty"` // purpose names, for placeholders
}

// orderedPurposes marshals to an object of purpose to kind of basis, in the site's order.
type orderedPurposes []consent.Purpose

// MarshalJSON writes 0 for essential, 1 for consent and 2 for exempt.
func (ps orderedPurposes) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, p := range ps {
		if i > 0 {
			b.WriteByte(',')
		}
		kind := 0
		switch {
		case p.Basis == consent.ByConsent:
			kind = 1
		case p.Basis.Exempt():
			kind = 2
		}
		fmt.Fprintf(&b, "%q:%d", p.ID, kind)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// firstLayer is what the first layer looks like in one language.
type firstLayer struct {
	banner, control, placeholder, panel render.Node
	names                               map[string]string // of the purposes that embeds are declared for
}

// text is what the visitor reads before a choice on the first layer: the
// banner, and the placeholder whose Always allow is a choice too.
func (l firstLayer) text() string { return render.Text(l.banner) + "\n\n" + render.Text(l.placeholder) }

// script returns a script of the first layer as built, with the identifier
// LATCHKEY for the data that it works with.
func (s *Server) script(name string) ([]byte, error) {
	src, err := fs.ReadFile(s.dist, "dist/"+name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errNotBuilt
	}
	if err != nil {
		return nil, fmt.Errorf("script: %w", err)
	}
	if n := bytes.Count(src, []byte("LATCHKEY")); n != 1 {
		return nil, fmt.Errorf("script %s: the place for its data was found %d times instead of once", name, n)
	}
	return src, nil
}

var quotedKey = regexp.MustCompile(`"([A-Za-z_]\w*)":`)

// withData puts data into a script.
func withData(src []byte, data any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // it is a script of its own, never inside HTML
	if err := enc.Encode(data); err != nil {
		return nil, fmt.Errorf("data of a script: %w", err)
	}
	// JSON is JavaScript, but for two line ends that old engines end a string at.
	text := strings.NewReplacer("\u2028", `\u2028`, "\u2029", `\u2029`).Replace(strings.TrimSpace(b.String()))
	// What is a name in JavaScript needs no quotes as a key. Inside a text no quote
	// stands before a colon: it would have a backslash, which is not part of a name.
	text = quotedKey.ReplaceAllString(text, "$1:")
	return bytes.Replace(src, []byte("LATCHKEY"), []byte(text), 1), nil
}

// loaderVersion is the version of the loader's code, as named on receipts.
func (s *Server) loaderVersion() string {
	src, err := s.script("loader.js")
	if err != nil {
		return ""
	}
	return hash(src)[:16]
}

// composeLoader makes the loader of a site, and publishes the panel's code that
// goes with it.
func (s *Server) composeLoader(st *site, drawn map[string]firstLayer, editions map[string]consent.Edition) (*file, error) {
	src, err := s.script("loader.js")
	if err != nil {
		return nil, err
	}
	css, err := fs.ReadFile(s.dist, "dist/first.css")
	if err != nil {
		return nil, fmt.Errorf("style of the first layer: %w", err)
	}
	panel, err := s.composePanel(drawn)
	if err != nil {
		return nil, err
	}
	d := loaderData{
		Site: st.ID, Revision: st.group.Revision(st.Site), Months: st.Cookie.MonthsOrDefault(), Path: st.Cookie.PathOrDefault(),
		Purposes: st.purposes, Panel: panel.hash, CSS: inColour(strings.TrimSpace(string(css)), st.Theme), Default: st.Languages[0],
		Languages: map[string]loaderLanguage{},
	}
	for lang, l := range drawn {
		d.Languages[lang] = loaderLanguage{
			Edition: editions[lang].ID, Banner: l.banner, Control: l.control, Placeholder: l.placeholder, Names: l.names,
		}
	}
	body, err := withData(src, d)
	if err != nil {
		return nil, err
	}
	return newFile(body, "loader.js", pointer), nil
}

// composePanel publishes the panel's code, with its dialog in every language.
func (s *Server) composePanel(drawn map[string]firstLayer) (*file, error) {
	src, err := s.script("panel.js")
	if err != nil {
		return nil, err
	}
	dialogs := map[string]render.Node{}
	for lang, l := range drawn {
		dialogs[lang] = l.panel
	}
	body, err := withData(src, dialogs)
	if err != nil {
		return nil, err
	}
	panel := newFile(body, "panel.js", forEver)
	return panel, s.loaders.keep("panel", panel)
}

// inColour puts a site's colours into the style sheet of the first layer, where
// it has custom properties for them. That is shorter than to define these, and
// no rule of the host page gets in between.
func inColour(css string, t group.Theme) string {
	return strings.NewReplacer(
		"var(--lk-brand)", short(t.Brand), "var(--lk-on-brand)", short(t.OnBrand),
		"var(--lk-surface)", short(t.Surface), "var(--lk-text)", short(t.Text),
	).Replace(css)
}

// short writes a colour #rrggbb as #rgb where that is the same.
func short(colour string) string {
	if len(colour) == 7 && colour[1] == colour[2] && colour[3] == colour[4] && colour[5] == colour[6] {
		return colour[:2] + colour[3:4] + colour[5:6]
	}
	return colour
}

// composeStyle makes the style sheet of a site's centre.
func (s *Server) composeStyle(st *site) (*file, error) {
	css, err := fs.ReadFile(s.dist, "dist/centre.css")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errNotBuilt
	}
	if err != nil {
		return nil, fmt.Errorf("style of the centre: %w", err)
	}
	colours := fmt.Sprintf(":root{--lk-brand:%s;--lk-on-brand:%s;--lk-surface:%s;--lk-text:%s}\n",
		st.Theme.Brand, st.Theme.OnBrand, st.Theme.Surface, st.Theme.Text)
	return newFile([]byte(strings.TrimSpace(string(css))+colours), "centre.css", forEver), nil
}

// loaders is the folder of published loaders: the ones at addresses with a
// hash, which web teams pin with integrity. Every one ever published stays.
type loaders struct {
	dir   string
	cache sync.Map // name to *file
}

var pinned = regexp.MustCompile(`^[a-z0-9-]+\.[0-9a-f]{16}\.js$`)

// keep publishes a loader under its hash. The file is there whole or not at all.
func (l *loaders) keep(site string, f *file) error {
	name := site + "." + f.hash + ".js"
	path := filepath.Join(l.dir, name)
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	if err := os.MkdirAll(l.dir, 0o755); err != nil {
		return fmt.Errorf("loaders: %w", err)
	}
	tmp, err := os.CreateTemp(l.dir, ".new-*")
	if err != nil {
		return fmt.Errorf("loaders: %w", err)
	}
	defer os.Remove(tmp.Name())
	_, werr := io.Copy(tmp, f.body.reader())
	if err := errors.Join(werr, tmp.Chmod(0o644), tmp.Sync(), tmp.Close()); err != nil {
		return fmt.Errorf("loaders: %w", err)
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return fmt.Errorf("loaders: %w", err)
	}
	return nil
}

// find returns a published loader.
func (l *loaders) find(name string) (*file, error) {
	if !pinned.MatchString(name) {
		return nil, fmt.Errorf("no such loader: %w", fault.NotFound)
	}
	if f, ok := l.cache.Load(name); ok {
		return f.(*file), nil
	}
	body, err := os.ReadFile(filepath.Join(l.dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("no such loader: %w", fault.NotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("loader: %w", err)
	}
	f, _ := l.cache.LoadOrStore(name, newFile(body, name, forEver))
	return f.(*file), nil
}

// embed serves /embed/SITE.js, the current loader of a site, and
// /embed/SITE.HASH.js, one that was published at some time.
func (s *Server) embed(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("file")
	id, ok := strings.CutSuffix(name, ".js")
	if !ok {
		return fmt.Errorf("no such loader: %w", fault.NotFound)
	}
	if st, err := s.snapshot().site(id); err == nil {
		st.loader.ServeHTTP(w, r)
		return nil
	}
	f, err := s.loaders.find(name)
	if err != nil {
		return err
	}
	f.ServeHTTP(w, r)
	return nil
}

// asset serves /assets/NAME.HASH.EXT.
func (s *Server) asset(w http.ResponseWriter, r *http.Request) error {
	if f, ok := s.assets.byPath[r.URL.Path]; ok {
		f.ServeHTTP(w, r)
		return nil
	}
	if f, ok := s.snapshot().styles[r.URL.Path]; ok {
		f.ServeHTTP(w, r)
		return nil
	}
	return fmt.Errorf("no such asset: %w", fault.NotFound)
}

// drawFirstLayer renders the first layer of a site in a language.
func (st *site) drawFirstLayer(lang string) (firstLayer, error) {
	t := i18n.For(lang).With(st.group.Texts[lang])
	controller, _ := st.group.Entity(st.Entity)
	purposes := ui.PurposesOf(st.group, st.Site, lang)
	l := firstLayer{names: map[string]string{}}
	for _, p := range purposes {
		embeds := slices.ContainsFunc(p.Technologies, func(t ui.TechnologyView) bool { return t.Kind == group.Embed })
		if p.Basis == consent.ByConsent && embeds {
			l.names[string(p.ID)] = p.Name
		}
	}
	for _, part := range []struct {
		node *render.Node
		ui   app.UI
	}{
		{&l.banner, &ui.Banner{T: t, View: ui.BannerView{
			Site: st.Name, Entity: controller.Name, Purposes: purposes,
		}}},
		{&l.control, &ui.Control{T: t, Position: st.Theme.Position}},
		{&l.placeholder, &ui.Placeholder{T: t}},
		{&l.panel, &ui.Panel{T: t}},
	} {
		var err error
		if *part.node, err = render.Tree(part.ui); err != nil {
			return l, err
		}
	}
	return l, nil
}
