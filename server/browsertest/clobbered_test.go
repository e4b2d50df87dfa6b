package browsertest

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/consent"
)

// Names and ids in what strangers have written hide what the document and the
// window have (HTML, named properties of Document and Window): <img name=cookie>
// stands for document.cookie from then on.

// every names an element after each property of the document that its markup can hide.
const every = `<script>
	const names = new Set()
	for (let proto = Document.prototype; proto; proto = Object.getPrototypeOf(proto)) for (const name of Object.getOwnPropertyNames(proto)) names.add(name)
	const box = document.createElement('div')
	names.delete('readyState') // by which the test knows that the page is there
	for (const name of names) for (const tag of ['img', 'form', 'embed', 'iframe', 'object']) {
		const element = document.createElement(tag)
		element.hidden = true
		element.setAttribute('name', name)
		if (tag === 'object') element.id = name
		box.append(element)
	}
	addEventListener('DOMContentLoaded', () => document.getElementById('comments').append(box))
</script>`

func TestNamesHideNothingFromTheLoader(t *testing.T) {
	tests := []struct{ name, head, comments string }{
		{"a form called latchkey that is ready", "", `<form id="latchkey"><input name="ready"></form>`},
		{"a form called latchkey with a queue", "", `<form id="latchkey"><input name="ready"><input name="q"><input name="r"></form>`},
		{"two links called latchkey", "", `<a id="latchkey">one</a><a id="latchkey" name="ready">two</a>`},
		{"a frame called latchkey", "", `<iframe name="latchkey" title="x" srcdoc="<script>var ready = 1</script>"></iframe>`},
		{"an image called cookie", "", `<img name="cookie" alt=""><p id="cookie"></p>`},
		{"what the loader builds with", "", `<img name="createElement" alt=""><embed name="querySelectorAll"><form name="addEventListener"></form><img name="dispatchEvent" alt="">`},
		{"where the loader stands", "", `<img name="documentElement" alt=""><img name="body" alt=""><form name="body"></form><img name="head" alt=""><img name="activeElement" alt=""><img name="baseURI" alt="">`},
		{"a script of another's", "", `<img name="currentScript" alt="" src="/strange/embed/x"><embed name="currentScript" src="/strange/embed/x"><form name="currentScript" action="/strange/embed/x"></form>`},
		{"every property of the document", every, ""},
		{"what the browser may not have", "", `<a id="trustedTypes"></a><form id="dataLayer"><input name="push"></form><a id="LATCHKEY"></a><a id="latchkeyVerify"></a>`},
		{"what an element has, in a form", "", `<form data-consent="statistics" data-latchkey="preferences"><input name="getAttribute"><input name="removeAttribute"><input name="hasAttribute"><input name="tagName"><input name="dataset"><input name="matches"><button>Send</button></form>`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := strange(t, "names", tt.head, tt.comments)
			page, _ := lk.pages.Load(path)
			// The loader comes last, when all of it is there, and runs at once.
			tag := `<script async src="` + lk.latchkey + `/embed/progress-group.js"></script>`
			text := strings.Replace(page.(string), tag, "", 1)
			lk.pages.Store(path, strings.Replace(text, "</body>", `<iframe data-consent="marketing" data-src="/x" title="A film" width="400" height="300"></iframe>`+strings.Replace(tag, "async ", "", 1)+"</body>", 1))

			p := open(t)
			p.visit(path)
			p.see("region", "Cookies on Progress Housing Group")
			p.see("group", "A film…")
			p.settle()
			require.Empty(t, eval[[]any](p, `ran`), "before a choice")
			p.click("button", "Choose")
			p.panel()
			p.see("heading", "Your choices")
			p.press("\x1b")
			p.gone("dialog", "Privacy centre")
			p.click("button", "Reject all")
			p.see("button", "Privacy")
			p.recorded(1)
			require.NotNil(t, p.choice())
			assert.Equal(t, consent.RejectAll, p.choice().Method)
			p.reload()
			p.see("button", "Privacy")
			p.settle()
			assert.Empty(t, eval[[]any](p, `ran`), "after Reject all")
			assert.False(t, eval[bool](p, `latchkey.allowed('statistics')`))
			eval[any](p, `latchkey.set({ statistics: true })`)
			p.until("the page's own script runs", func() bool { return len(eval[[]any](p, `ran`)) == 1 })
			for _, path := range p.sent(lk.demo + "/strange/") {
				assert.Equal(t, "GET embed/x", path, "nothing of ours is fetched from there")
			}
		})
	}
}

// TestAViewIsOfItsOwnSite asks for views that would be other addresses.
func TestAViewIsOfItsOwnSite(t *testing.T) {
	for _, view := range []string{
		"request:../../reside/request", "../reside/request", "request:..%2F..%2Freside%2Frequest", "//example.org/x", "https://example.org/", `\\example.org`,
		"preferences?lang=cy#x", "request:access/../../../reside", "..", "notice:../../reside/notice", "%2e%2e/reside", "a@example.org/",
	} {
		t.Run(view, func(t *testing.T) {
			p := open(t)
			p.visit("/progress-group/")
			p.see("region", "Cookies on Progress Housing Group")
			eval[any](p, `latchkey.open(`+quote(view)+`)`)
			p.see("dialog", "Privacy centre")
			p.panel()
			for _, f := range p.ownFrames()[1:] {
				assert.True(t, strings.HasPrefix(f.URL, lk.latchkey+"/progress-group/") && !strings.Contains(f.URL[len(lk.latchkey+"/progress-group/"):], ".."), f.URL)
			}
			p.until("the panel is closed", func() bool { p.press("\x1b"); _, open := p.find("dialog", "Privacy centre"); return !open })
		})
	}
}
