package ui_test

import (
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"latchkey/app/group"
	"latchkey/app/i18n"
	"latchkey/app/notice"
	"latchkey/app/notice/markdown"
	"latchkey/app/ui"
)

var noticeDay = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// sampleNotices are the notices of one of the sample groups.
func sampleNotices(t *testing.T, id string) []notice.Notice {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("../../testdata/groups", id, "notices", "*.md"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	var all []notice.Notice
	for _, f := range files {
		src, err := os.ReadFile(f)
		require.NoError(t, err)
		n, problems := markdown.Parse(src)
		require.Empty(t, problems, f)
		all = append(all, n)
	}
	return all
}

// landlords is a group in which one entity has a notice of its own and one has no ICO number.
func landlords() *group.Group {
	dpo := &group.Contact{Name: "Data Protection Officer", Phone: "0333 320 4555", Email: "dataprotection@progressgroup.org.uk"}
	return &group.Group{
		ID: "progress", Name: "Progress",
		Entities: []group.Entity{
			{ID: "progress-housing-group", Name: "Progress Housing Group Limited", ICO: "Z7945816", Trading: []string{"Progress Lifeline", "Progress Living"}, DPO: dpo,
				Registrations: []group.Registration{{Body: "Companies House", Number: "1234"}}},
			{ID: "progress-housing-association", Name: "Progress Housing Association Limited", ICO: "Z7611446"},
			{ID: "reside", Name: "Reside Housing Association", ICO: "Z8893471", Trading: []string{"Reside with Progress"}, About: group.Text{"en-GB": "Supported homes"}},
			{ID: "key-unlocking-futures", Name: "Key Unlocking Futures Limited", ICO: "ZA076933"},
			{ID: "concert-living", Name: "Concert Living Limited"},
		},
		Sites: []group.Site{
			{ID: "progress-group", Entity: "progress-housing-group", Languages: []string{"en-GB", "cy"}},
			{ID: "reside", Entity: "reside", Languages: []string{"en-GB", "cy"}},
		},
	}
}

func noticeOf(t *testing.T, g *group.Group, site string, at group.Situation, q ui.NoticeQuery) (ui.NoticeView, bool) {
	t.Helper()
	s, ok := g.Site(site)
	require.True(t, ok)
	at.Site = s
	q.Path = "/" + site + "/notice"
	if q.Lang == "" {
		q.Lang = "en-GB"
	}
	return ui.NoticeOf(g, at, sampleNotices(t, g.ID), q, noticeDay)
}

func noticePage(t *testing.T, lang string, v ui.NoticeView) *html.Node {
	t.Helper()
	return parse(t, ui.View{Page: ui.NoticePage, Lang: lang, Site: site(), Path: v.Action, Notice: &v})
}

func TestWhichNoticeIsShown(t *testing.T) {
	for _, tt := range []struct {
		name    string
		site    string
		at      group.Situation
		q       ui.NoticeQuery
		shown   string // id version state
		why     group.Why
		also    []string // addresses
		missing bool
	}{
		{name: "a visitor of the group gets the group's notice", site: "progress-group",
			shown: "progress-group 2026-10-01 current", why: group.WhyOwn},
		{name: "a Reside visitor gets Reside's, and the group's as well", site: "reside",
			shown: "reside 2026-10-01 current", why: group.WhyOwn, also: []string{"/reside/notice?lang=en-GB&notice=progress-group"}},
		{name: "the group's notice can be asked for, and leads back", site: "reside", q: ui.NoticeQuery{Notice: "progress-group"},
			shown: "progress-group 2026-10-01 current", why: group.WhyGroup, also: []string{"/reside/notice?lang=en-GB&notice=reside"}},
		{name: "the visitor's landlord decides, and stays in the addresses", site: "progress-group", at: group.Situation{Answer: "reside"},
			shown: "reside 2026-10-01 current", why: group.WhyOwn, also: []string{"/progress-group/notice?landlord=reside&lang=en-GB&notice=progress-group"}},
		{name: "who is not sure gets the others as well", site: "progress-group", at: group.Situation{Answer: group.NotSure},
			shown: "progress-group 2026-10-01 current", why: group.WhyOwn, also: []string{"/progress-group/notice?landlord=not-sure&lang=en-GB&notice=reside"}},
		{name: "an answer that is no organisation is not repeated", site: "progress-group", at: group.Situation{Answer: `"><script>`},
			shown: "progress-group 2026-10-01 current", why: group.WhyOwn},
		{name: "an earlier version", site: "progress-group", q: ui.NoticeQuery{Version: "2025-04-01"},
			shown: "progress-group 2025-04-01 earlier", why: group.WhyOwn},
		{name: "an earlier version of another notice that applies", site: "reside", q: ui.NoticeQuery{Version: "2025-04-01"},
			shown: "progress-group 2025-04-01 earlier", why: group.WhyGroup, also: []string{"/reside/notice?lang=en-GB&notice=reside"}},
		{name: "no such version", site: "reside", q: ui.NoticeQuery{Version: "2001-01-01"}, missing: true},
		{name: "no such notice", site: "reside", q: ui.NoticeQuery{Notice: "connect"}, missing: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v, ok := noticeOf(t, landlords(), tt.site, tt.at, tt.q)
			require.Equal(t, !tt.missing, ok)
			if tt.missing {
				return
			}
			var also []string
			for _, l := range v.Also {
				also = append(also, l.Href)
			}
			assert.Equal(t, tt.shown, v.Notice.ID+" "+v.Notice.Version+" "+string(v.State))
			assert.Equal(t, tt.why, v.Why)
			assert.Equal(t, tt.also, also)
			assert.NotContains(t, v.Current, "script")
		})
	}
}

