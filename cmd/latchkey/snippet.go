package main

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"text/template"

	"latchkey/app/consent"
	"latchkey/app/fault"
	"latchkey/app/group"
	"latchkey/server/config"
)

// snippetCmd prints what a web team pastes into the pages of a site.
type snippetCmd struct {
	Site      string `arg:"" help:"Id of the site."`
	Config    string `help:"Folder with one folder a group, or the folder of one group." required:"" placeholder:"DIR"`
	PublicURL string `name:"public-url" help:"Address that visitors reach the server by." default:"http://127.0.0.1:8080" placeholder:"URL"`
}

// Run prints the snippets. It ends with the exit code 1 if the folder has
// problems, and with 2 if there is no such folder or site, or the address is none.
func (c *snippetCmd) Run(s streams) error {
	base, ok := origin(c.PublicURL)
	if !ok {
		fmt.Fprintf(s.err, "latchkey: --public-url %q: want scheme and host, such as https://privacy.example.org\n", c.PublicURL)
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
	return printSnippet(s.out, base, g, site)
}

// origin is the origin of the server's public address. The loader is at its
// root, so an address with a path is refused.
func origin(public string) (string, bool) {
	u, err := url.Parse(strings.TrimSuffix(public, "/"))
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return "", false
	}
	base := u.Scheme + "://" + u.Host
	return base, u.String() == base
}

func printSnippet(out io.Writer, base string, g *group.Group, s *group.Site) error {
	var gated []consent.Purpose
	for _, p := range g.PurposesOf(s) {
		if p.Basis.Choosable() {
			gated = append(gated, p)
		}
	}
	return snippet.Execute(out, map[string]any{
		"Base":   base,
		"Site":   s.ID,
		"Gated":  gated,
		"Others": g.RequestEntities(s)[1:],
	})
}

// snippet holds ids, purposes and an origin, all of them checked: none has a
// character that means something in HTML.
var snippet = template.Must(template.New("snippet").Parse(`<!-- 1. In the head of every page: the banner, the Privacy control and the gate for scripts. -->
<script async src="{{.Base}}/embed/{{.Site}}.js"></script>
{{- with .Others}}
<!--    On pages that speak for another organisation of the group, name it with data-entity:
{{- range .}}
        <script async src="{{$.Base}}/embed/{{$.Site}}.js" data-entity="{{.ID}}"></script>
{{- end}} -->
{{- end}}

<!-- 2. In the footer: these open a panel, and without JavaScript they are ordinary links. -->
<a href="{{.Base}}/{{.Site}}/preferences" data-latchkey="preferences">Cookies</a>
<a href="{{.Base}}/{{.Site}}/notice" data-latchkey="notice">Privacy notice</a>
<a href="{{.Base}}/{{.Site}}/request" data-latchkey="request">Ask about your data</a>
{{- with .Gated}}

<!-- 3. What has to wait for a choice: name its purpose, and put its address where the browser does not look.
{{- range .}}
        {{.ID}} ({{.Basis}}):
        <script type="text/plain" data-consent="{{.ID}}" src="https://www.example.com/script.js"></script>
        <iframe data-consent="{{.ID}}" data-src="https://www.example.com/" title="What it shows"></iframe>
{{- end}} -->
{{- end}}

<!-- 4. If the page sends a Content-Security-Policy, add to it:
        script-src {{.Base}}
        connect-src {{.Base}}
        frame-src {{.Base}} -->
`))
