package server_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/evanw/esbuild/pkg/api"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/group"
	"latchkey/server"
)

// TestATextOfTheConfigurationIsNeverCode puts texts into a configuration that would be code if anything but their type
// said what they are, and looks for that code in all that the site's pages load.
func TestATextOfTheConfigurationIsNeverCode(t *testing.T) {
	for _, text := range []string{
		"\ue000INJECTED()", "\ue000\ue000INJECTED()", "\ue001INJECTED()", "\uf8ffINJECTED()", "\U000f0000INJECTED()", "\ufdd0INJECTED()", "\ufffeINJECTED()",
		`"INJECTED()`, `"},INJECTED(),{"`, `\"+INJECTED()+\"`, `\`, `\\"+INJECTED()+"`, "`${INJECTED()}`", "'+INJECTED()+'", "</script><script>INJECTED()</script>",
		"\u2028INJECTED()", "\u2029INJECTED()//", "\nINJECTED()\n", "\x00INJECTED()", "LATCHKEY", "{title}INJECTED(){provider}", `"INJECTED":1`, `x":INJECTED(),"y`, "*/INJECTED()/*", "$&$`$'INJECTED()",
	} {
		t.Run(fmt.Sprintf("%q", text), func(t *testing.T) {
			r := startWith(t, t.TempDir(), func(o *server.Options) {
				for _, g := range o.Config.Groups {
					s, ok := g.Site("progress-group")
					if !ok {
						continue
					}
					s.Name = text
					for i := range g.Purposes {
						g.Purposes[i].Name = group.Text{"en-GB": text, "cy": text}
						g.Purposes[i].About = group.Text{"en-GB": text, "cy": text}
					}
					for i := range g.Entities {
						g.Entities[i].Name = text
					}
					for i := range s.Technologies {
						s.Technologies[i].Provider, s.Technologies[i].About = text, group.Text{"en-GB": text, "cy": text}
					}
				}
			})
			loader := r.do("GET", "/embed/progress-group.js", "")
			require.Equal(t, http.StatusOK, loader.status)
			hash := partsHash.FindStringSubmatch(loader.body)
			require.NotNil(t, hash)
			bodies := map[string]string{"loader": loader.body}
			for _, part := range []string{"cover", "debug", "hint", "focus", "leave", "panel", "send", "words-cy"} {
				got := r.do("GET", "/embed/progress-group."+part+"."+hash[1]+".js", "")
				require.Equal(t, http.StatusOK, got.status, part)
				bodies[part] = got.body
			}
			for name, body := range bodies {
				parsed := api.Transform(body, api.TransformOptions{Loader: api.LoaderJS, Define: map[string]string{"INJECTED": "FOUND"}})
				require.Empty(t, parsed.Errors, name)
				assert.NotContains(t, string(parsed.Code), "FOUND", name)
			}
			assert.True(t, strings.Contains(bodies["cover"], "INJECTED") || !strings.Contains(text, "INJECTED"), "the text is there")
		})
	}
}
