package notice

import (
	"cmp"
	"slices"
	"time"
)

// InForce returns the version of the notice id that applies on a day: the one
// that came into effect last. Before the first comes into effect, that first
// one is returned, because a site without a notice would say less. Of a version
// that exists in several languages the one in lang is returned, else the one that
// sorts first. False if there is no notice with the id.
func InForce(notices []Notice, id, lang string, today time.Time) (Notice, bool) {
	versions := Versions(notices, id)
	if len(versions) == 0 {
		return Notice{}, false
	}
	found := versions[len(versions)-1]
	for _, n := range versions {
		if !n.Effective.After(today) {
			found = n
			break
		}
	}
	return Version(notices, id, found.Version, lang)
}

// Version returns one version of a notice, in lang if it exists in that language.
func Version(notices []Notice, id, version, lang string) (found Notice, ok bool) {
	for _, n := range Versions(notices, id) {
		if n.Version != version {
			continue
		}
		if n.Language == lang {
			return n, true
		}
		if !ok {
			found, ok = n, true
		}
	}
	return found, ok
}

// Versions lists every version of the notice id in every language, newest first.
func Versions(notices []Notice, id string) []Notice {
	var vs []Notice
	for _, n := range notices {
		if n.ID == id {
			vs = append(vs, n)
		}
	}
	slices.SortFunc(vs, func(a, b Notice) int {
		return cmp.Or(b.Effective.Compare(a.Effective), cmp.Compare(b.Version, a.Version), cmp.Compare(a.Language, b.Language))
	})
	return vs
}
