package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// sources lists every script and style sheet by its output's name.
var sources = []struct {
	entry, out string
	format     api.Format
}{
	{"web/loader/main.ts", "loader.js", api.FormatIIFE},
	{"web/loader/cover.ts", "cover.js", api.FormatESModule},
	{"web/loader/debug.ts", "debug.js", api.FormatESModule},
	{"web/loader/focus.ts", "focus.js", api.FormatESModule},
	{"web/loader/hint.ts", "hint.js", api.FormatESModule},
	{"web/loader/leave.ts", "leave.js", api.FormatESModule},
	{"web/loader/panel.ts", "panel.js", api.FormatESModule},
	{"web/loader/send.ts", "send.js", api.FormatESModule},
	{"web/loader/words.ts", "words.js", api.FormatESModule},
	{"web/boot.ts", "boot.js", api.FormatIIFE},
	{"web/verify.ts", "verify.js", api.FormatESModule},
	{"web/css/first.css", "first.css", api.FormatDefault},
	{"web/css/left.css", "left.css", api.FormatDefault},
	{"web/css/right.css", "right.css", api.FormatDefault},
	{"web/css/only.css", "only.css", api.FormatDefault},
	{"web/css/centre.css", "centre.css", api.FormatDefault},
}

// data is the identifier that the server replaces by a site's data.
const data = "LATCHKEY"

// bundleAll bundles every source into dist.
func bundleAll(stderr io.Writer) error {
	for _, s := range sources {
		code, err := bundle(s.entry, s.format, stderr)
		if err != nil {
			return err
		}
		// The parts focus and send know nothing of the site but what the loader lends them.
		if strings.HasPrefix(s.entry, "web/loader/") && s.out != "focus.js" && s.out != "send.js" {
			if n := bytes.Count(code, []byte(data)); n != 1 {
				return fmt.Errorf("%s: want the identifier %s once, got it %d times", s.entry, data, n)
			}
		}
		if s.out == "loader.js" {
			code = guarded(code)
		}
		if err := write(filepath.Join(dist, s.out), code); err != nil {
			return err
		}
	}
	return bundleAdapters(stderr)
}

// bundle returns the entry with all that it imports, as small as esbuild makes
// it. The browsers aimed at are those of 2020 and later: Chrome 80, Firefox 74,
// Safari 13.1. esbuild's own messages, with file and line, go to stderr.
func bundle(entry string, format api.Format, stderr io.Writer) ([]byte, error) {
	result := api.Build(api.BuildOptions{
		EntryPoints:       []string{entry},
		Bundle:            true,
		Format:            format,
		Target:            api.ES2020,
		Charset:           api.CharsetUTF8,
		MinifyWhitespace:  true,
		MinifyIdentifiers: true,
		MinifySyntax:      true,
		LegalComments:     api.LegalCommentsNone,
		Plugins:           []api.Plugin{styleAsText},
	})
	for _, m := range api.FormatMessages(append(result.Errors, result.Warnings...), api.FormatMessagesOptions{}) {
		fmt.Fprint(stderr, m)
	}
	if len(result.Errors) > 0 {
		return nil, fmt.Errorf("%s: %d errors", entry, len(result.Errors))
	}
	return result.OutputFiles[0].Contents, nil
}

// styleAsText lets a script import a style sheet as a string, minified.
var styleAsText = api.Plugin{Name: "style-as-text", Setup: func(build api.PluginBuild) {
	build.OnLoad(api.OnLoadOptions{Filter: `\.css$`}, func(args api.OnLoadArgs) (api.OnLoadResult, error) {
		if filepath.Ext(build.InitialOptions.EntryPoints[0]) == ".css" {
			return api.OnLoadResult{}, nil // a style sheet of its own
		}
		css, err := os.ReadFile(args.Path)
		if err != nil {
			return api.OnLoadResult{}, err
		}
		small := api.Transform(string(css), api.TransformOptions{
			Loader: api.LoaderCSS, MinifyWhitespace: true, MinifySyntax: true, LegalComments: api.LegalCommentsNone,
		})
		text := strings.TrimSpace(string(small.Code))
		return api.OnLoadResult{Contents: &text, Loader: api.LoaderText, Errors: small.Errors, Warnings: small.Warnings}, nil
	})
}}

// guarded wraps the loader so that nothing which goes wrong while it starts
// reaches the host page's own error handling. The comment at its top is an
// explicit compile hint (https://github.com/WICG/explicit-javascript-compile-hints-file-based):
// browsers that know it compile all functions at once, beside the page's own
// work, rather than each when the banner is drawn or a button is pressed.
func guarded(code []byte) []byte {
	return fmt.Appendf(nil, "//# allFunctionsCalledOnLoad\ntry{%s}catch(e){console.warn(\"Latchkey\",e)}\n", bytes.TrimSpace(code))
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
