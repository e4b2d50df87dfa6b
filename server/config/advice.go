package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// remedies say what mostly mends what the parser complains of, by words of its message.
var remedies = []struct{ says, do string }{
	{"'\t'", "Indent with spaces, and not with tabs"},
	{"must be specified", "Close every bracket that was opened above, and put quotes there round a text that holds a comma, a colon or #"},
	{"not allowed in this context", "Look at this line and the one before: keys that belong together begin in the same column, and a text that holds a colon, a quotation mark or # stands in quotes"},
	{"non-map value", "Look at this line and the one before: keys that belong together begin in the same column, and so do the hyphens of a list"},
}

// remedy is what to do about a file that is not YAML; empty if nobody knows.
func remedy(message string) string {
	for _, r := range remedies {
		if strings.Contains(message, r.says) {
			return ". " + r.do
		}
	}
	return ""
}

// quoteAdvice is for an address that became a key and its value, as http://127.0.0.1:8080 does between brackets.
func quoteAdvice(n ast.Node) string {
	if m, ok := n.(*ast.MappingNode); ok && len(m.Values) == 1 && strings.Contains(m.Values[0].Key.String(), "//") {
		return ". Put quotes round an address with a port"
	}
	return ""
}

// suggestion names the key that was probably meant, or all that there are.
func suggestion(key string, known []string) string {
	plain := func(s string) string { return strings.Map(letters, strings.ToLower(s)) }
	for _, k := range known {
		if oneSlip(plain(key), plain(k)) {
			return fmt.Sprintf("did you mean %s?", k)
		}
	}
	for _, k := range known {
		if p := plain(key); len(p) > 2 && (strings.HasPrefix(plain(k), p) || strings.HasPrefix(p, plain(k))) {
			return fmt.Sprintf("did you mean %s?", k)
		}
	}
	return "want " + oneOf(slices.Sorted(slices.Values(known)))
}

// oneSlip reports whether two words of four letters or more differ in one place: a letter too many, too few,
// or another one, or two that changed places.
func oneSlip(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(a) < 4 || len(b) > len(a)+1 {
		return false
	}
	i, j := 0, 0 // what they have in common before and behind the place
	for i < len(a) && a[i] == b[i] {
		i++
	}
	for j < len(a)-i && a[len(a)-1-j] == b[len(b)-1-j] {
		j++
	}
	swapped := len(a) == len(b) && i+j == len(a)-2 && a[i] == b[i+1] && a[i+1] == b[i]
	return i+j >= len(b)-1 || swapped
}

// letters keeps the letters of a key, so that onBrand finds on_brand.
func letters(r rune) rune {
	if r == '_' || r == '-' || r == '.' || r == ' ' {
		return -1
	}
	return r
}
