package markdown

import (
	"bytes"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"latchkey/app/notice"
)

// maxFrontMatter is the longest front matter, in bytes. It bounds the work on
// a file that is no notice at all.
const maxFrontMatter = 16 << 10

var (
	idForm       = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	versionForm  = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}(\.[1-9][0-9]?)?$`)
	languageForm = regexp.MustCompile(`^[a-z]{2,3}(-[A-Z]{2})?$`)
)

// A key of the front matter: whether it must be there, and how its value is
// read into the notice. A reader returns what is wrong, or nothing.
type key struct {
	name     string
	required bool
	read     func(n *notice.Notice, v ast.Node) (wrong string)
}

var keys = []key{
	{"id", true, func(n *notice.Notice, v ast.Node) string {
		return text(v, &n.ID, idForm, "want lower-case letters, digits and inner hyphens, such as progress-group")
	}},
	{"version", true, func(n *notice.Notice, v ast.Node) string {
		return text(v, &n.Version, versionForm, "want a day such as 2026-10-01, or 2026-10-01.2 for the second of that day")
	}},
	{"effective", true, func(n *notice.Notice, v ast.Node) string { return day(v, &n.Effective) }},
	{"review", false, func(n *notice.Notice, v ast.Node) string { return day(v, &n.Review) }},
	{"language", true, func(n *notice.Notice, v ast.Node) string {
		return text(v, &n.Language, languageForm, "want a language tag such as en-GB or cy")
	}},
	{"title", true, func(n *notice.Notice, v ast.Node) string {
		return text(v, &n.Title, nil, "")
	}},
	{"entities", true, func(n *notice.Notice, v ast.Node) string { return ids(v, &n.Entities) }},
	{"numbered", false, func(n *notice.Notice, v ast.Node) string {
		b, ok := v.(*ast.BoolNode)
		if !ok {
			return "want true or false"
		}
		n.Numbered = b.Value
		return ""
	}},
}

// frontMatter reads the front matter into n and returns the offset at which
// the notice itself begins.
func (s *source) frontMatter(n *notice.Notice) int {
	const fence = "---\n"
	if !bytes.HasPrefix(s.text, []byte(fence)) {
		s.report(0, "the notice has no front matter: begin the file with a line of three hyphens, then id, version, effective, language, title and entities, then three hyphens again")
		return 0
	}
	end := bytes.Index(s.text, []byte("\n"+fence))
	if end < 0 {
		s.report(0, "the front matter has no end: put a line of three hyphens after it")
		return len(s.text)
	}
	end++
	if end > maxFrontMatter {
		s.report(0, "the front matter is longer than %d bytes: it holds only facts about the notice", maxFrontMatter)
		return end + len(fence)
	}
	s.facts(n, s.text[:end])
	return end + len(fence)
}

func (s *source) facts(n *notice.Notice, block []byte) {
	file, err := parser.ParseBytes(block, 0, parser.AllowDuplicateMapKey())
	if bad, ok := errors.AsType[*yaml.SyntaxError](err); ok {
		s.reportNode(bad.Token, "the front matter is not YAML: %s", bad.Message)
		return
	}
	if err != nil || len(file.Docs) != 1 {
		s.report(0, "the front matter is not one YAML document: write one key and its value a line, such as id: reside")
		return
	}
	facts, ok := file.Docs[0].Body.(*ast.MappingNode)
	if !ok {
		s.report(len("---\n"), "the front matter holds no keys: write one key and its value a line, such as id: reside")
		return
	}
	at := map[string]*ast.MappingValueNode{}
	for _, fact := range facts.Values {
		name := fact.Key.GetToken().Value
		i := slices.IndexFunc(keys, func(k key) bool { return k.name == name })
		switch {
		case i < 0:
			s.reportNode(fact.Key.GetToken(), "%q is not a key of a notice: want one of %s", name, keyNames())
			continue
		case at[name] != nil:
			s.reportNode(fact.Key.GetToken(), "%s stands twice: keep one", name)
			continue
		}
		at[name] = fact
		if wrong := keys[i].read(n, fact.Value); wrong != "" {
			s.reportNode(fact.Value.GetToken(), "%s: %s", name, wrong)
		}
	}
	for _, k := range keys {
		if k.required && at[k.name] == nil {
			s.report(0, "the front matter lacks %s: add it", k.name)
		}
	}
	if !n.Review.IsZero() && !n.Review.After(n.Effective) {
		s.reportNode(at["review"].Value.GetToken(), "review: the notice would be reviewed before it applies: want a day after effective")
	}
}

func keyNames() string {
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = k.name
	}
	return strings.Join(names, ", ")
}

func (s *source) reportNode(t *token.Token, format string, args ...any) {
	offset := 0
	if t != nil && t.Position != nil {
		offset = s.offset(t.Position.Line, t.Position.Column)
	}
	s.report(offset, format, args...)
}

// offset is the inverse of position.
func (s *source) offset(line, column int) int {
	if line < 1 || line > len(s.lines) {
		return 0
	}
	offset := s.lines[line-1]
	for range column - 1 {
		_, size := utf8.DecodeRune(s.text[offset:])
		offset += size
	}
	return offset
}

// scalar returns the text of a plain or quoted value.
func scalar(v ast.Node) (string, bool) {
	switch v := v.(type) {
	case *ast.StringNode:
		return strings.TrimSpace(v.Value), true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return v.GetToken().Value, true
	}
	return "", false
}

func text(v ast.Node, to *string, form *regexp.Regexp, want string) string {
	got, ok := scalar(v)
	switch {
	case !ok || got == "":
		return "want a text on the same line"
	case form != nil && !form.MatchString(got):
		return want
	}
	*to = got
	return ""
}

func day(v ast.Node, to *time.Time) string {
	got, _ := scalar(v)
	t, err := time.Parse(time.DateOnly, got)
	if err != nil {
		return "want a day such as 2026-10-01"
	}
	*to = t
	return ""
}

func ids(v ast.Node, to *[]string) string {
	list, ok := v.(*ast.SequenceNode)
	if !ok || len(list.Values) == 0 {
		return "want a list of entity ids, such as [reside, concert-living]"
	}
	for _, item := range list.Values {
		id, ok := scalar(item)
		switch {
		case !ok || !idForm.MatchString(id):
			return "want entity ids of lower-case letters, digits and inner hyphens"
		case slices.Contains(*to, id):
			return id + " stands twice: keep one"
		}
		*to = append(*to, id)
	}
	return ""
}
