package config

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// place is where something stands in a file.
type place struct{ line, column int }

// document is one YAML file being read: it collects every problem, and
// remembers where each value stands, so that what is found wrong later, with
// the values in hand, still gets its line and column.
//
// Files are read from their syntax tree and not by the YAML library's own
// decoder, which stops at the first problem and keeps no places.
type document struct {
	file     string           // path for messages
	values   map[string]place // value by path, such as sites/0/theme/brand
	keys     map[string]place // key by path
	unread   map[string]bool  // paths of values that are there and could not be read
	problems []Problem
	warnings []Problem
}

func newDocument(file string) *document {
	return &document{file: file, values: map[string]place{"": {1, 1}}, keys: map[string]place{}, unread: map[string]bool{}}
}

// path joins keys and positions to the path of a value.
func path(parts ...any) string {
	var b strings.Builder
	for i, p := range parts {
		if i > 0 {
			b.WriteByte('/')
		}
		fmt.Fprint(&b, p)
	}
	return b.String()
}

// has reports whether the file holds a value at the path.
func (d *document) has(at string) bool {
	_, ok := d.values[at]
	return ok
}

// absent reports whether the file holds nothing at the path, and nothing was
// said about it yet: not even that something there could not be read.
func (d *document) absent(at string) bool {
	if d.has(at) {
		return false
	}
	for ; at != ""; at = parent(at) {
		if d.unread[at] {
			return false
		}
	}
	return true
}

// empty reports whether the list at the path is missing or has no items.
func (d *document) empty(at string, items int) bool {
	return items == 0 && (d.absent(at) || d.has(at) && !d.unread[at])
}

func parent(at string) string { return at[:max(0, strings.LastIndexByte(at, '/'))] }

// place is where the value at the path stands or, if it is missing, what
// should hold it.
func (d *document) place(at string) place {
	for {
		if p, ok := d.values[at]; ok {
			return p
		}
		at = parent(at)
	}
}

func (d *document) problem(at, format string, args ...any) {
	d.problems = append(d.problems, d.say(d.place(at), format, args...))
}

func (d *document) warn(at, format string, args ...any) {
	d.warnings = append(d.warnings, d.say(d.place(at), format, args...))
}

// problemKey reports a problem with a key and not with its value.
func (d *document) problemKey(at, format string, args ...any) {
	d.problems = append(d.problems, d.say(d.keys[at], format, args...))
}

func (d *document) problemNode(n ast.Node, format string, args ...any) {
	d.problems = append(d.problems, d.say(placeOf(n), format, args...))
}

// unreadable reports that the value n at the path is not what is wanted there.
func (d *document) unreadable(n ast.Node, at, format string, args ...any) {
	d.unread[at] = true
	d.problemNode(n, format, args...)
}

func (d *document) say(p place, format string, args ...any) Problem {
	return Problem{File: d.file, Line: max(1, p.line), Column: max(1, p.column), Text: fmt.Sprintf(format, args...)}
}

// read parses src into the struct or map that to points at.
func (d *document) read(src []byte, to any) {
	if !utf8.Valid(src) {
		line := 1 + strings.Count(string(src[:invalidAt(src)]), "\n")
		d.problems = append(d.problems, d.say(place{line, 1}, "the file is not UTF-8 text here: save it as UTF-8"))
		return
	}
	file, err := parser.ParseBytes(src, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		if bad, ok := errors.AsType[*yaml.SyntaxError](err); ok {
			d.problems = append(d.problems, d.say(placeOfToken(bad.Token), "the file is not YAML here: %s%s", bad.Message, remedy(bad.Message)))
			return
		}
		d.problem("", "the file is not YAML: %s", err)
		return
	}
	var bodies []ast.Node
	for _, doc := range file.Docs {
		if doc.Body != nil {
			bodies = append(bodies, doc.Body)
		}
	}
	switch len(bodies) {
	case 0:
		d.problem("", "the file is empty: add its keys, or delete it")
	case 1:
		d.value(bodies[0], reflect.ValueOf(to).Elem(), "")
	default:
		d.problemNode(bodies[1], "a second document begins here: put everything into one, and delete the line of three hyphens")
	}
}

