package i18n_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/i18n"
)

var placeholder = regexp.MustCompile(`\{[^{}]*\}`)

func placeholders(text string) []string {
	return slices.Compact(slices.Sorted(slices.Values(placeholder.FindAllString(text, -1))))
}

func TestEveryLanguageHasEveryMessage(t *testing.T) {
	en := i18n.For(i18n.Default)
	require.NotEmpty(t, en.Keys())
	for _, lang := range i18n.Languages {
		c := i18n.For(lang)
		assert.Empty(t, missing(en.Keys(), c.Keys()), "%s: messages that it lacks", lang)
		assert.Empty(t, missing(c.Keys(), en.Keys()), "%s: messages that English does not have", lang)
		for _, key := range en.Keys() {
			base, m := en.Message(key), c.Message(key)
			if m == nil {
				continue // said above
			}
			if len(base) > 1 {
				assert.ElementsMatch(t, i18n.Plurals(lang), slices.Sorted(maps.Keys(m)), "%s %s: plural forms", lang, key)
			} else {
				assert.Equal(t, []string{"other"}, slices.Sorted(maps.Keys(m)), "%s %s: a text without plural forms", lang, key)
			}
			for form, text := range m {
				assert.Equal(t, strings.TrimSpace(text), text, "%s %s: spaces at the ends", lang, key)
				assert.NotEmpty(t, text, "%s %s %s", lang, key, form)
				assert.Equal(t, strings.Count(text, "{"), len(placeholder.FindAllString(text, -1)), "%s %s: braces", lang, key)
				assert.Equal(t, strings.Count(text, "{"), strings.Count(text, "}"), "%s %s: braces", lang, key)
				want, got := placeholders(base["other"]), placeholders(text)
				if form != "other" {
					want, got = missing(want, counted), missing(got, counted) // "one" can be a word
				}
				assert.Equal(t, want, got, "%s %s %s: placeholders", lang, key, form)
			}
		}
	}
}

var counted = []string{"{n}"}

// missing lists what a has and b has not.
func missing(a, b []string) []string {
	var out []string
	for _, s := range a {
		if !slices.Contains(b, s) {
			out = append(out, s)
		}
	}
	return out
}

// Plain words, in the manner of GOV.UK: no jargon, nothing bureaucratic, no
// straight quotation marks in what people read.
func TestEnglishIsPlain(t *testing.T) {
	banned := regexp.MustCompile(`(?i)\b(please|sorry|utili[sz]e|invalid|forbidden|data subject|in order to|prior to|e-mail|cookies? settings?)\b|["']|\.\.\.`)
	en := i18n.For(i18n.Default)
	for _, key := range en.Keys() {
		for _, text := range en.Message(key) {
			assert.Empty(t, banned.FindString(text), "%s: %s", key, text)
		}
	}
}

// key looks like a message key, whole or the constant beginning or end of one
// that is put together at run time.
var key = regexp.MustCompile(`^[a-z]+(\.[A-Za-z0-9-]+)+$`)

func TestEveryMessageThatTheCodeAsksForExists(t *testing.T) {
	en := i18n.For(i18n.Default)
	used, begun := literals(t), map[string]bool{}
	for text, place := range used {
		area, _, _ := strings.Cut(text, ".")
		switch {
		case !slices.ContainsFunc(en.Keys(), func(k string) bool { return strings.HasPrefix(k, area+".") }):
			// not of a catalogue's area
		case strings.HasSuffix(text, "."):
			assert.True(t, slices.ContainsFunc(en.Keys(), func(k string) bool { return strings.HasPrefix(k, text) }),
				"%s: no message begins with %q", place, text)
			begun[text] = true
		case key.MatchString(text):
			assert.True(t, en.Has(text), "%s: there is no message %q", place, text)
		}
	}
	// And the other way round: a message that nothing asks for is dead text, and
	// translators work for nothing.
	for _, k := range en.Keys() {
		_, whole := used[k]
		partly := slices.ContainsFunc(slices.Collect(maps.Keys(begun)), func(b string) bool { return strings.HasPrefix(k, b) })
		assert.True(t, whole || partly, "nothing asks for the message %q", k)
	}
}

// literals collects the string constants of the Go files under app, tests left
// out, that look like a message key or its beginning, each with one place.
func literals(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	beginning := regexp.MustCompile(`^[a-z]+\.([A-Za-z0-9-]+\.)*([A-Za-z0-9-]+)?$`)
	files := token.NewFileSet()
	require.NoError(t, filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(files, path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			s, err := strconv.Unquote(lit.Value)
			s, _, _ = strings.Cut(s, "%") // a format: the rest is put in at run time
			if err == nil && beginning.MatchString(s) {
				found[s] = files.Position(lit.Pos()).String()
			}
			return true
		})
		return nil
	}))
	return found
}
