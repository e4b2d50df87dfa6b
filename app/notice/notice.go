// Package notice models privacy notices: numbered sections and clauses,
// tables, versions, one language each. A notice is content, never HTML: package
// app/ui draws its blocks, so nothing in a notice can carry markup of its own.
package notice

import "time"

// Notice is one version of a privacy notice in one language.
type Notice struct {
	ID        string    `json:"id"`
	Version   string    `json:"version"`  // such as 2026-10-01, or 2026-10-01.2
	Language  string    `json:"language"` // BCP 47
	Title     string    `json:"title"`
	Effective time.Time `json:"effective"`          // day from which it applies
	Review    time.Time `json:"review,omitzero"`    // day by which it is reviewed next; zero if not stated
	Entities  []string  `json:"entities"`           // ids of the controllers that it covers
	Numbered  bool      `json:"numbered,omitempty"` // sections carry numbers, and clauses are cited by them
	Sections  []Section `json:"sections"`
	Hash      string    `json:"hash"` // SHA-256 (hex) of the source text, front matter included
}

// Section is one heading of a notice with what stands under it.
type Section struct {
	ID     string  `json:"id"`               // anchor: "6" in a numbered notice, else from the title
	Number string  `json:"number,omitempty"` // "6", or empty
	Title  string  `json:"title"`
	Blocks []Block `json:"blocks"`
}

// Block is one piece of a section. Exactly one of Clause, Heading, Paragraph,
// List and Table is set.
type Block struct {
	Clause    *Clause  `json:"clause,omitempty"`    // numbered clause
	Heading   string   `json:"heading,omitempty"`   // sub-heading without a number
	Paragraph []Inline `json:"paragraph,omitempty"` //
	List      *List    `json:"list,omitempty"`
	Table     *Table   `json:"table,omitempty"`
}

// Clause is a numbered clause such as 6.3; its anchor is its number.
type Clause struct {
	Number string  `json:"number"`
	Blocks []Block `json:"blocks"` // paragraphs, lists and tables
}

// List is a bulleted or numbered list.
type List struct {
	Ordered bool      `json:"ordered,omitempty"`
	Items   [][]Block `json:"items"`
}

// Table is a real table: a header row and rows of the same length. The first
// cell of a row names the row.
type Table struct {
	Caption string       `json:"caption,omitempty"`
	Header  [][]Inline   `json:"header"`
	Rows    [][][]Inline `json:"rows"`
}

// Inline is a run of text: plain, strong, emphasised, or a link.
type Inline struct {
	Text   string `json:"text"`
	Strong bool   `json:"strong,omitempty"`
	Em     bool   `json:"em,omitempty"`
	Href   string `json:"href,omitempty"` // "#12.2" inside the notice, or https:, mailto:, tel:
}
