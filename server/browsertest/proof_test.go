package browsertest

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/evidence"
)

// evidenceOf waits until the receipt that a tab's visitor has chosen can be proved,
// and returns its code and its file.
func evidenceOf(p *tab, site string) (code, file string) {
	p.t.Helper()
	stored := p.stored()
	require.Len(p.t, stored, 1)
	var kept struct {
		R struct{ Receipt, Token string }
	}
	p.until("the code is kept", func() bool { return strings.Contains(p.storage()["latchkey."+site], stored[0].ID) })
	require.NoError(p.t, json.Unmarshal([]byte(p.storage()["latchkey."+site]), &kept))
	p.until("the receipt is in the log", func() bool {
		r, err := http.NewRequest(http.MethodGet, lk.latchkey+"/api/receipts/"+kept.R.Receipt+"/file", nil)
		require.NoError(p.t, err)
		r.Header.Set("Authorization", "Bearer "+kept.R.Token)
		resp, err := http.DefaultClient.Do(r)
		require.NoError(p.t, err)
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		require.NoError(p.t, err)
		file = string(b)
		return strings.Contains(file, `"proof"`)
	})
	return kept.R.Receipt + "." + kept.R.Token, file
}

// logKeys fetches the public keys of the log.
func logKeys(t *testing.T) []string {
	t.Helper()
	resp, err := http.Get(lk.latchkey + "/log/keys")
	require.NoError(t, err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return evidence.ParseKeys(string(b))
}

// says waits for the result of a check, in words.
func (p *tab) says(what string) {
	p.t.Helper()
	p.until("it says "+what, func() bool { return strings.Contains(p.text(), what) })
}

// chooseFile puts a file of the visitor's into the field for it.
func (p *tab) chooseFile(content string) {
	p.t.Helper()
	eval[bool](p, `(() => {
		const files = new DataTransfer()
		files.items.add(new File([`+quote(content)+`], 'receipt.json'))
		document.querySelector('#proof-file').files = files.files
		return true
	})()`)
}

func TestAReceiptIsCheckedInTheBrowser(t *testing.T) {
	p := open(t)
	p.visit("/connect/")
	p.click("button", "Accept all")
	p.recorded(1)
	code, file := evidenceOf(p, "connect")
	const genuine = "This receipt is genuine. It is in the public log"

	t.Run("the one that is shown, when it is asked for", func(t *testing.T) {
		p := open(t)
		p.centre("/connect/receipt")
		p.click("textbox", "Receipt code")
		p.press(code, kb.Enter)
		p.see("heading", "Your receipt")
		assert.NotContains(t, p.text(), genuine)
		for _, r := range p.requests() {
			assert.NotContains(t, r.URL, "verify", "nothing of it is fetched unasked")
			assert.NotContains(t, r.URL, ".wasm")
		}
		p.click("button", "Check this receipt")
		p.says(genuine)
		for _, told := range []string{"Connect Housing Association", "statistics: Yes", "Place in the log", "Signed by"} {
			assert.Contains(t, p.text(), told)
		}
		p.click("button", "Check this receipt")
		p.says(genuine)
		p.inOrder()
	})

	t.Run("one in a file, which goes nowhere", func(t *testing.T) {
		p := open(t)
		p.centre("/connect/receipt")
		p.see("heading", "Check a receipt")
		p.pressOn(`document.querySelectorAll('.proof details summary')[0]`)
		p.click("button", "Check this file")
		p.says("Choose a receipt file first.")
		before := len(p.requests())
		for _, tt := range []struct{ file, says string }{
			{file, genuine},
			{strings.Replace(file, `"statistics":"yes"`, `"statistics":"no"`, 1), "This receipt is not genuine."},
			{strings.Replace(file, "— ", "— x", 1), "can’t be trusted: none of the public keys signed it"},
			{"not a receipt", "This is not a receipt file, or it is damaged."},
			{file, genuine},
		} {
			p.chooseFile(tt.file)
			p.click("button", "Check this file")
			p.says(tt.says)
			if tt.says != genuine {
				assert.NotContains(t, p.text(), "Signed by", "what is not genuine is not repeated")
			}
		}
		requests := p.requests()
		require.Greater(t, len(requests), before)
		for _, r := range requests[before:] {
			u, err := url.Parse(r.URL)
			require.NoError(t, err)
			assert.True(t, u.Path == "/log/keys" || strings.HasPrefix(u.Path, "/assets/"), "a request to %s", r.URL)
			assert.Empty(t, r.Body)
		}
		p.inOrder()

		t.Run("by a key of the visitor's own", func(t *testing.T) {
			p := p.in(t)
			p.pressOn(`document.querySelectorAll('.proof details summary')[1]`)
			for _, tt := range []struct{ key, says string }{
				{"log.example.org+b3d4ba39+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c", "none of the public keys signed it"},
				{"what is no key", "Check the public key."},
			} {
				eval[bool](p, `(document.querySelector('#proof-keys').value = `+quote(tt.key)+`, true)`)
				p.click("button", "Check this file")
				p.says(tt.says)
			}
		})
	})

	t.Run("and if the program does not come, it says so", func(t *testing.T) {
		p := open(t)
		p.centre("/connect/receipt")
		p.click("textbox", "Receipt code")
		p.press(code, kb.Enter)
		p.see("heading", "Your receipt")
		eval[bool](p, `(document.querySelector('.proof').dataset.program = '/assets/gone.wasm', true)`)
		p.click("button", "Check this receipt")
		p.says("Your browser could not run the check.")
	})
}

func TestAReceiptIsCheckedInWelsh(t *testing.T) {
	p := open(t)
	p.visit("/housing-plus/")
	p.click("button", "Accept all")
	p.recorded(1)
	_, file := evidenceOf(p, "housing-plus")
	p = open(t)
	p.centre("/housing-plus/receipt?lang=cy")
	p.see("heading", "Gwirio derbynneb")
	p.pressOn(`document.querySelectorAll('.proof details summary')[0]`)
	p.chooseFile(file)
	p.click("button", "Gwirio’r ffeil hon")
	p.says("Mae’r dderbynneb hon yn ddilys.")
	assert.Contains(t, p.text(), "statistics: Ie")
	p.inOrder()
}

// Without JavaScript nothing is offered that would do nothing, and it says how to check.
func TestWithoutJavaScriptThePageSaysHowToCheck(t *testing.T) {
	p := open(t, withoutScript)
	p.centre("/connect/receipt")
	p.see("heading", "Check a receipt")
	assert.NotContains(t, p.names("button"), "Check this file")
	p.pressOn(`[...document.querySelectorAll('.proof details summary')].at(-1)`)
	p.see("link", "See the public keys (opens in a new tab)")
	assert.Contains(t, p.text(), "latchkey verify receipt FILE --key KEY")
}
