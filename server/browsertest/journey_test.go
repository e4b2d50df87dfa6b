package browsertest

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/quotedprintable"
	"net/mail"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/rights"
)

// asks waits for a page of the request journey by its heading, and holds the
// document's title to it.
func (p *tab) asks(heading string) {
	p.t.Helper()
	p.see("heading", heading)
	p.until("the title is that of the page", func() bool { return strings.HasPrefix(p.title(), heading+" – ") })
}

// refuses waits for the same page with an error summary, which has the focus and
// leads to the control that is wrong.
func (p *tab) refuses(heading, role, label, message string) {
	p.t.Helper()
	p.see("alert", "There is a problem")
	assert.True(p.t, strings.HasPrefix(p.title(), "Error: "+heading+" – "), p.title())
	p.until("the summary has the focus", func() bool { return p.focused().is("alert", "There is a problem") })
	p.click("link", message)
	p.until("the control has the focus", func() bool { return p.focused().is(role, label) })
}

// doubleClick presses the mouse twice on what stands still.
func (p *tab) doubleClick(role, name string) {
	p.t.Helper()
	it := p.see(role, name)
	require.True(p.t, ask[bool](p, it, reachable))
	at, ok := p.where(it)
	require.True(p.t, ok)
	p.clickAt(at.X+at.Width/2, at.Y+at.Height/2)
	p.clickAt(at.X+at.Width/2, at.Y+at.Height/2)
}

// title is that of the request page, in the panel if there is one.
func (p *tab) title() string {
	p.t.Helper()
	frame := mainFrame(p)
	if f, ok := p.findPanel(); ok {
		frame = f
	}
	title, _ := tryEval[string](p, frame, `document.title`) // between two documents there is none
	return title
}

// next fills in nothing more and goes on.
func (p *tab) next() {
	p.t.Helper()
	p.click("button", "Continue")
}

// write types into the field with a label, after what is there.
func (p *tab) write(label, text string) {
	p.t.Helper()
	p.click("textbox", label)
	p.until(label+" has the focus", func() bool { return p.focused().is("textbox", label) })
	p.press(kb.End, text)
}

// reads is what stands in the field with a label.
func (p *tab) reads(label string) string {
	p.t.Helper()
	return ask[string](p, p.see("textbox", label), `function () { return this.value }`)
}

// chosen reports whether the radio button or checkbox with a label is on.
func (p *tab) chosen(role, label string) bool {
	p.t.Helper()
	return ask[bool](p, p.see(role, label), `function () { return this.checked }`)
}

// text is what can be read in the page, or in the panel if there is one.
func (p *tab) text() string {
	p.t.Helper()
	frame := mainFrame(p)
	if f, ok := p.findPanel(); ok {
		frame = f
	}
	text, err := tryEval[string](p, frame, `document.body.innerText`)
	require.NoError(p.t, err)
	return text
}

// requestsOf lists what the server holds of requests by somebody, as the command
// line shows them.
func requestsOf(t *testing.T, name string) []rights.Record {
	t.Helper()
	out, err := exec.Command(lk.binary, "requests", "export", "--data", lk.data, "--format", "json").Output()
	require.NoError(t, err)
	var found []rights.Record
	for line := range bytes.Lines(out) {
		var r rights.Record
		require.NoError(t, json.Unmarshal(line, &r), "%s", line)
		if r.Request.Name == name {
			found = append(found, r)
		}
	}
	return found
}

// received returns the only request by somebody that the server holds.
func received(t *testing.T, name string) rights.Record {
	t.Helper()
	found := requestsOf(t, name)
	require.Len(t, found, 1, "requests by %s", name)
	return found[0]
}

// letter waits for a message to an address in the outbox, and returns its text.
func (p *tab) letter(to string) string {
	p.t.Helper()
	var text string
	p.until("there is a letter to "+to, func() bool {
		files, err := filepath.Glob(filepath.Join(lk.data, "outbox", "*.eml"))
		require.NoError(p.t, err)
		for _, f := range files {
			b, err := os.ReadFile(f)
			require.NoError(p.t, err)
			m, err := mail.ReadMessage(bytes.NewReader(b))
			require.NoError(p.t, err)
			if !strings.Contains(m.Header.Get("To"), to) {
				continue
			}
			require.Equal(p.t, "quoted-printable", m.Header.Get("Content-Transfer-Encoding"))
			body, err := io.ReadAll(quotedprintable.NewReader(m.Body))
			require.NoError(p.t, err)
			text = m.Header.Get("Subject") + "\n" + string(body)
			return true
		}
		return false
	})
	return text
}

