package browsertest

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"latchkey/app/consent"
)

// dataLayer returns window.dataLayer, each entry as JSON: a command, which is an
// arguments object, as a list, and all else as it is.
func (p *tab) dataLayer() []string {
	p.t.Helper()
	var lines []string
	for _, entry := range eval[[]json.RawMessage](p, `JSON.parse(JSON.stringify((window.dataLayer || []).map((e) => Object.prototype.toString.call(e) === '[object Arguments]' ? [...e] : e)))`) {
		lines = append(lines, string(entry))
	}
	return lines
}

// eventOf is the event that a choice is to a tag manager.
func eventOf(p *tab, name string) string {
	p.t.Helper()
	told := eval[map[string]any](p, `new Promise((done) => window.latchkey.on('ready', done))`)
	detail, _ := json.Marshal(told)
	return `{"event":"` + name + `","latchkey":` + string(detail) + `}`
}

const (
	google      = `["consent","default",{`
	redaction   = `["set","ads_data_redaction",true]`
	update      = `["consent","update",{`
	noChoice    = `{"event":"latchkey_ready","latchkey":{"on":{}}}`
	pageStarted = `["js","1970-01-01T00:00:00.000Z"]`
	configured  = `["config","G-DOUBLE"]`
)

// sameEntries compares what a queue holds, in order, with no regard to the order of an object's keys.
func sameEntries(t *testing.T, want, got []string, when string) {
	t.Helper()
	if !assert.Len(t, got, len(want), "%s: %v", when, got) {
		return
	}
	for i := range want {
		assert.JSONEq(t, want[i], got[i], "%s: entry %d", when, i)
	}
}

