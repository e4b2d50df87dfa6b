package ui

import (
	"net/url"
	"time"

	"latchkey/app/group"
	"latchkey/app/notice"
)

// NoticeQuery is what the address of a notice page asks for. Anything but Path
// and Lang may be empty.
type NoticeQuery struct {
	Path    string // of the page, such as /reside/notice, without a query
	Lang    string // of the page
	Notice  string // ?notice=: id of one of the group's notices
	Version string // ?version=
}

// NoticeOf chooses the notice for a visitor by [group.Group.Applies] and
// describes it. The address may ask for another notice of the group, or for
// another version; a version that the first notice does not have is looked for
// in the others that apply. False if there is no such notice or version.
func NoticeOf(g *group.Group, at group.Situation, all []notice.Notice, q NoticeQuery, today time.Time) (NoticeView, bool) {
	applied := g.Applies(at, scopesOf(all, today))
	n, ok := chosen(applied, all, q, today)
	if !ok {
		return NoticeView{}, false
	}
	v := NoticeView{
		Notice: n, Entity: EntityOf(g, applied.Entity, q.Lang, at.Site.Languages[0]), Action: q.Path,
	}
	if _, known := g.Entity(at.Answer); known || at.Answer == group.NotSure {
		v.Answer, v.Picked = at.Answer, at.Answer
	}
	href := func(id, version string) string {
		query := url.Values{"lang": {q.Lang}}
		for name, value := range map[string]string{"landlord": v.Answer, "notice": id, "version": version} {
			if value != "" {
				query.Set(name, value)
			}
		}
		return q.Path + "?" + query.Encode()
	}
	for _, a := range applied.Notices {
		if a.Notice == n.ID {
			v.Why = a.Why
			continue
		}
		if other, ok := notice.InForce(all, a.Notice, q.Lang, today); ok {
			v.Also = append(v.Also, NoticeLink{Title: other.Title, Language: other.Language, Href: href(other.ID, ""), Why: a.Why})
		}
	}
	v.Current = href(n.ID, "")
	v.Versions = versionsOf(all, n.ID, today, func(version string) string { return href(n.ID, version) })
	for _, version := range v.Versions {
		if version.Version == n.Version {
			v.State, v.Until = version.State, version.Until
		}
	}
	for _, id := range n.Entities {
		if e, ok := g.Entity(id); ok {
			v.Covers = append(v.Covers, EntityOf(g, e, q.Lang, at.Site.Languages[0]))
		}
	}
	if len(g.Entities) > 1 {
		for _, e := range g.RequestEntities(at.Site) {
			about, _ := e.About.In(q.Lang, at.Site.Languages[0])
			v.Landlords = append(v.Landlords, Landlord{ID: e.ID, Name: e.Name, About: about})
		}
	}
	return v, true
}

// chosen is the notice that the address asks for.
func chosen(applied group.Applied, all []notice.Notice, q NoticeQuery, today time.Time) (notice.Notice, bool) {
	var ids []string
	for _, a := range applied.Notices {
		ids = append(ids, a.Notice)
	}
	if q.Notice != "" {
		ids = []string{q.Notice}
	}
	for _, id := range ids {
		n, ok := notice.InForce(all, id, q.Lang, today)
		if q.Version != "" {
			n, ok = notice.Version(all, id, q.Version, q.Lang)
		}
		if ok {
			return n, true
		}
	}
	return notice.Notice{}, false
}

// scopesOf says whom the notices in force cover.
func scopesOf(all []notice.Notice, today time.Time) []group.Scope {
	var scopes []group.Scope
	seen := map[string]bool{}
	for _, n := range all {
		if seen[n.ID] {
			continue
		}
		seen[n.ID] = true
		if now, ok := notice.InForce(all, n.ID, "", today); ok {
			scopes = append(scopes, group.Scope{ID: now.ID, Entities: now.Entities})
		}
	}
	return scopes
}

// versionsOf lists the versions of a notice, newest first, each once whatever
// its languages.
func versionsOf(all []notice.Notice, id string, today time.Time, href func(version string) string) []NoticeVersion {
	current, _ := notice.InForce(all, id, "", today)
	var vs []NoticeVersion
	for _, n := range notice.Versions(all, id) {
		last := len(vs) - 1
		if last >= 0 && vs[last].Version == n.Version {
			continue
		}
		v := NoticeVersion{Version: n.Version, State: NoticeCurrent, From: n.Effective, Href: href(n.Version)}
		switch {
		case n.Effective.After(today):
			v.State = NoticeComing
		case n.Version == current.Version:
			v.Href = href("")
		default:
			v.State = NoticeEarlier
			v.Until = later(vs[last].From.AddDate(0, 0, -1), v.From)
		}
		vs = append(vs, v)
	}
	return vs
}

// later is the later of two days: a version replaced on its own first day
// applied on that day.
func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}
