// Package schematest lets tests hold what is published as JSON to its schema. It
// knows the part of JSON Schema (2020-12) that the schemas in testdata/schema use,
// and fails on a keyword that it does not know. Only tests import it.
package schematest

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Faults says how a document breaks a schema, each fault with its place in the
// document; nothing if the document is valid. Both come from [Parse].
func Faults(t testing.TB, root, document map[string]any) []string {
	t.Helper()
	return schema{t, root}.faults(root, document, "")
}

// schema is the schema that a document is held to.
type schema struct {
	t    testing.TB
	root map[string]any
}

// annotations say nothing about what is valid.
var annotations = []string{"$schema", "$defs", "title", "description"}

// faults says what is wrong with v, each fault with its place in the document.
func (s schema) faults(rule any, v any, at string) []string {
	r := rule.(map[string]any)
	var out []string
	bad := func(format string, args ...any) { out = append(out, at+": "+fmt.Sprintf(format, args...)) }
	object, isObject := v.(map[string]any)
	list, isList := v.([]any)
	text, isText := v.(string)
	number, isNumber := v.(float64)
	for keyword, want := range r {
		switch keyword {
		case "type":
			if is := map[string]bool{"object": isObject, "array": isList, "string": isText, "integer": isNumber && number == math.Trunc(number)}; !is[want.(string)] {
				bad("want %s, got %v", want, v)
			}
		case "const":
			if !reflect.DeepEqual(v, want) {
				bad("want %v, got %v", want, v)
			}
		case "enum":
			if !slices.ContainsFunc(want.([]any), func(w any) bool { return reflect.DeepEqual(v, w) }) {
				bad("%v is none of %v", v, want)
			}
		case "pattern":
			if isText && !regexp.MustCompile(want.(string)).MatchString(text) {
				bad("%q does not match %s", text, want)
			}
		case "minimum":
			if isNumber && number < want.(float64) {
				bad("%v is less than %v", number, want)
			}
		case "minLength":
			if isText && float64(len([]rune(text))) < want.(float64) {
				bad("too short")
			}
		case "required":
			for _, key := range want.([]any) {
				if _, there := object[key.(string)]; isObject && !there {
					bad("%s is missing", key)
				}
			}
		case "properties":
			for key, sub := range want.(map[string]any) {
				if value, there := object[key]; there {
					out = append(out, s.faults(sub, value, at+"/"+key)...)
				}
			}
		case "additionalProperties":
			known, _ := r["properties"].(map[string]any)
			for key := range object {
				if _, there := known[key]; !there && want == false {
					bad("%s is not expected", key)
				}
			}
		case "minItems":
			if isList && float64(len(list)) < want.(float64) {
				bad("too few items")
			}
		case "maxItems":
			if isList && float64(len(list)) > want.(float64) {
				bad("too many items")
			}
		case "items":
			for i, item := range list {
				out = append(out, s.faults(want, item, fmt.Sprintf("%s/%d", at, i))...)
			}
		case "contains":
			if isList && !slices.ContainsFunc(list, func(item any) bool { return len(s.faults(want, item, at)) == 0 }) {
				bad("holds nothing like %v", want)
			}
		case "allOf":
			for _, sub := range want.([]any) {
				out = append(out, s.faults(sub, v, at)...)
			}
		case "anyOf":
			var why []string
			ok := false
			for _, sub := range want.([]any) {
				faults := s.faults(sub, v, at)
				ok = ok || len(faults) == 0
				why = append(why, faults...)
			}
			if !ok {
				out = append(out, why...)
			}
		case "$ref":
			name := strings.TrimPrefix(want.(string), "#/$defs/")
			out = append(out, s.faults(s.root["$defs"].(map[string]any)[name], v, at)...)
		default:
			require.Contains(s.t, annotations, keyword, "the schema uses a keyword that this test does not know")
		}
	}
	slices.Sort(out)
	return out
}

// Parse reads a JSON object and fails on an object that has a key twice, which
// encoding/json would let pass.
func Parse(t testing.TB, b []byte) map[string]any {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(string(b)))
	var value func() any
	value = func() any {
		token, err := dec.Token()
		require.NoError(t, err)
		switch token {
		case json.Delim('{'):
			object := map[string]any{}
			for dec.More() {
				key := value().(string)
				require.NotContains(t, object, key, "a key stands twice in one object")
				object[key] = value()
			}
			_, err = dec.Token()
			require.NoError(t, err)
			return object
		case json.Delim('['):
			list := []any{}
			for dec.More() {
				list = append(list, value())
			}
			_, err = dec.Token()
			require.NoError(t, err)
			return list
		}
		return token
	}
	object := value().(map[string]any)
	require.False(t, dec.More(), "more follows the document")
	return object
}
