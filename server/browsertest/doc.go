// Package browsertest walks through the product as its users do: a real
// Chromium, the binary that is shipped, and the demonstration websites on
// origins of their own. It has tests only; `make test` runs them.
//
// A journey is short. It opens a tab with no past, does what a person does by
// what that person perceives (role and name, mouse and keys), waits for what
// should come of it, and looks at what left the browser and what stayed in it:
//
//	p := open(t)
//	p.visit("/reside/")
//	p.click("button", "Reject all")
//	p.gone("region", "Cookies on…")
//	assert.Empty(t, p.thirdParty())
//
// Nothing sleeps for a fixed time: see [tab.until] and [tab.settle].
package browsertest
