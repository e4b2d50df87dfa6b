package server

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"regexp"
	"slices"
	"strings"

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
	Site      string                 `json:"s"`
	Revision  string                 `json:"r"`
	Months    int                    `json:"m"`
	Cookie    string                 `json:"c"` // path, and the attribute Domain if the cookie has one
	Purposes  json.RawMessage        `json:"p"` // by id, see kindsOf
	Parts     string                 `json:"x"` // hash of the parts, which stand at /embed/SITE.PART.HASH.js
	Flags     int                    `json:"f"` // sum of flagFirstParty and the like
	Languages map[string]loaderWords `json:"l"` // the usual one
	Others    []string               `json:"o"` // each a part
	CSS       string                 `json:"css"`
}

// Flags of a site.
const (
	flagFirstParty   = 1 << iota // the server renews the cookie, see firstparty.go
	flagInheritNonce             // marked scripts without a nonce get that of the script tag
)

// loaderWords is the first layer in one language.
type loaderWords struct {
	Edition  string      `json:"e"`
	Banner   render.Node `json:"b"` // 0 where there is nothing to ask
	Control  render.Node `json:"c"`
	Language string      `json:"g,omitempty"` // of a part
}

// kindsOf writes purpose ids with the kind of their basis, in alphabetical order:
// 0 for essential, 1 for consent, 2 for exempt, and 3 for consent that Global
// Privacy Control refuses.
func (st *site) kindsOf() json.RawMessage {
	refused := st.group.RefusedByGPC(st.Site)
	var b bytes.Buffer
	for _, p := range slices.SortedFunc(slices.Values(st.purposes), func(a, b consent.Purpose) int { return cmp.Compare(a.ID, b.ID) }) {
		kind := 0
		switch {
		case p.Basis.Exempt():
			kind = 2
		case p.Basis == consent.ByConsent && slices.Contains(refused, p.ID):
			kind = 3
		case p.Basis == consent.ByConsent:
			kind = 1
		}
		fmt.Fprintf(&b, ",%q:%d", p.ID, kind)
	}
	return json.RawMessage("{" + strings.TrimPrefix(b.String(), ",") + "}")
}

// firstLayer is what the first layer looks like in one language.
type firstLayer struct {
	edition                string // its id
	banner, control, panel render.Node
	covers                 coverWords
}

// words are the first layer as the loader takes it.
func (l firstLayer) words(lang string) loaderWords {
	w := loaderWords{Language: lang, Edition: l.edition, Banner: 0, Control: l.control}
	if l.banner != nil {
		w.Banner = l.banner
	}
	return w
}

// text is what the visitor reads before a choice on the first layer: the
// banner, the notice of what runs without consent, and the covers over blocked
// frames, whose Always allow is a choice too.
func (l firstLayer) text() string {
	return seen(l.banner) + "\n\n" + seen(l.control) + "\n\n" + l.covers.text()
}

// script returns a script of the first layer as built, with the identifier
// LATCHKEY for the data that it works with.
func (s *Server) script(name string) ([]byte, error) {
	src, err := s.built(name)
	if err != nil {
		return nil, err
	}
	if n := bytes.Count(src, []byte("LATCHKEY")); n != 1 {
		return nil, fmt.Errorf("script %s: the place for its data was found %d times instead of once", name, n)
	}
	return src, nil
}

// built returns a script or style sheet as cmd/assets built it, by its name in dist.
func (s *Server) built(name string) ([]byte, error) {
	src, err := fs.ReadFile(s.dist, "dist/"+name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errNotBuilt
	}
	if err != nil {
		return nil, fmt.Errorf("built asset: %w", err)
	}
	return src, nil
}

var quotedKey = regexp.MustCompile(`"([A-Za-z_]\w*)":`)

// literal writes data as a JavaScript literal.
func literal(data any) (string, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // it is a script of its own, never inside HTML
	if err := enc.Encode(data); err != nil {
		return "", fmt.Errorf("data of a script: %w", err)
	}
	// JSON is JavaScript, but for two line ends that old engines end a string at.
	text := strings.NewReplacer("\u2028", `\u2028`, "\u2029", `\u2029`).Replace(strings.TrimSpace(b.String()))
	// What is a name in JavaScript needs no quotes as a key. Inside a text no quote
	// stands before a colon: it would have a backslash, which is not part of a name.
	return quotedKey.ReplaceAllString(text, "$1:"), nil
}

