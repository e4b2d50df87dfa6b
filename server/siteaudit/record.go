package siteaudit

import (
	"slices"
	"sync"
)

// record is everything that was seen, in the order in which it happened. It is
// safe for concurrent use.
type record struct {
	mu         sync.Mutex
	requests   []Request
	cookies    []Cookie
	storage    []Item
	sources    []source // one for each page
	violations []violation
	strays     []stray
	loaders    map[string]map[string]bool // page to the sites whose loaders it asked for
	origin     string                     // host that the first of the loaders came from
}

// violation is a complaint of the browser about the page's Content-Security-Policy.
type violation struct {
	Place
	text string
}

// stray is a page that led on to a host that was not asked for.
type stray struct {
	Place
	host string
}

// requested notes a request. A whole page is what the audit itself asked for.
func (r *record) requested(q Request, whole bool, address string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if site := loaderSite(address); site != "" && q.Type == "script" {
		if r.loaders == nil {
			r.loaders = map[string]map[string]bool{}
		}
		if r.loaders[q.Page] == nil {
			r.loaders[q.Page] = map[string]bool{}
		}
		r.loaders[q.Page][site] = true
		if r.origin == "" {
			r.origin = q.Host
		}
	}
	if !whole {
		r.requests = append(r.requests, q)
	}
}

func (r *record) kept(cookies []Cookie, items []Item) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cookies = append(r.cookies, cookies...)
	r.storage = append(r.storage, items...)
}

func (r *record) violated(at Place, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.violations = append(r.violations, violation{at, text})
}

func (r *record) strayed(at Place, host string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.strays = append(r.strays, stray{at, host})
}

// asked reports whether a page asked for a loader.
func (r *record) asked(page string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.loaders[page]) > 0
}

func (r *record) loaderOrigin() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.origin
}

// summary is what was seen, each once for a page and a stage.
func (r *record) summary() ([]Request, []Cookie, []Item) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return once(r.requests, func(q Request) any { q.Method, q.Initiator = "", ""; return q }),
		once(r.cookies, func(c Cookie) any { return [5]string{c.Page, string(c.Stage), c.Name, c.Domain, c.Path} }),
		once(r.storage, func(i Item) any { return i })
}

// once is the list with the first of those that have the same key. It is never nil.
func once[T any](all []T, key func(T) any) []T {
	seen := map[any]bool{}
	return append([]T{}, slices.DeleteFunc(slices.Clone(all), func(v T) bool {
		k := key(v)
		twice := seen[k]
		seen[k] = true
		return twice
	})...)
}
