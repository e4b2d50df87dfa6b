package siteaudit

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// receipts is the path that the loader sends what was chosen to; see server/routes.go.
const receipts = "/api/receipts"

// loaderPath is the path of a loader: /embed/SITE.js, or /embed/SITE.HASH.js,
// under whatever the server is reached by.
var loaderPath = regexp.MustCompile(`^(.*)/embed/([a-z0-9][a-z0-9-]*)(?:\.[0-9A-Za-z_-]+)?\.js$`)

// loaderSite is the site that the loader at an address is of; "" if there is no loader there.
func loaderSite(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	if m := loaderPath.FindStringSubmatch(u.Path); m != nil && m[2] != "panel" {
		return m[2]
	}
	return ""
}

// hear takes in what the browser tells of the tab. It must not wait for anything.
func (v *visitor) hear(event any) {
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		v.sent(e)
	case *network.EventWebSocketCreated:
		v.connected(e.URL, "websocket", e.Initiator)
	case *network.EventWebTransportCreated:
		v.connected(e.URL, "webtransport", e.Initiator)
	case *network.EventResponseReceived:
		v.mu.Lock()
		if e.RequestID == v.document {
			v.status = e.Response.Status
		}
		v.mu.Unlock()
	case *network.EventResponseReceivedExtraInfo:
		v.cookiesSet(e)
		return
	case *network.EventLoadingFinished:
		v.done(e.RequestID)
	case *network.EventLoadingFailed:
		v.done(e.RequestID)
	case *fetch.EventRequestPaused:
		go v.decide(e)
		return
	case *log.EventEntryAdded:
		if strings.Contains(e.Entry.Text, "Content Security Policy") {
			v.a.seen.violated(v.where(), e.Entry.Text)
		}
		return
	default:
		return
	}
	select {
	case v.signal <- struct{}{}:
	default:
	}
}

func (v *visitor) sent(e *network.EventRequestWillBeSent) {
	if !strings.HasPrefix(e.Request.URL, "http") || e.Type == network.ResourceTypePreflight {
		return
	}
	host, path := split(e.Request.URL)
	v.mu.Lock()
	defer v.mu.Unlock()
	whole := e.Type == network.ResourceTypeDocument && e.FrameID == v.main
	if whole {
		clear(v.open) // what the page before was waiting for
		v.document, v.status = e.RequestID, 0
	}
	v.requests[e.RequestID] = host + path
	// An icon is the browser's own affair.
	if e.Type == network.ResourceTypeDocument || e.Initiator == nil || e.Initiator.Type != network.InitiatorTypeOther {
		v.open[e.RequestID] = true
	}
	r := Request{Place: v.at, Host: host, Path: path, Method: e.Request.Method, Type: strings.ToLower(string(e.Type)), Initiator: initiator(e.Initiator)}
	if frame := hostOf(e.DocumentURL); e.Type != network.ResourceTypeDocument && frame != "" && !v.a.own[frame] {
		r.Frame = clean(frame)
	}
	v.a.seen.requested(r, whole, e.Request.URL)
}

func (v *visitor) connected(address, kind string, by *network.Initiator) {
	host, path := split(address)
	v.a.seen.requested(Request{Place: v.where(), Host: host, Path: path, Method: http.MethodGet, Type: kind, Initiator: initiator(by)}, false, address)
}

func (v *visitor) done(id network.RequestID) {
	v.mu.Lock()
	delete(v.open, id)
	v.mu.Unlock()
}

// cookiesSet notes which answer set which cookie.
func (v *visitor) cookiesSet(e *network.EventResponseReceivedExtraInfo) {
	v.mu.Lock()
	defer v.mu.Unlock()
	from := v.requests[e.RequestID]
	host, _, _ := strings.Cut(from, "/")
	for name, value := range e.Headers {
		if !strings.EqualFold(name, "Set-Cookie") {
			continue
		}
		for line := range strings.SplitSeq(fmt.Sprint(value), "\n") {
			if cookie, _, ok := strings.Cut(line, "="); ok {
				v.setBy[strings.TrimSpace(cookie)+" "+hostname(host)] = from
			}
		}
	}
}

// decide lets a request go, or stops it: a page on a host that was not asked
// for, and what would make a receipt of the audit's choices.
func (v *visitor) decide(e *fetch.EventRequestPaused) {
	ctx, cancel := context.WithTimeout(v.ctx, v.a.Patience)
	defer cancel()
	host := hostOf(e.Request.URL)
	stop := false
	if u, err := url.Parse(e.Request.URL); err == nil && !v.a.Receipts && strings.HasSuffix(u.Path, receipts) {
		stop = host == v.a.told || v.a.told == "" && host == v.a.seen.loaderOrigin()
	}
	if e.ResourceType == network.ResourceTypeDocument && e.FrameID == v.main && host != "" && !v.a.asked[host] {
		stop = true
		v.mu.Lock()
		v.strayed = clean(host)
		v.mu.Unlock()
		v.a.seen.strayed(v.where(), clean(host))
	}
	if stop {
		call(ctx, fetch.FailRequest, fetch.FailRequestParams{RequestID: e.RequestID, ErrorReason: network.ErrorReasonBlockedByClient})
		return
	}
	call(ctx, fetch.ContinueRequest, fetch.ContinueRequestParams{RequestID: e.RequestID})
}

// call runs a command whose failure means that the page has gone meanwhile.
func call[P, R any](ctx context.Context, command cdp.Command[P, R], params P) {
	_, _ = chromedp.Call(ctx, command, params)
}

// split is the host and the path of an address, as they are reported.
func split(address string) (host, path string) {
	u, err := url.Parse(address)
	if err != nil {
		return "", ""
	}
	path = u.EscapedPath()
	if path == "" {
		path = "/"
	}
	return clean(hostOf(address)), clean(discreet(strings.ReplaceAll(path, "%40", "@")))
}

// hostname is a host without its port.
func hostname(host string) string {
	u := url.URL{Host: host}
	return u.Hostname()
}

// initiator says who asked for something: the script or page, or how else it came about.
func initiator(by *network.Initiator) string {
	if by == nil {
		return string(network.InitiatorTypeOther)
	}
	address := by.URL
	for stack := by.Stack; stack != nil && address == ""; stack = stack.Parent {
		for _, frame := range stack.CallFrames {
			if strings.HasPrefix(frame.URL, "http") {
				address = frame.URL
				break
			}
		}
	}
	if address == "" {
		return string(by.Type)
	}
	host, path := split(address)
	return host + path
}
