package markdown_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The front end draws notices and never reads their source; a parser in it
// would only cost every visitor's time.
func TestTheFrontEndCarriesNoParser(t *testing.T) {
	cmd := exec.Command("go", "list", "-deps", "latchkey/app/ui")
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	out, err := cmd.Output()
	require.NoError(t, err)
	deps := strings.Fields(string(out))
	require.Contains(t, deps, "latchkey/app/notice")
	for _, dep := range deps {
		assert.NotContains(t, dep, "goldmark")
		assert.NotContains(t, dep, "goccy/go-yaml")
		assert.NotEqual(t, "latchkey/app/notice/markdown", dep)
	}
}
