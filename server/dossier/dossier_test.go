package dossier_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"latchkey/app/consent"
	"latchkey/app/evidence"
	"latchkey/app/fault"
	"latchkey/app/notice/markdown"
	"latchkey/server/dossier"
	"latchkey/server/sqlite"
)

// shown is what the sample edition showed; a visitor could have been shown anything.
const shown = "Cwcis ar y wefan hon\nHoffem ddefnyddio <b>rhai</b> & mwy."

var start = time.Date(2026, time.July, 1, 10, 15, 30, 250_000_000, time.UTC)

func hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// edition of a site in Welsh, whose notice is in English.
func edition(t *testing.T) consent.Edition {
	t.Helper()
	n, problems := markdown.Parse(noticeSource(t))
	require.Empty(t, problems)
	return consent.Edition{
		ID: "edition-0000000000000x", Site: "reside", Layer: 2, Language: "cy", Shown: hash([]byte(shown)), Revision: "0a1b2c3d", Config: "0d", Loader: "1.0.0",
		Controller: consent.Party{Entity: "reside", Name: "Reside Housing Association", ICO: "Z8893471", Contact: "0333 320 4555"},
		Purposes:   []consent.Purpose{{ID: "necessary", Basis: consent.Essential}, {ID: "visits", Basis: consent.StatisticsExempt}, {ID: "marketing", Basis: consent.ByConsent}},
		Notice:     consent.NoticeRef{ID: n.ID, Version: n.Version, Hash: n.Hash, Language: n.Language},
		Declared: &consent.Declared{
			Group: "progress", Site: "Reside with Progress", Home: "https://www.reside.example/", Months: 12,
			Purposes: []consent.DeclaredPurpose{
				{ID: "necessary", Name: "Angenrheidiol"},
				{ID: "visits", Name: "Cyfrif ymweliadau", Technologies: []consent.DeclaredTechnology{
					{Name: "_pk_id.*", Kind: "cookie", Provider: "Reside", Duration: "P13M", Data: []string{"identifier"}, StoredIn: []string{"device", "GB"}, Decision: "DPO, 2026-10-05: Only totals."},
				}},
				{ID: "marketing", Name: "Marchnata", About: "Fideos.", Technologies: []consent.DeclaredTechnology{
					{Name: "Clipview player", Kind: "embed", Provider: "Clipview", Duration: "session", Recipient: &consent.Recipient{Name: "Clipview", Role: "third-party", Address: "San Mateo"}},
				}},
			},
		},
	}
}

func noticeSource(t *testing.T) []byte {
	t.Helper()
	src, err := os.ReadFile("../../testdata/groups/progress/notices/reside.2026-10-01.en-GB.md")
	require.NoError(t, err)
	return src
}

func id(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }

// store returns a store with a chain of three receipts of one device, each
// answering visits and marketing, and one of another device.
func store(t *testing.T, e consent.Edition) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), sqlite.FileName))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	require.NoError(t, s.AddEdition(t.Context(), e, shown))
	n, _ := markdown.Parse(noticeSource(t))
	require.NoError(t, s.PublishNotice(t.Context(), "progress", n, noticeSource(t)))
	for i, c := range []struct {
		visits, marketing consent.Answer
		method            consent.Method
		previous          string
	}{
		{consent.Yes, consent.Yes, consent.AcceptAll, id(9)}, // which is not kept
		{consent.No, consent.No, consent.Save, id(0)},
		{consent.No, consent.Yes, consent.AlwaysAllow, id(1)},
		{consent.Yes, consent.No, consent.RejectAll, ""},
	} {
		event, err := consent.Complete(consent.Submission{
			Event: fmt.Sprintf("00000000-0000-4000-9000-%012d", i), Site: e.Site, Edition: e.ID, Method: c.method, Previous: c.previous, Age: int64(i),
			Answers: map[consent.PurposeID]consent.Answer{"visits": c.visits, "marketing": c.marketing},
		}, e)
		require.NoError(t, err)
		r := consent.Stored{
			Receipt: consent.Receipt{ID: id(i), Time: start.Add(time.Duration(i) * time.Hour), Event: event},
			Edition: e.ID, Salt: bytes.Repeat([]byte{byte(i)}, evidence.SaltSize),
		}
		sum, err := evidence.EditionHash(e)
		require.NoError(t, err)
		r.Commitment, err = evidence.Commit(r.Salt, evidence.Record(r, sum))
		require.NoError(t, err)
		_, created, err := s.AddReceipt(t.Context(), &r)
		require.NoError(t, err)
		require.True(t, created)
	}
	return s
}

func TestADossierHoldsEverythingThatIsKept(t *testing.T) {
	e := edition(t)
	s := store(t, e)
	got, err := dossier.Gather(t.Context(), s, id(1))
	require.NoError(t, err)

	assert.Equal(t, e, got.Edition)
	assert.Equal(t, shown, got.Text)
	assert.Equal(t, "en-GB", got.Notice.Language)
	assert.Equal(t, time.Date(2026, time.October, 1, 0, 0, 0, 0, time.UTC), got.Notice.Effective)
	assert.Contains(t, got.Notice.Source, "version: 2026-10-01")
	require.Len(t, got.Earlier, 1)
	assert.Equal(t, id(0), got.Earlier[0].ID)
	assert.Empty(t, got.Later)
	require.NoError(t, got.Follow(t.Context(), s))
	require.Len(t, got.Later, 1)
	assert.Equal(t, id(2), got.Later[0].ID)
	assert.Nil(t, got.Log.Index, "no batch has run")
}