func TestVersionsSayFromWhenToWhen(t *testing.T) {
	g := landlords()
	s, _ := g.Site("progress-group")
	day := func(d string) time.Time {
		at, err := time.Parse(time.DateOnly, d)
		require.NoError(t, err)
		return at
	}
	all := sampleNotices(t, "progress")
	coming := all[1]
	require.Equal(t, "progress-group", coming.ID)
	coming.Version, coming.Effective = "2027-01-01", day("2027-01-01")
	v, ok := ui.NoticeOf(g, group.Situation{Site: s}, append(all, coming), ui.NoticeQuery{Path: "/p", Lang: "en-GB"}, noticeDay)
	require.True(t, ok)
	assert.Equal(t, []ui.NoticeVersion{
		{Version: "2027-01-01", State: ui.NoticeComing, From: day("2027-01-01"), Href: "/p?lang=en-GB&notice=progress-group&version=2027-01-01"},
		{Version: "2026-10-01", State: ui.NoticeCurrent, From: day("2026-10-01"), Href: "/p?lang=en-GB&notice=progress-group"},
		{Version: "2025-04-01", State: ui.NoticeEarlier, From: day("2025-04-01"), Until: day("2026-09-30"), Href: "/p?lang=en-GB&notice=progress-group&version=2025-04-01"},
	}, v.Versions)
}

func TestASingleControllerIsNotAskedAbout(t *testing.T) {
	g := &group.Group{ID: "connect", Entities: []group.Entity{{ID: "connect", Name: "Connect Housing Association"}},
		Sites: []group.Site{{ID: "connect", Entity: "connect", Languages: []string{"en-GB"}}}}
	v, ok := noticeOf(t, g, "connect", group.Situation{}, ui.NoticeQuery{})
	require.True(t, ok)
	doc := noticePage(t, "en-GB", v)
	assert.Empty(t, find(doc, is("input", "name", "landlord")))
	words := text(doc)
	assert.Contains(t, words, "Connect Housing Association does not publish an ICO registration number.")
	assert.Contains(t, words, "None is named.")
}

func TestTheNoticeLeadsFromEveryCitationToItsClause(t *testing.T) {
	for _, site := range []string{"progress-group", "reside"} {
		v, ok := noticeOf(t, landlords(), site, group.Situation{}, ui.NoticeQuery{})
		require.True(t, ok)
		doc := noticePage(t, "en-GB", v)

		ids := map[string]int{}
		for _, n := range find(doc, is("", "id", "*")) {
			id, _ := attr(n, "id")
			ids[id]++
		}
		for id, times := range ids {
			assert.Equal(t, 1, times, "id %s", id)
		}
		cited := map[string]bool{}
		for _, a := range find(doc, is("a", "href", "*")) {
			href, _ := attr(a, "href")
			if anchor, ok := strings.CutPrefix(href, "#"); ok {
				assert.Contains(t, ids, anchor)
				cited[anchor] = true
			}
		}
		assert.True(t, cited["12.2"] && cited["6.3"] && cited["13"])
		for _, clause := range find(doc, is("div", "class", "clause")) {
			id, _ := attr(clause, "id")
			number := find(clause, is("a", "class", "number"))
			require.Len(t, number, 1)
			assert.Equal(t, id, text(number[0]))
			assert.NotEmpty(t, find(clause, is("a", "href", "#"+id, "aria-label", "Clause "+id)))
		}
		assert.Contains(t, text(doc), "(see 1.3)", "no space is lost or added around a link")
	}
}

