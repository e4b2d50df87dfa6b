package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"latchkey/app/consent"
	"latchkey/app/fault"
	"latchkey/app/group"
	"latchkey/app/i18n"
	"latchkey/app/ui"
	"latchkey/server/config"
	"latchkey/web"
)

// snippetCmd prints what a web team pastes into the pages of a site.
type snippetCmd struct {
	Site      string `arg:"" help:"Id of the site."`
	Config    string `help:"Folder with one folder a group, or the folder of one group." required:"" type:"anypath" placeholder:"DIR"`
	PublicURL string `name:"public-url" help:"Address that visitors reach the server by. It is asked for the pinned tag." default:"http://127.0.0.1:8080" placeholder:"URL"`
	Offline   bool   `help:"Do not ask the server, and leave the pinned tag out."`
	Format    string `help:"text, or json for programs." enum:"text,json" default:"text" placeholder:"FORMAT"`
}

// Run prints the snippets. It ends with the exit code 1 if the folder has
// problems, and with 2 if there is no such folder or site, or the address is
// none. That the server can't be asked for the pinned tag is said, and is no error.
func (c *snippetCmd) Run(ctx context.Context, s streams) error {
	base, origin, ok := address(c.PublicURL)
	if !ok {
		fmt.Fprintf(s.err, "latchkey: --public-url %q: want scheme and host, such as https://privacy.example.org, and a path where the server is behind one\n", c.PublicURL)
		return exit(2)
	}
	loaded, err := config.Load(c.Config, now())
	switch {
	case errors.Is(err, fault.NotFound):
		fmt.Fprintln(s.err, "latchkey:", err)
		return exit(2)
	case err != nil:
		fmt.Fprintln(s.err, err)
		fmt.Fprintln(s.err, "latchkey: the configuration has problems, so there is no snippet yet.")
		return exit(1)
	}
	g, site, ok := loaded.Site(c.Site)
	if !ok {
		fmt.Fprintf(s.err, "latchkey: there is no site %q in %s: it has %s\n", c.Site, c.Config, strings.Join(loaded.SiteIDs(), ", "))
		return exit(2)
	}
	out := snippetOf(base, origin, g, site)
	if c.Offline {
		out.Unpinned = "the server was not asked"
	} else if out.Pinned, err = pinnedAt(ctx, base, site.ID); err != nil {
		out.Unpinned = err.Error()
		fmt.Fprintln(s.err, "latchkey: no pinned tag:", err)
	}
	if c.Format == "json" {
		enc := json.NewEncoder(s.out)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return enc.Encode(out)
	}
	return snippetText.Execute(s.out, out)
}

// address is where the server is reached: its origin, and base, what stands
// before /embed/. A server that is put behind a path of the website has one
// there; it has no query and names nobody.
func address(public string) (base, origin string, ok bool) {
	u, err := url.Parse(strings.TrimRight(public, "/"))
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || !plainPath.MatchString(u.Path) {
		return "", "", false
	}
	origin = u.Scheme + "://" + u.Host
	return u.String(), origin, u.String() == origin+u.Path
}

// plainPath is a path with no character that means something in HTML or a policy.
var plainPath = regexp.MustCompile(`^(/[A-Za-z0-9._~-]+)*$`)

// snippet is everything that is printed, as JSON has it.
type snippet struct {
	Site     string      `json:"site"`
	Server   string      `json:"server"`             // address of the Latchkey server
	Tag      string      `json:"tag"`                // always the current loader
	Entities []entityTag `json:"entities,omitempty"` // for pages that speak for another organisation of the group
	Pinned   *pinnedTag  `json:"pinned"`             // one loader for ever; null if the server was not asked or did not say
	Unpinned string      `json:"unpinned,omitempty"` // why there is no pinned tag
	Stub     inline      `json:"stub"`               // makes window.latchkey callable before the loader is there
	// ConsentMode must stand before a Google tag that the page does not gate; nil
	// for a site without Google's consent mode.
	ConsentMode *inline       `json:"consent_mode,omitempty"`
	Links       []links       `json:"links"`  // by language
	Gated       []gated       `json:"gated"`  // what can wait for a choice
	Policy      contentPolicy `json:"policy"` // what a Content-Security-Policy has to allow
}

type entityTag struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Tag  string `json:"tag"`
}

// inline is a script that stands in the page itself.
type inline struct {
	Tag  string `json:"tag"`
	Hash string `json:"hash"` // for script-src, in a policy that works without nonces
}

