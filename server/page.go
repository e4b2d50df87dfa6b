package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"github.com/andybalholm/brotli"
	"golang.org/x/text/language"

	"latchkey/app/i18n"
	"latchkey/app/ui"
	"latchkey/server/render"
)

// document is a page of the centre. Its body begins with the root component,
// because that is the node that the WebAssembly front end takes over.
var document = template.Must(template.New("document").Parse(`<!doctype html>
<html lang="{{.Lang}}" dir="{{.Dir}}">
<head>
<meta charset="utf-8">
<title>{{.Title}}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light">
<meta name="theme-color" content="{{.Brand}}">
{{- if .Private}}
<meta name="robots" content="noindex">
{{- end}}
<link rel="icon" type="image/svg+xml" href="{{.Icon}}">
<link rel="stylesheet" href="{{.Style}}">
<script src="{{.Boot}}" data-origins="{{.Origins}}"{{with .WASM}} data-wasm="{{.}}" data-exec="{{$.Exec}}"{{end}}></script>
</head>
<body>{{.Root}}{{with .Form}}<noscript><input type="hidden" form="{{.}}" name="script" value="off"></noscript>{{end}}{{with .View}}<script type="application/json" id="latchkey-view">{{.}}</script>{{end}}</body>
</html>
`))

// caching of the centre's pages.
const (
	// shared pages say the same to everybody.
	shared = "public, max-age=60, stale-while-revalidate=600"
	// private pages hold what one person typed or chose. No cache keeps them, the
	// browser's own included: others may use it after that person.
	private = "no-store"
	// revisitable pages are kept by the person's own browser, for going back and
	// nothing else. They are the request form before anything was answered, and its
	// further pages for those whose browser runs no script: they answer a POST, and
	// a browser can go back to one that it may not store only by asking the person to send
	// it again. With script, the page itself keeps what was typed (web/boot/draft.ts).
	revisitable = "private, no-cache"
)

// writePage renders a view as a whole document.
func (s *Server) writePage(w http.ResponseWriter, r *http.Request, st *site, status int, cache string, v ui.View) error {
	root, err := render.HTML(&ui.Centre{View: v})
	if err != nil {
		return err
	}
	cat := v.Catalogue()
	fields := map[string]any{
		"Lang": cat.Lang(), "Dir": cat.Dir(), "Title": ui.Title(v), "Brand": st.Theme.Brand, "Private": cache != shared,
		"Icon": s.assetAddress("icon.svg"), "Style": s.base + st.style, "Boot": s.assetAddress("boot.js"), "Origins": strings.Join(st.Origins, " "), "Root": template.HTML(root),
	}
	if v.Request != nil && v.Request.Sent == nil {
		fields["Form"] = ui.RequestForm
	}
	if v.Live() {
		data, err := json.Marshal(v) // escapes <, > and &, so it can't end the script element
		if err != nil {
			return fmt.Errorf("view: %w", err)
		}
		fields["WASM"], fields["Exec"], fields["View"] = s.assetAddress("app.wasm"), s.assetAddress("wasm_exec.js"), template.JS(data)
	}
	var b bytes.Buffer
	if err := document.Execute(&b, fields); err != nil {
		return fmt.Errorf("document: %w", err)
	}
	if len(st.Origins) > 0 {
		frameable(w, st.Origins)
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", cat.Lang())
	h.Set("Cache-Control", cache)
	h.Add("Vary", "Accept-Encoding, Accept-Language")
	out := brotli.HTTPCompressor(w, r)
	w.WriteHeader(status)
	out.Write(b.Bytes()) // an error here means that the person has gone
	out.Close()
	return nil
}

// view begins a view of a page of a site, in the language that the address or,
// failing that, the browser asks for.
func (s *Server) view(r *http.Request, page ui.Page) (*site, ui.View, error) {
	st, err := s.snapshot().site(r.PathValue("site"))
	if err != nil {
		return nil, ui.View{}, err
	}
	lang := st.language(r)
	v := ui.View{
		Page: page, Lang: lang, Texts: st.group.Texts[lang], Site: ui.SiteOf(st.group, st.Site, lang), Path: s.base + r.URL.Path,
	}
	v.Site.Base = s.base
	return st, v, nil
}

// language chooses among the site's languages: ?lang=, then Accept-Language,
// then the site's default.
func (st *site) language(r *http.Request) string {
	asked := r.URL.Query().Get("lang") // not FormValue, which would read a body of any size
	if asked == "" {
		asked = r.Header.Get("Accept-Language")
	}
	if slices.Contains(st.Languages, asked) {
		return asked
	}
	tags, _, err := language.ParseAcceptLanguage(asked)
	if err != nil || len(tags) == 0 {
		return st.Languages[0]
	}
	have := make([]language.Tag, len(st.Languages))
	for i, l := range st.Languages {
		have[i] = language.Make(l)
	}
	_, i, confidence := language.NewMatcher(have).Match(tags...)
	if confidence == language.No {
		return st.Languages[0]
	}
	return st.Languages[i]
}

// problemPage shows a person that something did not work, in the dress of the
// site if it is known which one they are on, and how to go on.
func (s *Server) problemPage(w http.ResponseWriter, r *http.Request, status int) {
	st, v, err := s.view(r, ui.ProblemPage)
	if err != nil {
		st = s.snapshot().plain
		v = ui.View{Page: ui.ProblemPage, Lang: i18n.Default, Path: r.URL.Path}
	}
	v.Problem = &ui.ProblemView{Kind: ui.Broken, Trace: requestID(r)}
	switch {
	case status == http.StatusNotFound:
		v.Problem = &ui.ProblemView{Kind: ui.Missing}
	case passing(status):
		v.Problem.Kind = ui.Busy
	case status < http.StatusInternalServerError:
		v.Problem.Kind = ui.Refused
	}
	switch {
	case v.Problem.Kind == ui.Missing && r.PathValue("token") != "":
		v.Problem.About = ui.Confirmation
	case v.Problem.Kind != ui.Refused && r.Method == http.MethodPost && strings.Contains(r.Pattern, "/request"):
		v.Problem.About = ui.Sending
	}
	if err := s.writePage(w, r, st, status, private, v); err != nil {
		s.logError(r, http.StatusInternalServerError, err)
		http.Error(w, http.StatusText(status), status)
	}
}
