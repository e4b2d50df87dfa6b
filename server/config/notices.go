package config

import (
	"fmt"
	"maps"
	pathpkg "path"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"latchkey/app/group"
	"latchkey/app/i18n"
	"latchkey/app/notice/markdown"
)

// notices reads notices/*.md. What is wrong in a notice is reported; the
// notice is kept all the same, so that its entity is not reported as uncovered.
func (l *loader) notices(folder string) []Notice {
	var all []Notice
	sound := map[string]bool{} // by file
	for _, file := range l.list(pathpkg.Join(folder, "notices"), ".md") {
		src, err := l.file(file, markdown.MaxSource)
		if err != nil {
			l.problems = append(l.problems, Problem{File: l.path(file), Line: 1, Column: 1, Text: err.Error()})
			continue
		}
		n, problems := markdown.Parse(src)
		for _, p := range problems {
			l.problems = append(l.problems, Problem{File: l.path(file), Line: p.Line, Column: p.Column, Text: p.Text})
		}
		all = append(all, Notice{Notice: n, Source: src, File: l.path(file)})
		sound[l.path(file)] = len(problems) == 0
	}
	for _, n := range all {
		// Older versions were right in their time.
		if now, ok := inForce(all, n.ID, l.today); !ok || now.Version != n.Version || !sound[n.File] {
			continue
		}
		for _, w := range markdown.Lint(n.Source, l.today) {
			l.warnings = append(l.warnings, Problem{File: n.File, Line: w.Line, Column: w.Column, Text: w.Text})
		}
	}
	return all
}

// checkNotices checks a group's notices against the group and one another.
func (l *loader) checkNotices(g *loaded) {
	type edition struct{ id, version, language string }
	first := map[edition]Notice{}
	var whole []Notice // those with an id
	for _, n := range g.notices {
		if n.ID == "" {
			continue
		}
		whole = append(whole, n)
		for _, e := range n.Entities {
			if _, ok := g.Entity(e); !ok {
				l.problemIn(n, "entities", e, "the group has no entity %q: want %s", e, oneOf(entityIDs(g)))
			}
		}
		if n.Language != "" && !isAny(n.Language, i18n.Languages...) {
			l.problemIn(n, "language", n.Language, "there is no catalogue for the language %q: want %s", n.Language, oneOf(i18n.Languages))
		}
		key := edition{n.ID, n.Version, n.Language}
		if other, twice := first[key]; twice {
			l.problemIn(n, "version", n.Version, "version %s of the notice %s in %s exists already, in %s: give the newer one a version of its own", n.Version, n.ID, n.Language, other.File)
			continue
		}
		first[key] = n
		for _, other := range first {
			if other.ID == n.ID && other.Version == n.Version && len(n.Entities) > 0 && !sameEntities(other.Entities, n.Entities) {
				l.problemIn(n, "entities", n.Entities[0], "the notice %s covers other entities here than in %s: one version covers the same in every language", n.ID, other.File)
				break
			}
		}
	}
	l.checkCover(g, whole)
	l.checkLanguages(g, whole)
}

// checkCover reports entities that would have no notice to show.
func (l *loader) checkCover(g *loaded, notices []Notice) {
	inForce := scopes(notices, l.today)
	for i, e := range g.Entities {
		if e.ID != "" && !g.Covered(e.ID, inForce) {
			g.doc.problem(path("entities", i), "no notice covers %s, and the group's first entity has none that could stand in: add one under notices", e.ID)
		}
	}
}

// checkLanguages warns of notices that the visitors of a site would get in
// another language than the site's.
func (l *loader) checkLanguages(g *loaded, notices []Notice) {
	inForce := scopes(notices, l.today)
	said := map[string]bool{}
	for i := range g.Sites {
		s := &g.Sites[i]
		for _, a := range g.Applies(group.Situation{Site: s}, inForce).Notices {
			have := languages(notices, a.Notice, l)
			for j, lang := range s.Languages {
				if have[lang] || said[a.Notice+" "+lang] {
					continue
				}
				said[a.Notice+" "+lang] = true
				g.doc.warn(path("sites", i, "languages", j), "the notice %s is not there in %s: visitors get it in %s", a.Notice, lang, oneOf(slices.Sorted(maps.Keys(have))))
			}
		}
	}
}

// languages are those of the version of a notice that is in force.
func languages(notices []Notice, id string, l *loader) map[string]bool {
	have := map[string]bool{}
	if now, ok := inForce(notices, id, l.today); ok {
		for _, n := range notices {
			if n.ID == id && n.Version == now.Version {
				have[n.Language] = true
			}
		}
	}
	return have
}

func sameEntities(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// problemIn reports a problem with a word in the value of a key of a notice's
// front matter.
func (l *loader) problemIn(n Notice, key, word, format string, args ...any) {
	p := placeOfWord(string(n.Source), key, word)
	l.problems = append(l.problems, Problem{File: n.File, Line: p.line, Column: p.column, Text: fmt.Sprintf(format, args...)})
}

// placeOfWord finds a word in the value of a key of the front matter. Package
// markdown read the value, and keeps no place of it.
func placeOfWord(src, key, word string) place {
	whole := regexp.MustCompile(`(?:^|[\s\[,"'])(` + regexp.QuoteMeta(word) + `)(?:[\s\],"']|$)`)
	found := false
	for i, line := range strings.Split(src, "\n") {
		found = found || strings.HasPrefix(line, key+":")
		switch at := whole.FindStringSubmatchIndex(line); {
		case i > 0 && strings.TrimSpace(line) == "---":
			return place{1, 1}
		case found && at != nil:
			return place{i + 1, utf8.RuneCountInString(line[:at[2]]) + 1}
		}
	}
	return place{1, 1}
}
