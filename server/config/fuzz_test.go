package config_test

import (
	"errors"
	"maps"
	"strings"
	"testing"
	"testing/fstest"

	"latchkey/app/fault"
	"latchkey/server/config"
)

// FuzzLoad holds the reading of a folder to its promise: whatever is in the
// files, it ends with a configuration or with problems that each have a place
// in a file, and never with a panic.
func FuzzLoad(f *testing.F) {
	sound := copyOf(f, soundDir)
	groupFile := sound["group.yaml"].Data
	f.Add(groupFile, sound["locales/cy.yaml"].Data)
	for _, s := range []string{"", "a: b", "- a", "a: &b\n  c: *b", "<<: {a: b}", "? a\n: b", "a: [b, {c: d}", "!!int a", "---\n---\n", "id: 1\nid: 2", "{a: {b: {c}}}", "a: |\n b", "sites:\n  -\n  - 1\n  - {}", "entities: [{}]\nsites: [{}]\npurposes: [{}]", "\x00", "\ufeffa: b"} {
		f.Add([]byte(s), []byte(s))
	}
	f.Add([]byte(strings.Repeat("[", 500)), []byte(strings.Repeat("a: {", 200)))

	f.Fuzz(func(t *testing.T, group, locale []byte) {
		if len(group)+len(locale) > 16<<10 {
			return // the parser's time grows with the square of the lines
		}
		files := fstest.MapFS{}
		maps.Copy(files, sound)
		files["group.yaml"] = &fstest.MapFile{Data: group}
		files["locales/cy.yaml"] = &fstest.MapFile{Data: locale}

		c, err := config.LoadFS(files, "acme", today)

		var invalid *config.Invalid
		switch {
		case err == nil && len(c.Groups) == 1:
		case errors.As(err, &invalid) && errors.Is(err, fault.Invalid) && len(invalid.Problems) > 0:
			for _, p := range invalid.Problems {
				if p.Line < 1 || p.Column < 1 || p.Text == "" || !strings.HasPrefix(p.File, "acme/") {
					t.Errorf("a problem without a place: %q", p)
				}
			}
		default:
			t.Errorf("neither a configuration nor problems: %v", err)
		}
	})
}
