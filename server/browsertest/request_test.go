package browsertest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/rights"
)

var referenceForm = regexp.MustCompile(`LK-[0-9A-Z]{4}-[0-9A-Z]{4}`)

// fill types a text into an empty field.
func (p *tab) fill(label, text string) {
	p.t.Helper()
	p.click("textbox", label)
	p.until(label+" has the focus", func() bool { return p.focused().is("textbox", label) })
	p.press(text)
	p.until("the text is in "+label, func() bool {
		it, ok := p.find("textbox", label)
		return ok && strings.TrimSpace(it.Value) == strings.TrimSpace(text)
	})
}

// pick presses a radio button or checkbox and waits until it is on.
func (p *tab) pick(role, label string) {
	p.t.Helper()
	p.click(role, label)
	p.until(label+" is on", func() bool {
		it, ok := p.find(role, label)
		return ok && it.Is["checked"] == "true"
	})
}

// errand is what a person wants, told apart from others by its words.
func errand(t *testing.T) string {
	return fmt.Sprintf("Repairs letters, as in %s at %d", t.Name(), time.Now().UnixNano())
}

// emailOf is the address of who sends an errand, one for each: nobody's is
// flooded with acknowledgements, so one for all would get none in the end.
func emailOf(what string) string {
	return fmt.Sprintf("sam.%x@example.org", crc32.ChecksumIEEE([]byte(what)))
}

// toCheck goes through the request form on the website of Progress up to the
// page with all answers, and makes a mistake on the way.
func (p *tab) toCheck(what string) {
	p.t.Helper()
	p.see("heading", "What would you like to do?")
	p.pick("radio", "See the information we hold about me")
	p.click("button", "Continue")
	p.see("heading", "Which organisation is it about?")
	p.pick("checkbox", "Progress Housing Group Limited")
	p.pick("checkbox", "Reside Housing Association")
	p.click("button", "Continue")
	p.see("heading", "Who are you asking for?")
	p.pick("radio", "Myself")
	p.click("button", "Continue")
	p.see("heading", "What would you like to see?")
	p.fill("What would you like to see?", what)
	p.click("button", "Continue")
	p.see("heading", "How can we reply to you?")
	p.pick("radio", "By email")
	mistaken := strings.TrimSuffix(emailOf(what), ".org")
	p.fill("Email address", mistaken)
	p.click("button", "Continue")
	p.see("heading", "There is a problem")
	p.see("link", "Enter your full name")
	email := p.see("textbox", "Email address")
	assert.Equal(p.t, mistaken, email.Value, "what was typed is still there")
	p.fill("Your full name", "Sam O’Neill")
	p.click("textbox", "Email address")
	p.press(kb.End, ".org")
	p.until("the address is complete", func() bool {
		it, _ := p.find("textbox", "Email address")
		return it.Value == emailOf(what)
	})
	p.click("button", "Continue")
	p.see("heading", "Check your answers and send your request")
}

// sentRequest waits for the confirmation and returns its reference.
func (p *tab) sentRequest() string {
	p.t.Helper()
	p.see("heading", "We have your request")
	var reference string
	p.until("there is a reference", func() bool {
		for _, it := range p.things() {
			if found := referenceForm.FindString(it.Name); found != "" {
				reference = found
			}
		}
		return reference != ""
	})
	return reference
}

// requestsWith lists the requests that the server holds with these words in them, as
// the command line shows them.
func requestsWith(t *testing.T, what string) []rights.Record {
	t.Helper()
	out, err := exec.Command(lk.binary, "requests", "export", "--data", lk.data, "--format", "json").Output()
	require.NoError(t, err)
	var found []rights.Record
	for line := range bytes.Lines(out) {
		var r rights.Record
		require.NoError(t, json.Unmarshal(line, &r), "%s", line)
		if r.Request.What == what {
			found = append(found, r)
		}
	}
	return found
}

// noPersonalData asserts that no address that the tab asked for has an answer in it.
func (p *tab) noPersonalData(what, reference string) {
	p.t.Helper()
	for _, r := range p.requests() {
		for _, private := range []string{"sam", "example.org", "Neill", what, reference} {
			assert.NotContains(p.t, r.URL, private, "no personal data in an address")
		}
	}
}

