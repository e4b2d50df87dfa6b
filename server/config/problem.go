package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"latchkey/app/fault"
)

// Problem is one thing in the folder that is wrong (or, as a warning, worth a
// look), where it is, and what to do about it.
type Problem struct {
	File   string // path, beginning with the folder as it was given to Load
	Line   int    // from 1
	Column int    // in characters, from 1
	Text   string
}

// String writes p as compilers do: path:line:column: text.
func (p Problem) String() string {
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Text)
}

// Invalid is the error of a folder that was read and has problems: all of
// them, in the order of files and lines. It wraps [fault.Invalid].
type Invalid struct {
	Problems []Problem
	Warnings []Problem
}

// Error lists the problems, one a line.
func (e *Invalid) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// Unwrap makes an Invalid a [fault.Invalid].
func (e *Invalid) Unwrap() error { return fault.Invalid }

// sorted orders problems by file and place, and drops repeats.
func sorted(ps []Problem) []Problem {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		return cmp.Or(
			strings.Compare(a.File, b.File),
			cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Column, b.Column),
			strings.Compare(a.Text, b.Text),
		)
	})
	return slices.Compact(ps)
}
