package markdown_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/notice"
	"latchkey/app/notice/markdown"
)

const plainFacts = "---\nid: x\nversion: 2026-10-01\neffective: 2026-10-01\nreview: 2027-10-01\nlanguage: en-GB\ntitle: A notice\nentities: [x]\n---\n"

var numberedFacts = strings.Replace(plainFacts, "entities: [x]", "entities: [x]\nnumbered: true", 1)

func text(s string) []notice.Inline { return []notice.Inline{{Text: s}} }

func TestParseReadsANumberedNotice(t *testing.T) {
	src := `---
id: reside
version: 2026-10-01.2
effective: 2026-10-01
review: 2027-10-01
language: en-GB
title: "Reside: how we use information"
entities:
  - reside
  - concert-living
numbered: true
---

## 1. Introduction

1.1 This is **bold**, *soft* and &amp; plain,
over two lines. See 2.1.

- one
- two
  1. inner

## 2. Who we are

2.1 First.

Second, of the same clause.

### Between

2.2 Ask <a@example.org> or [us](https://example.org/a?b=c).

Table: What and why

| What | Why |
| ---- | --- |
| Name | section 1 \| x |
`
	got, problems := markdown.Parse([]byte(src))
	require.Empty(t, problems)

	day := func(y int) time.Time { return time.Date(y, 10, 1, 0, 0, 0, 0, time.UTC) }
	want := notice.Notice{
		ID: "reside", Version: "2026-10-01.2", Language: "en-GB", Title: "Reside: how we use information",
		Effective: day(2026), Review: day(2027), Entities: []string{"reside", "concert-living"}, Numbered: true,
		Hash: got.Hash,
		Sections: []notice.Section{
			{ID: "1", Number: "1", Title: "Introduction", Blocks: []notice.Block{{Clause: &notice.Clause{Number: "1.1", Blocks: []notice.Block{
				{Paragraph: []notice.Inline{
					{Text: "This is "}, {Text: "bold", Strong: true}, {Text: ", "}, {Text: "soft", Em: true},
					{Text: " and & plain, over two lines. See "}, {Text: "2.1", Href: "#2.1"}, {Text: "."},
				}},
				{List: &notice.List{Items: [][]notice.Block{
					{{Paragraph: text("one")}},
					{{Paragraph: text("two")}, {List: &notice.List{Ordered: true, Items: [][]notice.Block{{{Paragraph: text("inner")}}}}}},
				}}},
			}}}}},
			{ID: "2", Number: "2", Title: "Who we are", Blocks: []notice.Block{
				{Clause: &notice.Clause{Number: "2.1", Blocks: []notice.Block{
					{Paragraph: text("First.")}, {Paragraph: text("Second, of the same clause.")},
				}}},
				{Heading: "Between"},
				{Clause: &notice.Clause{Number: "2.2", Blocks: []notice.Block{
					{Paragraph: []notice.Inline{
						{Text: "Ask "}, {Text: "a@example.org", Href: "mailto:a@example.org"}, {Text: " or "},
						{Text: "us", Href: "https://example.org/a?b=c"}, {Text: "."},
					}},
					{Table: &notice.Table{
						Caption: "What and why",
						Header:  [][]notice.Inline{text("What"), text("Why")},
						Rows:    [][][]notice.Inline{{text("Name"), {{Text: "section 1", Href: "#1"}, {Text: " | x"}}}},
					}},
				}}},
			}},
		},
	}
	assert.Equal(t, want, got)
	assert.Regexp(t, `^[0-9a-f]{64}$`, got.Hash)
}

func TestParseGivesHeadingsWithoutNumbersAnchors(t *testing.T) {
	src := plainFacts + "\n## Who receives it?\n\nA.\n\n## Sut rydym ni’n casglu’ch gŵybodaeth\n\nB. See [above](#who-receives-it).\n\n## Cookies and more {#cookies}\n\nC.\n"
	got, problems := markdown.Parse([]byte(src))
	require.Empty(t, problems)
	var anchors []string
	for _, s := range got.Sections {
		anchors = append(anchors, s.ID)
	}
	assert.Equal(t, []string{"who-receives-it", "sut-rydym-nin-casgluch-gwybodaeth", "cookies"}, anchors)
	assert.Equal(t, "Cookies and more", got.Sections[2].Title)
}

