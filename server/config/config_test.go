package config_test

import (
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/fault"
	"latchkey/app/group"
	"latchkey/server/config"
)

const (
	soundDir  = "../../testdata/config/sound"
	sampleDir = "../../testdata/groups"
)

// today is the day on which the tests think they run.
var today = time.Date(2026, time.November, 23, 0, 0, 0, 0, time.UTC)

// copyOf reads a folder into memory, so that a test can change it.
func copyOf(t testing.TB, dir string) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	require.NoError(t, fs.WalkDir(os.DirFS(dir), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := fs.ReadFile(os.DirFS(dir), name)
		files[name] = &fstest.MapFile{Data: b}
		return err
	}))
	return files
}

// edit replaces the only place where old stands in a file.
func edit(t *testing.T, files fstest.MapFS, name, old, new string) {
	t.Helper()
	text := string(files[name].Data)
	require.Equal(t, 1, strings.Count(text, old), "the text to replace stands once in %s: %q", name, old)
	files[name] = &fstest.MapFile{Data: []byte(strings.Replace(text, old, new, 1))}
}

func texts(ps []config.Problem) []string {
	out := []string{}
	for _, p := range ps {
		out = append(out, p.String())
	}
	return out
}

// broken is the sound folder with one thing changed in it.
type broken struct {
	name     string
	file     string // group.yaml if empty
	old, new string
	want     []string // all the problems that this makes
}

func breakOneThing(t *testing.T, cases []broken) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			files := copyOf(t, soundDir)
			edit(t, files, cmp.Or(c.file, "group.yaml"), c.old, c.new)

			_, err := config.LoadFS(files, "acme", today)

			var invalid *config.Invalid
			require.ErrorAs(t, err, &invalid)
			assert.Equal(t, c.want, texts(invalid.Problems))
		})
	}
}

func TestTheSampleGroupsAreSound(t *testing.T) {
	c, err := config.Load(sampleDir, today)
	require.NoError(t, err)

	assert.Equal(t, []string{"care-plus", "connect", "housing-plus", "progress-group", "property-plus", "reside"}, c.SiteIDs())
	for id, want := range map[string]struct{ group, entity, clock string }{
		"progress-group": {"progress", "progress-housing-group", "identity-and-detail"},
		"reside":         {"progress", "reside", "identity-and-detail"},
		"housing-plus":   {"housing-plus", "housing-plus-group", "written-and-identity"},
		"care-plus":      {"housing-plus", "care-plus", "written-and-identity"},
		"connect":        {"connect", "connect", "submission"},
	} {
		g, s, ok := c.Site(id)
		require.True(t, ok, id)
		e, ok := g.Entity(s.Entity)
		require.True(t, ok, id)
		assert.Equal(t, want.group, g.ID, id)
		assert.Equal(t, want.entity, e.ID, id)
		assert.Equal(t, want.clock, g.ClockFor(e), id)
		assert.Equal(t, "http://127.0.0.1:8090/"+id+"/", s.Home)
		assert.Equal(t, "/"+id+"/", s.Cookie.PathOrDefault())
		assert.NotEmpty(t, g.TeamFor(e), id)
		assert.Len(t, g.Hash, 64, id)
	}
	_, _, ok := c.Site("elsewhere")
	assert.False(t, ok)
}

func TestTheSampleGroupsSayWhatFactsSay(t *testing.T) {
	c, err := config.Load(sampleDir, today)
	require.NoError(t, err)
	ico := map[string]string{}
	entities := map[string]int{}
	for _, g := range c.Groups {
		entities[g.ID] = len(g.Entities)
		for _, e := range g.Entities {
			if e.ICO != "" {
				ico[e.ID] = e.ICO
			}
		}
	}
	assert.Equal(t, map[string]int{"progress": 5, "housing-plus": 7, "connect": 1}, entities)
	assert.Equal(t, map[string]string{
		"progress-housing-group":       "Z7945816",
		"progress-housing-association": "Z7611446",
		"reside":                       "Z8893471",
		"key-unlocking-futures":        "ZA076933",
		"concert-living":               "ZA469256",
		"housing-plus-group":           "Z1210914",
	}, ico, "a number that is not published is not invented")

	g, site, _ := c.Site("reside")
	applied := g.Applies(group.Situation{Site: site}, c.Scopes(g.ID, today))
	assert.Equal(t, []group.Applicable{{Notice: "reside", Why: group.WhyOwn}, {Notice: "progress-group", Why: group.WhyGroup}}, applied.Notices)

	g, site, _ = c.Site("care-plus")
	applied = g.Applies(group.Situation{Site: site}, c.Scopes(g.ID, today))
	assert.Equal(t, []group.Applicable{{Notice: "housing-plus", Why: group.WhyMember}}, applied.Notices)
}

