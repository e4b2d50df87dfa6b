package browsertest

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// patience is how long a test waits for what should happen.
const patience = 25 * time.Second

// tab is one browser tab in a browser context of its own: no cookies, no
// storage, no cache when it opens.
type tab struct {
	t   *testing.T
	ctx context.Context
	net *traffic

	mu       sync.Mutex
	contexts map[cdp.FrameID]runtime.ExecutionContextID // of the documents' own scripts
	said     []string                                   // errors, warnings of the browser, exceptions
}

// option sets a tab up before its first page.
type option func(*tab)

// open opens a tab, 1280 by 800 unless an option says otherwise.
func open(t *testing.T, options ...option) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(lk.browser, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	return newTab(t, ctx, options...)
}

// beside opens a further tab of the same visitor.
func (p *tab) beside() *tab {
	p.t.Helper()
	ctx, cancel := chromedp.NewContext(p.ctx)
	p.t.Cleanup(cancel)
	return newTab(p.t, ctx)
}

func newTab(t *testing.T, ctx context.Context, options ...option) *tab {
	t.Helper()
	p := &tab{t: t, ctx: ctx, contexts: map[cdp.FrameID]runtime.ExecutionContextID{}}
	require.NoError(t, chromedp.Do(ctx))
	require.NoError(t, chromedp.Listen(ctx, p.hear))
	p.net = newTraffic(p)
	do(p, runtime.Disable, cdp.Empty{}) // so that enabling tells of the contexts that are there
	do(p, runtime.Enable, cdp.Empty{})
	p.size(1280, 800)
	lk.site.Third.Forget()
	for _, o := range options {
		o(p)
	}
	return p
}

// do runs a command of the browser's protocol.
func do[P, R any](p *tab, cmd cdp.Command[P, R], params P) R {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	r, err := chromedp.Call(ctx, cmd, params)
	require.NoError(p.t, err, cmd.Method)
	return r
}

// hear takes in the events of the tab. It must not wait for anything.
func (p *tab) hear(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExecutionContextCreated:
		var of struct {
			Frame   cdp.FrameID `json:"frameId"`
			Default bool        `json:"isDefault"`
		}
		if json.Unmarshal(e.Context.AuxData, &of) == nil && of.Default {
			p.contexts[of.Frame] = e.Context.ID
		}
	case *runtime.EventExceptionThrown:
		text := e.ExceptionDetails.Text
		if x := e.ExceptionDetails.Exception; x != nil {
			text += " " + x.Description
		}
		p.said = append(p.said, "exception: "+text)
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
			var words []string
			for _, a := range e.Args {
				words = append(words, a.Description+string(a.Value))
			}
			p.said = append(p.said, "console: "+strings.Join(words, " "))
		}
	default:
		if said, ok := logEntry(event); ok {
			p.said = append(p.said, said)
		}
	}
	if p.net != nil {
		p.net.hear(event)
	}
}

// errors lists what the browser complained about, without what a pattern excuses.
func (p *tab) errors(excused ...string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var left []string
	for _, s := range p.said {
		ok := false
		for _, pattern := range excused {
			ok = ok || regexp.MustCompile(pattern).MatchString(s)
		}
		if !ok {
			left = append(left, s)
		}
	}
	return left
}

// size sets the size of the window, in CSS pixels.
func (p *tab) size(width, height int64) {
	p.t.Helper()
	do(p, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: 1})
}

// sized is the size of the window, in CSS pixels.
func sized(width, height int64) option { return func(p *tab) { p.size(width, height) } }

// phone is a small phone, and 1280 pixels at a zoom of 400 %.
var phone = sized(320, 640)

// media emulates a media feature, such as forced-colors.
func media(name, value string) option {
	return func(p *tab) {
		do(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: name, Value: value}}})
	}
}