// tenItems are what the acknowledgement of a request to Connect says (LAW 3.4).
func tenItems(r rights.Record) map[string]string {
	return map[string]string{
		"1 reference":              r.Reference,
		"2 to whom":                "Connect Housing Association",
		"3 when it came":           "Received on",
		"4 what was understood":    "See the information we hold about me",
		"5 by when, and may be":    "That date may change",
		"6 what is needed":         "Nothing. If we need something",
		"6 and without a computer": "You do not need a computer",
		"7 to change it":           "To add to your request, change it or take it back",
		"8 officer":                "Data protection officer of Connect Housing Association",
		"8 formats and languages":  "another format such as large print, or another language",
		"9 complain to us":         "Make a complaint",
		"9 complain further":       "Information Commissioner's Office",
		"10 keep it":               "You can print this page or save it",
	}
}

func TestARequestWithoutJavaScript(t *testing.T) { // issue lines 11, 14; T1 to T7
	const name, what = "Brenda Script-Less", "My date of birth is wrong on the repairs letters."
	p := open(t, withoutScript)
	p.centre("/progress-group/request")
	p.asks("What would you like to do?")
	p.click("radio", "Correct something that is wrong")
	p.next()

	p.asks("Which organisation is it about?")
	p.click("checkbox", "Reside Housing Association")
	p.click("checkbox", "All of them")
	p.next()
	p.refuses("Which organisation is it about?", "checkbox", "Progress Housing Group Limited",
		"Select the organisations, or “All of them”, or “I’m not sure”, but not both")
	assert.True(t, p.chosen("checkbox", "Reside Housing Association"), "what was chosen stays")
	p.click("checkbox", "All of them")
	p.next()

	p.asks("Who are you asking for?")
	_, offered := p.find("textbox", "Their full name (optional)")
	assert.False(t, offered, "somebody who asks for themselves is not asked for whom")
	p.click("radio", "Somebody else")
	p.write("Their full name (optional)", "Arthur Less")
	p.click("radio", "I am their advocate or support worker")
	p.next()

	p.asks("What is wrong?")
	p.next()
	p.refuses("What is wrong?", "textbox", "What is wrong?", "Tell us what it is about")
	p.press(what)
	p.next()

	p.asks("How can we reply to you?")
	p.write("Your full name", name)
	p.click("radio", "By email")
	p.write("Email address", "brenda@example")
	p.next()
	p.refuses("How can we reply to you?", "textbox", "Email address",
		"Enter an email address in the correct format, like name@example.com")
	assert.Equal(t, name, p.reads("Your full name"))
	p.press(kb.End, ".org", kb.Enter)

	t.Run("the answers can be checked and changed", func(t *testing.T) {
		p := p.in(t)
		p.asks("Check your answers and send your request")
		for _, answer := range []string{"Correct something that is wrong", "Reside Housing Association", "Arthur Less", what, name, "brenda@example.org"} {
			assert.Contains(t, p.text(), answer)
		}
		p.click("button", "Change (Who it is for)")
		p.asks("Who are you asking for?")
		assert.True(t, p.chosen("radio", "Somebody else"))
		assert.Equal(t, "Arthur Less", p.reads("Their full name (optional)"))
		p.click("radio", "Myself")
		p.next()
		p.asks("Check your answers and send your request")
		assert.NotContains(t, p.text(), "Arthur Less")
	})
	t.Run("Back, ours and the browser's, keeps what was typed", func(t *testing.T) {
		p := p.in(t)
		p.click("button", "Back")
		p.asks("How can we reply to you?")
		assert.Equal(t, "brenda@example.org", p.reads("Email address"))
		p.click("button", "Back")
		p.asks("What is wrong?")
		assert.Equal(t, what, p.reads("What is wrong?"))
		p.back()
		p.asks("How can we reply to you?")
		assert.Equal(t, name, p.reads("Your full name"))
		assert.True(t, p.chosen("radio", "By email"))
		p.next()
		p.asks("Check your answers and send your request")
	})

	p.click("button", "Send your request")
	p.asks("We have your request")
	r := received(t, name)
	assert.Contains(t, p.text(), r.Reference)
	assert.Equal(t, []string{"reside"}, r.Request.Entities)
	assert.Equal(t, what, r.Request.What)
	assert.Empty(t, r.Request.Subject, "what was said about somebody else has gone with them")
	assert.NotContains(t, p.text(), what)

	t.Run("a reload, and going back to send it again, make no second request", func(t *testing.T) {
		p := p.in(t)
		p.reload()
		p.asks("We have your request")
		p.back()
		p.asks("Check your answers and send your request")
		p.click("button", "Send your request")
		p.asks("We have your request")
		assert.Contains(t, p.text(), "You sent this more than once. We have it once")
		assert.Contains(t, p.text(), r.Reference)
		received(t, name)
	})
	t.Run("other answers make one only after a warning", func(t *testing.T) {
		p := p.in(t)
		p.back()
		p.asks("Check your answers and send your request")
		p.click("button", "Change (In your own words)")
		p.write("What is wrong?", " And the year.")
		p.next()
		p.asks("Check your answers and send your request")
		p.click("button", "Send your request")
		p.until("it says that there is a request already", func() bool { return strings.Contains(p.text(), "You have sent this request before") })
		received(t, name)
		p.click("button", "Send your request")
		p.asks("We have your request")
		assert.Len(t, requestsOf(t, name), 2)
	})
	assert.NotContains(t, strings.Join(p.sent(lk.latchkey), " "), ".wasm")
	p.inOrder()
}

