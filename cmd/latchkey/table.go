package main

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"
)

// column is one column of a listing of Ts.
type column[T any] struct {
	name  string
	brief bool // also in the table, which shows only what fits on a screen
	value func(T) string
}

// tableBlock is how many rows of a table are aligned with one another. More
// would have to be held back until the last one is known.
const tableBlock = 500

// printAll writes what seq yields, as it comes: as a table of the brief
// columns, as CSV of all, or as JSON, which has an object for each T: in one
// array or, if lines is set, each on a line of its own.
func printAll[T any](w io.Writer, format string, columns []column[T], lines bool, seq iter.Seq2[T, error]) error {
	out := bufio.NewWriter(w)
	var err error
	switch format {
	case "csv":
		err = printCSV(out, columns, seq)
	case "json":
		err = printJSON(out, lines, seq)
	default:
		err = printTable(out, columns, seq)
	}
	return errors.Join(err, out.Flush())
}

func printTable[T any](w io.Writer, columns []column[T], seq iter.Seq2[T, error]) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	line := func(cell func(column[T]) string) {
		var cells []string
		for _, c := range columns {
			if c.brief {
				cells = append(cells, strings.ReplaceAll(printable(cell(c)), "\n", " "))
			}
		}
		fmt.Fprintln(table, strings.Join(cells, "\t"))
	}
	line(func(c column[T]) string { return strings.ToUpper(strings.ReplaceAll(c.name, "_", " ")) })
	rows := 0
	for v, err := range seq {
		if err != nil {
			return errors.Join(table.Flush(), err)
		}
		line(func(c column[T]) string { return c.value(v) })
		if rows++; rows%tableBlock == 0 {
			if err := table.Flush(); err != nil {
				return err
			}
		}
	}
	return table.Flush()
}

func printCSV[T any](w io.Writer, columns []column[T], seq iter.Seq2[T, error]) error {
	out := csv.NewWriter(w)
	line := func(cell func(column[T]) string) error {
		cells := make([]string, len(columns))
		for i, c := range columns {
			cells[i] = inert(printable(cell(c)))
		}
		return out.Write(cells)
	}
	if err := line(func(c column[T]) string { return c.name }); err != nil {
		return err
	}
	for v, err := range seq {
		if err == nil {
			err = line(func(c column[T]) string { return c.value(v) })
		}
		if err != nil {
			out.Flush()
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func printJSON[T any](w io.Writer, lines bool, seq iter.Seq2[T, error]) error {
	before, between, after := "[", ",", "\n]\n"
	if lines {
		before, between, after = "", "", ""
	}
	fmt.Fprint(w, before)
	separator := ""
	for v, err := range seq {
		if err != nil {
			return err
		}
		b, err := json.Marshal(v)
		if err != nil {
			return err
		}
		if lines {
			fmt.Fprintf(w, "%s\n", b)
			continue
		}
		fmt.Fprintf(w, "%s\n%s", separator, b)
		separator = between
	}
	_, err := fmt.Fprint(w, after)
	return err
}

// inert makes a cell plain text to spreadsheets, which run a cell that starts
// like a formula (OWASP, "CSV Injection"): with an apostrophe in front it is text.
func inert(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", []rune(cell)[0]) {
		return "'" + cell
	}
	return cell
}

// printable replaces what would make a terminal do anything but show a text:
// control characters except the line feed, and marks that reorder the line.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\t':
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r):
			return unicode.ReplacementChar
		}
		return r
	}, s)
}

// rfc3339 writes a time for machines and listings: UTC, milliseconds.
func rfc3339(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z07:00") }

// sheet writes one thing as text: a label and a value on each line.
type sheet struct {
	w   *bufio.Writer
	err error
}

// labelWidth is where the values of a sheet start.
const labelWidth = 18

func newSheet(w io.Writer) *sheet { return &sheet{w: bufio.NewWriter(w)} }

// line adds a label and a value, if there is one. The value's further lines
// stand under its first, so that no text can pass for a label.
func (s *sheet) line(label, value string) {
	if value == "" || s.err != nil {
		return
	}
	indent := "\n" + strings.Repeat(" ", labelWidth)
	_, s.err = fmt.Fprintf(s.w, "%-*s%s\n", labelWidth, label, strings.ReplaceAll(printable(value), "\n", indent))
}

// text adds a paragraph that stands alone.
func (s *sheet) text(paragraph string) {
	if s.err == nil {
		_, s.err = fmt.Fprintln(s.w, printable(paragraph))
	}
}

// close writes out what was added and returns the first error there was.
func (s *sheet) close() error { return errors.Join(s.err, s.w.Flush()) }