// withoutScript is a browser with JavaScript switched off.
func withoutScript(p *tab) {
	do(p, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
}

// textSize is the reader's own text size in percent, as set in the browser.
func textSize(percent int64) option {
	return func(p *tab) {
		do(p, page.SetFontSizes, page.SetFontSizesParams{FontSizes: &page.FontSizes{Standard: 16 * percent / 100, Fixed: 13 * percent / 100}})
	}
}

// first runs a script in every document before any of its own.
func first(script string) option {
	return func(p *tab) {
		do(p, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script})
	}
}

// openShadows makes closed shadow roots open, for tools that look through the document only.
var openShadows = first(`{
	const attach = Element.prototype.attachShadow
	Element.prototype.attachShadow = function (init) { return attach.call(this, { ...init, mode: 'open' }) }
}`)

// noStorage makes storage throw, as a browser does that blocks it.
var noStorage = first(`for (const name of ['localStorage', 'sessionStorage'])
	Object.defineProperty(window, name, { configurable: true, get() { throw new DOMException('blocked', 'SecurityError') } })`)

// visit opens a page of the demonstration websites and waits until it is loaded.
func (p *tab) visit(path string) {
	p.t.Helper()
	p.goTo(lk.demo + path)
}

// centre opens a page of the product at its own address.
func (p *tab) centre(path string) {
	p.t.Helper()
	p.goTo(lk.latchkey + path)
}

// in is the same tab for the time of a subtest.
func (p *tab) in(t *testing.T) *tab {
	outer := p.t
	p.t = t
	t.Cleanup(func() { p.t = outer })
	return p
}

// start begins to load an address and does not wait for it.
func (p *tab) start(url string) {
	p.t.Helper()
	do(p, page.Navigate, page.NavigateParams{URL: url})
}

func (p *tab) goTo(url string) {
	p.t.Helper()
	p.within("load "+url, chromedp.Navigate(url))
}

// reload loads the page again.
func (p *tab) reload() {
	p.t.Helper()
	p.within("reload", chromedp.Reload())
}

// back goes a page back in the tab's history; the browser may have kept that
// page as it was.
func (p *tab) back() {
	p.t.Helper()
	h := do(p, page.GetNavigationHistory, cdp.Empty{})
	to := h.Entries[h.CurrentIndex-1]
	do(p, page.NavigateToHistoryEntry, page.NavigateToHistoryEntryParams{EntryID: to.ID})
	p.holds(`location.href === ` + quote(to.URL) + ` && document.readyState === 'complete'`)
}

func (p *tab) within(what string, action chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, action); err != nil {
		p.fail("%s: %v", what, err)
	}
}

// until waits for a condition, and fails the test if it does not come true.
func (p *tab) until(what string, condition func() bool) {
	p.t.Helper()
	for end := time.Now().Add(patience); !condition(); {
		if time.Now().After(end) {
			p.fail("waited in vain until %s", what)
		}
		select {
		case <-time.After(15 * time.Millisecond):
		case <-p.ctx.Done():
			p.fail("the tab has gone while waiting until %s", what)
		}
	}
}

// fail ends the test with a picture of what there was instead.
func (p *tab) fail(format string, args ...any) {
	p.t.Helper()
	name := filepath.Join("..", "..", ".shots", "failed", strings.NewReplacer("/", "_", " ", "_").Replace(p.t.Name())+".png")
	p.shot(name)
	p.t.Fatalf("%s\nlast requests:\n  %s\nthe browser said:\n  %s\nthe server logged:\n  %s\npicture: %s", fmt.Sprintf(format, args...),
		strings.Join(p.net.last(12), "\n  "), strings.Join(p.errors(), "\n  "), strings.Join(logged(4), "\n  "), name)
}

// logged is the end of the product's log.
func logged(lines int) []string {
	b, err := os.ReadFile(lk.log)
	if err != nil {
		return []string{err.Error()}
	}
	all := strings.Split(strings.TrimSpace(string(b)), "\n")
	return all[max(0, len(all)-lines):]
}