func TestRequestJourney(t *testing.T) { // T1–T15, issue lines 11, 12, 14, 15
	// How a person fares whose program fails is in failing_test.go.
	tests := []struct {
		name    string
		options []option
		live    bool // WebAssembly turns the pages
	}{
		{"with JavaScript off", []option{withoutScript}, false},
		{"with JavaScript and no WebAssembly", []option{first(`delete window.WebAssembly`)}, false},
		{"with WebAssembly, on a small phone", []option{phone}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := open(t, tt.options...)
			what := errand(t)
			p.centre("/progress-group/request")
			if tt.live {
				p.holds(`document.documentElement.dataset.takeover === 'adopted'`)
			}
			p.toCheck(what)
			posts := len(p.sent(lk.latchkey + "/progress-group/request"))
			if tt.live {
				assert.Equal(t, 1, posts, "the pages are turned without asking the server")
			}
			p.click("button", "Send your request")
			reference := p.sentRequest()
			assert.Empty(t, p.cookies(lk.latchkey+"/"), "no cookie")
			p.noPersonalData(what, reference)

			p.settle()
			p.reload()
			assert.Equal(t, reference, p.sentRequest(), "a reload shows the same")
			stored := requestsWith(t, what)
			require.Len(t, stored, 1)
			got := stored[0].Request
			assert.Equal(t, reference, stored[0].Reference)
			assert.Equal(t, rights.Access, got.Kind)
			assert.Equal(t, []string{"progress-housing-group", "reside"}, got.Entities)
			assert.Equal(t, "Sam O’Neill", got.Name)
			assert.Equal(t, emailOf(what), got.Email)
			assert.Empty(t, p.errors(`status of 422`))
		})
	}
}

func TestSendingTwiceMakesOneRequest(t *testing.T) { // T13
	for name, options := range map[string][]option{"with JavaScript off": {withoutScript}, "with WebAssembly": nil} {
		t.Run("a double click "+name, func(t *testing.T) {
			p := open(t, options...)
			what := errand(t)
			p.centre("/progress-group/request")
			p.toCheck(what)
			x, y := p.reach("button", "Send your request")
			p.clickAt(x, y)
			p.clickAt(x, y)
			p.sentRequest()
			p.settle()
			require.Len(t, requestsWith(t, what), 1)
		})
		t.Run("going back and sending again "+name, func(t *testing.T) {
			p := open(t, options...)
			what := errand(t)
			p.centre("/progress-group/request")
			p.toCheck(what)
			p.click("button", "Send your request")
			reference := p.sentRequest()
			p.settle()
			p.back()
			p.settle()
			if _, still := p.find("button", "Send your request"); still {
				p.click("button", "Send your request")
				assert.Equal(t, reference, p.sentRequest(), "the same request")
			}
			require.Len(t, requestsWith(t, what), 1)
		})
	}
}

func TestErrorsAreToldAndFocused(t *testing.T) { // T12
	for name, options := range map[string][]option{
		"from the server":   {first(`delete window.WebAssembly`)},
		"with WebAssembly":  nil,
		"in 320 CSS pixels": {phone},
	} {
		t.Run(name, func(t *testing.T) {
			p := open(t, options...)
			p.centre("/connect/request/erasure")
			p.see("heading", "Who are you asking for?")
			p.click("button", "Continue")
			p.see("heading", "What would you like us to delete?")
			p.click("button", "Continue")
			p.see("heading", "There is a problem")
			p.holds(`document.title.startsWith('Error: ')`)
			p.until("the summary has the focus", func() bool {
				return eval[bool](p, `!!document.activeElement.closest('#problem')`)
			})
			p.click("link", "Tell us what it is about")
			p.until("the link leads to the field", func() bool { return p.focused().is("textbox", "What would you like us to delete?") })
			field := p.focused()
			assert.Equal(t, "true", field.Is["invalid"])
			assert.NotContains(t, eval[string](p, `location.href`), "?", "the address stays clean")
		})
	}
}

func TestMailOfARequest(t *testing.T) { // T9, issue line 15
	p := open(t, withoutScript)
	what := errand(t)
	p.centre("/progress-group/request")
	p.toCheck(what)
	p.click("button", "Send your request")
	reference := p.sentRequest()
	var mails []string
	p.until("two messages are in the outbox", func() bool {
		mails = nil
		files, _ := filepath.Glob(filepath.Join(lk.data, "outbox", "*.eml"))
		for _, f := range files {
			if b, err := os.ReadFile(f); err == nil && strings.Contains(string(b), reference) {
				mails = append(mails, string(b))
			}
		}
		return len(mails) >= 2
	})
	for _, m := range mails {
		assert.NotContains(t, m, what, "without the words of the request")
	}
}
