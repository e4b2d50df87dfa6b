package browsertest

import (
	"fmt"
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/domstorage"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"latchkey/app/consent"
)

// request is one request that left the tab.
type request struct {
	URL       string
	Method    string
	Body      string
	Initiator string // "parser", "script", "other" …
	Time      time.Time
	Status    int64    // 0 until there is an answer, and if there is none
	Cookies   []string // Set-Cookie headers of the answer
}

// traffic is what a tab sent, and what the test does to it.
type traffic struct {
	p  *tab
	mu sync.Mutex
	// all requests in order, and their place by id.
	all  []request
	at   map[network.RequestID]int
	open map[network.RequestID]bool
	// early are cookies of answers that are told of before their request is.
	early map[network.RequestID][]string
	busy  time.Time // last sign of life
	page  cdp.FrameID
	// rules decide on requests before they leave; the last one that matches holds.
	rules []rule
}

type rule struct {
	pattern string // of the address without query; * stands for any characters
	answer  answer
}

// answer says what becomes of a request instead of being sent.
type answer func(p *tab, r *fetch.EventRequestPaused)

func newTraffic(p *tab) *traffic {
	n := &traffic{p: p, at: map[network.RequestID]int{}, open: map[network.RequestID]bool{}, early: map[network.RequestID][]string{}}
	do(p, network.Enable, network.EnableParams{})
	do(p, log.Enable, cdp.Empty{})
	n.page = mainFrame(p)
	return n
}

func (n *traffic) hear(event any) {
	n.mu.Lock()
	defer n.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		if !strings.HasPrefix(e.Request.URL, "http") {
			return
		}
		if e.Type == network.ResourceTypeDocument && e.FrameID == n.page {
			clear(n.open) // what the page before was waiting for
		}
		// What a page asks for again, it has given up before: Chromium need not say so.
		maps.DeleteFunc(n.open, func(id network.RequestID, _ bool) bool {
			before := n.all[n.at[id]]
			return e.Request.Method == http.MethodGet && before.Method == http.MethodGet && before.URL == e.Request.URL
		})
		n.at[e.RequestID] = len(n.all)
		n.all = append(n.all, request{
			URL: e.Request.URL, Method: e.Request.Method, Body: body(e.Request), Initiator: string(e.Initiator.Type), Time: time.Now(),
			Cookies: n.early[e.RequestID],
		})
		// An icon is the browser's own affair, and may be forgotten when the page is left.
		if e.Type == network.ResourceTypeDocument || e.Initiator.Type != network.InitiatorTypeOther {
			n.open[e.RequestID] = true
		}
	case *network.EventResponseReceived:
		if i, ok := n.at[e.RequestID]; ok {
			n.all[i].Status = e.Response.Status
		}
	case *network.EventResponseReceivedExtraInfo:
		for name, v := range e.Headers {
			if !strings.EqualFold(name, "Set-Cookie") {
				continue
			}
			if i, ok := n.at[e.RequestID]; ok {
				n.all[i].Cookies = append(n.all[i].Cookies, fmt.Sprint(v))
			} else {
				n.early[e.RequestID] = append(n.early[e.RequestID], fmt.Sprint(v))
			}
		}
		return
	case *network.EventLoadingFinished:
		delete(n.open, e.RequestID)
	case *network.EventLoadingFailed:
		delete(n.open, e.RequestID)
	case *fetch.EventRequestPaused:
		go n.decide(e)
	default:
		return
	}
	n.busy = time.Now()
}

func (n *traffic) decide(e *fetch.EventRequestPaused) {
	address, _, _ := strings.Cut(e.Request.URL, "?")
	n.mu.Lock()
	rules := slices.Clone(n.rules)
	n.mu.Unlock()
	for _, r := range slices.Backward(rules) {
		if ok, _ := path.Match(strings.ReplaceAll(r.pattern, "/", "\x00"), strings.ReplaceAll(address, "/", "\x00")); ok {
			r.answer(n.p, e)
			return
		}
	}
	pass(n.p, e)
}

// on decides what becomes of requests from now on. In the pattern * stands for
// any characters.
func (p *tab) on(pattern string, a answer) {
	p.t.Helper()
	p.net.mu.Lock()
	p.net.rules = append(p.net.rules, rule{pattern, a})
	p.net.mu.Unlock()
	do(p, fetch.Enable, fetch.EnableParams{Patterns: []*fetch.RequestPattern{{URLPattern: "*"}}})
}

// pass sends the request.
func pass(p *tab, e *fetch.EventRequestPaused) {
	chromedp.Call(p.ctx, fetch.ContinueRequest, fetch.ContinueRequestParams{RequestID: e.RequestID})
}

// fails is a server that can't be reached.
func fails(p *tab, e *fetch.EventRequestPaused) {
	chromedp.Call(p.ctx, fetch.FailRequest, fetch.FailRequestParams{RequestID: e.RequestID, ErrorReason: network.ErrorReasonConnectionRefused})
}

// hangs is a server that never answers.
func hangs(*tab, *fetch.EventRequestPaused) {}

