package main

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// goPackage is what `go list -json` says of a package, as far as it matters here.
type goPackage struct {
	ImportPath string
	Imports    []string
	Deps       []string
}

func list(t *testing.T, env []string, args ...string) []goPackage {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,Imports,Deps"}, args...)...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	require.NoError(t, err)
	var found []goPackage
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		err := dec.Decode(&p)
		if errors.Is(err, io.EOF) {
			return found
		}
		require.NoError(t, err)
		found = append(found, p)
	}
}

func under(path, dir string) bool { return path == dir || strings.HasPrefix(path, dir+"/") }

// TestImportsPointOneWay holds the directions of imports that the README draws.
func TestImportsPointOneWay(t *testing.T) {
	bans := []struct {
		who, not, why string
	}{
		{"latchkey/app", "latchkey/server", "what the product is does not know how it is served"},
		{"latchkey/app", "latchkey/web", "what the product is does not know its assets"},
		{"latchkey/app", "latchkey/cmd", "commands connect the parts, nothing depends on them"},
		{"latchkey/app", "net/http", "it would reach the WebAssembly and double its size"},
		{"latchkey/app", "database/sql", "stores live in the server"},
		{"latchkey/app", "os", "the same code runs in a browser, which has no files or environment"},
		{"latchkey/app/consent", "github.com/maxence-charriere/go-app/v10/pkg/app", "rules are not drawings"},
		{"latchkey/app/rights", "github.com/maxence-charriere/go-app/v10/pkg/app", "rules are not drawings"},
		{"latchkey/app/group", "github.com/maxence-charriere/go-app/v10/pkg/app", "rules are not drawings"},
		{"latchkey/app/ui", "latchkey/app/notice/markdown", "the browser gets notices parsed; the parser would add to its download"},
		{"latchkey/app/ui", "latchkey/app/dpv", "the browser needs no JSON-LD"},
		{"latchkey/cmd/panel", "latchkey/app/dpv", "the browser needs no JSON-LD"},
		{"latchkey/server/dossier", "latchkey/server/config", "a dossier is made from what was stored, not from how things are set up now"},
		{"latchkey/server", "latchkey/cmd", "commands connect the parts, nothing depends on them"},
		{"latchkey/server/sqlite", "latchkey/server", "the store interface lives with its user"},
		{"latchkey/server/postgres", "latchkey/server", "the store interface lives with its user"},
		{"latchkey/server/postgres", "latchkey/server/sqlite", "stores do not know each other"},
		{"latchkey/server/postgres", "latchkey/app/ui", "a store draws nothing"},
		{"latchkey/server/sqlite", "latchkey/app/ui", "a store draws nothing"},
		{"latchkey/server/mail", "latchkey/server/sqlite", "mail takes any store of messages"},
		{"latchkey/cmd/panel", "latchkey/server", "the browser's program has no server in it"},
		{"latchkey/cmd/panel", "latchkey/web", "the browser's program does not carry its own assets"},
		{"latchkey/cmd/proof", "latchkey/server", "the browser's program has no server in it"},
		{"latchkey/cmd/proof", "latchkey/app/ui", "it is fetched beside the page, and small because it draws nothing"},
		{"latchkey/app/evidence", "github.com/maxence-charriere/go-app/v10/pkg/app", "rules are not drawings"},
		{"latchkey/server/receiptlog/audit", "latchkey/server/sqlite", "the auditor takes any store"},
		{"latchkey/app/ui", "latchkey/app/auditlog", "the browser has no log"},
		{"latchkey/app/auditlog", "github.com/maxence-charriere/go-app/v10/pkg/app", "rules are not drawings"},
		{"latchkey/server/integrity", "latchkey/server/sqlite", "what checks takes any store"},
		{"latchkey/web", "latchkey", "the assets are only embedded"},
	}
	for _, p := range append(list(t, nil, "latchkey/..."), list(t, []string{"GOOS=js", "GOARCH=wasm"}, "latchkey/cmd/panel", "latchkey/cmd/proof", "latchkey/app/...")...) {
		for _, imported := range p.Imports {
			for _, ban := range bans {
				exact := !strings.HasPrefix(ban.not, "latchkey") || ban.not == "latchkey/server" && under(p.ImportPath, "latchkey/server")
				hit := imported == ban.not || !exact && under(imported, ban.not)
				if under(p.ImportPath, ban.who) && p.ImportPath != imported && hit {
					assert.Fail(t, p.ImportPath+" imports "+imported, ban.why)
				}
			}
		}
	}
}

// TestTheClockIsTheSameInTheBrowser runs the vectors of the response clock as
// WebAssembly, of which the browser's program is made.
func TestTheClockIsTheSameInTheBrowser(t *testing.T) {
	assert.Contains(t, list(t, []string{"GOOS=js", "GOARCH=wasm"}, "latchkey/cmd/panel")[0].Deps, "latchkey/app/rights")
	root, err := exec.Command("go", "env", "GOROOT").Output()
	require.NoError(t, err)
	run := exec.Command("go", "test", "-count=1", "-v", "-exec", strings.TrimSpace(string(root))+"/lib/wasm/go_js_wasm_exec", "-run", "Clock|Complaints|Date", "latchkey/app/rights")
	run.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	out, err := run.CombinedOutput()
	require.NoError(t, err, "%s", out)
	assert.Contains(t, string(out), "--- PASS: TestClock/")
	assert.Contains(t, string(out), "--- PASS: TestComplaintsAreAcknowledgedWithin30Days/")
}

// TestNothingHeavyReachesTheBrowser holds what the WebAssembly may be linked
// from, beyond what go-app itself brings along.
func TestNothingHeavyReachesTheBrowser(t *testing.T) {
	programs := list(t, []string{"GOOS=js", "GOARCH=wasm"}, "latchkey/cmd/panel", "latchkey/cmd/proof")
	require.Len(t, programs, 2)
	for _, dep := range append(programs[0].Deps, programs[1].Deps...) {
		for _, heavy := range []string{"github.com/goccy/", "github.com/yuin/", "html/template", "modernc.org/", "golang.org/x/text/", "golang.org/x/net/", "time/tzdata", "latchkey/app/dpv"} {
			assert.False(t, strings.HasPrefix(dep, heavy), "%s reaches the browser", dep)
		}
	}
}
