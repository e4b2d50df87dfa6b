package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// adapters are the modules that only some sites need. The server writes them
// into a site's loader, each as a function to call with the site's settings.
const adapters = "web/loader/adapters/*.ts"

// bundleAdapters builds every adapter into dist/adapters, as one JavaScript
// expression: what the module exports by default.
func bundleAdapters(stderr io.Writer) error {
	entries, err := filepath.Glob(adapters)
	if err != nil {
		return fmt.Errorf("find the adapters: %w", err)
	}
	for _, entry := range entries {
		module, err := bundle(entry, api.FormatESModule, stderr)
		if err != nil {
			return err
		}
		code, err := asExpression(module)
		if err != nil {
			return fmt.Errorf("%s: %w", entry, err)
		}
		name := strings.TrimSuffix(filepath.Base(entry), ".ts") + ".js"
		if err := write(filepath.Join(dist, "adapters", name), code); err != nil {
			return err
		}
	}
	return nil
}

var (
	// bundled is a module as esbuild writes it: what it declares, and the one export.
	bundled = regexp.MustCompile(`(?s)^(.*)export\s*\{\s*([\w$]+) as default\s*\};?\s*$`)
	// alone is a module that declares nothing but its export, perhaps under a second name.
	alone = regexp.MustCompile(`(?s)^var ([\w$]+)=(.*?)(?:,([\w$]+)=([\w$]+))?;?$`)
)

// asExpression turns a bundled module into an expression for its default export.
func asExpression(module []byte) ([]byte, error) {
	parts := bundled.FindSubmatch(module)
	if parts == nil {
		return nil, errors.New("want a default export, and no other")
	}
	body, name := bytes.TrimSpace(parts[1]), parts[2]
	// That needs no function around it.
	if found := alone.FindSubmatch(body); found != nil {
		declared, value, second, of := found[1], found[2], found[3], found[4]
		if second != nil && bytes.Equal(of, declared) {
			declared = second
		}
		if bytes.Equal(declared, name) && (second == nil || bytes.Equal(second, name)) && isExpression(value) {
			return value, nil
		}
	}
	code := fmt.Appendf(nil, "(()=>{%s;return %s})()", bytes.TrimSuffix(body, []byte(";")), name)
	if !isExpression(code) {
		return nil, fmt.Errorf("%q does not make one expression", code)
	}
	return code, nil
}

// isExpression reports whether code can stand where JavaScript wants one value:
// between ? and : there is no place for a comma.
func isExpression(code []byte) bool {
	return len(api.Transform(fmt.Sprintf("_?%s:_", code), api.TransformOptions{LogLevel: api.LogLevelSilent}).Errors) == 0
}
