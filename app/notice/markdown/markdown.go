// Package markdown reads privacy notices as their editors write them: Markdown
// with front matter. It stands apart from package notice so that the front end,
// which only draws notices, carries no parser.
//
// A notice in full:
//
//	---
//	id: reside
//	version: 2026-10-01
//	effective: 2026-10-01
//	review: 2027-10-01
//	language: en-GB
//	title: Reside privacy notice
//	entities: [reside]
//	numbered: true
//	---
//
//	## 1. Introduction
//
//	1.1 This notice says how we use information about you. See 2.1.
//
//	## 2. Who we are
//
//	2.1 We are:
//
//	- a landlord
//	- a *controller*
//
//	Table: What we use
//
//	| What  | Why        |
//	| ----- | ---------- |
//	| Names | To reach you |
//
// In a numbered notice every section heading begins with its number and every
// clause with its own ("2.1"); what follows a clause, up to the next one, belongs
// to it. Numbers are complete and in order. In a notice without numbers a
// heading's anchor is made from its words, or given as {#anchor} at its end.
// "See 2.1", "section 2" and "clause 2.1" become links, unless an Act is named
// after them ("section 45 of the Data Protection Act 2018").
//
// There are headings of two levels (## and ###), paragraphs, lists, tables
// with a caption ("Table: …" in the paragraph before), strong and emphasised
// text, and links to https:, mailto:, tel: and #anchor. Everything else that
// Markdown knows, HTML and images before all, is refused.
package markdown

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"sort"
	"unicode"
	"unicode/utf8"

	"latchkey/app/notice"
)

// Problem is one thing wrong with the source of a notice.
type Problem struct {
	Line   int    // from 1
	Column int    // in characters, from 1
	Text   string // what is wrong and what to do about it
}

// String writes p as line:column: text.
func (p Problem) String() string { return fmt.Sprintf("%d:%d: %s", p.Line, p.Column, p.Text) }

// MaxSource is the longest source of a notice, in bytes.
const MaxSource = 512 << 10

// Parse reads the source of a notice and reports every problem at once, in the
// order of the source. A notice with problems must not be published; what could
// be read of it is returned all the same, so that other checks can go on.
//
// The hash is taken over the normalised source: without a byte order mark,
// with plain line ends, without white space at the ends of lines, and with one
// line end at the end.
func Parse(src []byte) (notice.Notice, []Problem) {
	s := newSource(src)
	n := notice.Notice{Hash: s.hash()}
	if len(src) > MaxSource {
		s.report(0, "the notice is longer than %d bytes: split it", MaxSource)
		return n, s.problems
	}
	if !s.readable() {
		return n, s.problems
	}
	body := s.frontMatter(&n)
	s.sections(&n, body)
	return n, s.sorted()
}

// source is the normalised text of a notice and what was found wrong with it.
type source struct {
	text     []byte
	lines    []int // offset of the start of each line
	problems []Problem
}

func newSource(src []byte) *source {
	s := &source{text: normalise(src), lines: []int{0}}
	for i, b := range s.text {
		if b == '\n' {
			s.lines = append(s.lines, i+1)
		}
	}
	return s
}

// Hashed returns the text that the hash of a notice is taken over: its source,
// normalised. Whoever holds it can check the hash by hand.
func Hashed(src []byte) []byte { return normalise(src) }

func normalise(src []byte) []byte {
	src = bytes.TrimPrefix(src, []byte("\ufeff"))
	var out []byte
	for line := range bytes.Lines(src) {
		out = append(out, bytes.TrimRight(line, " \t\r\n")...)
		out = append(out, '\n')
	}
	return append(bytes.TrimRight(out, "\n"), '\n')
}

func (s *source) hash() string {
	sum := sha256.Sum256(s.text)
	return hex.EncodeToString(sum[:])
}

// position turns an offset into a line and a column, both from 1.
func (s *source) position(offset int) (line, column int) {
	offset = min(max(offset, 0), len(s.text))
	line = sort.SearchInts(s.lines, offset+1)
	return line, 1 + utf8.RuneCount(s.text[s.lines[line-1]:offset])
}

func (s *source) report(offset int, format string, args ...any) {
	line, column := s.position(offset)
	s.problems = append(s.problems, Problem{Line: line, Column: column, Text: fmt.Sprintf(format, args...)})
}

func (s *source) sorted() []Problem {
	slices.SortStableFunc(s.problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return slices.Compact(s.problems)
}

// readable reports bytes that are no text, and characters that nobody sees:
// those can turn text round, or keep "see 6.3" from being found.
func (s *source) readable() bool {
	for i := 0; i < len(s.text); {
		r, size := utf8.DecodeRune(s.text[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			s.report(i, "this byte is not UTF-8: save the file as UTF-8")
		case r == '\n', r == '\t':
		case unicode.Is(unicode.Cc, r), unicode.Is(unicode.Cf, r) && r != '\u200c' && r != '\u200d':
			s.report(i, "the invisible character U+%04X stands here: remove it", r)
		}
		i += size
	}
	return len(s.problems) == 0
}
