// Package i18n gives people text in their language. A catalogue maps message
// keys to messages; messages have named placeholders ({name}) and, where they
// count something, one form for each CLDR plural category of the language.
//
// A catalogue lives in locales/LANGUAGE/*.json, one file an area of the
// product. English (en-GB) is complete by definition: every other language is
// held to its keys, placeholders and plural categories by a test.
package i18n

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
)

// Default is the language that every text exists in.
const Default = "en-GB"

// Languages lists the languages that have a catalogue, the default first.
var Languages = []string{Default, "cy"}

// Message is one entry of a catalogue: a text, or a form for each plural
// category ("zero", "one", "two", "few", "many", "other") of the language.
type Message map[string]string

// UnmarshalJSON reads a plain string as the form "other".
func (m *Message) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err == nil {
		*m = Message{"other": s}
		return nil
	}
	var forms map[string]string
	if err := json.Unmarshal(b, &forms); err != nil {
		return fmt.Errorf("message: want a text or plural forms: %w", err)
	}
	*m = forms
	return nil
}

// Catalogue holds the messages of one language. It is safe for concurrent use.
type Catalogue struct {
	lang     string
	messages map[string]Message
	fallback *Catalogue
}

var load = sync.OnceValue(func() map[string]*Catalogue {
	all := map[string]*Catalogue{}
	for _, lang := range Languages {
		c := &Catalogue{lang: lang, messages: map[string]Message{}, fallback: all[Default]}
		files, err := fs.Glob(locales, path.Join("locales", lang, "*.json"))
		if err != nil {
			panic(err)
		}
		for _, f := range files {
			b, err := locales.ReadFile(f)
			if err != nil {
				panic(err)
			}
			var part map[string]Message
			if err := json.Unmarshal(b, &part); err != nil {
				panic(fmt.Errorf("catalogue %s: %w", f, err)) // embedded, and read by every test
			}
			for key, m := range part {
				if _, twice := c.messages[key]; twice {
					panic(fmt.Errorf("catalogue %s: key %q stands in two files", f, key))
				}
				c.messages[key] = m
			}
		}
		all[lang] = c
	}
	return all
})

// For returns the catalogue of a language (BCP 47). A language without one
// gets that of its base language ("cy-GB" the Welsh one), else the default.
func For(lang string) *Catalogue {
	all := load()
	if c, ok := all[lang]; ok {
		return c
	}
	base, _, _ := strings.Cut(strings.ToLower(lang), "-")
	for _, l := range Languages {
		if have, _, _ := strings.Cut(strings.ToLower(l), "-"); have == base {
			return all[l]
		}
	}
	return all[Default]
}

// With returns a catalogue in which texts (key to text) stand before c's own.
// A group's overrides come in this way.
func (c *Catalogue) With(texts map[string]string) *Catalogue {
	if len(texts) == 0 {
		return c
	}
	over := make(map[string]Message, len(texts))
	for k, v := range texts {
		over[k] = Message{"other": v}
	}
	return &Catalogue{lang: c.lang, messages: over, fallback: c}
}

// Lang is the BCP 47 tag of the catalogue's language.
func (c *Catalogue) Lang() string { return c.lang }

// Dir is the direction of the language's script, for the dir attribute.
func (c *Catalogue) Dir() string { return "ltr" }

// Has reports whether the catalogue or what stands behind it has the key.
func (c *Catalogue) Has(key string) bool {
	_, ok := c.find(key)
	return ok
}

// Keys lists the catalogue's own keys, sorted.
func (c *Catalogue) Keys() []string { return slices.Sorted(maps.Keys(c.messages)) }

// Message returns the forms that the catalogue itself has for a key, or nil.
func (c *Catalogue) Message(key string) Message { return maps.Clone(c.messages[key]) }

func (c *Catalogue) find(key string) (Message, bool) {
	for ; c != nil; c = c.fallback {
		if m, ok := c.messages[key]; ok {
			return m, true
		}
	}
	return nil, false
}

// T returns the message of a key, its placeholders filled from pairs of name
// and value: T("banner.entity", "name", "Reside"). A key that no catalogue has
// is returned in brackets, so that it is seen, and a test fails.
func (c *Catalogue) T(key string, pairs ...any) string {
	m, ok := c.find(key)
	if !ok {
		return "[" + key + "]"
	}
	return fill(m["other"], pairs)
}

// N returns the message of a key in the plural form that n takes. {n} is n, unless
// pairs say how it is written.
func (c *Catalogue) N(key string, n int, pairs ...any) string {
	m, ok := c.find(key)
	if !ok {
		return "[" + key + "]"
	}
	text, ok := m[Plural(c.lang, n)]
	if !ok {
		text = m["other"]
	}
	return fill(text, append(slices.Clip(pairs), "n", n))
}

func fill(text string, pairs []any) string {
	if len(pairs) == 0 || !strings.Contains(text, "{") {
		return text
	}
	old := make([]string, 0, len(pairs))
	for i := 0; i+1 < len(pairs); i += 2 {
		old = append(old, fmt.Sprintf("{%v}", pairs[i]), fmt.Sprint(pairs[i+1]))
	}
	return strings.NewReplacer(old...).Replace(text)
}

// Plural returns the CLDR plural category of the whole number n in lang.
func Plural(lang string, n int) string {
	base, _, _ := strings.Cut(lang, "-")
	if base == "cy" {
		switch n {
		case 0:
			return "zero"
		case 1:
			return "one"
		case 2:
			return "two"
		case 3:
			return "few"
		case 6:
			return "many"
		}
		return "other"
	}
	if n == 1 {
		return "one"
	}
	return "other"
}

// Plurals lists the plural categories that whole numbers take in lang.
func Plurals(lang string) []string {
	if base, _, _ := strings.Cut(lang, "-"); base == "cy" {
		return []string{"zero", "one", "two", "few", "many", "other"}
	}
	return []string{"one", "other"}
}

// Date writes a day in full, as "Monday 23 November 2026".
func (c *Catalogue) Date(t time.Time) string {
	return c.T("date.full",
		"weekday", c.T(fmt.Sprintf("date.weekday.%d", t.Weekday())),
		"day", t.Day(),
		"month", c.T(fmt.Sprintf("date.month.%d", t.Month())),
		"year", t.Year())
}

// Day writes a day without its weekday, as "23 November 2026".
func (c *Catalogue) Day(t time.Time) string {
	return c.T("date.day", "day", t.Day(), "month", c.T(fmt.Sprintf("date.month.%d", t.Month())), "year", t.Year())
}