func TestASoundFolderHasNoProblemsAndNoWarnings(t *testing.T) {
	c, err := config.Load(soundDir, today)
	require.NoError(t, err)
	assert.Empty(t, texts(c.Warnings))
	late, err := config.Load(soundDir, time.Date(2028, 7, 1, 12, 0, 0, 0, time.UTC))
	require.NoError(t, err)
	assert.Contains(t, strings.Join(texts(late.Warnings), "\n"), "bank holidays until 2028-12-31 only", "six months before they end")

	require.Len(t, c.Groups, 1)
	g := c.Groups[0]
	assert.Equal(t, []string{"acme", "acme-care"}, c.SiteIDs())
	assert.Equal(t, "How we use information about you", g.Texts["en-GB"]["banner.notice"])
	assert.Len(t, c.Notices("acme"), 2)
	assert.NotEmpty(t, c.Notices("acme")[0].Source)
	assert.Equal(t, []group.Scope{{ID: "acme", Entities: []string{"acme", "acme-care"}}}, c.Scopes("acme", today))
	assert.Equal(t, "1-101", g.Entities[1].Registrations[0].Number)
	assert.Equal(t, 24, g.ReceiptsKept)
}

func TestTheFolderOfOneGroupIsReadLikeAFolderOfGroups(t *testing.T) {
	one, err := config.Load(sampleDir+"/connect", today)
	require.NoError(t, err)
	assert.Equal(t, []string{"connect"}, one.SiteIDs())
}

func TestAFolderWithoutGroupsIsNotFound(t *testing.T) {
	for _, dir := range []string{"no-such-folder", "config_test.go", t.TempDir()} {
		_, err := config.Load(dir, today)
		require.ErrorIs(t, err, fault.NotFound, dir)
	}
}

func TestTheHashesFollowWhatTheyCover(t *testing.T) {
	load := func(files fstest.MapFS) *config.Config {
		c, err := config.LoadFS(files, "acme", today)
		require.NoError(t, err)
		return c
	}
	files := copyOf(t, soundDir)
	before := load(files)
	assert.Equal(t, before.Hash, load(copyOf(t, soundDir)).Hash, "the same files give the same hash")

	edit(t, files, "notices/acme.en-GB.md", "you can complain to us.", "complain to us.")
	notice := load(files)
	assert.NotEqual(t, before.Hash, notice.Hash)
	assert.Equal(t, before.Groups[0].Hash, notice.Groups[0].Hash, "a notice has a hash of its own")

	edit(t, files, "locales/cy.yaml", "amdanoch", "amdanoch chi")
	text := load(files)
	assert.NotEqual(t, notice.Groups[0].Hash, text.Groups[0].Hash)

	edit(t, files, "group.yaml", "name: Acme Homes Limited", "name: Acme Homes plc")
	assert.NotEqual(t, text.Groups[0].Hash, load(files).Groups[0].Hash)
}

func TestEveryProblemIsReportedAtOnceInTheOrderOfTheFiles(t *testing.T) {
	files := copyOf(t, soundDir)
	edit(t, files, "group.yaml", "clock: submission", "clock: whenever")
	edit(t, files, "group.yaml", "name: Acme Homes Limited", "nmae: Acme Homes Limited")
	edit(t, files, "locales/cy.yaml", "banner.notice", "banner.reject")
	edit(t, files, "notices/acme.cy.md", "[acme, acme-care]", "[acme, acme-cafe]")

	_, err := config.LoadFS(files, "acme", today)

	var invalid *config.Invalid
	require.ErrorAs(t, err, &invalid)
	require.ErrorIs(t, err, fault.Invalid)
	var places []string
	for _, p := range invalid.Problems {
		places = append(places, fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column))
	}
	assert.Equal(t, []string{
		"acme/group.yaml:20:5", // the name is missing
		"acme/group.yaml:21:5", // nmae
		"acme/group.yaml:30:12",
		"acme/locales/cy.yaml:1:1",
		"acme/notices/acme.cy.md:8:18",
		"acme/notices/acme.en-GB.md:8:12", // covers others than the Welsh one
	}, places)
	assert.Equal(t, strings.Join(texts(invalid.Problems), "\n"), err.Error())
}