func invalidAt(src []byte) int {
	for i := 0; i < len(src); {
		r, size := utf8.DecodeRune(src[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return len(src)
}

// value reads one node into v, whose type says what is expected.
func (d *document) value(n ast.Node, v reflect.Value, at string) {
	if at != "" {
		d.values[at] = placeOf(n)
	}
	switch n.(type) {
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode, *ast.MergeKeyNode:
		d.unreadable(n, at, "%s: &anchors, *aliases and !tags are not read here: write the value out", name(at))
		return
	case *ast.NullNode:
		d.unreadable(n, at, "%s has no value: give it one, or delete the line", name(at))
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.value(n, v.Elem(), at)
	case reflect.Struct, reflect.Map:
		m, ok := n.(*ast.MappingNode)
		if !ok {
			d.unreadable(n, at, "%s: want keys with values here, each on its own line and indented", name(at))
			return
		}
		d.mapping(m, v, at)
	case reflect.Slice:
		s, ok := n.(*ast.SequenceNode)
		if !ok {
			d.unreadable(n, at, "%s: want a list here, each item on its own line after a hyphen", name(at))
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), len(s.Values), len(s.Values)))
		for i, item := range s.Values {
			d.value(item, v.Index(i), path(at, i))
		}
	case reflect.String:
		if text, ok := d.text(n, at); ok {
			v.SetString(text)
		}
	case reflect.Int:
		i, err := strconv.Atoi(n.GetToken().Value)
		if _, ok := n.(*ast.IntegerNode); !ok || err != nil {
			d.unreadable(n, at, "%s: want a whole number", name(at))
			return
		}
		v.SetInt(int64(i))
	case reflect.Bool:
		b, ok := n.(*ast.BoolNode)
		if !ok {
			d.unreadable(n, at, "%s: want true or false", name(at))
			return
		}
		v.SetBool(b.Value)
	default:
		panic(fmt.Sprintf("config: no rule for reading a %s", v.Type())) // a field was added without one
	}
}

// mapping reads keys and values into a struct (whose fields are all the keys
// there are) or a map of texts.
func (d *document) mapping(m *ast.MappingNode, v reflect.Value, at string) {
	if v.Kind() == reflect.Map {
		v.Set(reflect.MakeMap(v.Type()))
	}
	first := map[string]int{}
	for _, pair := range m.Values {
		key := keyText(pair.Key)
		here := key
		if at != "" {
			here = path(at, key)
		}
		if line, twice := first[key]; twice {
			d.problemNode(pair.Key, "%s stands here a second time: it is on line %d already, so keep one of the two", name(here), line)
			continue
		}
		p := placeOf(pair.Key)
		first[key], d.keys[here] = p.line, p
		if v.Kind() == reflect.Map {
			item := reflect.New(v.Type().Elem()).Elem()
			d.value(pair.Value, item, here)
			v.SetMapIndex(reflect.ValueOf(key), item)
			continue
		}
		field, known := fieldOf(v, key)
		switch {
		case known:
			d.value(pair.Value, field, here)
		case refusal(key) != "":
			d.problemNode(pair.Key, "%q: %s", key, refusal(key))
		default:
			d.problemNode(pair.Key, "%q is not a key here: %s", key, suggestion(key, keysOf(v.Type())))
		}
	}
}

// text reads a scalar as it is written. A registration number needs no quotes;
// true and false do, because they are not texts.
func (d *document) text(n ast.Node, at string) (string, bool) {
	var s string
	switch n := n.(type) {
	case *ast.StringNode:
		s = n.Value
	case *ast.LiteralNode:
		s = n.Value.Value
	case *ast.IntegerNode, *ast.FloatNode:
		s = n.GetToken().Value
	case *ast.MappingNode, *ast.SequenceNode:
		d.unreadable(n, at, "%s: want one text here, and neither keys nor a list%s", name(at), quoteAdvice(n))
		return "", false
	default:
		d.unreadable(n, at, "%s: want a text; put quotes round it if it is one", name(at))
		return "", false
	}
	if s = strings.TrimSpace(s); s == "" {
		d.unreadable(n, at, "%s is empty: give it a text, or delete the line", name(at))
		return "", false
	}
	if i := strings.IndexFunc(s, func(r rune) bool { return r < ' ' && r != '\n' || r == 0x7f }); i >= 0 {
		d.unreadable(n, at, "%s holds a control character: delete it", name(at))
		return "", false
	}
	return s, true
}

func keyText(k ast.MapKeyNode) string {
	if t := k.GetToken(); t != nil {
		return t.Value
	}
	return ""
}

// fieldOf is the field of a struct that a key fills.
func fieldOf(v reflect.Value, key string) (reflect.Value, bool) {
	for i := range v.NumField() {
		if tag := v.Type().Field(i).Tag.Get("yaml"); tag == key && tag != "-" {
			return v.Field(i), true
		}
	}
	return reflect.Value{}, false
}

func keysOf(t reflect.Type) []string {
	var keys []string
	for field := range t.Fields() {
		if tag := field.Tag.Get("yaml"); tag != "" && tag != "-" {
			keys = append(keys, tag)
		}
	}
	return keys
}

// oneOf writes "a, b or c".
func oneOf(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

// name is how messages call the value at a path: its own key.
func name(at string) string {
	last := at[strings.LastIndexByte(at, '/')+1:]
	switch _, err := strconv.Atoi(last); {
	case at == "":
		return "the file"
	case err == nil:
		return "this item"
	}
	return last
}

func placeOf(n ast.Node) place {
	switch n := n.(type) {
	case *ast.MappingNode:
		if !n.IsFlowStyle && len(n.Values) > 0 {
			return placeOf(n.Values[0].Key)
		}
	case *ast.MappingValueNode:
		return placeOf(n.Key)
	}
	return placeOfToken(n.GetToken())
}

func placeOfToken(t *token.Token) place {
	if t == nil || t.Position == nil {
		return place{1, 1}
	}
	return place{t.Position.Line, t.Position.Column}
}
