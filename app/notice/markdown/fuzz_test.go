package markdown_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/notice"
	"latchkey/app/notice/markdown"
)

// holds checks what is true of every source, whatever is wrong with it.
func holds(t *testing.T, src []byte) {
	n, problems := markdown.Parse(src)
	again, _ := markdown.Parse(src)
	assert.Equal(t, n, again, "the same source is read in the same way")
	lines := strings.Count(string(src), "\n") + 2
	for _, p := range problems {
		assert.True(t, p.Line >= 1 && p.Line <= lines && p.Column >= 1, "%s stands in the source", p)
		assert.NotEmpty(t, p.Text)
	}
	markdown.Lint(src, today)
	if len(problems) > 0 {
		return
	}
	require.NotEmpty(t, n.Sections)
	anchors := map[string]bool{}
	for _, s := range n.Sections {
		assert.False(t, anchors[s.ID], "anchor %q stands once", s.ID)
		anchors[s.ID] = true
		for _, b := range s.Blocks {
			if b.Clause != nil {
				assert.False(t, anchors[b.Clause.Number], "anchor %q stands once", b.Clause.Number)
				anchors[b.Clause.Number] = true
			}
		}
	}
	for _, s := range n.Sections {
		assert.NotEmpty(t, s.Title)
		checkBlocks(t, s.Blocks, anchors)
	}
	data, err := json.Marshal(n)
	require.NoError(t, err)
	var back notice.Notice
	require.NoError(t, json.Unmarshal(data, &back))
	data2, err := json.Marshal(back)
	require.NoError(t, err)
	assert.JSONEq(t, string(data), string(data2))
}

func checkBlocks(t *testing.T, blocks []notice.Block, anchors map[string]bool) {
	require.NotEmpty(t, blocks)
	for _, b := range blocks {
		kinds := 0
		for _, set := range []bool{b.Clause != nil, b.Heading != "", len(b.Paragraph) > 0, b.List != nil, b.Table != nil} {
			if set {
				kinds++
			}
		}
		assert.Equal(t, 1, kinds, "a block is one thing: %+v", b)
		checkInlines(t, b.Paragraph, anchors)
		if b.Clause != nil {
			checkBlocks(t, b.Clause.Blocks, anchors)
		}
		if b.List != nil {
			require.NotEmpty(t, b.List.Items)
			for _, item := range b.List.Items {
				checkBlocks(t, item, anchors)
			}
		}
		if b.Table != nil {
			assert.NotEmpty(t, b.Table.Caption)
			for _, cell := range b.Table.Header {
				checkInlines(t, cell, anchors)
			}
			for _, row := range b.Table.Rows {
				assert.Len(t, row, len(b.Table.Header))
				for _, cell := range row {
					checkInlines(t, cell, anchors)
				}
			}
		}
	}
}

func checkInlines(t *testing.T, inlines []notice.Inline, anchors map[string]bool) {
	plain := false
	for _, in := range inlines {
		assert.NotEmpty(t, in.Text)
		assert.True(t, utf8.ValidString(in.Text))
		assert.NotContains(t, in.Text, "\n")
		is := in.Href == "" && !in.Strong && !in.Em
		assert.False(t, plain && is, "plain texts beside each other are one")
		plain = is
		if anchor, ok := strings.CutPrefix(in.Href, "#"); ok {
			assert.True(t, anchors[anchor], "#%s leads somewhere", anchor)
			continue
		}
		if in.Href != "" {
			scheme, _, _ := strings.Cut(strings.ToLower(in.Href), ":")
			assert.Contains(t, []string{"https", "mailto", "tel"}, scheme)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, pattern := range []string{"../../../testdata/groups/*/notices/*.md", "testdata/weak/*.md"} {
		files, err := filepath.Glob(pattern)
		require.NoError(f, err)
		for _, file := range files {
			src, err := os.ReadFile(file)
			require.NoError(f, err)
			f.Add(src)
		}
	}
	f.Fuzz(func(t *testing.T, src []byte) { holds(t, src) })
}

// FuzzBody gives every input good front matter, so that the body is reached.
func FuzzBody(f *testing.F) {
	f.Add("## 1. A\n\n1.1 B, see 1.1.\n\n- c\n\nTable: D\n\n| e | f |\n|---|---|\n| g | **h** |\n", true)
	f.Add("## A {#a}\n\n[b](#a) <c@d.org> `e` &amp; \\*\n\n1. f\n   - g\n\n### h\n\ni\\\nj\n", false)
	f.Fuzz(func(t *testing.T, body string, numbered bool) {
		facts := plainFacts
		if numbered {
			facts = numberedFacts
		}
		holds(t, []byte(facts+"\n"+body))
	})
}

func FuzzFrontMatter(f *testing.F) {
	f.Add("id: x\nversion: 2026-10-01\neffective: 2026-10-01\nlanguage: cy\ntitle: 'A'\nentities: [x, \"y\"]\nnumbered: false\n")
	f.Add("id: &a x\ntitle: *a\nentities:\n- |\n  b\n? c\n: !!str d\n<<: {e: f}\n")
	f.Fuzz(func(t *testing.T, facts string) { holds(t, []byte("---\n"+facts+"\n---\n\n## A\n\nB.\n")) })
}
