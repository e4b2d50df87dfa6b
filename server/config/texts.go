package config

import (
	"hash"
	pathpkg "path"
	"regexp"
	"slices"
	"strings"

	"latchkey/app/group"
	"latchkey/app/i18n"
)

var placeholder = regexp.MustCompile(`\{[a-zA-Z]+\}`)

// locales reads a group's own wordings from locales/LANG.yaml.
func (l *loader) locales(folder string, g *loaded, own hash.Hash) map[string]group.Overrides {
	texts := map[string]group.Overrides{}
	for _, file := range l.list(pathpkg.Join(folder, "locales"), ".yaml") {
		d := newDocument(l.path(file))
		src, err := l.file(file, maxYAML, own)
		if err != nil {
			d.problem("", "%s", err)
			l.keep(d)
			continue
		}
		lang := strings.TrimSuffix(pathpkg.Base(file), ".yaml")
		words := group.Overrides{}
		d.read(src, &words)
		if isAny(lang, i18n.Languages...) {
			checkOverrides(d, words)
			texts[lang] = words
		} else {
			d.problem("", "there is no catalogue for the language %q: name the file %s", lang, oneOf(fileNames()))
		}
		if speaks := func(s group.Site) bool { return slices.Contains(s.Languages, lang) }; !slices.ContainsFunc(g.Sites, speaks) {
			d.warn("", "no site of the group is in the language %s: these texts are never shown", lang)
		}
		l.keep(d)
	}
	return texts
}

func fileNames() []string {
	var names []string
	for _, lang := range i18n.Languages {
		names = append(names, lang+".yaml")
	}
	return names
}

// checkOverrides holds a group's wordings to the catalogue that they stand in for.
func checkOverrides(d *document, words group.Overrides) {
	catalogue := i18n.For(i18n.Default)
	for key, text := range words {
		if isProtected(key) {
			d.problemKey(key, "%s can't be changed: the words for choosing, accepting and refusing are the same on every website, so that nobody is steered. Delete this line", key)
			continue
		}
		if d.unread[key] {
			continue
		}
		if !catalogue.Has(key) {
			d.problemKey(key, "there is no text with the key %q: look it up in the catalogue, or delete this line", key)
			continue
		}
		original := catalogue.Message(key)
		if len(original) > 1 {
			d.problemKey(key, "%s has a form for each number, so it can't be changed here: delete this line", key)
			continue
		}
		if want, got := placeholders(original["other"]), placeholders(text); !slices.Equal(want, got) {
			d.problem(key, "%s", placeholderFault(want, got))
		}
	}
}

func placeholders(text string) []string {
	return slices.Compact(slices.Sorted(slices.Values(placeholder.FindAllString(text, -1))))
}

func placeholderFault(want, got []string) string {
	if len(want) == 0 {
		return "this text has no place for " + oneOf(got) + ": delete it"
	}
	return "this text must hold " + strings.Join(want, ", ") + " and nothing else in braces: it stands for what is filled in"
}
