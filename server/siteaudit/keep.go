package siteaudit

import (
	"strings"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/chromedp"
)

// observe notes what the browser keeps now.
func (v *visitor) observe() error {
	at := v.where()
	cookies, err := v.cookies()
	if err != nil {
		return err
	}
	kept := make([]Cookie, 0, len(cookies))
	for _, c := range cookies {
		kept = append(kept, v.cookie(at, c))
	}
	items, err := v.items(at)
	if err != nil {
		return err
	}
	v.a.seen.kept(kept, items)
	return nil
}

// cookies are all cookies of the profile, those of other sites included.
func (v *visitor) cookies() ([]*network.Cookie, error) {
	r, err := chromedp.CallBrowser(v.ctx, storage.GetCookies, storage.GetCookiesParams{BrowserContextID: chromedp.FromContext(v.ctx).BrowserContextID})
	return r.Cookies, err
}

func (v *visitor) cookie(at Place, c *network.Cookie) Cookie {
	domain := strings.TrimPrefix(c.Domain, ".")
	k := Cookie{Place: at, Name: clean(c.Name), Domain: clean(c.Domain), Path: clean(discreet(c.Path)), HTTPOnly: c.HTTPOnly, SetBy: "script"}
	k.ThirdParty = true
	for own := range v.a.own {
		if sameSite(hostname(own), domain) {
			k.ThirdParty = false
		}
	}
	if !c.Session && c.Expires > 0 {
		end := time.UnixMilli(int64(c.Expires * 1000)).UTC()
		k.Expires, k.lives = &end, max(end.Sub(v.a.Now()), time.Second)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	for key, from := range v.setBy {
		if name, host, _ := strings.Cut(key, " "); name == c.Name && (host == domain || strings.HasSuffix(host, "."+domain)) {
			k.SetBy = from
		}
	}
	return k
}

// stored names what is stored for the page's origin. Values are not read.
const stored = `(async () => {
	const keys = area => { try { return Object.keys(window[area]) } catch { return [] } }
	const all = { localStorage: keys('localStorage'), sessionStorage: keys('sessionStorage'), indexedDB: [], cacheStorage: [] }
	try { all.indexedDB = (await indexedDB.databases()).map(d => d.name) } catch {}
	try { all.cacheStorage = await caches.keys() } catch {}
	return all
})()`

func (v *visitor) items(at Place) ([]Item, error) {
	all, err := evaluate[map[string][]string](v, stored)
	if err != nil {
		return nil, err
	}
	var items []Item
	for _, area := range []string{"localStorage", "sessionStorage", "indexedDB", "cacheStorage"} {
		for _, name := range all[area] {
			items = append(items, Item{Place: at, Area: area, Name: clean(name)})
		}
	}
	return items, nil
}

// body is the HTML of the page as it came, "" if the browser does not have it any more.
func (v *visitor) body() string {
	v.mu.Lock()
	document := v.document
	v.mu.Unlock()
	r, err := chromedp.Call(v.ctx, network.GetResponseBody, network.GetResponseBodyParams{RequestID: document})
	if err != nil {
		return ""
	}
	return string(r.Body)
}

// origin is that of the page that the browser shows, after redirections.
func (v *visitor) origin() string {
	origin, err := evaluate[string](v, "location.origin")
	if err != nil {
		return ""
	}
	return origin
}

// links are the pages that the page links to, without those that are files.
func (v *visitor) links() []string {
	const js = `[...document.querySelectorAll('a[href]:not([download])')].map(a => a.href.split('#')[0])
		.filter(h => /^https?:/.test(h) && !/\.(?!html?$|php$|aspx?$)[a-z0-9]{2,5}$/i.test(new URL(h).pathname))`
	found, err := evaluate[[]string](v, js)
	if err != nil {
		return nil
	}
	return found
}
