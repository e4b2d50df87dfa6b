package server_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"latchkey/app/rights"
)

// person fills in the request form as a browser without JavaScript does: it
// sends back every field of the form that is shown.
type person struct {
	*running
	path string
	page answer
}

func (r *running) visit(path string) *person {
	r.t.Helper()
	p := &person{running: r, path: path, page: r.do("GET", path, "")}
	require.Equal(r.t, http.StatusOK, p.page.status, path)
	return p
}

// fields are what the form on the page would send, without a button.
func (p *person) fields() url.Values {
	p.t.Helper()
	doc, err := html.Parse(strings.NewReader(p.page.body))
	require.NoError(p.t, err)
	values := url.Values{}
	var walk func(n *html.Node, in bool)
	walk = func(n *html.Node, in bool) {
		attr := map[string]string{}
		for _, a := range n.Attr {
			attr[a.Key] = a.Val
		}
		in = in || n.Data == "form" && attr["id"] == "request"
		if _, ticked := attr["checked"]; in && n.Data == "input" {
			if choice := attr["type"] == "radio" || attr["type"] == "checkbox"; !choice || ticked {
				values.Add(attr["name"], attr["value"])
			}
		}
		if in && n.Data == "textarea" {
			text := ""
			if n.FirstChild != nil {
				text = n.FirstChild.Data
			}
			values.Add(attr["name"], text)
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c, in)
		}
	}
	walk(doc, false)
	return values
}

// press sets answers (pairs of name and value) and presses a button.
func (p *person) press(to string, pairs ...string) *person {
	p.t.Helper()
	v := p.fields()
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	v.Set("to", to)
	return p.send(v)
}

func (p *person) send(v url.Values) *person {
	p.t.Helper()
	next := &person{running: p.running, path: p.path}
	next.page = p.do("POST", p.path, v.Encode(), "Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-origin")
	return next
}

// toCheck walks to the check page.
func (r *running) toCheck(what string) *person {
	r.t.Helper()
	return r.visit("/progress-group/request").
		press("continue", "kind", "access").
		press("continue", "entity", "reside").
		press("continue", "for", "self").
		press("continue", "what", what).
		press("continue", "name", "Ada Tenant", "reply-by", "email", "email", "ada@example.org", "safe", "")
}

func (r *running) requests() []rights.Record {
	var all []rights.Record
	for rec, err := range r.store.Requests(r.t.Context(), rights.Filter{}) {
		require.NoError(r.t, err)
		all = append(all, rec)
	}
	return all
}

func TestARequestIsSentWithoutJavaScript(t *testing.T) {
	r := start(t)
	r.clock.set(time.Date(2026, 7, 31, 23, 30, 0, 0, time.UTC)) // half past midnight of 1 August in London
	check := r.toCheck("Everything about my repairs since 2024")
	require.Equal(t, http.StatusOK, check.page.status)
	for _, answer := range []string{"Everything about my repairs since 2024", "Ada Tenant", "ada@example.org", "Reside Housing Association"} {
		assert.Contains(t, check.page.body, answer, "the check page shows every answer")
	}
	assert.Empty(t, r.requests(), "nothing is stored before it is sent")

	sent := check.press("send")
	require.Equal(t, http.StatusSeeOther, sent.page.status)
	address := sent.page.header.Get("Location")
	require.Len(t, r.requests(), 1)
	record := r.requests()[0]
	assert.NotContains(t, address, record.Reference, "no address names the request")
	assert.NotContains(t, address, "ada")
	assert.Equal(t, []string{"reside"}, record.Request.Entities)
	assert.Equal(t, rights.FromIdentityAndDetail, record.Start)
	assert.Equal(t, "2026-09-01", record.Due)

	t.Run("the confirmation says all that it must", func(t *testing.T) {
		page := r.do("GET", address, "")
		require.Equal(t, http.StatusOK, page.status)
		assert.Equal(t, "no-store", page.header.Get("Cache-Control"))
		for what, text := range map[string]string{
			"1 the reference":               record.Reference,
			"2 who answers":                 "Reside Housing Association",
			"3 the date received":           "1 August 2026",
			"4 what was understood":         "See the information we hold about me",
			"5 the date to hear by":         "1 September 2026",
			"8 the data protection officer": "0333 320 4555",
			"9 the regulator":               "Information Commissioner",
		} {
			assert.Contains(t, page.body, text, what)
		}
		assert.NotContains(t, page.body, "Everything about my repairs", "it does not repeat what the person wrote")
	})

	t.Run("the messages wait with the request, and say nothing private", func(t *testing.T) {
		due, err := r.store.DueMessages(t.Context(), r.clock.Now(), 10)
		require.NoError(t, err)
		var to []string
		for _, m := range due {
			to = append(to, m.To)
			assert.Contains(t, m.Subject+m.Body, record.Reference)
			assert.NotContains(t, m.Body, "repairs since 2024", m.Kind)
		}
		assert.ElementsMatch(t, []string{"ada@example.org", "dataprotection@progressgroup.org.uk"}, to)
	})

	t.Run("sending it again makes no second one", func(t *testing.T) {
		again := check.press("send")
		assert.Equal(t, http.StatusSeeOther, again.page.status)
		assert.Len(t, r.requests(), 1)
	})

	t.Run("an answer changed after sending is a second request only if the person says so", func(t *testing.T) {
		changed := check.press("what").press("continue", "what", "My rent account too").press("send")
		assert.Equal(t, http.StatusConflict, changed.page.status)
		assert.Contains(t, changed.page.body, record.Reference)
		assert.Contains(t, changed.page.body, "My rent account too", "nothing is lost")
		assert.Len(t, r.requests(), 1)
		assert.Equal(t, http.StatusSeeOther, changed.press("send").page.status)
		assert.Len(t, r.requests(), 2)
	})

	t.Run("the address of the confirmation expires", func(t *testing.T) {
		forged := r.do("GET", "/progress-group/request/sent/"+url.PathEscape("x"+address[len(address)-60:]), "")
		assert.Equal(t, http.StatusNotFound, forged.status)
		assert.Contains(t, forged.body, "If you sent a request, we have it and will answer it.", "nobody need fear that the request has gone with it")
		assert.NotContains(t, r.do("GET", "/progress-group/request/none", "").body, "If you sent a request")
		assert.Equal(t, http.StatusNotFound, r.do("GET", strings.Replace(address, "/progress-group/", "/reside/", 1), "").status, "it belongs to its site")
	})
}