func TestTheHashIsOfTheWordsNotOfTheEditor(t *testing.T) {
	src := plainFacts + "\n## A\n\nB.\n"
	want, _ := markdown.Parse([]byte(src))
	for name, other := range map[string]string{
		"line ends of Windows":     strings.ReplaceAll(src, "\n", "\r\n"),
		"byte order mark":          "\ufeff" + src,
		"white space at line ends": strings.ReplaceAll(src, "\n", " \t\n"),
		"no line end at the end":   strings.TrimSpace(src),
		"empty lines at the end":   src + "\n\n",
	} {
		got, problems := markdown.Parse([]byte(other))
		assert.Empty(t, problems, name)
		assert.Equal(t, want.Hash, got.Hash, name)
	}
	got, _ := markdown.Parse([]byte(strings.Replace(src, "B.", "C.", 1)))
	assert.NotEqual(t, want.Hash, got.Hash, "another word")
}

func TestCitations(t *testing.T) {
	body := "\n## 1. A\n\n1.1 %\n\n1.2 X.\n\n## 2. B\n\n2.1 Y.\n"
	tests := []struct {
		name, text string
		want       []string // text>href of the links
	}{
		{"see a clause", "See 2.1.", []string{"2.1>#2.1"}},
		{"see in brackets, small", "this (see 1.2) and", []string{"1.2>#1.2"}},
		{"a section", "They are in section 2.", []string{"section 2>#2"}},
		{"a section at the start", "Section 2 says so.", []string{"Section 2>#2"}},
		{"see a clause by name", "see clause 2.1", []string{"clause 2.1>#2.1"}},
		{"several", "See 1.1, 1.2 and 2.1.", []string{"1.1>#1.1", "1.2>#1.2", "2.1>#2.1"}},
		{"several sections", "sections 1 and 2", []string{"sections 1>#1", "2>#2"}},
		{"in strong text", "**see 1.2**", []string{"1.2>#1.2"}},
		{"in Welsh", "gweler 2.1 ac adran 1", []string{"2.1>#2.1", "adran 1>#1"}},
		{"a number of something after a section", "section 2, 4 times", []string{"section 2>#2"}},
		{"a law's own section", "section 45 of the Data Protection Act 2018", nil},
		{"a law's section with a letter", "section 164A", nil},
		{"a law's subsection", "section 6(1)", nil},
		{"a number that nobody cites", "2.1 million people see 3 of us", nil},
		{"a phone number", "see 0300 5000 600", nil},
		{"a link says where it goes", "[see 2.1](https://example.org)", []string{"see 2.1>https://example.org"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n, problems := markdown.Parse([]byte(numberedFacts + strings.Replace(body, "%", tt.text, 1)))
			require.Empty(t, problems)
			var got []string
			for _, in := range n.Sections[0].Blocks[0].Clause.Blocks[0].Paragraph {
				if in.Href != "" {
					got = append(got, in.Text+">"+in.Href)
				}
			}
			assert.Equal(t, tt.want, got)
		})
	}
}

