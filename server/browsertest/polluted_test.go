package browsertest

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/consent"
)

// Libraries of old, and attacks by way of a query or of JSON that a page merges,
// put properties into every object, and pages put functions of their own over
// those of the browser. What is undeclared must stay off all the same, and
// nobody's answer may change.

// names are of purposes that are not declared, of all that the loader, its parts and the server's data call by
// name, and of what browsers look for in the options that they are given.
const pollution = `const names = ('evil tracking a b c d e f g i k l m n o p q r s t u v w x y on lang entity consent latchkey method date gpc edition ready stub ' +
	'choices allowed open set_ withdraw event site answers previous age proof receipt token time push then get_ value_ done css src href srcset type name ' +
	'preferences statistics marketing necessary visits capture once passive signal composed cancelable detail mode_ delegatesFocus slotAssignment clonable serializable ' +
	'attributes characterData attributeFilter attributeOldValue preventScroll block behavior body headers_ credentials cache redirect referrerPolicy integrity keepalive_ priority window 0 1 2 3').split(' ')
`

func TestWhatIsInEveryObjectIsNoAnswer(t *testing.T) {
	for name, value := range map[string]string{
		"true": "true", "one": "1", "a text": "'yes'", "an object": "{ on: { statistics: true } }", "a list": "[true]", "a function": "() => true",
	} {
		t.Run(name, func(t *testing.T) {
			path := strange(t, "polluted", `<script>`+pollution+`
				for (const name of names) if (!name.endsWith('_')) Object.defineProperty(Object.prototype, name, { value: `+value+`, writable: true, configurable: true, enumerable: typeof `+value+` !== 'function' })
				</script>`, `<script type="text/plain" data-consent="evil">ran.push('evil')</script><script type="text/plain" data-consent="tracking">ran.push('tracking')</script>
				<script type="text/plain" data-consent="constructor">ran.push('constructor')</script><script type="text/plain" data-consent="__proto__">ran.push('proto')</script>
				<script type="text/plain" data-consent="">ran.push('nothing')</script><p id="text">Text</p>
				<iframe data-consent="marketing" data-src="/x" title="A film" width="400" height="300"></iframe>`)
			p := open(t)
			p.visit(path)
			p.see("region", "Cookies on Progress Housing Group")
			p.settle()
			eval[any](p, `document.getElementById('text').click()`)
			p.settle()
			require.Empty(t, eval[[]any](p, `ran`), "before a choice")
			assert.Equal(t, `{}`, eval[string](p, `JSON.stringify({ ...latchkey.choices() })`))
			for _, id := range []string{"evil", "tracking", "statistics", "constructor", "__proto__", "toString", ""} {
				assert.False(t, eval[bool](p, `latchkey.allowed(`+quote(id)+`)`), id)
			}

			p.click("button", "Always allow: A film…")
			p.until("it is stored", func() bool { return p.choice() != nil })
			assert.Equal(t, map[consent.PurposeID]bool{"marketing": true}, p.choice().On, "and nothing else")
			p.settle()
			require.Empty(t, eval[[]any](p, `ran`), "after Always allow")

			eval[any](p, `void (window.before = true)`)
			p.click("button", "Reject all")
			p.holds(`!Object.hasOwn(window, 'before')`) // the film was shown, so the page is loaded again
			p.until("it is refused", func() bool { c := p.choice(); return c != nil && len(c.On) == 3 })
			p.until("the receipts are stored", func() bool { return len(p.stored()) >= 2 })
			for _, it := range p.stored() {
				for _, purpose := range it.Event.Purposes {
					if purpose.ID != "marketing" {
						assert.NotEqual(t, consent.Yes, purpose.Answer, "%s of %s", purpose.ID, it.Event.Method)
					}
				}
			}
			for id, on := range p.choice().On {
				assert.False(t, on, id)
			}
			p.see("button", "Privacy")
			p.settle()
			assert.Empty(t, eval[[]any](p, `ran`), "after Reject all")
		})
	}
}

// TestPatchedFunctionsChangeNoAnswer puts other functions over those of the browser, before the loader comes.
func TestPatchedFunctionsChangeNoAnswer(t *testing.T) {
	for name, patch := range map[string]string{
		"lists that find all":        `for (const name of ['includes', 'some', 'every', 'find']) Array.prototype[name] = () => true; Array.isArray = () => true`,
		"lists that find nothing":    `for (const name of ['map', 'filter', 'flatMap', 'slice', 'concat']) Array.prototype[name] = () => []; for (const name of ['find', 'forEach', 'reduce']) Array.prototype[name] = () => {}; Array.from = () => []; Array.prototype.indexOf = () => 0`,
		"lists that fail":            `for (const name of ['map', 'filter', 'some', 'every', 'find', 'forEach', 'reduce', 'flatMap', 'includes', 'indexOf']) Array.prototype[name] = () => { throw new Error(name) }`,
		"JSON that is none":          `JSON.stringify = () => '{"statistics":"yes"}'; JSON.parse = () => ({ statistics: true, on: { statistics: true } })`,
		"JSON that fails":            `JSON.stringify = JSON.parse = () => { throw new Error('JSON') }`,
		"no JSON":                    `delete window.JSON`,
		"everything writes its JSON": `for (const of of [Object, Array, String, Number, Boolean]) Object.defineProperty(of.prototype, 'toJSON', { value: () => 'yes', configurable: true, writable: true })`,
		"fetch that fails":           `window.fetch = () => { throw new Error('fetch') }`,
		"fetch that says nothing":    `window.fetch = async () => undefined`,
		"fetch that says yes":        `window.fetch = async () => ({ ok: true, status: 200, headers: new Headers(), json: async () => ({}) })`,
		"no fetch":                   `delete window.fetch`,
		"nodes that take no child":   `for (const name of ['appendChild', 'insertBefore', 'replaceChild', 'removeChild']) { const own = Node.prototype[name]; Node.prototype[name] = function (...args) { own.apply(this, args) } }`,
		"children that fail":         `Node.prototype.appendChild = () => { throw new Error('appendChild') }`,
	} {
		t.Run(name, func(t *testing.T) {
			path := strange(t, "patched", `<script>`+patch+`</script>`, `<iframe data-consent="marketing" data-src="/x" title="A film" width="400" height="300"></iframe>`)
			p := open(t)
			p.visit(path)
			p.see("region", "Cookies on Progress Housing Group")
			p.settle()
			require.Empty(t, eval[[]any](p, `ran`), "before a choice")
			p.click("button", "Reject all")
			p.gone("region", "Cookies on Progress Housing Group")
			p.see("button", "Privacy")
			p.until("it is stored", func() bool { return p.choice() != nil })
			assert.Equal(t, consent.RejectAll, p.choice().Method)
			for id, on := range p.choice().On {
				assert.False(t, on, id)
			}
			p.settle()
			for _, it := range p.stored() {
				for _, purpose := range it.Event.Purposes {
					assert.NotEqual(t, consent.Yes, purpose.Answer, purpose.ID)
				}
			}
			p.reload()
			p.see("button", "Privacy")
			p.settle()
			assert.Empty(t, eval[[]any](p, `ran`), "after Reject all")
			assert.Nil(t, p.exceptions())
		})
	}
}

// exceptions lists what nobody caught.
func (p *tab) exceptions() (found []string) {
	for _, s := range p.errors() {
		if len(s) > 10 && s[:10] == "exception:" {
			found = append(found, s)
		}
	}
	return found
}
