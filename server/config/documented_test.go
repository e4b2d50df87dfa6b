package config_test

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/group"
)

// keysIn lists every key that a configuration can have, as its path without
// positions. What holds keys itself is not listed.
func keysIn(t reflect.Type, at string) []string {
	var found []string
	for f := range t.Fields() {
		key := f.Tag.Get("yaml")
		if key == "" || key == "-" {
			continue
		}
		inner := f.Type
		for inner.Kind() == reflect.Slice || inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		if inner.Kind() == reflect.Struct {
			found = append(found, keysIn(inner, at+key+".")...)
		} else {
			found = append(found, at+key)
		}
	}
	return found
}

func TestEveryKeyIsDocumentedAndNoOther(t *testing.T) {
	page, err := os.ReadFile("../../web/docs/config.md")
	require.NoError(t, err)
	var documented []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z_.]+)` \\| [^|]+ \\| `[^|]+` \\|$").FindAllStringSubmatch(string(page), -1) {
		documented = append(documented, m[1])
	}
	want := keysIn(reflect.TypeFor[group.Group](), "")
	slices.Sort(want)
	slices.Sort(documented)
	assert.Equal(t, want, documented, "a line a key: key, meaning and example")
}
