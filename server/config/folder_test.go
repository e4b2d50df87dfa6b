package config_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/server/config"
)

func problemsOf(t *testing.T, files fs.FS) []string {
	t.Helper()
	_, err := config.LoadFS(files, "acme", today)
	var invalid *config.Invalid
	require.ErrorAs(t, err, &invalid)
	return texts(invalid.Problems)
}

func TestTwoGroupsMayNotShareIdsOrCookies(t *testing.T) {
	files := fstest.MapFS{}
	for name, f := range copyOf(t, soundDir) {
		files["first/"+name], files["second/"+name] = f, f
	}
	assert.Equal(t, []string{
		`acme/second/group.yaml:2:5: the group "acme" exists already, in acme/first/group.yaml: give one of them another id`,
		`acme/second/group.yaml:54:9: the site "acme" exists already, in acme/first/group.yaml: its id is its address, so give one of them another`,
		`acme/second/group.yaml:104:9: the site "acme-care" exists already, in acme/first/group.yaml: its id is its address, so give one of them another`,
	}, problemsOf(t, files))

	second := strings.NewReplacer("id: acme\n", "id: other\n", "id: acme-care\n", "id: other-care\n",
		"entity: acme\n", "entity: other\n", "entity: acme-care\n", "entity: other-care\n").
		Replace(string(files["second/group.yaml"].Data))
	files["second/group.yaml"] = &fstest.MapFile{Data: []byte(second)}
	for _, n := range []string{"second/notices/acme.en-GB.md", "second/notices/acme.cy.md"} {
		files[n] = &fstest.MapFile{Data: []byte(strings.Replace(string(files[n].Data), "[acme, acme-care]", "[other, other-care]", 1))}
	}
	assert.Equal(t, []string{
		`acme/second/group.yaml:70:13: the sites acme and other share https://shop.acme.example, and their choices would overwrite one another: give each a cookie path of its own, such as /other/`,
		`acme/second/group.yaml:70:13: the sites acme and other share https://www.acme.example, and their choices would overwrite one another: give each a cookie path of its own, such as /other/`,
		`acme/second/group.yaml:111:20: the sites acme-care and other-care share http://127.0.0.1:8090, and their choices would overwrite one another: give each a cookie path of its own, such as /other-care/`,
	}, problemsOf(t, files))
}

func TestAnEntityThatNoNoticeCoversIsAProblem(t *testing.T) {
	files := copyOf(t, soundDir)
	for _, n := range []string{"notices/acme.en-GB.md", "notices/acme.cy.md"} {
		edit(t, files, n, "[acme, acme-care]", "[acme-care]")
	}
	assert.Equal(t, []string{
		"acme/group.yaml:20:5: no notice covers acme, and the group's first entity has none that could stand in: add one under notices",
	}, problemsOf(t, files))
}

func TestTheGroupsNoticeStandsInForAnEntityWithoutOne(t *testing.T) {
	files := copyOf(t, soundDir)
	for _, n := range []string{"notices/acme.en-GB.md", "notices/acme.cy.md"} {
		edit(t, files, n, "[acme, acme-care]", "[acme]")
	}
	_, err := config.LoadFS(files, "acme", today)
	require.NoError(t, err)
}

func TestAGroupWithoutItsFileIsAProblem(t *testing.T) {
	files := fstest.MapFS{
		"homes/group.yml":        {Data: []byte("id: homes")},
		"homes/notices/homes.md": {Data: []byte("")},
	}
	assert.Contains(t, problemsOf(t, files), "acme/homes/group.yaml:1:1: the file group.yaml is missing, and group.yml is not read: rename it")
}

// Notepad of Windows writes a mark before the first letter.
func TestAByteOrderMarkIsNoPartOfAFile(t *testing.T) {
	files := copyOf(t, soundDir)
	for name, f := range files {
		if len(f.Data) > 0 {
			files[name] = &fstest.MapFile{Data: append([]byte("\ufeff"), f.Data...)}
		}
	}
	_, err := config.LoadFS(files, "acme", today)
	require.NoError(t, err)
}

func TestAnEmptyFileSaysWhatItLacks(t *testing.T) {
	files := copyOf(t, soundDir)
	files["group.yaml"] = &fstest.MapFile{Data: []byte("# nothing yet\n")}
	assert.Equal(t, []string{"acme/group.yaml:1:1: the file is empty: add its keys, or delete it"}, problemsOf(t, files))

	files["group.yaml"] = &fstest.MapFile{Data: []byte("{}\n")}
	got := problemsOf(t, files)
	assert.Contains(t, got, "acme/group.yaml:1:1: id is missing: add it")
	assert.Contains(t, got, "acme/group.yaml:1:1: the group has no entity: add the organisation that decides on the data")
	assert.Contains(t, got, "acme/group.yaml:1:1: the group has no site: add one under sites")
}

func TestAFileThatIsNotTextOrTooLargeIsRefused(t *testing.T) {
	files := copyOf(t, soundDir)
	files["group.yaml"] = &fstest.MapFile{Data: []byte("id: acme\nname: \xff\xfe\n")}
	assert.Equal(t, []string{"acme/group.yaml:2:1: the file is not UTF-8 text here: save it as UTF-8"}, problemsOf(t, files))

	files["group.yaml"] = &fstest.MapFile{Data: []byte(strings.Repeat("# long\n", 20_000))}
	assert.Equal(t, []string{"acme/group.yaml:1:1: the file is larger than 128 kB: make it shorter"}, problemsOf(t, files))
}

