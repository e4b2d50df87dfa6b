package i18n_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"

	"latchkey/app/i18n"
)

func TestALanguageFindsItsCatalogue(t *testing.T) {
	for asked, want := range map[string]string{
		"en-GB": "en-GB", "cy": "cy", "cy-GB": "cy", "CY": "cy", "en": "en-GB", "en-US": "en-GB", "pl": "en-GB", "": "en-GB",
	} {
		assert.Equal(t, want, i18n.For(asked).Lang(), asked)
	}
}

func TestMessagesAreFilled(t *testing.T) {
	en, cy := i18n.For("en-GB"), i18n.For("cy")
	over := cy.With(map[string]string{"banner.title": "Cwcis {site}", "own.key": "{a}{b}"})
	for name, c := range map[string]struct{ got, want string }{
		"a placeholder":                          {en.T("banner.title", "site", "Reside"), "Cookies on Reside"},
		"a value that looks like a placeholder":  {over.T("own.key", "a", "{b}", "b", "x"), "{b}x"},
		"a value that is not given":              {en.T("banner.title"), "Cookies on {site}"},
		"a group's own wording":                  {over.T("banner.title", "site", "Reside"), "Cwcis Reside"},
		"what a group left alone":                {over.T("banner.accept"), "Derbyn y cyfan"},
		"a key that nobody has":                  {cy.T("no.such.key"), "[no.such.key]"},
		"a counted key that nobody has":          {cy.N("no.such.key", 2), "[no.such.key]"},
		"one":                                    {en.N("common.duration.month", 1), "1 month"},
		"many":                                   {en.N("common.duration.month", 12), "12 months"},
		"none":                                   {en.N("common.duration.month", 0), "0 months"},
		"two in Welsh":                           {cy.N("common.duration.month", 2), "2 fis"},
		"a date":                                 {en.Date(time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)), "Monday 23 November 2026"},
		"a day in Welsh":                         {cy.Day(time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)), "1 Chwefror 2026"},
		"a group's own wording of a counted key": {en.With(map[string]string{"common.duration.day": "{n}d"}).N("common.duration.day", 3), "3d"},
	} {
		assert.Equal(t, c.want, c.got, name)
	}
}

func TestPluralsAreThoseOfCLDR(t *testing.T) {
	names := map[plural.Form]string{
		plural.Other: "other", plural.Zero: "zero", plural.One: "one", plural.Two: "two", plural.Few: "few", plural.Many: "many",
	}
	for _, lang := range i18n.Languages {
		seen := map[string]bool{}
		for n := range 1000 {
			want := names[plural.Cardinal.MatchPlural(language.MustParse(lang), n, 0, 0, 0, 0)]
			require.Equal(t, want, i18n.Plural(lang, n), "%s %d", lang, n)
			seen[want] = true
		}
		for _, category := range i18n.Plurals(lang) {
			assert.True(t, seen[category], "%s: no whole number is %q", lang, category)
			delete(seen, category)
		}
		assert.Empty(t, seen, lang)
	}
}

func TestAMessageIsATextOrPluralForms(t *testing.T) {
	for in, want := range map[string]i18n.Message{
		`"a"`:                      {"other": "a"},
		`{"one":"a","other":"bs"}`: {"one": "a", "other": "bs"},
	} {
		var got i18n.Message
		require.NoError(t, json.Unmarshal([]byte(in), &got))
		assert.Equal(t, want, got)
	}
	for _, in := range []string{`1`, `["a"]`, `{"one":1}`, `null0`} {
		var got i18n.Message
		assert.Error(t, json.Unmarshal([]byte(in), &got), in)
	}
}
