package siteaudit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// visitor is one person with a browser profile that has no past: a tab with
// cookies and storage of its own.
type visitor struct {
	a      *auditor
	ctx    context.Context
	leave  context.CancelFunc
	main   cdp.FrameID
	signal chan struct{} // something happened on the network

	mu       sync.Mutex
	at       Place
	open     map[network.RequestID]bool
	requests map[network.RequestID]string // host and path
	setBy    map[string]string            // cookie by name and host: host and path of the answer that set it
	document network.RequestID            // of the page
	status   int64                        // of the page's answer
	strayed  string                       // a page that was not visited because its host was not asked for
}

// visitor opens a tab. With gpc, its browser sends Global Privacy Control.
func (a *auditor) visitor(gpc bool) (*visitor, error) {
	v := &visitor{
		a: a, signal: make(chan struct{}, 1), open: map[network.RequestID]bool{},
		requests: map[network.RequestID]string{}, setBy: map[string]string{},
	}
	v.ctx, v.leave = chromedp.NewContext(a.browser, chromedp.WithNewBrowserContext(), chromedp.WithListener(v.hear))
	if err := v.prepare(gpc); err != nil {
		v.leave()
		return nil, fmt.Errorf("open a tab: %w", err)
	}
	return v, nil
}

// prepare makes the tab ready for its first page.
func (v *visitor) prepare(gpc bool) error {
	version, err := chromedp.CallBrowser(v.ctx, browser.GetVersion, cdp.Empty{})
	if err != nil {
		return err
	}
	tree, err := chromedp.Call(v.ctx, page.GetFrameTree, cdp.Empty{})
	if err != nil {
		return err
	}
	v.main = tree.FrameTree.Frame.ID
	// Some tags and firewalls treat a browser that says it has no window as a robot.
	agent := strings.Replace(version.UserAgent, "HeadlessChrome", "Chrome", 1)
	if _, err := chromedp.Call(v.ctx, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: agent, AcceptLanguage: v.a.Site.Languages[0]}); err != nil {
		return err
	}
	if gpc {
		// https://www.w3.org/TR/gpc/
		if _, err := chromedp.Call(v.ctx, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{"Sec-GPC": "1"}}); err != nil {
			return err
		}
		const signal = `Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { configurable: true, enumerable: true, get: () => true })`
		if _, err := chromedp.Call(v.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: signal}); err != nil {
			return err
		}
	}
	// No cached answer hides a request.
	if _, err := chromedp.Call(v.ctx, network.SetCacheDisabled, network.SetCacheDisabledParams{CacheDisabled: true}); err != nil {
		return err
	}
	patterns := []*fetch.RequestPattern{{URLPattern: "*", ResourceType: network.ResourceTypeDocument}}
	if !v.a.Receipts {
		patterns = append(patterns, &fetch.RequestPattern{URLPattern: "*" + receipts + "*"})
	}
	_, err = chromedp.Call(v.ctx, fetch.Enable, fetch.EnableParams{Patterns: patterns})
	return err
}

// be says what the visitor has done so far: what happens from now on belongs to that stage.
func (v *visitor) be(s Stage) {
	v.mu.Lock()
	v.at.Stage = s
	v.mu.Unlock()
	v.a.stage(s)
}

func (v *visitor) where() Place {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.at
}

// goTo opens a page and waits until it is quiet. The error wraps errGone if that page, and no more, is the trouble.
// A page that loads itself again, as Latchkey lets it when consent was taken back, may break it off: then it is tried again.
func (v *visitor) goTo(address string) (err error) {
	for range 3 {
		err = v.navigate(address)
		if !errors.Is(err, errBroken) {
			return err
		}
		if err := v.settle(); err != nil {
			return err
		}
	}
	return fmt.Errorf("something breaks it off: %w", errGone)
}

