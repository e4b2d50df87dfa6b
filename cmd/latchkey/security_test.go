package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// testNames are the names of all tests in Go that there are.
func testNames(t *testing.T) map[string]bool {
	t.Helper()
	declared := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)[A-Za-z0-9_]+)\(`)
	names := map[string]bool{}
	for _, folder := range []string{"app", "cmd", "server", "web"} {
		require.NoError(t, filepath.WalkDir(filepath.Join("..", "..", folder), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() && d.Name() == "node_modules" {
				return skipUnless(err)
			}
			if !strings.HasSuffix(path, "_test.go") {
				return nil
			}
			src, err := os.ReadFile(path)
			for _, m := range declared.FindAllStringSubmatch(string(src), -1) {
				names[m[1]] = true
			}
			return err
		}))
	}
	return names
}

// skipUnless skips a folder unless something is wrong with it.
func skipUnless(err error) error {
	if err != nil {
		return err
	}
	return fs.SkipDir
}

// TestEveryRequirementOfASVSIsAnswered holds the table in web/docs/security.md to the list of
// requirements of OWASP ASVS 5.0.0 (testdata/asvs), and to the tests that there are.
func TestEveryRequirementOfASVSIsAnswered(t *testing.T) {
	list, err := os.ReadFile("../../testdata/asvs/5.0.0.txt")
	require.NoError(t, err)
	levels := map[string]string{}
	for line := range strings.Lines(string(list)) {
		id, level, _ := strings.Cut(strings.TrimSpace(line), " ")
		levels[id] = level
	}
	count := map[string]int{}
	for _, level := range levels {
		count[level]++
	}
	require.Equal(t, map[string]int{"1": 70, "2": 183}, count, "as the standard counts them")

	page, err := os.ReadFile("../../web/docs/security.md")
	require.NoError(t, err)
	there := testNames(t)
	seen := map[string]int{}
	for _, row := range regexp.MustCompile(`(?m)^\| (\d+\.\d+\.\d+) \| ([12]) \| (.*) \| (.*)\|$`).FindAllStringSubmatch(string(page), -1) {
		id, level, answer, shown := row[1], row[2], row[3], row[4]
		seen[id]++
		assert.Equal(t, levels[id], level, id)
		tests := regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(shown, -1)
		for _, test := range tests {
			assert.True(t, there[test[1]], "%s names %s, and there is no such test", id, test[1])
		}
		if len(tests) == 0 {
			assert.Regexp(t, `^(Does not apply: .+|.*operator.*|As .+)$`, answer, "%s has neither a test nor a reason", id)
		}
	}
	for id := range levels {
		assert.Equal(t, 1, seen[id], id)
	}
	assert.Len(t, seen, len(levels), "and none that the standard does not have")
}

// TestTheModelNamesEverybody holds SECURITY.md to naming everybody who has to do with a
// deployment, what is promised and what is not, how to report, and what is kept up to date.
func TestTheModelNamesEverybody(t *testing.T) {
	src, err := os.ReadFile("../../SECURITY.md")
	require.NoError(t, err)
	for _, heading := range []string{"## Report a weakness", "## Supported versions", "## What Latchkey keeps safe", "## Who may do what", "## What is left out"} {
		assert.Contains(t, string(src), "\n"+heading+"\n")
	}
	_, people, _ := strings.Cut(string(src), "\n## Who may do what\n")
	people, _, _ = strings.Cut(people, "\n## ")
	parts := strings.Split(people, "\n### ")[1:]
	all := ""
	for _, part := range parts {
		who, says, _ := strings.Cut(part, "\n")
		all += who + "\n"
		assert.Contains(t, says, "\n- Promised", who)
		assert.Contains(t, says, "\n- Not promised", who)
	}
	for _, who := range []string{"visitor", "same device", "network", "comments", "own scripts", "sibling", "receipt file", "copy of the database", "write to the database", "keys", "operator", "data protection officer"} {
		assert.Contains(t, all, who)
	}
}
