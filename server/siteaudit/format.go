package siteaudit

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Formats lists the forms that a report can be written in.
var Formats = []string{"table", "json", "sarif", "junit"}

// Write writes the report in one of the [Formats]. JUnit needs to know which
// findings fail: those at least as bad as fail, none if it is "".
func (r *Report) Write(w io.Writer, format string, fail Severity) error {
	switch format {
	case "table":
		return r.table(w)
	case "json":
		return indented(w, r)
	case "sarif":
		return r.sarif(w)
	case "junit":
		return r.junit(w, fail)
	}
	return fmt.Errorf("format %q: want one of %s", format, strings.Join(Formats, ", "))
}

func indented(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// table writes the report for a terminal: the worst last, where it is in sight.
func (r *Report) table(w io.Writer) error {
	var b strings.Builder
	for _, f := range slices.Backward(r.Findings) {
		fmt.Fprintf(&b, "%s  %s\n", strings.ToUpper(string(f.Severity)), f.Rule)
		wrapped(&b, "    ", f.What)
		at := f.Page
		if f.Line > 0 {
			at += fmt.Sprintf(", line %d", f.Line)
		}
		if f.Stage != "" {
			at += ", " + string(f.Stage)
		}
		fmt.Fprintf(&b, "    Where: %s\n", at)
		if len(f.Also) > 0 {
			fmt.Fprintf(&b, "    Also:  %s\n", also(f))
		}
		wrapped(&b, "    Do:    ", f.Do)
		b.WriteByte('\n')
	}
	if r.Declarations != "" {
		fmt.Fprintf(&b, "%s\n", r.Declarations)
	}
	fmt.Fprintf(&b, "%s: %s, %s, %s on %s, in %s.\n", r.Site,
		counted(r.Count(Error), "error"), counted(r.Count(Warning), "warning"), counted(r.Count(Note), "note"),
		counted(len(r.Pages), "page"), counted(len(r.Stages), "stage"))
	_, err := io.WriteString(w, b.String())
	return err
}

// also names the further stages and how many further pages.
func also(f Finding) string {
	var stages []string
	pages := map[string]bool{}
	for _, p := range f.Also {
		if p.Stage != f.Stage && p.Stage != "" && !slices.Contains(stages, string(p.Stage)) {
			stages = append(stages, string(p.Stage))
		}
		if p.Page != f.Page {
			pages[p.Page] = true
		}
	}
	if len(pages) > 0 {
		stages = append(stages, "on "+counted(len(pages), "more page"))
	}
	return strings.Join(stages, ", ")
}

// counted writes "1 page" or "2 pages".
func counted(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}

// wide is how long lines for a terminal are, in characters.
const wide = 100

// wrapped writes a text in lines that fit a terminal, further ones under the first.
func wrapped(b *strings.Builder, begin, text string) {
	line := begin
	for word := range strings.FieldsSeq(text) {
		if len([]rune(line))+len([]rune(word)) > wide && strings.TrimSpace(line) != "" && line != begin {
			b.WriteString(strings.TrimRight(line, " ") + "\n")
			line = strings.Repeat(" ", len(begin))
		}
		line += word + " "
	}
	b.WriteString(strings.TrimRight(line, " ") + "\n")
}