func TestTooManyPurposesForTheCookieAreAProblem(t *testing.T) {
	files := copyOf(t, soundDir)
	var purposes, technologies strings.Builder
	for _, id := range []string{"a", "b", "c", "d", "e", "f", "g"} {
		id = strings.Repeat(id, 24)
		purposes.WriteString("  - {id: " + id + ", name: {en-GB: N, cy: N}, about: {en-GB: A, cy: A}}\n")
		technologies.WriteString("      - {name: n, kind: cookie, provider: P, purpose: " + id + ", basis: consent, duration: P1D, data: [none], stored_in: [GB], about: {en-GB: A}}\n")
	}
	edit(t, files, "group.yaml", "entities:\n", purposes.String()+"entities:\n")
	files["group.yaml"] = &fstest.MapFile{Data: append(files["group.yaml"].Data, technologies.String()...)}

	got := problemsOf(t, files)
	assert.Equal(t, []string{
		"acme/group.yaml:120:7: the consent cookie would be 221 bytes long, and 199 is the most: use fewer purposes on this site, or shorter ids",
	}, got)
}

func TestWhatIsLegalButWorthALookIsAWarning(t *testing.T) {
	later := time.Date(2027, time.November, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name, file, old, new string
		today                time.Time
		want                 string
	}{
		{
			name: "the regulator's details are old", today: later,
			want: "acme/group.yaml:8:12: the regulator's details were last checked on 2026-11-23, over 6 months ago: check them and set the day",
		},
		{
			name: "the review of a notice is due", today: later,
			want: "acme/notices/acme.en-GB.md:5:1: the review is due",
		},
		{
			name: "an ICO number is not known",
			old:  "    ico: ZA654321\n",
			want: "acme/group.yaml:32:5: no ICO registration number is given for Acme Care Limited: people are told so",
		},
		{
			name: "no data protection officer is named",
			old:  "    dpo:\n      name: Data Protection Officer\n      email: dpo@acme.example\n",
			want: "acme/group.yaml:20:5: no data protection officer is named for the group: people are told so",
		},
		{
			name: "the data protection officer has no e-mail address",
			old:  "      email: dpo@acme.example\n", new: "      phone: 01632 960001\n",
			want: "acme/group.yaml:28:7: no e-mail address is given for the data protection officer of Acme Homes Limited: people are told so",
		},
		{
			name: "a purpose is used nowhere",
			old:  "entities:\n", new: "  - {id: chat, name: {en-GB: Chat}, about: {en-GB: Talk to us.}}\nentities:\n",
			want: "acme/group.yaml:19:5: no technology of any site has the purpose chat: it is never shown",
		},
		{
			name: "the consent cookie is not declared",
			old:  "      - name: latchkey\n        kind: cookie\n        provider: Acme Care\n", new: "      - name: session\n        kind: cookie\n        provider: Acme Care\n",
			want: "acme/group.yaml:113:7: the site acme-care does not declare the consent cookie itself: add the cookie latchkey and the storage item latchkey.acme-care with the purpose necessary, so that they are listed",
		},
		{
			name: "a notice is not there in a language of the site",
			file: "notices/acme.cy.md", old: "version: 2026-10-01", new: "version: 2025-10-01",
			want: "acme/group.yaml:61:24: the notice acme is not there in cy: visitors get it in en-GB",
		},
		{
			name: "a notice cites a law that is gone",
			file: "notices/acme.en-GB.md", old: "You can also complain", new: "Under the Data Protection Act 1998 you can also complain",
			want: "the Data Protection Act 1998",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := copyOf(t, soundDir)
			if c.old != "" {
				file := c.file
				if file == "" {
					file = "group.yaml"
				}
				edit(t, files, file, c.old, c.new)
			}
			day := c.today
			if day.IsZero() {
				day = today
			}
			got, err := config.LoadFS(files, "acme", day)
			require.NoError(t, err)
			assert.Contains(t, strings.Join(texts(got.Warnings), "\n"), c.want)
		})
	}
}

func TestAFileThatIsNotReadIsAWarning(t *testing.T) {
	files := copyOf(t, soundDir)
	files["locales/cy.yml"] = &fstest.MapFile{Data: []byte("banner.notice: Hysbysiad")}
	files["notices/draft.txt"] = &fstest.MapFile{Data: []byte("To do")}
	c, err := config.LoadFS(files, "acme", today)
	require.NoError(t, err)
	assert.Equal(t, []string{
		"acme/locales/cy.yml:1:1: this is not read: only files named *.yaml are",
		"acme/notices/draft.txt:1:1: this is not read: only files named *.md are",
	}, texts(c.Warnings))
}

func TestTextsInALanguageThatNoCatalogueHasAreAProblem(t *testing.T) {
	files := copyOf(t, soundDir)
	files["locales/fr.yaml"] = &fstest.MapFile{Data: []byte("banner.notice: Avis")}
	assert.Equal(t, []string{
		`acme/locales/fr.yaml:1:1: there is no catalogue for the language "fr": name the file en-GB.yaml or cy.yaml`,
	}, problemsOf(t, files))
}