func TestTheHashesOfADossierCanBeMadeFromItsJSON(t *testing.T) {
	d, err := dossier.Gather(t.Context(), store(t, edition(t)), id(1))
	require.NoError(t, err)
	b, err := json.Marshal(d)
	require.NoError(t, err)
	var got struct {
		Event   consent.Event
		Edition json.RawMessage
		Log     struct {
			Entry            json.RawMessage
			EditionHash      string `json:"edition_hash"`
			Salt, Commitment string
		}
		Notice struct{ Source string }
		Text   string
	}
	require.NoError(t, json.Unmarshal(b, &got))

	assert.Equal(t, got.Event.Shown, hash([]byte(got.Text)))
	assert.Equal(t, got.Event.Notice.Hash, hash([]byte(got.Notice.Source)))
	canonical, err := evidence.Canonical(got.Edition)
	require.NoError(t, err)
	assert.Equal(t, got.Log.EditionHash, hash(canonical))
	salt, err := hex.DecodeString(got.Log.Salt)
	require.NoError(t, err)
	canonical, err = evidence.Canonical(got.Log.Entry)
	require.NoError(t, err)
	assert.Equal(t, got.Log.Commitment, hash(append(salt, canonical...)))
	assert.Contains(t, string(canonical), got.Log.EditionHash, "the entry names the edition")
}

// render returns the page, parsed, and its text.
func render(t *testing.T, d *dossier.Dossier) (*html.Node, string) {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, d.HTML(&b))
	doc, err := html.Parse(&b)
	require.NoError(t, err)
	var text strings.Builder
	for n := range doc.Descendants() {
		if n.Type == html.TextNode && n.Parent.Data != "style" {
			text.WriteString(n.Data + " ")
		}
	}
	return doc, strings.Join(strings.Fields(text.String()), " ")
}

func TestThePageSaysWhatARegulatorAsks(t *testing.T) {
	s := store(t, edition(t))
	d, err := dossier.Gather(t.Context(), s, id(1))
	require.NoError(t, err)
	require.NoError(t, d.Follow(t.Context(), s))
	doc, text := render(t, d)

	for _, want := range []string{
		"On Wednesday 1 July 2026 at 12:15:30 BST, a visitor of Reside with Progress answered Reside Housing Association",
		"2026-07-01T11:15:30.250Z", "1 second earlier",
		"The visitor set each choice and saved", "Layer 2: in the privacy centre", "Welsh (cy)",
		"Exempt: statistics, paragraph 5 No Objected: must not be used",
		"Consent, paragraph 2 No Consent withdrawn",
		"Z8893471", "No address was stated.", "Clipview Third party, also for purposes of its own San Mateo Not stated",
		"Exemption decided by DPO, 2026-10-05: Only totals.", "13 months", "Kept: on the visitor’s device, GB",
		id(0) + " accept-all visits: Yes marketing: Yes", id(1) + " this receipt save visits: No marketing: No", id(2) + " always-allow visits: No marketing: Yes",
		"The device named an earlier receipt that is not in this store: " + id(9),
		"Thursday 1 October 2026", "Appendix:", "not in the log yet",
		d.Event.Shown, d.Event.Notice.Hash, d.Log.EditionHash, d.Log.Commitment,
	} {
		assert.Contains(t, text, want)
	}
	assert.NotContains(t, text, id(3), "another device's receipt")
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		assert.NotContains(t, []string{"script", "link", "img", "iframe", "object"}, n.Data, "the page stands by itself and runs nothing")
		for _, a := range n.Attr {
			assert.False(t, strings.HasPrefix(a.Key, "on") || a.Key == "src" || a.Key == "srcset", "%s asks for something", a.Key)
			if a.Key == "class" && a.Val == "shown" {
				assert.Equal(t, shown, n.FirstChild.Data, "exactly as it was, and not as HTML")
				assert.Contains(t, n.Attr, html.Attribute{Key: "lang", Val: "cy"})
			}
		}
	}
}

func TestWhatIsMissingIsSaidAndNotInvented(t *testing.T) {
	e := edition(t)
	e.Declared, e.Shown, e.Controller.ICO = nil, "5b0e", ""
	e.Notice = consent.NoticeRef{}
	s := store(t, e)
	d, err := dossier.Gather(t.Context(), s, id(3))
	require.NoError(t, err)
	d.Text = ""
	_, text := render(t, d)
	for _, want := range []string{
		"The text is not in this store.", "What the website declared is not in this store.", "No number was stated.",
		"No notice was named.", "Its text is not in this store under that hash.", "No earlier or later choice of the same device is in this store.",
	} {
		assert.Contains(t, text, want)
	}

	_, err = dossier.Gather(t.Context(), s, id(77))
	assert.ErrorIs(t, err, fault.NotFound)
}

func TestANoticeWithAnotherHashIsNotTaken(t *testing.T) {
	e := edition(t)
	e.Notice.Hash = strings.Repeat("0", 64)
	d, err := dossier.Gather(t.Context(), store(t, e), id(1))
	require.NoError(t, err)
	assert.Nil(t, d.Notice)
}

func TestTheJSONLDHasTheWholeHistory(t *testing.T) {
	d, err := dossier.Gather(t.Context(), store(t, edition(t)), id(2))
	require.NoError(t, err)
	b, err := d.JSONLD()
	require.NoError(t, err)
	got := string(b)
	for _, want := range []string{"dpv:ConsentGiven", "dpv:ConsentWithdrawn", "x:Objected", "urn:uuid:" + id(0), "urn:uuid:" + id(1), d.Log.Commitment} {
		assert.Contains(t, got, want)
	}
}
