package siteaudit_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestTheCommand runs "latchkey audit" as a pipeline does.
func TestTheCommand(t *testing.T) {
	file := filepath.Join(t.TempDir(), "audit.sarif")
	for _, c := range []struct {
		name string
		args []string
		code int
		out  string // in standard output
		err  string // in standard error
	}{
		{"an error makes it 1", []string{"/progress-group/hostile/without"}, 1, "ERROR  loader-missing", "before a choice: "},
		{"which never counts if it is told so", []string{"/progress-group/hostile/without", "--fail-on", "never", "--format", "junit"}, 0, "<testsuites", ""},
		{"the report goes to a file", []string{"/progress-group/hostile/without", "--format", "sarif", "--output", file}, 1, "", ""},
		{"without a browser there is no report", []string{"/progress-group/", "--browser", "/no/such/browser"}, 2, "", "name a Chromium or Chrome with --browser"},
		{"nor without the site", []string{"/progress-group/", "--site", "elsewhere"}, 2, "", `there is no site "elsewhere"`},
		{"nor for a page that there is not", []string{"/progress-group/nowhere"}, 2, "", "none of the pages could be loaded. " + world.demo + "/progress-group/nowhere: This page could not be audited: the server answers 404"},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := []string{"audit", world.demo + c.args[0], "--config", world.groups, "--site", "progress-group", "--quiet", "300ms"}
			var out, said strings.Builder
			cmd := exec.Command(world.binary, append(args, c.args[1:]...)...)
			cmd.Stdout, cmd.Stderr = &out, &said
			cmd.Run() // its exit code is looked at
			require.Equal(t, c.code, cmd.ProcessState.ExitCode(), "%s%s", out.String(), said.String())
			assert.Contains(t, out.String(), c.out)
			if c.out == "" {
				assert.Empty(t, out.String())
			}
			assert.Contains(t, said.String(), c.err)
		})
	}
	b, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Contains(t, string(b), `"version": "2.1.0"`)
}