func TestTheNoticeSaysWhomItCovers(t *testing.T) {
	v, ok := noticeOf(t, landlords(), "progress-group", group.Situation{}, ui.NoticeQuery{})
	require.True(t, ok)
	doc := noticePage(t, "en-GB", v)
	covers := find(doc, is("section", "class", "covers"))
	require.Len(t, covers, 1)
	words := text(covers[0])
	for _, want := range []string{
		"The 5 organisations that this notice covers",
		"Progress Housing Group Limited, also known as Progress Lifeline, Progress Living",
		"ICO registration number Z7945816.", "Companies House: 1234.",
		"ICO registration number Z8893471.",
		"Concert Living Limited does not publish an ICO registration number.",
	} {
		assert.Contains(t, words, want)
	}
	assert.Equal(t, 1, strings.Count(words, "dataprotection@progressgroup.org.uk"), "what all share is said once")

	g := landlords()
	g.Entities[2].DPO = &group.Contact{Email: "other@reside.example"}
	v, _ = noticeOf(t, g, "progress-group", group.Situation{}, ui.NoticeQuery{})
	words = text(find(noticePage(t, "en-GB", v), is("section", "class", "covers"))[0])
	assert.Equal(t, 4, strings.Count(words, "dataprotection@progressgroup.org.uk"), "what differs is said for each")
	assert.Contains(t, words, "other@reside.example")
}

func TestTablesStayTables(t *testing.T) {
	n := sampleNotices(t, "connect")[1]
	doc := noticePage(t, "en-GB", ui.NoticeView{Notice: n, State: ui.NoticeCurrent})
	tables := find(doc, is("table"))
	require.Len(t, tables, 2)
	for _, table := range tables {
		assert.Len(t, find(table, is("caption")), 1)
		assert.Len(t, find(table, is("th", "scope", "col", "role", "columnheader")), 3)
		rows := find(table, is("tr", "role", "row"))
		for _, row := range rows[1:] {
			assert.Len(t, find(row, is("th", "scope", "row", "role", "rowheader")), 1)
			assert.Len(t, find(row, is("td", "role", "cell", "data-label", "*")), 2)
		}
	}
	assert.NotEmpty(t, find(tables[0], is("td", "data-label", "Lawful basis")))
}

func TestTheLandlordPickerIsAPlainForm(t *testing.T) {
	v, _ := noticeOf(t, landlords(), "reside", group.Situation{Answer: "concert-living"}, ui.NoticeQuery{Lang: "cy"})
	doc := noticePage(t, "cy", v)
	forms := find(doc, is("form", "method", "get", "action", "/reside/notice"))
	require.Len(t, forms, 1)
	var values []string
	for _, in := range find(forms[0], is("input", "type", "radio", "name", "landlord")) {
		value, _ := attr(in, "value")
		values = append(values, value)
		id, _ := attr(in, "id")
		assert.Len(t, find(forms[0], is("label", "for", id)), 1)
		_, ticked := attr(in, "checked")
		assert.Equal(t, value == "concert-living", ticked, value)
	}
	assert.Equal(t, []string{"reside", "progress-housing-group", "progress-housing-association", "key-unlocking-futures", "concert-living", group.NotSure}, values)
	assert.Len(t, find(forms[0], is("input", "type", "hidden", "name", "lang", "value", "cy")), 1)
	assert.Len(t, find(forms[0], is("button", "type", "submit")), 1)
	assert.Contains(t, text(doc), "Dywedoch eich bod yn delio â Concert Living Limited.")

	v, _ = noticeOf(t, landlords(), "reside", group.Situation{}, ui.NoticeQuery{})
	assert.Empty(t, find(noticePage(t, "en-GB", v), is("input", "checked", "*")), "nothing is ticked before an answer")
}

func TestWhatIsTickedSurvivesTheTakingOver(t *testing.T) {
	v, _ := noticeOf(t, landlords(), "reside", group.Situation{}, ui.NoticeQuery{})
	view := ui.View{Page: ui.NoticePage, Lang: "en-GB", Site: site(), Notice: &v}
	before := text(parse(t, view))
	view.TakeOver(ui.Live{Form: url.Values{"landlord": {"concert-living"}}})
	after := parse(t, view)
	assert.Len(t, find(after, is("input", "value", "concert-living", "checked", "*")), 1)
	assert.Equal(t, before, text(after), "the words stay those of the server")
}

