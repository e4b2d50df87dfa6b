package server

// Observer is told what the server does, for its figures. It is told nothing
// about who asked, or for what.
type Observer interface {
	// Begin is called when a request comes in. What it returns is called when it
	// has been answered: with the pattern of its route, such as "POST /api/receipts"
	// (empty if there is none), and with the status.
	Begin() func(route string, status int)
	// Refused counts a write that was turned away, and why: "busy", too fast from
	// its "network" or to its "site", a "clock" that went back, a "damaged" store.
	Refused(why string)
	// ProxyFault counts a call that came through a proxy because of which visitors
	// can't be told from each other: "unnamed", for it is not trusted, or "silent",
	// for it does not say for whom it asks.
	ProxyFault(why string)
}

// unobserved is the observer of a server without one.
type unobserved struct{}

func (unobserved) Begin() func(string, int) { return func(string, int) {} }
func (unobserved) Refused(string)           {}
func (unobserved) ProxyFault(string)        {}
