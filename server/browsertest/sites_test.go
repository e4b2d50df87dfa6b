package browsertest

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"strings"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/consent"
)

// website is what is to be expected of one demonstration website.
type website struct {
	id, name string
	pages    []string // its other pages in English
	// exempt is what may run before a choice, and consented what needs a yes, in
	// the order in which it stands on the page; see window.demoRan.
	exempt, consented []string
	// keeps are the cookies and storage items that what is exempt leaves.
	keeps []string
	// yes is what Accept all says, by purpose: it asks about these, and leaves what is exempt.
	yes map[consent.PurposeID]bool
}

const (
	ranVisit   = "Own counter: visit"
	ranDisplay = "Own script: text size and colours"
	ranQueued  = "Sitelook: page queued"
	ranTag     = "Sitelook: statistics tag"
	ranPixel   = "Circle: marketing pixel"
	ranToolbar = "Readwell: reading toolbar"
)

var websites = []website{
	{
		id: "progress-group", name: "Progress Housing Group", pages: []string{"repairs", "news"},
		consented: []string{ranQueued, ranTag, ranPixel, ranToolbar},
		yes:       map[consent.PurposeID]bool{"preferences": true, "statistics": true, "marketing": true},
	},
	{
		id: "reside", name: "Reside with Progress", pages: []string{"services", "contact"},
		exempt: []string{ranVisit}, consented: []string{ranQueued, ranTag}, keeps: []string{"_pk_id.1"},
		yes: map[consent.PurposeID]bool{"statistics": true, "marketing": true},
	},
	{
		id: "housing-plus", name: "Housing Plus Group", pages: []string{"repairs", "news"},
		exempt: []string{ranVisit}, consented: []string{ranQueued, ranTag, ranPixel, ranToolbar}, keeps: []string{"_pk_id.1"},
		yes: map[consent.PurposeID]bool{"preferences": true, "statistics": true, "marketing": true},
	},
	{
		id: "care-plus", name: "Care Plus", pages: []string{"services", "contact"},
		exempt: []string{ranVisit, ranDisplay}, keeps: []string{"_pk_id.1", "display"},
		consented: []string{},
		yes:       map[consent.PurposeID]bool{"marketing": true},
	},
	{
		id: "connect", name: "Connect Housing", pages: []string{"repairs", "news"},
		consented: []string{ranQueued, ranTag, ranPixel, ranToolbar},
		yes:       map[consent.PurposeID]bool{"preferences": true, "statistics": true, "marketing": true},
	},
}

// banner is the name of the banner's region.
func (w website) banner() string { return "Cookies on " + w.name }

// ran lists what the page says has run on it.
func (p *tab) ran() []string {
	p.t.Helper()
	return eval[[]string](p, `window.demoRan.list`)
}

// onlyExempt asserts that nothing has run, been sent or been stored that would
// have needed a yes, and that nobody but the site and Latchkey was asked.
func (p *tab) onlyExempt(w website, when string) {
	p.t.Helper()
	p.settle()
	assert.ElementsMatch(p.t, w.exempt, p.ran(), "%s: what ran", when)
	assert.Empty(p.t, p.thirdParty(), "%s: what the third party received", when)
	for _, r := range p.requests() {
		known := strings.HasPrefix(r.URL, lk.demo+"/") || strings.HasPrefix(r.URL, lk.latchkey+"/")
		assert.True(p.t, known, "%s: a request to %s", when, r.URL)
		if strings.HasPrefix(r.URL, lk.latchkey+"/") {
			assert.Empty(p.t, r.Cookies, "%s: Latchkey sets no cookie", when)
		}
	}
	kept := map[string]bool{consent.CookieName: true}
	for _, name := range w.keeps {
		kept[name] = true
	}
	for name := range p.cookies(lk.demo + "/" + w.id + "/") {
		assert.True(p.t, kept[name], "%s: cookie %s", when, name)
	}
	for name := range p.storage() {
		assert.True(p.t, kept[name], "%s: storage item %s", when, name)
	}
	assert.Empty(p.t, p.cookies(lk.latchkey+"/"), "%s: cookies of Latchkey's own", when)
	assert.Empty(p.t, p.cookies(lk.third+"/third-party/"), "%s: cookies of the third party", when)
}

// receipts lists the answers to the receipts sent so far; 0 stands for none yet.
func (p *tab) receipts() []int64 {
	var found []int64
	for _, r := range p.requests() {
		if r.Method == "POST" && strings.HasPrefix(r.URL, lk.latchkey+"/api/receipts") {
			found = append(found, r.Status)
		}
	}
	return found
}

// recorded waits until the server has stored a number of receipts of this tab.
func (p *tab) recorded(count int) {
	p.t.Helper()
	p.until("the receipt is stored", func() bool {
		stored := 0
		for _, status := range p.receipts() {
			if status == 201 || status == 200 {
				stored++
			}
		}
		return stored >= count
	})
}

// stored lists the receipts that the server holds of choices made in this tab,
// as the command line shows them.
func (p *tab) stored() []consent.Receipt {
	p.t.Helper()
	sent := map[string]bool{}
	for _, r := range p.requests() {
		var s consent.Submission
		if json.Unmarshal([]byte(r.Body), &s) == nil && s.Event != "" {
			sent[s.Event] = true
		}
	}
	out, err := exec.Command(lk.binary, "receipts", "export", "--data", lk.data, "--format", "json").Output()
	require.NoError(p.t, err)
	var found []consent.Receipt
	for line := range bytes.Lines(out) {
		var r consent.Receipt
		require.NoError(p.t, json.Unmarshal(line, &r), "%s", line)
		if sent[r.Event.ID] {
			found = append(found, r)
		}
	}
	return found
}