func TestANoticeInAnotherLanguageSaysSo(t *testing.T) {
	v, _ := noticeOf(t, landlords(), "progress-group", group.Situation{}, ui.NoticeQuery{Lang: "cy"})
	doc := noticePage(t, "cy", v)
	assert.Contains(t, text(doc), "Nid yw’r hysbysiad hwn ar gael yn Gymraeg. Mae yn Saesneg.")
	assert.Len(t, find(doc, is("h1", "lang", "en-GB")), 1)
	bodies := find(doc, is("div", "class", "text", "lang", "en-GB"))
	require.Len(t, bodies, 1)
	assert.NotEmpty(t, find(bodies[0], is("a", "aria-label", "Clause 12.2")), "labels inside the text are in its language")
	assert.Contains(t, text(bodies[0]), "(opens in a new tab)")
	assert.Len(t, find(doc, is("ul", "class", "plain", "lang", "en-GB")), 1, "so is the list of contents")

	for _, lang := range []string{"en-GB", "cy"} {
		v, _ = noticeOf(t, landlords(), "reside", group.Situation{}, ui.NoticeQuery{Lang: lang})
		assert.Equal(t, lang, v.Notice.Language, "Reside's notice is there in both languages")
		assert.Len(t, v.Versions, 1, "two languages are one version")
		assert.Empty(t, find(noticePage(t, lang, v), is("h1", "lang", "*")))
	}
}

func TestAVersionThatIsNotInForceSaysSo(t *testing.T) {
	v, _ := noticeOf(t, landlords(), "progress-group", group.Situation{}, ui.NoticeQuery{Version: "2025-04-01"})
	doc := noticePage(t, "en-GB", v)
	assert.Contains(t, text(doc), "This is an earlier version.")
	assert.Contains(t, text(doc), "From 1 April 2025 to 30 September 2026. It is no longer in force.")
	assert.NotEmpty(t, find(doc, is("a", "href", "/progress-group/notice?lang=en-GB&notice=progress-group")))

	v, _ = noticeOf(t, landlords(), "progress-group", group.Situation{}, ui.NoticeQuery{})
	doc = noticePage(t, "en-GB", v)
	assert.NotContains(t, text(doc), "earlier version")
	assert.Contains(t, text(doc), v.Notice.Hash)
	assert.Len(t, find(doc, is("a", "href", "/progress-group/notice?lang=en-GB&notice=progress-group&version=2025-04-01")), 1)
}

func TestOnlyLinksOfTheKindsThatANoticeMayHaveAreDrawn(t *testing.T) {
	n := sampleNotices(t, "connect")[1]
	n.Sections = []notice.Section{{ID: "a", Title: "A", Blocks: []notice.Block{{Paragraph: []notice.Inline{
		{Text: "script", Href: "javascript:alert(1)"}, {Text: " b", Href: `https://e.org/"onmouseover="x`}, {Text: "c", Href: "tel:1", Strong: true, Em: true},
	}}}}}
	doc := noticePage(t, "en-GB", ui.NoticeView{Notice: n, State: ui.NoticeCurrent})
	body := find(doc, is("div", "class", "text"))[0]
	var hrefs []string
	for _, a := range find(body, is("a")) {
		href, _ := attr(a, "href")
		hrefs = append(hrefs, href)
		_, injected := attr(a, "onmouseover")
		assert.False(t, injected)
	}
	assert.Equal(t, []string{`https://e.org/"onmouseover="x`, "tel:1"}, hrefs)
	outside := find(body, is("a", "target", "_blank", "rel", "noopener"))
	require.Len(t, outside, 1)
	assert.Contains(t, text(outside[0]), "(opens in a new tab)")
}

func TestTheNoticeTravelsAsJSON(t *testing.T) {
	v, _ := noticeOf(t, landlords(), "reside", group.Situation{}, ui.NoticeQuery{})
	data, err := json.Marshal(v)
	require.NoError(t, err)
	var back ui.NoticeView
	require.NoError(t, json.Unmarshal(data, &back))
	want, got := noticePage(t, "en-GB", v), noticePage(t, "en-GB", back)
	assert.Equal(t, text(want), text(got))
}

func TestEveryTextOfTheNoticeExists(t *testing.T) {
	for _, lang := range i18n.Languages {
		v, _ := noticeOf(t, landlords(), "reside", group.Situation{Answer: group.NotSure}, ui.NoticeQuery{Lang: lang, Version: "2025-04-01"})
		words := text(noticePage(t, lang, v))
		assert.NotContains(t, words, "[notice.", lang)
		assert.NotContains(t, words, "{", lang)
		for _, why := range []group.Why{group.WhyOwn, group.WhyMember, group.WhyGroup, group.WhyFallback, group.WhyMaybe} {
			assert.True(t, slices.Contains(i18n.For(lang).Keys(), string(why)), "%s %s", lang, why)
		}
	}
}
