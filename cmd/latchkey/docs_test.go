package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	// commandExample is an example of the documentation that is to be run.
	commandExample = regexp.MustCompile("(?ms)^```sh run\n(.*?)^```$")
	// documentedCommand is a command line anywhere in the documentation, in a block or indented.
	documentedCommand = regexp.MustCompile(`(?m)^(?:    )?(?:bin/)?latchkey ([a-z].*)$`)
	documentedAddress = "http://127.0.0.1:8080"
)

// documentation is every page of it, by its path below web/docs.
func documentation(t *testing.T) map[string]string {
	t.Helper()
	pages := map[string]string{}
	root := filepath.Join("..", "..", "web", "docs")
	require.NoError(t, filepath.Walk(root, func(path string, info os.FileInfo, err error) error {
		if err != nil || filepath.Ext(path) != ".md" {
			return err
		}
		src, err := os.ReadFile(path)
		name, _ := filepath.Rel(root, path)
		pages[name] = string(src)
		return err
	}))
	return pages
}

// TestCommandsOfTheDocumentationWork runs each example that is marked "sh run",
// in a folder like the repository, against a running server.
func TestCommandsOfTheDocumentationWork(t *testing.T) {
	repository, err := filepath.Abs("../..")
	require.NoError(t, err)
	p := serve(t, t.TempDir())
	dir := t.TempDir()
	scripts := 0
	for name, src := range documentation(t) {
		for i, m := range commandExample.FindAllStringSubmatch(src, -1) {
			scripts++
			script := "symlink testdata -> " + filepath.Join(repository, "testdata") + "\n"
			for line := range strings.Lines(strings.ReplaceAll(m[1], documentedAddress, p.url)) {
				script += "exec " + line + "stdout .\n"
			}
			file := strings.ReplaceAll(strings.TrimSuffix(name, ".md"), string(filepath.Separator), "-") + "-" + string(rune('a'+i)) + ".txtar"
			require.NoError(t, os.WriteFile(filepath.Join(dir, file), []byte(script), 0o600))
		}
	}
	require.Positive(t, scripts)
	testscript.Run(t, testscript.Params{Dir: dir})
}

// TestCommandsOfTheDocumentationExist holds every command line in it to the
// commands and flags that there are.
func TestCommandsOfTheDocumentationExist(t *testing.T) {
	found := 0
	for name, src := range documentation(t) {
		for _, m := range documentedCommand.FindAllStringSubmatch(src, -1) {
			found++
			line, _, _ := strings.Cut(m[1], "    #")
			line, _, _ = strings.Cut(line, " > ")
			line = strings.NewReplacer("[", "", "]", "", "…", "", `"`, "").Replace(line)
			args := strings.Fields(line)
			var cl commandLine
			parser, err := kong.New(&cl, kong.Name("latchkey"), kong.Exit(func(int) {}))
			require.NoError(t, err)
			// A trace, not a parse: an example may leave out what it is not about.
			trace, err := kong.Trace(parser, args)
			require.NoError(t, err)
			if trace.Error != nil { // the folders and files of an example are not there
				assert.ErrorIs(t, trace.Error, os.ErrNotExist, "%s: latchkey %s", name, line)
			}
		}
	}
	assert.Positive(t, found)
}

// TestTheReadmeNamesEveryCommand holds the list of commands in README.md to those that there are.
func TestTheReadmeNamesEveryCommand(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	var cl commandLine
	parser, err := kong.New(&cl, kong.Name("latchkey"))
	require.NoError(t, err)
	for _, leaf := range parser.Model.Leaves(true) {
		group, name := leaf.Name, ""
		if leaf.Parent.Type == kong.CommandNode {
			group, name = leaf.Parent.Name, leaf.Name
		}
		assert.Regexp(t, `(?m)^    bin/latchkey `+group+`( [a-z|]*\b`+name+`\b| )`, string(readme), "%s %s", group, name)
	}
}

// TestEveryExampleOfServeNamesTheProxy holds every command in the documentation and in README.md that
// serves behind TLS to what that needs.
func TestEveryExampleOfServeNamesTheProxy(t *testing.T) {
	pages := documentation(t)
	readme, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	pages["README.md"] = string(readme)
	found := 0
	for name, src := range pages {
		for line := range strings.Lines(src) {
			if strings.Contains(line, "latchkey serve ") && strings.Contains(line, "--public-url https://") {
				found++
				assert.Contains(t, line, "--trusted-proxy ", name)
			}
		}
	}
	assert.GreaterOrEqual(t, found, 4)
}
