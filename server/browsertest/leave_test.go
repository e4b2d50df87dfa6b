package browsertest

import (
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// leavings is a tag that leaves what testdata/homes declares for statistics, in
// every way in which a page can.
const leavings = `<script type="text/plain" data-consent="statistics">
	for (const where of ['', ';Path=/', ';Path=/lantern', ';Path=/lantern/', ';Path=/lantern/leave', ';Path=/;Domain=homes.example',
		';Path=/lantern/;Domain=homes.example', ';Path=/;Domain=www.homes.example', ';Path=/;Secure;SameSite=None;Partitioned'])
		document.cookie = 'st_many=1;Max-Age=9999' + where
	document.cookie = '__Host-st_host=1;Path=/;Secure;Max-Age=9999'
	document.cookie = '__Secure-st_all=1;Path=/lantern;Domain=homes.example;Secure;Max-Age=9999'
	document.cookie = 'st_session=1'
	localStorage.setItem('st.local', 1)
	sessionStorage.setItem('st.session', 1)
	indexedDB.open('st.base').onsuccess = event => {
		window.held = event.target.result // open, as vendors' scripts keep them
		document.body.dataset.left = 'yes'
	}
</script>`

// others is what has to stay: another purpose's, and what nobody has declared.
const others = `<script>
	for (const name of ['mk_one', 'best', 'zz', 'latchkeys'])
		document.cookie = name + '=1;Path=/;Max-Age=9999'
	for (const name of ['mk.one', 'zz', 'st']) {
		localStorage.setItem(name, 1)
		sessionStorage.setItem(name, 1)
		indexedDB.open(name)
	}
</script>`

// remains lists what is on the device for the page, by the browser's own account.
func (p *tab) remains() []string {
	p.t.Helper()
	var found []string
	for _, c := range do(p, network.GetCookies, network.GetCookiesParams{URLs: []string{eval[string](p, `location.href`)}}).Cookies {
		found = append(found, "cookie "+c.Name)
	}
	const stores = `(async () => [
		...Object.keys(localStorage).map(name => 'local ' + name),
		...Object.keys(sessionStorage).map(name => 'session ' + name),
		...(await indexedDB.databases()).map(({ name }) => 'database ' + name),
	])()`
	found = append(found, eval[[]string](p, stores)...)
	slices.Sort(found)
	return slices.Compact(found)
}

// loads counts how often the page at an address was loaded.
func (p *tab) loads(url string) int {
	count := 0
	for _, r := range p.requests() {
		if r.URL == url {
			count++
		}
	}
	return count
}

var stay = []string{
	"cookie best", "cookie latchkey", "cookie latchkeys", "cookie mk_one", "cookie zz",
	"database mk.one", "database st", "database zz",
	"local latchkey.homes", "local mk.one", "local st", "local zz",
	"session mk.one", "session st", "session zz",
}

// telling records, in the order in which it happens, what a vendor is told and
// what is deleted; window.name outlives the reload.
var telling = first(`if (top === window) {
	const tell = what => (window.name += what + ';')
	window.fbq = (...call) => tell(call.join(' '))
	const cookie = Object.getOwnPropertyDescriptor(Document.prototype, 'cookie')
	Object.defineProperty(Document.prototype, 'cookie', { ...cookie, set(value) {
		if (/^st_.*Max-Age=0/.test(value)) tell('cookie')
		cookie.set.call(this, value)
	} })
	const remove = Storage.prototype.removeItem
	Storage.prototype.removeItem = function (name) {
		if (/^st/.test(name)) tell('storage')
		remove.call(this, name)
	}
	const drop = IDBFactory.prototype.deleteDatabase
	IDBFactory.prototype.deleteDatabase = function (name) {
		tell('database')
		return drop.call(this, name)
	}
	document.addEventListener('latchkey:leftover', event => (window.leftover = event.detail.items))
}`)

// TestWithdrawalTakesAwayWhatWasLeft shows what goes when a purpose is
// withdrawn of which something ran, and what stays.
func TestWithdrawalTakesAwayWhatWasLeft(t *testing.T) { // V8, issue 4 line 2
	h := serveHomes(t)
	h.page("/lantern/leave/page", leavings+others)
	url := h.www() + "/lantern/leave/page"
	p := open(t, telling)
	p.goTo(url)
	p.click("button", "Accept all")
	p.recorded(1)
	p.holds(`document.body.dataset.left === 'yes'`)
	p.until("all of it is there", func() bool { return len(p.remains()) == len(stay)+7 })
	require.Equal(t, 1, p.loads(url))

	eval[any](p, `void (window.name = '')`)
	eval[any](p, `void latchkey.set({ statistics: false })`)
	p.until("the page is loaded again", func() bool { return p.loads(url) == 2 })
	p.recorded(2)
	p.see("button", "Privacy")
	p.until("what was left is gone", func() bool { return slices.Equal(stay, p.remains()) })
	assert.Equal(t, stay, p.remains())

	told := slices.Compact(strings.Split(strings.Trim(eval[string](p, `name`), ";"), ";"))
	require.GreaterOrEqual(t, len(told), 4, told)
	assert.Equal(t, []string{"consent revoke", "cookie", "storage", "database"}, told[:4], "vendors hear of it before anything goes")
	p.until("the check after it had its time", func() bool { return !strings.Contains(p.storage()["latchkey.homes"], `"w"`) })
	p.settle()
	assert.Equal(t, 2, p.loads(url), "once")
	assert.False(t, eval[bool](p, `'leftover' in window`))
	assert.Empty(t, p.errors())
}

// TestWithdrawalOfWhatNeverRan loads nothing again, and yet takes away what is there.
func TestWithdrawalOfWhatNeverRan(t *testing.T) { // issue 4 line 2
	h := serveHomes(t)
	h.page("/lantern/none", "")
	url := h.www() + "/lantern/none"
	p := open(t, telling)
	p.goTo(url)
	p.click("button", "Accept all")
	p.recorded(1)
	eval[any](p, `void (document.cookie = 'st_earlier=1;Path=/', localStorage.setItem('st.earlier', 1), localStorage.setItem('zz', 1))`)
	eval[any](p, `void latchkey.withdraw()`)
	p.recorded(2)
	p.until("it is gone", func() bool {
		return slices.Equal([]string{"cookie latchkey", "local latchkey.homes", "local zz"}, p.remains())
	})
	p.settle()
	assert.Equal(t, 1, p.loads(url), "nothing had run")
	assert.Empty(t, p.errors())
}

// TestWhatComesBackAfterAWithdrawalIsReported plants a tag that nobody holds
// back, and one whose cookie a page can't reach.
func TestWhatComesBackAfterAWithdrawalIsReported(t *testing.T) { // issue 4 line 2
	h := serveHomes(t)
	h.page("/lantern/again", leavings+`<script>
		if (!document.cookie.includes('st_')) document.cookie = 'st_again=1;Path=/'
		localStorage.setItem('st.again', 1)
	</script>`)
	p := open(t, telling)
	p.goTo(h.www() + "/lantern/again")
	p.click("button", "Accept all")
	p.recorded(1)
	p.holds(`document.body.dataset.left === 'yes'`)
	eval[any](p, `void latchkey.withdraw()`)
	p.until("the page is loaded again", func() bool { return p.loads(h.www()+"/lantern/again") == 2 })
	p.holds(`!!window.leftover`)
	assert.Equal(t, []string{"cookie st_again", "storage st.again"}, eval[[]string](p, `leftover`))
	p.until("the console says so", func() bool { return len(p.errors()) == 1 })
	assert.Contains(t, p.errors()[0], "Latchkey: homes: still on the device after consent was withdrawn: cookie st_again, storage st.again")
	p.reload()
	p.see("button", "Privacy")
	p.settle()
	assert.False(t, eval[bool](p, `'leftover' in window`), "once")
}

// TestWithdrawalWithoutStorage deletes the cookies all the same. What is still
// there is reported before the page is loaded again, as nothing outlives that.
func TestWithdrawalWithoutStorage(t *testing.T) { // issue 4 line 2, V21
	h := serveHomes(t)
	h.page("/lantern/blocked", `<script type="text/plain" data-consent="statistics">
		document.cookie = 'st_one=1;Path=/lantern'
		document.cookie = 'st_kept=1;Path=/'
		document.body.dataset.left = 'yes'
	</script>`)
	url := h.www() + "/lantern/blocked"
	// A tag that puts its cookie back at once, and a web team's listener, which sends on what it hears.
	back := first(`if (top === window) {
		const cookie = Object.getOwnPropertyDescriptor(Document.prototype, 'cookie')
		Object.defineProperty(Document.prototype, 'cookie', { ...cookie, set(value) { value.startsWith('st_kept=;') || cookie.set.call(this, value) } })
		document.addEventListener('latchkey:leftover', event => (window.name += event.detail.items + ';'))
	}`)
	for name, blocked := range map[string]option{
		"both storages throw":      noStorage,
		"only localStorage throws": first(`Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('blocked', 'SecurityError') } })`),
		"there is no storage":      first(`for (const name of ['localStorage', 'sessionStorage']) Object.defineProperty(window, name, { value: null })`),
		"localStorage is full":     first(`Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError') }`),
	} {
		t.Run(name, func(t *testing.T) {
			p := open(t, blocked, back)
			p.goTo(url)
			p.click("button", "Accept all")
			p.recorded(1)
			p.holds(`document.body.dataset.left === 'yes'`)
			eval[any](p, `void latchkey.withdraw()`)
			p.until("the page is loaded again", func() bool { return p.loads(url) == 2 })
			p.see("button", "Privacy")
			p.settle()
			assert.Equal(t, 2, p.loads(url))
			cookies := p.cookies(url)
			assert.NotContains(t, cookies, "st_one")
			assert.Contains(t, cookies, "latchkey")
			require.Len(t, p.errors(), 1)
			assert.Contains(t, p.errors()[0], "still on the device after consent was withdrawn: cookie st_kept. The page is loaded again, and with storage blocked nothing looks after that.")
			assert.Equal(t, "cookie st_kept;", eval[string](p, `name`), "the page hears of it, once")
		})
	}
}
