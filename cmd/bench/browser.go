package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// patience is how long a page may take for what it is asked to do.
const patience = 60 * time.Second

// browser is Debian's Chromium with a profile of its own.
type browser struct {
	ctx   context.Context
	close func()
}

func openBrowser(ctx context.Context, profile string) (*browser, error) {
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		return nil, errors.New("chromium is missing: apt-get install chromium")
	}
	flags := []string{
		"headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run",
		"disable-background-networking", "disable-component-update", "disable-sync",
		// The panel's frame is then part of the page's process, and slow like it.
		"disable-site-isolation-trials",
	}
	options := []chromedp.ExecAllocatorOption{chromedp.ExecPath(chromium), chromedp.UserDataDir(profile)}
	for _, f := range flags {
		options = append(options, chromedp.Flag(f, true))
	}
	allocator, cancel := chromedp.NewExecAllocator(ctx, options...)
	running, stop := chromedp.NewContext(allocator)
	b := &browser{ctx: running, close: func() {
		stop()
		cancel()
	}}
	if err := chromedp.Do(running); err != nil {
		b.close()
		return nil, fmt.Errorf("start %s: %w", chromium, err)
	}
	return b, nil
}

// tab is a tab in a browser context of its own: no cookies, no cache.
type tab struct {
	ctx     context.Context
	close   context.CancelFunc
	reports chan string // what the pages report
}

// tab opens a tab. centre is whether pages of the product are looked into as well.
func (b *browser) tab(centre bool) (*tab, error) {
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext())
	t := &tab{ctx: ctx, close: cancel, reports: make(chan string, 8)}
	if err := t.prepare(centre); err != nil {
		cancel()
		return nil, fmt.Errorf("open a tab: %w", err)
	}
	return t, nil
}

func (t *tab) prepare(centre bool) error {
	err := chromedp.Listen(t.ctx, func(event any) {
		if e, ok := event.(*runtime.EventBindingCalled); ok && e.Name == "benchReport" {
			t.reports <- e.Payload
		}
	})
	if err != nil {
		return err
	}
	if err := do(t, runtime.AddBinding, runtime.AddBindingParams{Name: "benchReport"}); err != nil {
		return err
	}
	if err := do(t, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: 1280, Height: 800, DeviceScaleFactor: 1}); err != nil {
		return err
	}
	if !centre {
		return nil
	}
	script, err := pages.ReadFile("page/centre.js")
	if err != nil {
		return err
	}
	source := fmt.Sprintf("if (location.hostname === '127.0.0.2') %s", script)
	return do(t, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: source})
}

// throttle makes the tab an old phone on a slow network.
func (t *tab) throttle() error {
	const bytesPerSecond = 1.6e6 / 8
	if err := do(t, network.Enable, network.EnableParams{}); err != nil {
		return err
	}
	err := do(t, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
		MatchedNetworkConditions: []*network.Conditions{{Latency: 150, DownloadThroughput: bytesPerSecond, UploadThroughput: bytesPerSecond}},
	})
	if err != nil {
		return err
	}
	return do(t, emulation.SetCPUThrottlingRate, emulation.SetCPUThrottlingRateParams{Rate: 4})
}

// hold keeps requests to addresses of a pattern from ever being answered.
func (t *tab) hold(pattern string) error {
	return do(t, fetch.Enable, fetch.EnableParams{Patterns: []*fetch.RequestPattern{{URLPattern: pattern}}})
}

// visit goes to a page and returns what it reports.
func visit[T any](t *tab, url string) (T, error) {
	var result struct {
		Error string
		Seen  T
	}
	ctx, cancel := context.WithTimeout(t.ctx, patience)
	defer cancel()
	answer, err := chromedp.Call(ctx, page.Navigate, page.NavigateParams{URL: url})
	if err != nil {
		return result.Seen, fmt.Errorf("go to %s: %w", url, err)
	}
	if answer.ErrorText != "" {
		return result.Seen, fmt.Errorf("go to %s: %s", url, answer.ErrorText)
	}
	select {
	case text := <-t.reports:
		if err := errors.Join(json.Unmarshal([]byte(text), &result), json.Unmarshal([]byte(text), &result.Seen)); err != nil {
			return result.Seen, fmt.Errorf("report of %s: %w", url, err)
		}
	case <-ctx.Done():
		return result.Seen, fmt.Errorf("waited in vain for what %s reports: %w", url, ctx.Err())
	}
	if result.Error != "" {
		return result.Seen, fmt.Errorf("%s: %s", url, result.Error)
	}
	return result.Seen, nil
}

// blank opens an empty page of the host's, so that the next one finds a process
// and a connection, as on a site that one is on.
func (t *tab) blank(l *lab) error {
	return chromedp.Do(t.ctx, chromedp.Navigate(l.page(blank, "")))
}

// do runs a command of the browser's protocol whose answer does not matter.
func do[P, R any](t *tab, cmd cdp.Command[P, R], params P) error {
	ctx, cancel := context.WithTimeout(t.ctx, patience)
	defer cancel()
	if _, err := chromedp.Call(ctx, cmd, params); err != nil {
		return fmt.Errorf("%s: %w", cmd.Method, err)
	}
	return nil
}
