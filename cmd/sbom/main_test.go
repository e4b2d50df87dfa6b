package main

import (
	"bytes"
	"debug/buildinfo"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	cdx "github.com/CycloneDX/cyclonedx-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// command runs a command in the root of the repository, and returns what it says.
func command(t *testing.T, env []string, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Stderr = "../..", os.Stderr
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.Output()
	require.NoError(t, err, "%s %s", name, strings.Join(args, " "))
	return string(out)
}

// modules are the modules, as path@version, of what `go version -m` says of a program.
func modules(t *testing.T, program string) []string {
	t.Helper()
	var found []string
	for line := range strings.Lines(command(t, nil, "go", "version", "-m", program)) {
		if fields := strings.Fields(line); len(fields) >= 3 && fields[0] == "dep" {
			found = append(found, fields[1]+"@"+fields[2])
		}
	}
	require.Greater(t, len(found), 20)
	return found
}

// TestTheBillHasEveryModule writes the bill of a program, and holds it to what the toolchain says of it.
func TestTheBillHasEveryModule(t *testing.T) {
	program := filepath.Join(t.TempDir(), "latchkey")
	command(t, nil, "go", "build", "-trimpath", "-o", program, "./cmd/latchkey")
	info, err := buildinfo.ReadFile(program)
	require.NoError(t, err)
	var written bytes.Buffer
	require.NoError(t, write(&written, info))
	var bom cdx.BOM
	require.NoError(t, cdx.NewBOMDecoder(bytes.NewReader(written.Bytes()), cdx.BOMFileFormatJSON).Decode(&bom))
	assert.Equal(t, "CycloneDX", bom.BOMFormat)
	assert.Equal(t, cdx.SpecVersion1_6, bom.SpecVersion)
	listed := map[string]bool{}
	for _, c := range *bom.Components {
		assert.Equal(t, "pkg:golang/"+c.Name+"@"+c.Version, c.PackageURL)
		if c.Name != "std" {
			require.NotNil(t, c.Hashes, c.Name)
		}
		assert.False(t, listed[c.Name+"@"+c.Version], "%s stands twice", c.Name)
		listed[c.Name+"@"+c.Version] = true
	}
	all := modules(t, program)
	for _, module := range all {
		assert.True(t, listed[module], module)
	}
	assert.Len(t, listed, len(all)+1, "and the standard library")

	// What other machines and the browser run is made of no other modules.
	for _, other := range []struct{ system, arch, packages string }{{"linux", "arm64", "./cmd/latchkey"}, {"js", "wasm", "./cmd/panel"}, {"js", "wasm", "./cmd/proof"}} {
		out := command(t, []string{"CGO_ENABLED=0", "GOOS=" + other.system, "GOARCH=" + other.arch}, "go", "list", "-deps", "-f", "{{with .Module}}{{.Path}}@{{.Version}}{{end}}", other.packages)
		for _, module := range strings.Fields(out) {
			if module != "latchkey@" {
				assert.True(t, listed[module], "%s, in %s for %s", module, other.packages, other.arch)
			}
		}
	}

	var again bytes.Buffer
	require.NoError(t, write(&again, info))
	assert.Equal(t, written.String(), again.String(), "the same for the same program")
}

// TestMakeDistIsTheSameEverywhere holds the recipe to what makes a build independent of the machine.
func TestMakeDistIsTheSameEverywhere(t *testing.T) {
	recipe := command(t, nil, "make", "-n", "-o", "assets", "dist")
	for _, part := range []string{"CGO_ENABLED=0", "GOOS=linux", "amd64 arm64", "-trimpath", "./cmd/sbom", "latchkey.cdx.json", "SHA256SUMS"} {
		assert.Contains(t, recipe, part)
	}
}