func (v *visitor) navigate(address string) error {
	v.a.Progress(fmt.Sprintf("%s: %s", v.where().Stage, pageName(address)))
	v.mu.Lock()
	v.at.Page = pageName(address)
	clear(v.open)
	v.document, v.status, v.strayed = "", 0, ""
	v.mu.Unlock()
	ctx, cancel := context.WithTimeout(v.ctx, v.a.Patience)
	defer cancel()
	r, err := chromedp.Call(ctx, page.Navigate, page.NavigateParams{URL: address})
	switch {
	case v.ctx.Err() != nil:
		return v.ctx.Err()
	case v.stray() != "":
		return fmt.Errorf("it leads on to %s, which was not asked for: %w", v.stray(), errGone)
	case err != nil:
		return fmt.Errorf("there is no answer: %w", errGone)
	case r.IsDownload:
		return fmt.Errorf("it is a file to download: %w", errGone)
	case r.ErrorText == "net::ERR_ABORTED":
		return errBroken
	case r.ErrorText != "":
		return fmt.Errorf("%s: %w", strings.TrimPrefix(r.ErrorText, "net::"), errGone)
	}
	if err := v.settle(); err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.status >= 400 {
		return fmt.Errorf("the server answers %d: %w", v.status, errGone)
	}
	return nil
}

func (v *visitor) stray() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.strayed
}

// settle waits until the page is loaded and the network has been quiet for a
// while. A page that never is quiet has had its time when the patience ends.
func (v *visitor) settle() error {
	end := time.NewTimer(v.a.Patience)
	defer end.Stop()
	quiet := time.NewTimer(v.a.Quiet)
	defer quiet.Stop()
	for {
		select {
		case <-v.ctx.Done():
			return v.ctx.Err()
		case <-end.C:
			v.a.Progress("  it does not become quiet: going on")
			return nil
		case <-v.signal:
		case <-quiet.C:
			v.mu.Lock()
			idle := len(v.open) == 0
			v.mu.Unlock()
			if done, err := evaluate[bool](v, `document.readyState === 'complete'`); err == nil && done && idle {
				return nil
			}
		}
		quiet.Reset(v.a.Quiet)
	}
}

// until waits for a condition as long as half the patience, and says whether it came true.
func (v *visitor) until(ok func() bool) bool {
	end := time.NewTimer(v.a.Patience / 2)
	defer end.Stop()
	for !ok() {
		select {
		case <-v.ctx.Done():
			return false
		case <-end.C:
			return false
		case <-time.After(50 * time.Millisecond):
		}
	}
	return true
}

// evaluate evaluates an expression in a world apart from the page's own scripts,
// which sees the same document: no page can make it answer falsely.
func evaluate[T any](v *visitor, js string) (T, error) {
	var zero T
	ctx, cancel := context.WithTimeout(v.ctx, v.a.Patience)
	defer cancel()
	for {
		world, err := chromedp.Call(ctx, page.CreateIsolatedWorld, page.CreateIsolatedWorldParams{FrameID: v.main, WorldName: "latchkey-audit"})
		if err != nil {
			return zero, err
		}
		value, err := run[T](ctx, js, world.ExecutionContextID)
		// The page went while it was asked, because another comes: that one is asked.
		if err == nil || ctx.Err() != nil || !strings.Contains(err.Error(), "Cannot find context") {
			return value, err
		}
	}
}

// ask evaluates an expression among the page's own scripts, where window.latchkey is.
func ask[T any](v *visitor, js string) (T, error) {
	ctx, cancel := context.WithTimeout(v.ctx, v.a.Patience)
	defer cancel()
	return run[T](ctx, js, 0)
}

func run[T any](ctx context.Context, js string, world runtime.ExecutionContextID) (T, error) {
	var value T
	yes := true
	r, err := chromedp.Call(ctx, runtime.Evaluate, runtime.EvaluateParams{
		Expression: js, ContextID: world, ReturnByValue: &yes, AwaitPromise: &yes, UserGesture: &yes,
	})
	if err != nil {
		return value, err
	}
	if x := r.ExceptionDetails; x != nil {
		return value, fmt.Errorf("the page's scripts: %s", x.Text)
	}
	if len(r.Result.Value) > 0 {
		err = json.Unmarshal(r.Result.Value, &value)
	}
	return value, err
}
