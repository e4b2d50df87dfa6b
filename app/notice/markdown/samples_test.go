package markdown_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/notice"
	"latchkey/app/notice/markdown"
)

type sample struct {
	notice.Notice
	file   string
	source string
}

// samples reads every notice of the sample groups.
func samples(t *testing.T) []sample {
	t.Helper()
	files, err := filepath.Glob("../../../testdata/groups/*/notices/*.md")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	var all []sample
	for _, f := range files {
		src, err := os.ReadFile(f)
		require.NoError(t, err)
		n, problems := markdown.Parse(src)
		require.Empty(t, problems, f)
		all = append(all, sample{n, f, string(src)})
	}
	return all
}

func TestSampleNoticesAreNamedAfterWhatTheySay(t *testing.T) {
	for _, s := range samples(t) {
		assert.Equal(t, s.ID+"."+s.Version+"."+s.Language+".md", filepath.Base(s.file))
	}
}

func TestSampleNoticesInForce(t *testing.T) {
	want := map[string][]string{ // warnings, all of them facts that the groups do not publish
		"progress-group": {},
		"reside":         {},
		"housing-plus":   {"no-dpo"},
		"connect":        {"no-dpo", "no-ico-number"},
	}
	got := map[string][]string{}
	for id := range want {
		newest := slices.MaxFunc(samples(t), func(a, b sample) int {
			if (a.ID == id) != (b.ID == id) {
				return map[bool]int{true: 1, false: -1}[a.ID == id]
			}
			return a.Effective.Compare(b.Effective)
		})
		rules := []string{}
		for _, w := range markdown.Lint([]byte(newest.source), today) {
			rules = append(rules, w.Rule)
		}
		got[id] = rules
	}
	assert.Equal(t, want, got)
}

func TestSampleNoticesHaveEarlierVersionsThatDiffer(t *testing.T) {
	route := "section 164A"
	for _, id := range []string{"progress-group", "connect"} {
		var versions []sample
		for _, s := range samples(t) {
			if s.ID == id {
				versions = append(versions, s)
			}
		}
		require.Len(t, versions, 2, id)
		before, after := versions[0], versions[1]
		assert.True(t, before.Effective.Before(after.Effective), id)
		assert.NotEqual(t, before.Hash, after.Hash, id)
		assert.False(t, strings.Contains(strings.ToLower(before.source), strings.ToLower(route)), "%s had no complaint route then", id)
		assert.True(t, strings.Contains(strings.ToLower(after.source), strings.ToLower(route)), "%s has one now", id)
	}
}

func TestTheProgressNoticesHaveThirteenSectionsWithTheClausesThatPeopleCite(t *testing.T) {
	day := time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
	for _, s := range samples(t) {
		if (s.ID != "progress-group" && s.ID != "reside") || !s.Effective.Equal(day) || s.Language != "en-GB" {
			continue
		}
		require.Len(t, s.Sections, 13, s.ID)
		clauses := map[string]string{}
		for _, section := range s.Sections {
			for _, b := range section.Blocks {
				require.NotNil(t, b.Clause, "%s %s", s.ID, section.Title)
				var words strings.Builder
				for _, p := range b.Clause.Blocks {
					for _, in := range p.Paragraph {
						words.WriteString(in.Text)
					}
				}
				clauses[b.Clause.Number] = words.String()
			}
		}
		assert.Contains(t, clauses, "6.3")
		assert.Contains(t, clauses["12.2"], "withdraw your consent to marketing")
		assert.Contains(t, clauses, "13.2")
		basis, err := json.Marshal(s.Sections[7])
		require.NoError(t, err)
		assert.Contains(t, string(basis), `"href":"#12.2"`, "%s cites withdrawal where it explains consent", s.ID)
		for number, text := range clauses {
			if strings.HasPrefix(number, "6.") {
				assert.Contains(t, text, "Lawful basis:", "%s %s", s.ID, number)
			}
		}
	}
}

func TestTheWelshNoticeSaysWhatTheEnglishOneSays(t *testing.T) {
	shape := map[string][]string{}
	for _, s := range samples(t) {
		if s.ID != "reside" {
			continue
		}
		for _, section := range s.Sections {
			for _, b := range section.Blocks {
				items := 0
				for _, inner := range b.Clause.Blocks {
					if inner.List != nil {
						items += len(inner.List.Items)
					}
				}
				shape[s.Language] = append(shape[s.Language], fmt.Sprintf("%s: %d blocks, %d items", b.Clause.Number, len(b.Clause.Blocks), items))
			}
		}
	}
	require.Len(t, shape, 2)
	assert.Equal(t, shape["en-GB"], shape["cy"])
}

func TestSampleNoticesCarryTheFacts(t *testing.T) {
	facts := map[string][]string{
		"progress-group": {"Z7945816", "Z7611446", "Z8893471", "ZA076933", "ZA469256", "0333 320 4555", "PR25 2LW", "dataprotection@progressgroup.org.uk", "driving licence or passport"},
		"reside":         {"Z8893471", "Reside with Progress", "RWP", "dataprotection@progressgroup.org.uk", "doctor"},
		"housing-plus":   {"Z1210914", "L4491", "30224R", "LH4121", "28312R", "LH4325", "1166317", "2000032662", "30948R", "8331962", "1 October 2016", "feedback@housingplusgroup.co.uk", "01785 312000", "0303 123 1113"},
		"connect":        {"LS8 4HS", "WF13 1AX", "0300 5000 600", "cs@connecthousing.org.uk", "six years", "always give you an option to reject", "United States"},
	}
	for _, s := range samples(t) {
		if s.Language != "en-GB" {
			continue
		}
		for _, fact := range facts[s.ID] {
			assert.Contains(t, s.source, fact, s.file)
		}
	}
}

func TestConnectHasItsTwoTables(t *testing.T) {
	rows := map[string]int{}
	for _, s := range samples(t) {
		if s.ID != "connect" {
			continue
		}
		for _, section := range s.Sections {
			for _, b := range section.Blocks {
				if b.Table != nil {
					rows[b.Table.Caption] = len(b.Table.Rows)
				}
			}
		}
	}
	assert.Equal(t, map[string]int{"What we use your information for": 10, "Information that needs more protection": 6}, rows)
}
