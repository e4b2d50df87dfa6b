package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/evanw/esbuild/pkg/api"
)

// sources lists every script and style sheet by its output's name. An entry
// that is not there is left out: a checkout may be built before it is complete.
var sources = []struct{ entry, out string }{
	{"web/loader/main.ts", "loader.js"},
	{"web/boot.ts", "boot.js"},
	{"web/css/first.css", "first.css"},
	{"web/css/centre.css", "centre.css"},
}

// data is the identifier that the server replaces by a site's data.
const data = "LATCHKEY"

// bundleAll bundles every source into dist.
func bundleAll(stderr io.Writer) error {
	for _, s := range sources {
		if _, err := os.Stat(s.entry); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		code, err := bundle(s.entry, stderr)
		if err != nil {
			return err
		}
		if s.out == "loader.js" {
			if n := bytes.Count(code, []byte(data)); n != 1 {
				return fmt.Errorf("%s: want the identifier %s once, got it %d times", s.entry, data, n)
			}
			code = guarded(code)
		}
		if err := write(filepath.Join(dist, s.out), code); err != nil {
			return err
		}
	}
	return nil
}

// bundle returns the entry with all that it imports, as small as esbuild makes
// it. The browsers aimed at are those of 2020 and later: Chrome 80, Firefox 74,
// Safari 13.1. esbuild's own messages, with file and line, go to stderr.
func bundle(entry string, stderr io.Writer) ([]byte, error) {
	result := api.Build(api.BuildOptions{
		EntryPoints:       []string{entry},
		Bundle:            true,
		Format:            api.FormatIIFE,
		Target:            api.ES2020,
		Charset:           api.CharsetUTF8,
		MinifyWhitespace:  true,
		MinifyIdentifiers: true,
		MinifySyntax:      true,
		LegalComments:     api.LegalCommentsNone,
	})
	for _, m := range api.FormatMessages(append(result.Errors, result.Warnings...), api.FormatMessagesOptions{}) {
		fmt.Fprint(stderr, m)
	}
	if len(result.Errors) > 0 {
		return nil, fmt.Errorf("%s: %d errors", entry, len(result.Errors))
	}
	return result.OutputFiles[0].Contents, nil
}

// guarded wraps the loader so that nothing which goes wrong while it starts
// reaches the host page's own error handling.
func guarded(code []byte) []byte {
	return fmt.Appendf(nil, "try{%s}catch(e){console.warn(\"Latchkey\",e)}\n", bytes.TrimSpace(code))
}

// write writes a file unless it is there already with the same content, so that
// what depends on its time is not built again. The file is replaced whole.
func write(path string, content []byte) error {
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, content) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("output folder: %w", err)
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return fmt.Errorf("output file: %w", err)
	}
	defer os.Remove(tmp.Name())
	_, werr := tmp.Write(content)
	if err := errors.Join(werr, tmp.Chmod(0o644), tmp.Close()); err != nil {
		return fmt.Errorf("output file: %w", err)
	}
	return os.Rename(tmp.Name(), path)
}
