package main

import (
	"html"
	"text/template"
)

// escaped lets a text of a catalogue stand in HTML.
func escaped(s string) string { return html.EscapeString(s) }

// snippetText is what is printed for people. All of it can stand in a page.
var snippetText = template.Must(template.New("snippet").Parse(`<!-- First in the head of every page: the banner, the Privacy control and the gate. This address is always the current loader. -->
{{.Tag}}
{{- with .Pinned}}

<!-- Or, in its place: the loader as it is now, which can't change. Each change of the configuration then needs the new tag.
        Every one ever printed keeps working. -->
{{.Tag}}
{{- else}}

<!-- There is no pinned tag here: {{.Unpinned}}.
        Run "latchkey snippet" again where {{.Server}} can be reached: it prints the address with
        the integrity of what the server really serves. Never put an integrity on the address above. -->
{{- end}}
{{- with .Entities}}

<!-- On pages that speak for another organisation of the group, name it with data-entity:
{{- range .}}
        {{.Tag}}
{{- end}} -->
{{- end}}

<!-- Only if scripts of yours call window.latchkey: before the first that does. What they call waits until Latchkey is there. -->
{{.Stub.Tag}}
{{- with .ConsentMode}}

<!-- Only if a Google tag stands in the page without data-consent: before that tag, so that it starts with nothing granted.
        It then still sends Google an address and a browser before the visitor has answered, which regulation 6 of PECR
        hardly allows. Gate the tag instead, and leave this out. -->
{{.Tag}}
{{- end}}

<!-- In the footer: the first three open a panel. Without JavaScript all are ordinary links; the last is the list of cookies. -->
{{- range .Links}}
{{- if gt (len $.Links) 1}}
<!--    {{.Language}} -->
{{- end}}
{{.Preferences}}
{{.Notice}}
{{.Request}}
{{.Cookies}}
{{- end}}
{{- with .Gated}}

<!-- What has to wait for a choice: name its purpose, and put its address where the browser does not look.
{{- range .}}
        {{.Purpose}} ({{.Basis}}):
        {{.Script}}
        {{.Frame}}
{{- end}} -->
{{- end}}

<!-- If the page sends a Content-Security-Policy, add to it:
        script-src{{range .Policy.ScriptSrc}} {{.}}{{end}}
        connect-src{{range .Policy.ConnectSrc}} {{.}}{{end}}
        frame-src{{range .Policy.FrameSrc}} {{.}}{{end}}
     Nothing for styles, pictures or fonts. If it works with nonces, give the tags, and every script that you mark, the page's
     nonce. Without nonces, script-src also needs, for the stub{{with .ConsentMode}} and the Google script{{end}} if you use {{if .ConsentMode}}them{{else}}it{{end}}:
        {{.Stub.Hash}}{{with .ConsentMode}} {{.Hash}}{{end}}
     If it enforces Trusted Types (require-trusted-types-for 'script'), allow our policy:
        trusted-types {{.Policy.TrustedTypes}}
     Cross-Origin-Embedder-Policy: require-corp needs nothing: all that Latchkey serves says that it may be embedded. -->
`))