// shot writes a picture of the window.
func (p *tab) shot(file string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.MkdirAll(filepath.Dir(file), 0o755)
	}
	if err == nil {
		err = os.WriteFile(file, png, 0o644)
	}
	if err != nil {
		p.t.Logf("no picture %s: %v", file, err)
	}
}

// eval evaluates an expression in the page; a promise is waited for.
func eval[T any](p *tab, js string) T {
	p.t.Helper()
	return evalIn[T](p, js, func() cdp.FrameID { return mainFrame(p) })
}

// evalPanel evaluates an expression in the document of the panel.
func evalPanel[T any](p *tab, js string) T {
	p.t.Helper()
	return evalIn[T](p, js, p.panel)
}

// evalIn evaluates an expression in a frame. A document may go while it is asked,
// because another comes: then it has not run, and the next one is asked.
func evalIn[T any](p *tab, js string, frame func() cdp.FrameID) (v T) {
	p.t.Helper()
	var err error
	p.until("a document for "+js, func() bool {
		v, err = tryEval[T](p, frame(), js)
		return err == nil || !strings.Contains(err.Error(), "Cannot find context")
	})
	require.NoError(p.t, err, js)
	return v
}

// holds waits until an expression is true in the page.
func (p *tab) holds(js string) {
	p.t.Helper()
	p.until("the page says "+js, func() bool {
		v, err := tryEval[bool](p, mainFrame(p), js)
		return err == nil && v
	})
}

// panelHolds waits until an expression is true in the panel.
func (p *tab) panelHolds(js string) {
	p.t.Helper()
	p.until("the panel says "+js, func() bool {
		f, ok := p.findPanel()
		if !ok {
			return false
		}
		v, err := tryEval[bool](p, f, js)
		return err == nil && v
	})
}

func tryEval[T any](p *tab, frame cdp.FrameID, js string) (T, error) {
	var v T
	p.mu.Lock()
	id, ok := p.contexts[frame]
	p.mu.Unlock()
	if !ok {
		return v, fmt.Errorf("frame %s has no document", frame)
	}
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	yes := true
	r, err := chromedp.Call(ctx, runtime.Evaluate, runtime.EvaluateParams{
		Expression: js, ContextID: id, ReturnByValue: &yes, AwaitPromise: &yes, UserGesture: &yes,
	})
	if err != nil {
		return v, err
	}
	if x := r.ExceptionDetails; x != nil {
		return v, fmt.Errorf("%s %v", x.Text, x.Exception)
	}
	if len(r.Result.Value) > 0 {
		err = json.Unmarshal(r.Result.Value, &v)
	}
	return v, err
}

// frames lists the tab's frames by address, the page itself first.
func (p *tab) frames() []*cdp.Frame {
	p.t.Helper()
	var all []*cdp.Frame
	var walk func(*page.FrameTree)
	walk = func(t *page.FrameTree) {
		all = append(all, t.Frame)
		for _, c := range t.ChildFrames {
			walk(c)
		}
	}
	walk(do(p, page.GetFrameTree, cdp.Empty{}).FrameTree)
	return all
}

func mainFrame(p *tab) cdp.FrameID { return p.frames()[0].ID }

func (p *tab) findPanel() (cdp.FrameID, bool) {
	for _, f := range p.frames()[1:] {
		if strings.HasPrefix(f.URL, lk.latchkey+"/") {
			return f.ID, true
		}
	}
	return "", false
}

// panel waits for the frame of the panel to be loaded.
func (p *tab) panel() cdp.FrameID {
	p.t.Helper()
	var id cdp.FrameID
	p.until("the panel is loaded", func() bool {
		f, ok := p.findPanel()
		if !ok {
			return false
		}
		id = f
		done, err := tryEval[bool](p, f, `document.readyState === 'complete' && location.protocol.startsWith('http')`)
		return err == nil && done
	})
	return id
}

// quote writes a text as a JavaScript literal.
func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string always marshals
	}
	return string(b)
}