func TestParseReportsEveryProblemAtItsPlace(t *testing.T) {
	const good = "\n## 1. A\n\n1.1 B.\n"
	tests := []struct {
		name, src string
		want      []string // "line:column: part of the text", in order
	}{
		{"an empty file", "", []string{"1:1: no front matter", "1:1: no sections"}},
		{"front matter without an end", "---\nid: x\n", []string{"1:1: no end", "3:1: no sections"}},
		{"front matter that is no YAML", "---\nid: [x\n---\n" + good, []string{"2:5: not YAML"}},
		{"several facts wrong", "---\nid: Über\nversion: one\neffective: 2026-02-30\nreview: soon\nlanguage: English\ntitle:\nentities: x\nnumbered: yes\ncolour: red\nid: y\n---\n\n## A\n\nB.\n", []string{
			"2:5: id: want lower-case", "3:10: version: want a day", "4:12: effective: want a day", "5:9: review: want a day",
			"6:11: language: want a language tag", "7:7: title: want a text", "8:11: entities: want a list", "9:11: numbered: want true or false",
			`10:1: "colour" is not a key`, "11:1: id stands twice",
		}},
		{"facts missing", "---\nnumbered: false\n---\n\n## A\n\nB.\n", []string{
			"1:1: lacks id", "1:1: lacks version", "1:1: lacks effective", "1:1: lacks language", "1:1: lacks title", "1:1: lacks entities",
		}},
		{"a review before it applies", strings.Replace(numberedFacts, "2027", "2025", 1) + good, []string{"5:9: review: the notice would be reviewed before"}},
		{"bytes that are no text", numberedFacts + "\n## 1. A\n\n1.1 \xff B.\n", []string{"14:5: not UTF-8"}},
		{"characters that nobody sees", numberedFacts + "\n## 1. A\n\n1.1 é\u202eB.\n", []string{"14:6: U+202E"}},
		{"nothing but facts", numberedFacts, []string{"11:1: no sections"}},
		{"text before the first section", numberedFacts + "\nHello.\n" + good, []string{"12:1: before the first section"}},
		{"headings of other levels", numberedFacts + "\n# T\n" + good + "\n#### D\n", []string{"12:1: a heading begins with ##", "18:1: a heading begins with ##"}},
		{"a heading without a number", numberedFacts + "\n## A\n\n1.1 B.\n", []string{"12:1: ## 1. A"}},
		{"sections out of order", numberedFacts + good + "\n## 3. C\n\n3.1 D.\n\n## 4. E\n\n4.1 F.\n", []string{"16:1: section 3 stands where section 2"}},
		{"a section twice", numberedFacts + good + "\n## 1. C\n\n1.1 D.\n", []string{"16:1: section 1 stands where section 2", "16:1: anchor #1 too"}},
		{"clauses with a gap", numberedFacts + "\n## 1. A\n\n1.1 B.\n\n1.3 C.\n\n1.4 D.\n", []string{"16:1: clause 1.3 stands where 1.2"}},
		{"a clause of another section", numberedFacts + "\n## 1. A\n\n2.1 B.\n", []string{"14:1: clause 2.1 stands where 1.1"}},
		{"a clause with three numbers", numberedFacts + "\n## 1. A\n\n1.1 B.\n\n1.1.1 C.\n", []string{"16:1: clauses have two numbers"}},
		{"text of no clause", numberedFacts + "\n## 1. A\n\nB.\n\n1.1 C.\n\n### D\n\nE.\n", []string{"14:1: begin it with its number, 1.1", "20:1: begin it with its number, 1.2"}},
		{"a clause without words", numberedFacts + "\n## 1. A\n\n1.1\n", []string{"14:1: no words"}},
		{"a clause inside a paragraph", numberedFacts + "\n## 1. A\n\n1.1 B.\n1.2 C.\n", []string{"15:1: clause 1.2 begins inside"}},
		{"a clause with a bold number", numberedFacts + "\n## 1. A\n\n1.1 B.\n\n**1.2** C.\n", []string{"16:1: number of a clause plainly"}},
		{"an empty section", numberedFacts + good + "\n## 2. C\n", []string{"16:1: is empty"}},
		{"citations of nothing", numberedFacts + "\n## 1. A\n\n1.1 See 1.2,\nor section 21.\n", []string{"14:9: no 1.2", "15:12: no 21"}},
		{"a citation without numbers to cite", plainFacts + "\n## A\n\nSee section 3.\n", []string{"13:13: no 3"}},
		{"a link to nothing", plainFacts + "\n## A\n\n[B](#b)\n", []string{"13:1: anchor #b"}},
		{"links of other kinds", plainFacts + "\n## A\n\n[a](http://e.org) [b](javascript:x) [c](//e.org) [d](/e) [e](https://u:p@e.org) [f](mailto:x) [g](tel:x) <data:x>\n", []string{
			"13:1: http://e.org", "13:19: javascript:x", "13:37: //e.org", "13:50: /e", "13:58: u:p@e.org", "13:81: mailto:x", "13:95: tel:x", "13:106: data:x",
		}},
		{"a link without words", plainFacts + "\n## A\n\nB [](https://e.org)\n", []string{"13:3: no words"}},
		{"a link with a title", plainFacts + "\n## A\n\n[b](https://e.org \"c\")\n", []string{"13:1: no title"}},
		{"a reference link", plainFacts + "\n## A\n\n[b]: https://e.org\n", []string{"13:1: no reference links"}},
		{"HTML", plainFacts + "\n## A\n\nB <b>c</b>.\n\n<div>\n\n<!-- x -->\n", []string{"13:3: no HTML", "13:7: no HTML", "15:1: no HTML", "17:1: no HTML"}},
		{"images", plainFacts + "\n## A\n\nB ![c](https://e.org/c.png)\n", []string{"13:3: no images"}},
		{"code, quotations and lines", plainFacts + "\n## A\n\nB `c`.\n\n    d\n\n```\ne\n```\n\n> f\n\n---\n", []string{
			"13:3: no program code", "15:5: four spaces", "17:1: no program code", "21:1: no block quotations", "23:1: no dividing lines",
		}},
		{"a broken line", plainFacts + "\n## A\n\nB\\\nc.\n", []string{"13:2: can't be broken"}},
		{"Markdown in a heading", plainFacts + "\n## A *b*\n\nC.\n", []string{"11:6: plain text"}},
		{"two headings of the same words", plainFacts + "\n## A\n\nB.\n\n## A\n\nC.\n", []string{"15:1: anchor #a too"}},
		{"an anchor of the wrong form", plainFacts + "\n## A {#A b}\n\nB.\n", []string{"11:1: anchor {#A b}"}},
		{"a table without a caption", plainFacts + "\n## A\n\nB.\n\n| a | b |\n|---|---|\n| c | d |\n", []string{"15:1: no caption"}},
		{"a caption without a table", plainFacts + "\n## A\n\nTable: B\n\nC.\n", []string{"13:1: no table follows"}},
		{"rows of other lengths", plainFacts + "\n## A\n\nTable: B\n\n| a | b |\n|---|---|\n| c |\n| d | e | f |\ng\n", []string{"17:1: cells in this row: 1", "18:1: cells in this row: 3", "19:1: cells in this row: 1"}},
		{"a row without a name", plainFacts + "\n## A\n\nTable: B\n\n| a | |\n|---|---|\n| | d |\n", []string{"15:1: cell 2", "17:1: cell 1"}},
		{"a table without rows", plainFacts + "\n## A\n\nTable: B\n\n| a | b |\n|---|---|\n", []string{"15:1: no rows"}},
		{"a list that begins later", plainFacts + "\n## A\n\n3. B\n", []string{"13:1: begins with 3"}},
		{"a list three deep", plainFacts + "\n## A\n\n- a\n  - b\n    - c\n", []string{"15:5: in a list in a list"}},
		{"an empty item", plainFacts + "\n## A\n\n- a\n-\n", []string{"14:1: item of the list is empty"}},
		{"a heading in a list", plainFacts + "\n## A\n\n- a\n\n  # b\n", []string{"15:3: can't stand here"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, got := markdown.Parse([]byte(tt.src))
			if !assert.Len(t, got, len(tt.want), "%v", got) {
				return
			}
			for i, want := range tt.want {
				place, part, _ := strings.Cut(want, ": ")
				assert.Contains(t, got[i].Text, part)
				assert.True(t, strings.HasPrefix(got[i].String(), place), "%s, want it at %s", got[i], place)
			}
		})
	}
}

func TestALongFileIsRefusedUnread(t *testing.T) {
	_, got := markdown.Parse([]byte(plainFacts + strings.Repeat("a", markdown.MaxSource)))
	require.Len(t, got, 1)
	assert.Contains(t, got[0].Text, "longer than")
}
