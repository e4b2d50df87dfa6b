package siteaudit

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/chromedp/chromedp"

	"latchkey/app/fault"
)

// browsers are the names that Chromium goes by on the PATH.
var browsers = []string{"chromium", "chromium-browser", "google-chrome"}

// FindBrowser returns the program to drive: the one that is asked for, else the
// first of chromium, chromium-browser and google-chrome on the PATH. The error
// wraps [fault.NotFound] and says what to do.
func FindBrowser(asked string) (string, error) {
	if asked != "" {
		path, err := exec.LookPath(asked)
		if err != nil {
			return "", fmt.Errorf("the browser %s is not there or can't be run: name a Chromium or Chrome with --browser: %w", asked, fault.NotFound)
		}
		return path, nil
	}
	for _, name := range browsers {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("no browser: there is no %s on the PATH. Install Chromium (on Debian and Ubuntu: apt-get install chromium), or name one with --browser: %w",
		strings.Join(browsers, ", "), fault.NotFound)
}

// start starts a browser with a profile of its own. Stop ends it, waits for
// that and deletes the profile; so does the end of the context.
func start(ctx context.Context, program string) (browser context.Context, stop func(), err error) {
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program),
		chromedp.WindowSize(1280, 900),
		// Frames of other sites are then part of the page's process, and tell of their
		// requests in the page's session, from the first on.
		chromedp.Flag("disable-site-isolation-trials", true),
		chromedp.Flag("disable-features", "Translate,BlinkGenPropertyTrees,SitePerProcess,IsolateOrigins"),
		// A visitor's browser does not open windows unasked, and nobody drives it.
		chromedp.Flag("disable-popup-blocking", false),
		chromedp.Flag("enable-automation", false),
	)
	if os.Geteuid() == 0 {
		// Chromium refuses to run as root with its sandbox, which needs another user.
		options = append(options, chromedp.NoSandbox)
	}
	allocator, quit := chromedp.NewExecAllocator(ctx, options...)
	// What goes wrong in a page that leaves is no news to the person at the terminal.
	silent := func(string, ...any) {}
	browser, cancel := chromedp.NewContext(allocator, chromedp.WithLogf(silent), chromedp.WithErrorf(silent))
	if err := chromedp.Do(browser); err != nil {
		cancel()
		quit()
		if ctx.Err() != nil {
			return nil, nil, fmt.Errorf("audit: %w", ctx.Err())
		}
		return nil, nil, fmt.Errorf("audit: the browser %s does not start: %w", program, errors.Join(err, fault.NotFound))
	}
	return browser, func() { cancel(); quit() }, nil
}
