package siteaudit

import (
	"bytes"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"latchkey/app/consent"
)

// source is the HTML of a page as its server sent it.
type source struct {
	Place
	address string
	html    string
	origin  string // where the page stands, after redirections; "" if the page did not say
	works   bool   // Latchkey works on the page
}

// element is one of the page's HTML that loads something, or an inline script.
type element struct {
	line     int
	tag      string
	attr     map[string]string
	text     string // of an inline script
	noscript bool   // inside noscript
}

// elements lists what may load something, in the order of the page. What
// stands in a template is inert and left out.
func elements(source string) []element { return scan(source, 1, false) }

func scan(source string, line int, noscript bool) []element {
	var found []element
	templates := 0
	z := html.NewTokenizer(strings.NewReader(source))
	for {
		kind := z.Next()
		raw := bytes.Clone(z.Raw())
		here := line
		line += bytes.Count(raw, []byte("\n"))
		switch kind {
		case html.ErrorToken:
			return found
		case html.StartTagToken, html.SelfClosingTagToken:
			t := z.Token()
			e := element{line: here, tag: t.Data, attr: map[string]string{}, noscript: noscript}
			for _, a := range t.Attr {
				if _, twice := e.attr[a.Key]; !twice {
					e.attr[a.Key] = a.Val
				}
			}
			switch {
			case t.Data == "template":
				templates++
			case kind == html.StartTagToken && (t.Data == "script" || t.Data == "noscript"):
				inside := line
				if z.Next() != html.TextToken {
					if t.Data == "script" && templates == 0 {
						found = append(found, e)
					}
					continue
				}
				text := string(z.Raw())
				line += strings.Count(text, "\n")
				switch {
				case templates > 0:
				case t.Data == "noscript":
					found = append(found, scan(text, inside, true)...)
				default:
					e.text = text
					found = append(found, e)
				}
			case templates == 0 && slices.Contains([]string{"script", "iframe", "img", "link", "embed", "object", "video", "audio"}, t.Data):
				found = append(found, e)
			}
		case html.EndTagToken:
			if name, _ := z.TagName(); string(name) == "template" && templates > 0 {
				templates--
			}
		}
	}
}

// loads is the address that an element loads, resolved; "" if it loads nothing by itself.
func (e element) loads(page *url.URL) string {
	raw := e.attr["src"]
	switch e.tag {
	case "link":
		raw = e.attr["href"]
	case "object":
		raw = e.attr["data"]
	}
	if strings.TrimSpace(raw) == "" {
		return ""
	}
	u, err := page.Parse(strings.TrimSpace(raw))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	return u.String()
}

// inert reports whether the browser leaves a script alone: one of a type that is none of a script's.
func (e element) inert() bool {
	if e.tag != "script" {
		return false
	}
	kind, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(e.attr["type"])), ";")
	return !slices.Contains([]string{"", "module", "text/javascript", "application/javascript", "text/ecmascript", "application/ecmascript", "application/x-javascript"}, kind)
}

// purpose is what the element waits for.
func (e element) purpose() (consent.PurposeID, bool) {
	p, ok := e.attr["data-consent"]
	return consent.PurposeID(p), ok
}

// ahead reports whether a link lets the browser connect before anything is used.
func (e element) ahead() bool {
	if e.tag != "link" {
		return false
	}
	for rel := range strings.FieldsSeq(strings.ToLower(e.attr["rel"])) {
		if slices.Contains([]string{"preconnect", "dns-prefetch", "prefetch", "preload", "modulepreload", "prerender"}, rel) {
			return true
		}
	}
	return false
}

// fetches reports whether a link loads what it names.
func (e element) fetches() bool {
	if e.tag != "link" {
		return true
	}
	for rel := range strings.FieldsSeq(strings.ToLower(e.attr["rel"])) {
		if slices.Contains([]string{"stylesheet", "icon", "apple-touch-icon", "manifest"}, rel) {
			return true
		}
	}
	return false
}
