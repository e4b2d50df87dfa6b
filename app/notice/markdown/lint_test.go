package markdown_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/notice/markdown"
)

var today = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)

// lint returns the findings on a notice as "line rule", and checks that the
// notice has no problems.
func lint(t *testing.T, src string, on time.Time) []string {
	t.Helper()
	_, problems := markdown.Parse([]byte(src))
	require.Empty(t, problems)
	found := []string{}
	for _, w := range markdown.Lint([]byte(src), on) {
		line, _, _ := strings.Cut(w.String(), ":")
		found = append(found, line+" "+w.Rule)
		assert.NotEmpty(t, w.Text)
	}
	return found
}

func TestLintFindsTheKnownWeaknesses(t *testing.T) {
	for file, want := range map[string][]string{
		"housing-plus.md": {
			"1 no-review-date", "13 review-overdue",
			"12 data-protection-act-1998", "31 article-77", "22 ten-pound-fee", "22 forty-days", "21 in-writing", "23 refusal-ground", "17 assumed-consent",
			"27 cookies-by-browser", "1 no-dpo", "1 no-complaint-route",
		},
		"connect.md": {
			"1 no-review-date", "22 privacy-shield", "31 regulator-address", "16 cookies-on-legitimate-interests", "17 cookies-on-legitimate-interests",
			"1 no-dpo", "1 no-complaint-route", "1 no-ico-number",
		},
		"progress.md": {"5 review-due", "17 stairs"},
	} {
		t.Run(file, func(t *testing.T) {
			src, err := os.ReadFile(filepath.Join("testdata", "weak", file))
			require.NoError(t, err)
			assert.ElementsMatch(t, want, lint(t, string(src), today))
		})
	}
}

func TestLintLeavesGoodWordsAlone(t *testing.T) {
	const sound = " Our number is Z1234567. Our Data Protection Officer helps. You can complain to us."
	for name, words := range map[string]string{
		"the Act of now":                 "The Data Protection Act 2018 says so.",
		"another amount":                 "A survey wins £10,000 and costs £100.",
		"another period":                 "We answer within 30 days, not in 140 days.",
		"requests in any way":            "Ask for a copy in any way. You can put it in writing.",
		"browsers beside a choice":       "Cookies wait until you choose. Your browser can block cookies too.",
		"interests with consent":         "Analytics: legitimate interests. Cookies only with your consent.",
		"STAIRs as they are":             "From April 2027 you can use STAIRs.",
		"a review not long ago":          "This notice was last reviewed on 3 December 2024.",
		"an officer who is not on leave": "We do not charge. The Data Protection Officer is not away.",
	} {
		src := plainFacts + "\n## A\n\n" + words + sound + "\n"
		assert.Empty(t, lint(t, src, today), name)
	}
}

func TestLintKnowsTheDay(t *testing.T) {
	src := plainFacts + "\n## A\n\nOur number is ZA123456. Ask the DPO. You can complain to the ICO under Article 77.\n"
	assert.Empty(t, lint(t, src, time.Date(2026, 6, 18, 0, 0, 0, 0, time.UTC)), "before the change of the law")
	assert.Equal(t, []string{"13 article-77", "1 no-complaint-route"}, lint(t, src, time.Date(2026, 6, 19, 0, 0, 0, 0, time.UTC)))
	assert.Contains(t, lint(t, src, time.Date(2027, 10, 2, 0, 0, 0, 0, time.UTC)), "5 review-due")
	assert.Contains(t, lint(t, src, time.Date(2029, 10, 2, 0, 0, 0, 0, time.UTC)), "5 review-overdue")
}

func TestLintReadsPhrasesInEnglishOnly(t *testing.T) {
	src := strings.Replace(plainFacts, "en-GB", "cy", 1) + "\n## A\n\nDeddf (Data Protection Act 1998).\n"
	assert.Equal(t, []string{"1 no-ico-number"}, lint(t, src, today))
}