// links lead to the privacy centre: in a panel, or without JavaScript as they are.
type links struct {
	Language    string `json:"language"`
	Preferences string `json:"preferences"`
	Notice      string `json:"notice"`
	Request     string `json:"request"`
	Cookies     string `json:"cookies"` // always a page of its own
}

// gated is a purpose that elements can wait for.
type gated struct {
	Purpose consent.PurposeID `json:"purpose"`
	Basis   consent.Basis     `json:"basis"`
	Script  string            `json:"script"`
	Frame   string            `json:"frame"`
}

// contentPolicy is what Latchkey needs of a page's Content-Security-Policy, by directive.
type contentPolicy struct {
	ScriptSrc    []string `json:"script-src"`
	ConnectSrc   []string `json:"connect-src"`
	FrameSrc     []string `json:"frame-src"`
	TrustedTypes string   `json:"trusted-types"` // name of our policy, needed only where they are enforced
}

// snippetOf makes all that does not need the server. Ids, purposes and the
// origin are checked already: none has a character that means something in HTML.
func snippetOf(base, origin string, g *group.Group, s *group.Site) snippet {
	out := snippet{
		Site: s.ID, Server: base, Tag: tag(base, s.ID, ""), Stub: inlined(strings.TrimSpace(web.Stub)),
		Policy: contentPolicy{
			ScriptSrc: []string{origin}, ConnectSrc: []string{origin}, FrameSrc: []string{origin}, TrustedTypes: "latchkey",
		},
	}
	for _, e := range g.RequestEntities(s)[1:] {
		out.Entities = append(out.Entities, entityTag{e.ID, e.Name, tag(base, s.ID, ` data-entity="`+e.ID+`"`)})
	}
	if slices.ContainsFunc(s.Vendors, func(v group.Vendor) bool { return v.ID == "google" }) {
		script := inlined(consentMode())
		out.ConsentMode = &script
	}
	for _, lang := range s.Languages {
		out.Links = append(out.Links, linksIn(base, g, s, lang))
	}
	for _, p := range g.PurposesOf(s) {
		if p.Basis.Choosable() {
			out.Gated = append(out.Gated, gated{
				Purpose: p.ID, Basis: p.Basis,
				Script: fmt.Sprintf(`<script type="text/plain" data-consent="%s" src="https://www.example.com/script.js"></script>`, p.ID),
				Frame:  fmt.Sprintf(`<iframe data-consent="%s" data-src="https://www.example.com/" title="What it shows"></iframe>`, p.ID),
			})
		}
	}
	return out
}

// tag is the element that brings the current loader of a site, with more attributes.
func tag(base, site, more string) string {
	return `<script async src="` + base + "/embed/" + site + `.js"` + more + `></script>`
}

// inlined is the element of an inline script, with the hash by which a policy
// can allow it (CSP Level 3, section 6.7.3.3).
func inlined(script string) inline {
	sum := sha256.Sum256([]byte(script))
	return inline{Tag: "<script>" + script + "</script>", Hash: "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"}
}

// consentMode says to Google's scripts that nothing is granted, and to wait for
// Latchkey's word: the call that must come before all of theirs. In a page that
// gates them, the loader does the same in time.
// https://developers.google.com/tag-platform/security/guides/consent
func consentMode() string {
	var types []string
	for t := range group.Vendors["google"] {
		types = append(types, t+":'denied'")
	}
	slices.SortFunc(types, cmp.Compare)
	return "window.dataLayer=window.dataLayer||[];function gtag(){dataLayer.push(arguments)}gtag('consent','default',{" +
		strings.Join(types, ",") + ",security_storage:'granted',wait_for_update:500})"
}

// linksIn are the links of the footer, in the words of a language.
func linksIn(base string, g *group.Group, s *group.Site, lang string) links {
	t, view := i18n.For(lang).With(g.Texts[lang]), ui.SiteOf(g, s, lang)
	link := func(page ui.Page, launcher string) string {
		return fmt.Sprintf(`<a href="%s%s"%s>%s</a>`, base, view.Href(lang, page), launcher, escaped(t.T("common.nav."+string(page))))
	}
	return links{
		Language:    lang,
		Preferences: link(ui.PreferencesPage, ` data-latchkey="preferences"`),
		Notice:      link(ui.NoticePage, ` data-latchkey="notice"`),
		Request:     link(ui.RequestPage, ` data-latchkey="request"`),
		Cookies:     link(ui.CookiesPage, ""),
	}
}