// withData puts data, written as a JavaScript literal, into a script.
func withData(src []byte, data string) []byte {
	return bytes.Replace(src, []byte("LATCHKEY"), []byte(data), 1)
}

// loaderVersion is the version of the loader's code, as named on receipts.
func (s *Server) loaderVersion() string {
	src, err := s.script("loader.js")
	if err != nil {
		return ""
	}
	return hash(src)[:16]
}

// composeLoader makes the loader of a site, and publishes the parts that go with it.
func (s *Server) composeLoader(st *site, drawn map[string]firstLayer) (*file, error) {
	src, err := s.script("loader.js")
	if err != nil {
		return nil, err
	}
	css, err := s.firstLayerStyle(st)
	if err != nil {
		return nil, err
	}
	parts, err := s.composeParts(st, drawn)
	if err != nil {
		return nil, err
	}
	adapters, err := s.adapters(st)
	if err != nil {
		return nil, err
	}
	d := loaderData{
		Site: st.ID, Revision: st.group.Revision(st.Site), Months: st.Cookie.MonthsOrDefault(), Cookie: st.cookieScope(),
		Purposes: st.kindsOf(), Parts: parts, CSS: css,
		Languages: map[string]loaderWords{}, Others: append([]string{}, st.Languages[1:]...),
	}
	if st.FirstParty {
		d.Flags |= flagFirstParty
	}
	if st.Nonce == group.InheritNonce {
		d.Flags |= flagInheritNonce
	}
	usual := st.Languages[0]
	d.Languages[usual] = drawn[usual].words("")
	data, err := literal(d)
	if err != nil {
		return nil, err
	}
	// The adapters are code, and the only code here: whatever stands in the data is a value.
	data = strings.TrimSuffix(data, "}") + ",v:[" + strings.Join(adapters, ",") + "]}"
	return newFile(withData(src, data), "loader.js", pointer), nil
}

// firstLayerStyle is the style sheet of a site's first layer, in its colours.
func (s *Server) firstLayerStyle(st *site) (string, error) {
	names := []string{"first.css", "left.css"}
	if st.Theme.Position == "right" {
		names[1] = "right.css"
	}
	if !st.asks() {
		names = append(names, "only.css")
	}
	var css strings.Builder
	for _, name := range names {
		sheet, err := s.built(name)
		if err != nil {
			return "", err
		}
		css.Write(bytes.TrimSpace(sheet))
	}
	return inColour(css.String(), st.Theme), nil
}

// asks reports whether the site asks for consent to anything.
func (st *site) asks() bool {
	return slices.ContainsFunc(st.purposes, func(p consent.Purpose) bool { return p.Basis == consent.ByConsent })
}

// cookieScope is where the consent cookie belongs, as the loader writes it
// after Path= (RFC 6265, section 4.1.1).
func (st *site) cookieScope() string {
	if st.Cookie.Domain == "" {
		return st.Cookie.PathOrDefault()
	}
	return st.Cookie.PathOrDefault() + ";Domain=" + st.Cookie.Domain
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
	css, err := s.built("centre.css")
	if err != nil {
		return nil, err
	}
	colours := fmt.Sprintf(":root{--lk-brand:%s;--lk-on-brand:%s;--lk-surface:%s;--lk-text:%s}\n",
		st.Theme.Brand, st.Theme.OnBrand, st.Theme.Surface, st.Theme.Text)
	return newFile([]byte(strings.TrimSpace(string(css))+colours), "centre.css", forEver), nil
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
	var l firstLayer
	var err error
	if st.asks() {
		banner := &ui.Banner{T: t, View: ui.BannerView{Site: st.Name, Entity: controller.Name, Purposes: purposes}}
		if l.banner, err = render.Tree(banner); err != nil {
			return l, err
		}
	}
	if l.control, err = render.Tree(&ui.Control{T: t, Purposes: purposes}); err != nil {
		return l, err
	}
	if l.panel, err = render.Tree(&ui.Panel{T: t}); err != nil {
		return l, err
	}
	l.covers, err = st.drawCovers(lang)
	return l, err
}