func TestTwoClicksAtOnceMakeOneRequest(t *testing.T) {
	r := start(t)
	check := r.toCheck("my file")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { assert.Equal(t, http.StatusSeeOther, check.press("send").page.status) })
	}
	wg.Wait()
	assert.Len(t, r.requests(), 1)
}

func TestAFormThatIsDaysOldStillSendsOnce(t *testing.T) {
	r := start(t)
	v := r.toCheck("my file").fields()
	v.Set("to", "send")
	v.Set("token", "a token that is too old, or of a key that was lost")
	p := &person{running: r, path: "/progress-group/request"}
	assert.Equal(t, http.StatusSeeOther, p.send(v).page.status)
	assert.Equal(t, http.StatusSeeOther, p.send(v).page.status)
	assert.Len(t, r.requests(), 1)
}

// TestNobodyIsShownTheRequestOfSomebodyElse has two people send forms that may be mistaken for one another.
func TestNobodyIsShownTheRequestOfSomebodyElse(t *testing.T) {
	for _, c := range []struct {
		name   string
		tokens func(own string) []string // of the form, the same for both people
	}{
		{"without a token", func(string) []string { return nil }},
		{"with an empty token", func(string) []string { return []string{""} }},
		{"with spaces for a token", func(string) []string { return []string{"  "} }},
		{"with a made-up token", func(string) []string { return []string{"1"} }},
		{"with a token cut short", func(own string) []string { return []string{own[:len(own)-4]} }},
		{"with the token of the other's page", func(own string) []string { return []string{own} }},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := start(t)
			form := r.toCheck("my file").fields()
			tokens := c.tokens(form.Get("token"))
			form.Del("token")
			if tokens != nil {
				form["token"] = tokens
			}
			form.Set("to", "send")
			sender := &person{running: r, path: "/progress-group/request"}
			confirmed := func(name, email string) string {
				form.Set("name", name)
				form.Set("email", email)
				got := sender.send(form)
				require.Equal(t, http.StatusSeeOther, got.page.status, got.page.body)
				return r.do("GET", got.page.header.Get("Location"), "").body
			}
			ada := confirmed("Ada Tenant", "ada@example.org")
			require.Len(t, r.requests(), 1)
			first := r.requests()[0].Reference
			assert.Contains(t, ada, first)
			ben := confirmed("Ben Tenant", "ben@example.org")
			require.Len(t, r.requests(), 2, "a request of his own")
			assert.NotContains(t, ben, first)
			carys := confirmed("Ada Tenant", "carys@example.org")
			assert.Len(t, r.requests(), 3, "two people may have one name")
			assert.NotContains(t, carys, first)
		})
	}
}

// TestWithoutATokenEveryJourneyIsItsOwn holds that nothing ties two sendings together that say the same.
func TestWithoutATokenEveryJourneyIsItsOwn(t *testing.T) {
	r := start(t)
	form := r.toCheck("my file").fields()
	form.Del("token")
	form.Set("to", "send")
	sender := &person{running: r, path: "/progress-group/request"}
	for range 2 {
		require.Equal(t, http.StatusSeeOther, sender.send(form).page.status)
	}
	assert.Len(t, r.requests(), 2)

	form.Set("to", "reply")
	again := sender.send(form).press("continue")
	for range 2 {
		require.Equal(t, http.StatusSeeOther, again.press("send").page.status)
	}
	assert.Len(t, r.requests(), 3, "a further page brings one, and then pressing twice sends once")
}