func testDataLayer(t *testing.T) { // W5
	byDefault, granted, denied := google+deniedAll+"}]", update+grantedAll+"}]", update+deniedAll+"}]"
	double := func(commands ...string) []string {
		for i, c := range commands {
			if c[0] == '[' {
				commands[i] = `["google",` + c[1:]
			} else {
				commands[i] = `["google","pushed",` + c + `]`
			}
		}
		return commands
	}
	for page, early := range map[string]bool{"google": false, "early": true} {
		name := "a tag whose commands the page queues behind us"
		if early {
			name = "a tag whose commands the page queues before us"
		}
		t.Run(name, func(t *testing.T) {
			// Where the page's commands are there already, ours go before them, and events stay behind.
			order := func(ours []string, events ...string) []string {
				if early {
					return append(append(ours, pageStarted, configured), events...)
				}
				return append(append(ours, events[0], pageStarted, configured), events[1:]...)
			}
			p := open(t)
			p.visit("/tags/" + page)
			p.see("button", "Reject all")
			p.nobodyKnows("before a choice")
			sameEntries(t, order([]string{byDefault, redaction}, noChoice), p.dataLayer(), "before a choice")
			p.click("button", "Reject all")
			p.recorded(1)
			p.nobodyKnows("after Reject")
			sameEntries(t, order([]string{byDefault, redaction, denied}, noChoice, eventOf(p, "latchkey_choice")), p.dataLayer(), "after Reject")
			p.visit("/tags/" + page)
			p.nobodyKnows("on the next page after Reject")
			sameEntries(t, order([]string{byDefault, redaction, denied}, eventOf(p, "latchkey_ready")), p.dataLayer(), "on the next page after Reject")

			p = open(t)
			p.visit("/tags/" + page)
			p.click("button", "Accept all")
			p.recorded(1)
			p.until("Google was told of the page", func() bool { return len(reports("google")) > 0 })
			p.settle()
			want := order([]string{byDefault, redaction, granted}, noChoice, eventOf(p, "latchkey_choice"))
			sameEntries(t, want, p.dataLayer(), "after Accept")
			sameEntries(t, double(want...), p.calls(), "what Google received after Accept, in this order")
			for _, report := range reports("google") {
				assert.Equal(t, "G111", report.Get("gcs"), "nothing goes out before the consent: %v", report)
				assert.Equal(t, "true", report.Get("redacted"))
			}
			assert.Equal(t, []string{"_ga", "_gcl_au"}, p.siteCookies())

			p.forget()
			p.visit("/tags/" + page)
			p.until("Google was told of the next page", func() bool { return len(reports("google")) > 0 })
			p.settle()
			want = order([]string{byDefault, redaction, granted}, eventOf(p, "latchkey_ready"))
			sameEntries(t, want, p.dataLayer(), "on the next page after Accept")
			sameEntries(t, double(want...), p.calls(), "what Google received on the next page")
			assert.Empty(t, p.errors())

			p.forget()
			eval[any](p, `window.still = true`)
			p.click("button", "Reject all")
			p.holds(`!window.still && document.readyState === 'complete'`)
			p.recorded(2)
			p.settle()
			withdrawn := p.calls()
			if assert.Len(t, withdrawn, 2, "%v", withdrawn) {
				assert.JSONEq(t, double(denied)[0], withdrawn[0], "one update, of all types")
				assert.Contains(t, withdrawn[1], `"latchkey_choice"`)
			}
			assert.Empty(t, p.sinceLoad(), "requests after the page was loaded again")
			assert.Empty(t, p.siteCookies())
			sameEntries(t, order([]string{byDefault, redaction, denied}, eventOf(p, "latchkey_ready")), p.dataLayer(), "after consent was taken back")
		})
	}
	t.Run("a page with a default of its own, such as the one of latchkey snippet", func(t *testing.T) {
		const own = `["consent","default",{"ad_storage":"denied","analytics_storage":"denied","security_storage":"granted","wait_for_update":500}]`
		p := open(t)
		p.visit("/tags/stub")
		p.click("button", "Accept all")
		p.recorded(1)
		p.until("Google was told of the page", func() bool { return len(reports("google")) > 0 })
		p.settle()
		want := []string{own, byDefault, redaction, granted, pageStarted, configured, noChoice, eventOf(p, "latchkey_choice")}
		sameEntries(t, want, p.dataLayer(), "the update comes after every default")
		for _, report := range reports("google") {
			assert.Equal(t, "G111", report.Get("gcs"))
		}
	})
	t.Run("a choice made in another tab is a decision here, too", func(t *testing.T) {
		other := open(t)
		other.visit("/tags/early")
		other.click("button", "Accept all")
		other.recorded(1)
		p := open(t)
		p.visit("/tags/early")
		p.see("button", "Reject all")
		p.nobodyKnows("before the choice")
		cookie := other.cookies(eval[string](other, `location.href`))[consent.CookieName]
		eval[any](p, `void (document.cookie = 'latchkey=`+cookie+`; path=/tags/')`)
		eval[any](p, `document.dispatchEvent(new Event('visibilitychange'))`)
		p.until("Google was told of the page", func() bool { return len(reports("google")) > 0 })
		p.settle()
		sameEntries(t, []string{byDefault, redaction, granted, pageStarted, configured, noChoice, eventOf(p, "latchkey_choice")}, p.dataLayer(), "after the other tab's choice")
	})
	for first, second := range map[string]string{"statistics": "marketing", "marketing": "statistics"} {
		t.Run("Tag Manager, first for "+first, func(t *testing.T) {
			cookie := map[string]string{"statistics": "_ga", "marketing": "_gcl_au"}
			p := open(t)
			p.visit("/tags/tagmanager")
			p.see("button", "Reject all")
			p.nobodyKnows("before a choice")
			eval[any](p, `window.latchkey.set({ `+first+`: true })`)
			p.until("Tag Manager runs", func() bool { return len(reports("google")) > 0 })
			p.settle()
			assert.Equal(t, []string{cookie[first]}, p.siteCookies(), "that alone")
			assert.Equal(t, map[string]string{"statistics": "G101", "marketing": "G110"}[first], reports("google")[0].Get("gcs"))
			eval[any](p, `window.latchkey.set({ `+second+`: true })`)
			p.until("Tag Manager is told of the other", func() bool { return len(p.siteCookies()) == 2 })
			p.settle()
			assert.Equal(t, []string{"GET /vendors/google.js"}, slices.DeleteFunc(p.sent(lk.third), func(r string) bool { return strings.HasPrefix(r, "POST") }), "the container comes once")
			updates := 0
			for _, entry := range p.dataLayer() {
				assert.NotContains(t, entry, "url_passthrough")
				if strings.HasPrefix(entry, update) {
					updates++
				}
			}
			assert.Equal(t, 2, updates, "one update for each decision: %v", p.dataLayer())
			assert.Empty(t, p.errors())
		})
	}
}
