package config_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"latchkey/server/config"
)

var yamlExample = regexp.MustCompile("(?ms)^```yaml\n(.*?)^```$")

// TestConfigurationsInTheDocumentationLoad takes the examples in web/docs that are
// keys of a site, indented as they stand in a group.yaml, into a sample group.
func TestConfigurationsInTheDocumentationLoad(t *testing.T) {
	pages, err := filepath.Glob("../../web/docs/*.md")
	require.NoError(t, err)
	loaded := 0
	for _, page := range pages {
		src, err := os.ReadFile(page)
		require.NoError(t, err)
		for _, m := range yamlExample.FindAllStringSubmatch(string(src), -1) {
			if !strings.HasPrefix(m[1], "    vendors:") {
				continue // of another program, or with keys that the sample has already
			}
			loaded++
			files := copyOf(t, sampleDir)
			group := files["progress/group.yaml"]
			group.Data = append(append(group.Data, '\n'), m[1]...) // its last key is that of its last site
			_, err := config.LoadFS(files, ".", today)
			require.NoError(t, err, "%s:\n%s", page, m[1])
		}
	}
	require.Positive(t, loaded)
}