func TestWhatIsMissingIsSaidAndWhatIsThereIsKept(t *testing.T) {
	r := start(t)
	what := r.visit("/progress-group/request/access").press("continue").press("continue", "for", "self")
	bad := what.press("continue", "what", " ", "period", "last winter")
	assert.Equal(t, http.StatusUnprocessableEntity, bad.page.status)
	assert.Contains(t, bad.page.body, "<title>Error: ")
	assert.Contains(t, bad.page.body, "There is a problem")
	assert.Contains(t, bad.page.body, `href="#what"`)
	assert.Contains(t, bad.page.body, "last winter")

	reply := what.press("continue", "what", "my file").press("continue", "name", "Ada <b>Tenant</b>", "reply-by", "phone")
	assert.Equal(t, http.StatusUnprocessableEntity, reply.page.status)
	assert.Equal(t, "Ada <b>Tenant</b>", reply.fields().Get("name"), "kept as it was typed")
	assert.NotContains(t, reply.page.body, "<b>Tenant", "and harmless")
	assert.Empty(t, r.requests())
}

func TestMarketingStopsWithoutReasons(t *testing.T) {
	r := start(t)
	sent := r.visit("/connect/request/marketing").
		press("continue", "for", "self").press("continue").
		press("continue", "name", "Ada", "reply-by", "phone", "phone", "0300 000 0000").press("send")
	require.Equal(t, http.StatusSeeOther, sent.page.status, sent.page.body)
	require.Len(t, r.requests(), 1)
	assert.Equal(t, rights.Marketing, r.requests()[0].Request.Kind)
}

func TestWhoCannotSendAForm(t *testing.T) {
	r := start(t)
	v := url.Values{"step": {"kind"}, "kind": {"access"}, "to": {"continue"}}.Encode()
	form := func(headers ...string) answer {
		return r.do("POST", "/reside/request", v, append([]string{"Content-Type", "application/x-www-form-urlencoded"}, headers...)...)
	}
	assert.Equal(t, http.StatusOK, form("Sec-Fetch-Site", "same-origin").status)
	assert.Equal(t, http.StatusForbidden, form("Sec-Fetch-Site", "cross-site").status)
	assert.Equal(t, http.StatusForbidden, form("Origin", "https://evil.example").status)

	for name, c := range map[string]struct {
		path, body string
		status     int
	}{
		"a kind that does not exist": {"/reside/request/spying", v, http.StatusNotFound},
		"a kind not yet on offer":    {"/progress-group/request/stairs", v, http.StatusNotFound},
		"a step that does not exist": {"/reside/request", "step=payment&to=continue", http.StatusUnprocessableEntity},
		"more than a form holds":     {"/reside/request", "what=" + strings.Repeat("x", rights.MaxForm), http.StatusRequestEntityTooLarge},
		"a body that is no form":     {"/reside/request", "%zz=%", http.StatusBadRequest},
		"a site that does not exist": {"/nowhere/request", v, http.StatusNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			got := r.do("POST", c.path, c.body, "Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-origin")
			assert.Equal(t, c.status, got.status)
			assert.Equal(t, "text/html; charset=utf-8", got.header.Get("Content-Type"), "a person gets a page")
			assert.NotContains(t, got.body, ".go:")
		})
	}
	assert.Empty(t, r.requests())
}

func TestTheAPITakesTheSameRequests(t *testing.T) {
	r := start(t)
	good := func() map[string]any {
		return map[string]any{"key": uuid.NewString(), "site": "reside", "request": map[string]any{
			"kind": "erasure", "entities": []string{"reside"}, "what": "my old photo", "name": "Ada", "reply": "phone", "phone": "0300 000 0000",
		}}
	}
	post := func(v any, headers ...string) answer {
		return r.do("POST", "/api/requests", mustJSON(t, v), append([]string{"Content-Type", "application/json", "Origin", origin}, headers...)...)
	}
	one := good()
	first := post(one)
	require.Equal(t, http.StatusCreated, first.status, first.body)
	again := post(one)
	assert.Equal(t, http.StatusOK, again.status)
	assert.Equal(t, first.body, again.body)
	one["request"].(map[string]any)["what"] = "something else"
	assert.Equal(t, http.StatusConflict, post(one).status)

	missing := good()
	delete(missing["request"].(map[string]any), "name")
	bad := post(missing)
	refused(t, bad, http.StatusUnprocessableEntity, "missing")
	assert.Contains(t, bad.body, `"name":"name"`, "the field at fault is named")

	unknown := good()
	unknown["request"].(map[string]any)["passport"] = "123"
	refused(t, post(unknown), http.StatusBadRequest, "passport")
	refused(t, post(good(), "Origin", "https://evil.example"), http.StatusForbidden, "origin")
	nowhere := good()
	nowhere["site"] = "nowhere"
	refused(t, post(nowhere), http.StatusUnprocessableEntity, "nowhere")
	keyless := good()
	keyless["key"] = "1"
	refused(t, post(keyless), http.StatusUnprocessableEntity, "key")
	assert.Len(t, r.requests(), 1)
}
