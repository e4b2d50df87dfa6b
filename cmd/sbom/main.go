// Command sbom writes the software bill of materials of a program of ours, in
// CycloneDX JSON, from what the Go toolchain has put into it:
//
//	go run ./cmd/sbom PROGRAM > latchkey.cdx.json
//
// It lists the modules that are in the program, each with its version and checksum. What
// only tests and the build use is not in it: packages of npm are that.
package main

import (
	"debug/buildinfo"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: sbom PROGRAM")
		os.Exit(2)
	}
	info, err := buildinfo.ReadFile(os.Args[1])
	if err == nil {
		err = write(os.Stdout, info)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "sbom:", err)
		os.Exit(1)
	}
}

// write writes the bill of a program. It says the same for the same program: it
// has neither a time nor a serial number.
func write(out io.Writer, info *debug.BuildInfo) error {
	bom := cdx.NewBOM()
	program := cdx.Component{
		Type: cdx.ComponentTypeApplication, BOMRef: "latchkey", Name: "latchkey", Version: info.Main.Version,
		Licenses: &cdx.Licenses{{License: &cdx.License{ID: "MIT"}}},
	}
	bom.Metadata = &cdx.Metadata{Component: &program}
	toolchain := strings.TrimPrefix(info.GoVersion, "go")
	components := []cdx.Component{{
		Type: cdx.ComponentTypeLibrary, BOMRef: "pkg:golang/std@" + toolchain, Name: "std", Version: toolchain, PackageURL: "pkg:golang/std@" + toolchain,
	}}
	for _, module := range info.Deps {
		if module.Replace != nil {
			module = module.Replace
		}
		c, err := component(module)
		if err != nil {
			return err
		}
		components = append(components, c)
	}
	bom.Components = &components
	var needs []string
	for _, c := range components {
		needs = append(needs, c.BOMRef)
	}
	bom.Dependencies = &[]cdx.Dependency{{Ref: program.BOMRef, Dependencies: &needs}}
	return cdx.NewBOMEncoder(out, cdx.BOMFileFormatJSON).SetPretty(true).EncodeVersion(bom, cdx.SpecVersion1_6)
}

// component is a module, by its address in the form of https://github.com/package-url/purl-spec.
func component(module *debug.Module) (cdx.Component, error) {
	purl := "pkg:golang/" + module.Path + "@" + module.Version
	c := cdx.Component{Type: cdx.ComponentTypeLibrary, BOMRef: purl, Name: module.Path, Version: module.Version, PackageURL: purl}
	if encoded, ok := strings.CutPrefix(module.Sum, "h1:"); ok { // as in go.sum: SHA-256 of the list of its files' hashes
		sum, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil {
			return c, fmt.Errorf("checksum of %s: %w", module.Path, err)
		}
		c.Hashes = &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA256, Value: hex.EncodeToString(sum)}}
	}
	return c, nil
}