// says is a server that answers with something of its own.
func says(status int64, mime, body string) answer {
	return func(p *tab, e *fetch.EventRequestPaused) {
		if e.Request.Method == http.MethodOptions {
			pass(p, e) // a question about CORS, and not the request itself
			return
		}
		chromedp.Call(p.ctx, fetch.FulfillRequest, fetch.FulfillRequestParams{
			RequestID: e.RequestID, ResponseCode: status, Body: []byte(body),
			ResponseHeaders: []*fetch.HeaderEntry{{Name: "Content-Type", Value: mime}, {Name: "Access-Control-Allow-Origin", Value: "*"}},
		})
	}
}

// lost is a server that takes what it is sent, but whose answer does not arrive.
func lost(p *tab, e *fetch.EventRequestPaused) {
	r, err := http.NewRequestWithContext(p.ctx, e.Request.Method, e.Request.URL, strings.NewReader(body(e.Request)))
	if err == nil {
		for name, v := range e.Request.Headers {
			r.Header.Set(name, fmt.Sprint(v))
		}
		r.Header.Set("Origin", lk.demo)
		if resp, err := http.DefaultClient.Do(r); err == nil {
			resp.Body.Close()
		}
	}
	fails(p, e)
}

// body is what a request carries.
func body(r *network.Request) string {
	var b strings.Builder
	for _, part := range r.PostDataEntries {
		b.Write(part.Bytes)
	}
	return b.String()
}

// held keeps requests back until release is called, and then sends them.
func held() (a answer, release func()) {
	gate := make(chan struct{})
	var once sync.Once
	return func(p *tab, e *fetch.EventRequestPaused) {
			select {
			case <-gate:
				pass(p, e)
			case <-p.ctx.Done():
			}
		}, func() {
			once.Do(func() { close(gate) })
		}
}

// sent lists the requests so far to addresses that begin with prefix, as "GET /path".
func (p *tab) sent(prefix string) []string {
	p.net.mu.Lock()
	defer p.net.mu.Unlock()
	var found []string
	for _, r := range p.net.all {
		if rest, ok := strings.CutPrefix(r.URL, prefix); ok {
			address, _, _ := strings.Cut(rest, "?")
			found = append(found, r.Method+" "+address)
		}
	}
	return found
}

// requests returns all requests so far.
func (p *tab) requests() []request {
	p.net.mu.Lock()
	defer p.net.mu.Unlock()
	return slices.Clone(p.net.all)
}

// thirdParty lists what the third party received, by its own account.
func (p *tab) thirdParty() []string {
	var paths []string
	for _, hit := range lk.site.Third.Received() {
		paths = append(paths, hit.Path)
	}
	return paths
}

// settle waits until the page is loaded and the network has been still for a
// moment, in which anything that was going to be sent has been sent.
func (p *tab) settle() {
	p.t.Helper()
	p.until("the network is quiet", func() bool {
		done, err := tryEval[bool](p, mainFrame(p), `document.readyState === 'complete'`)
		p.net.mu.Lock()
		defer p.net.mu.Unlock()
		return err == nil && done && len(p.net.open) == 0 && time.Since(p.net.busy) > 200*time.Millisecond
	})
}

// last describes the last requests.
func (n *traffic) last(count int) []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	var lines []string
	for _, r := range n.all[max(0, len(n.all)-count):] {
		lines = append(lines, fmt.Sprintf("%s %s %d (%s)", r.Method, r.URL, r.Status, r.Initiator))
	}
	return lines
}

// cookies returns the cookies that the browser would send to an address.
func (p *tab) cookies(url string) map[string]string {
	p.t.Helper()
	found := map[string]string{}
	for _, c := range do(p, network.GetCookies, network.GetCookiesParams{URLs: []string{url}}).Cookies {
		found[c.Name] = c.Value
	}
	return found
}

// choice reads the consent cookie of the page that is open; nil if there is none.
func (p *tab) choice() *consent.Choice {
	p.t.Helper()
	value, ok := p.cookies(eval[string](p, `location.href`))[consent.CookieName]
	if !ok {
		return nil
	}
	c, err := consent.ParseCookie(value)
	if err != nil {
		p.t.Fatalf("the consent cookie %q: %v", value, err)
	}
	return &c
}

// storage returns the localStorage of the page's origin, as the browser has it.
func (p *tab) storage() map[string]string {
	p.t.Helper()
	id := &domstorage.StorageID{SecurityOrigin: eval[string](p, `location.origin`), IsLocalStorage: true}
	found := map[string]string{}
	for _, item := range do(p, domstorage.GetDOMStorageItems, domstorage.GetDOMStorageItemsParams{StorageID: id}).Entries {
		found[item[0]] = item[1]
	}
	return found
}

// noCookies is a browser that keeps no cookies.
func noCookies(p *tab) {
	do(p, emulation.SetDocumentCookieDisabled, emulation.SetDocumentCookieDisabledParams{Disabled: true})
}

// logEntry turns what the browser writes into its log (violations of a content
// security policy, failed requests) into a line.
func logEntry(event any) (string, bool) {
	e, ok := event.(*log.EventEntryAdded)
	if !ok || e.Entry.Level != log.EntryLevelError && e.Entry.Level != log.EntryLevelWarning {
		return "", false
	}
	return fmt.Sprintf("%s: %s %s", e.Entry.Source, e.Entry.Text, e.Entry.URL), true
}
