package server_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// ownAttributes are of the elements that the loader itself draws, from the trees
// that the server gives it; no page of a website uses them.
var ownAttributes = []string{"data-do", "data-when"}

var (
	attributeName  = regexp.MustCompile(`\bdata-[a-z]+\b`)
	datasetField   = regexp.MustCompile(`\.dataset\.([a-zA-Z]+)`)
	datasetFields  = regexp.MustCompile(`\bdataset: \{([^{}]+)\}|\{([^{}]+)\} = [\w.]+\.dataset\b`)
	datasetNames   = regexp.MustCompile(`\[([^\]]+)\]\.map\(name => data\[name\]()`)
	hitField       = regexp.MustCompile(`\bhit\(\w+, '(\w+)'\)`)
	interfaceBlock = regexp.MustCompile(`(?s)export interface (Latchkey|Events|ChoiceDetail|LeftoverDetail) \{(.*?)\n\}`)
	memberName     = regexp.MustCompile(`(?m)^\t(?:readonly )?(\w+)[?(:<]`)
	methodType     = regexp.MustCompile(`export type Method = ([^;]+);`)
	addressOf      = regexp.MustCompile(`'#(latchkey-[a-z]+)'`)
)

// TestTheReferenceNamesEverything holds web/docs/reference.md to what the loader
// looks for in a page, and to what its types offer.
func TestTheReferenceNamesEverything(t *testing.T) {
	reference := string(read(t, "../web/docs/reference.md"))
	var names []string

	files, err := filepath.Glob("../web/loader/*.ts")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, f := range files {
		src := string(read(t, f))
		names = append(names, attributeName.FindAllString(src, -1)...)
		for _, m := range append(datasetField.FindAllStringSubmatch(src, -1), hitField.FindAllStringSubmatch(src, -1)...) {
			names = append(names, "data-"+m[1])
		}
		for _, m := range append(datasetFields.FindAllStringSubmatch(src, -1), datasetNames.FindAllStringSubmatch(src, -1)...) {
			for field := range strings.SplitSeq(m[1]+m[2], ",") {
				field, _, _ = strings.Cut(strings.Trim(field, " '"), ":")
				if !strings.HasPrefix(field, "...") { // the rest, whose names are found by what is taken from it
					names = append(names, "data-"+field)
				}
			}
		}
		for _, m := range addressOf.FindAllStringSubmatch(src, -1) {
			names = append(names, "#"+m[1])
		}
	}
	for _, want := range []string{"data-consent", "data-entity", "data-lang", "data-src", "data-srcset", "data-href", "data-latchkey", "#latchkey-preferences"} {
		require.Contains(t, names, want, "how this test finds names no longer fits the loader")
	}

	types := string(read(t, "../web/latchkey.d.ts"))
	blocks := interfaceBlock.FindAllStringSubmatch(types, -1)
	require.Len(t, blocks, 4)
	for _, block := range blocks {
		members := memberName.FindAllStringSubmatch(block[2], -1)
		require.NotEmpty(t, members, block[1])
		for _, m := range members {
			names = append(names, m[1])
		}
	}
	for method := range strings.SplitSeq(methodType.FindStringSubmatch(types)[1], "|") {
		names = append(names, strings.Trim(strings.TrimSpace(method), "'"))
	}

	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if slices.Contains(ownAttributes, name) {
			continue
		}
		in := regexp.MustCompile("`(?:[^`\n]*[^\\w`-])?" + regexp.QuoteMeta(name) + "(?:[^\\w`-][^`\n]*)?`")
		assert.Regexp(t, in, reference, "%s is not in web/docs/reference.md", name)
	}
}

// The stub stands in several places for people to copy: it is the same in all.
func TestTheStubInTheDocumentationIsTheStub(t *testing.T) {
	stub := strings.TrimSpace(string(read(t, "../web/stub.js")))
	copies := 0
	pages, err := filepath.Glob("../web/docs/*.md")
	require.NoError(t, err)
	for _, page := range pages {
		src, err := os.ReadFile(page)
		require.NoError(t, err)
		for line := range strings.Lines(string(src)) {
			if strings.Contains(line, "window.latchkey=") {
				copies++
				assert.Contains(t, line, ">"+stub+"</script>", page)
			}
		}
	}
	assert.Positive(t, copies)
}