func TestARequestInThePanel(t *testing.T) { // issue lines 12, 14, 15; T9, T20
	const name, what, email = "Callum Panel", "The call recordings of March.", "callum.panel@example.org"
	p := open(t)
	p.requestInPanel()
	p.live()
	before := p.requests()

	p.asks("Who are you asking for?") // the launcher has said what, and there is one organisation
	p.click("button", "Back")
	p.asks("What would you like to do?")
	assert.True(t, p.chosen("radio", "See the information we hold about me"))
	p.next()
	p.asks("Who are you asking for?")
	p.next()
	p.asks("What would you like to see?")
	p.until("the heading has the focus", func() bool { return p.focused().is("heading", "What would you like to see?") })
	p.next()
	p.refuses("What would you like to see?", "textbox", "What would you like to see?", "Tell us what it is about")
	p.press(what)
	p.next()
	p.asks("How can we reply to you?")
	p.write("Your full name", name)
	p.click("radio", "By email")
	p.write("Email address", email)

	p.back()
	p.asks("What would you like to see?")
	assert.Equal(t, what, p.reads("What would you like to see?"))
	p.forward()
	p.asks("How can we reply to you?")
	assert.Equal(t, email, p.reads("Email address"), "answers of the page that was left unfinished are there as well")
	p.next()
	p.asks("Check your answers and send your request")
	assert.Len(t, p.requests(), len(before), "not one page needed the server")

	p.doubleClick("button", "Send your request")
	p.asks("We have your request")
	r := received(t, name)
	said := p.text()
	for item, text := range tenItems(r) {
		assert.Contains(t, said, text, item)
	}
	assert.NotContains(t, said, what)
	for _, req := range p.requests() {
		address, _, _ := strings.Cut(req.URL, "?")
		for _, personal := range []string{name, "Callum", "callum", "March"} {
			assert.NotContains(t, req.URL, personal, address)
		}
	}

	letter := p.letter(email)
	assert.Contains(t, letter, r.Reference)
	for _, private := range []string{what, "recordings", name, "Callum"} {
		assert.NotContains(t, letter, private)
	}
	p.press(kb.Escape)
	p.gone("dialog", "Privacy centre")
	p.until("the focus is back", func() bool { return p.focused().is("link", "My data") })
	p.inOrder()
}

func TestARequestAtItsOwnAddressWithWebAssembly(t *testing.T) { // issue lines 12, 14, 15
	const name, phone = "Della Live", "01632 960 983"
	p := open(t)
	p.centre("/progress-group/request/marketing")
	p.live()
	before := len(p.requests())
	p.asks("Which organisation is it about?")
	p.click("checkbox", "Concert Living Limited")
	p.next()
	p.asks("Who are you asking for?")
	p.next()
	p.asks("What would you like us to stop? (optional)")
	p.next()
	p.asks("How can we reply to you?")
	p.write("Your full name", name)
	p.press(kb.Enter) // as Continue does
	p.refuses("How can we reply to you?", "radio", "By email", "Select how you would like us to reply")
	p.click("radio", "By phone")
	p.write("Phone number", "12")
	p.next()
	p.refuses("How can we reply to you?", "textbox", "Phone number", "Enter a phone number, like 01632 960 001 or 07700 900 982")
	p.press(kb.Backspace, kb.Backspace, phone)
	p.next()
	p.asks("Check your answers and send your request")
	p.holds(`scrollY === 0`) // a new page is read from its beginning

	p.click("button", "Change (Organisation)")
	p.asks("Which organisation is it about?")
	assert.True(t, p.chosen("checkbox", "Concert Living Limited"))
	p.click("checkbox", "Reside Housing Association")
	p.next()
	p.asks("Check your answers and send your request")
	p.back()
	p.asks("Which organisation is it about?")
	assert.True(t, p.chosen("checkbox", "Reside Housing Association"))
	p.forward()
	p.asks("Check your answers and send your request")
	assert.Len(t, p.requests(), before, "not one page needed the server")

	p.click("button", "Send your request")
	p.asks("We have your request")
	r := received(t, name)
	assert.ElementsMatch(t, []string{"reside", "concert-living"}, r.Request.Entities)
	assert.Equal(t, rights.ByPhone, r.Request.Reply)
	assert.NotContains(t, eval[string](p, `location.href`), r.Reference)
	p.reload()
	p.asks("We have your request")
	received(t, name)
	p.inOrder()
}
