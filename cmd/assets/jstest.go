package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/evanw/esbuild/pkg/api"
)

// runTests checks the types of the TypeScript, bundles each test file under
// web/test for Node.js, and runs them all. The packages that they use are those
// of web/test/package-lock.json, put there by npm ci.
func runTests(ctx context.Context, stdout, stderr io.Writer) error {
	if _, err := os.Stat("web/test/node_modules"); errors.Is(err, fs.ErrNotExist) {
		return errors.New("run npm ci in web/test first")
	}
	types := exec.CommandContext(ctx, "node", "web/test/node_modules/typescript/bin/tsc", "--project", "web/test")
	types.Stdout, types.Stderr = stdout, stderr
	if err := types.Run(); err != nil {
		return fmt.Errorf("types: %w", err)
	}
	out, err := os.MkdirTemp("", "latchkey-test-")
	if err != nil {
		return fmt.Errorf("folder for the tests: %w", err)
	}
	defer os.RemoveAll(out)
	entries, err := filepath.Glob("web/test/*.test.ts")
	if err != nil {
		return fmt.Errorf("find the tests: %w", err)
	}
	result := api.Build(api.BuildOptions{
		EntryPoints:  entries,
		Bundle:       true,
		Platform:     api.PlatformNode,
		Format:       api.FormatESModule,
		OutExtension: map[string]string{".js": ".mjs"},
		Sourcemap:    api.SourceMapInline,
		Outdir:       out,
		Write:        true,
	})
	for _, m := range api.FormatMessages(append(result.Errors, result.Warnings...), api.FormatMessagesOptions{}) {
		fmt.Fprint(stderr, m)
	}
	if len(result.Errors) > 0 {
		return fmt.Errorf("bundle the tests: %d errors", len(result.Errors))
	}
	tests, err := filepath.Glob(filepath.Join(out, "*.mjs"))
	if err != nil {
		return fmt.Errorf("find the bundled tests: %w", err)
	}
	node := exec.CommandContext(ctx, "node", append([]string{"--enable-source-maps", "--test-reporter=spec", "--test"}, tests...)...)
	node.Stdout, node.Stderr = stdout, stderr
	if err := node.Run(); err != nil {
		return fmt.Errorf("tests of the TypeScript: %w", err)
	}
	return nil
}
