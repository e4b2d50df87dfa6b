// Package admission decides what a server takes on, and from whom: how much may
// wait for the store at once ([Queue]), how fast somebody may send ([Buckets]),
// how many connections they may hold ([LimitConnections]), and who it is that
// sends ([SenderOf]). It keeps what it knows in memory only, and bounded.
package admission

import (
	"fmt"
	"net/netip"
	"time"

	"latchkey/app/fault"
)

// Limits bound what the server takes on at once, and from whom. What is over
// them is refused with the time after which to try again; the visitor's choice
// counts on the website all the same, and the loader sends it later.
type Limits struct {
	// Waiting is how many receipts may wait for the store at once.
	Waiting int64
	// Requests is how many rights requests may be in hand at once. Receipts do
	// not wait behind them, nor they behind receipts.
	Requests int64
	// Bytes is how much of bodies may be held at once, for receipts and for
	// requests each. One network, the widest that is counted, may hold an eighth of it.
	Bytes int64
	// Network is how fast one network may send.
	Network NetworkRates
	// Asking is how fast one network may make rights requests, each of which a team has to answer.
	Asking NetworkRates
	// Letters is how fast acknowledgements may go to one mailbox, which
	// may be that of somebody who has asked for nothing.
	Letters Rate
	// Site is how fast may be sent to one site, by all networks together.
	Site Rate
	// Networks is how many networks are counted at once, and how many mailboxes.
	Networks int
	// Proxies are the networks of reverse proxies, which say by X-Forwarded-For
	// for whom they ask.
	Proxies []netip.Prefix
}

// Defaults are far above what people do: a whole neighbourhood behind one
// address chooses at once in a burst, and a site with a hundred thousand
// visitors in the hour has not 30 a second.
var Defaults = Limits{
	Waiting: 2048, Requests: 256, Bytes: 16 << 20,
	Network:  NetworkRates{Narrow: Rate{25, 500}, Home: Rate{50, 1000}, Wide: Rate{100, 2000}},
	Asking:   NetworkRates{Narrow: Rate{0.05, 30}, Home: Rate{0.1, 60}, Wide: Rate{0.2, 120}},
	Letters:  Rate{PerSecond: 1. / 3600, Burst: 10},
	Site:     Rate{PerSecond: 1000, Burst: 20_000},
	Networks: 50_000,
}

// Times are the limits with all rates multiplied.
func (l Limits) Times(factor float64) Limits {
	l.Network, l.Asking = l.Network.times(factor), l.Asking.times(factor)
	l.Letters, l.Site = l.Letters.times(factor), l.Site.times(factor)
	return l
}

// Refusal is an error of a server that could, and won't now. It is expected
// under load, so it is counted and not logged as a failure.
type Refusal struct {
	Reason string        // a word for the figures: "busy", "network", "site"
	Text   string        // for the sender
	Kind   error         // fault.Unavailable or fault.TooMany
	After  time.Duration // when to try again, at the earliest
}

func (r Refusal) Error() string { return r.Text + ": " + r.Kind.Error() }

// Unwrap returns the kind.
func (r Refusal) Unwrap() error { return r.Kind }

// errBusy refuses a write for which there is no room.
var errBusy = Refusal{"busy", "more is waiting to be stored than the server takes on; send it again later", fault.Unavailable, 15 * time.Second}

// errShare refuses a write of a network that has its share of the room.
var errShare = Refusal{"network", "much of what is sent from your network is still on its way; send it again later", fault.TooMany, 15 * time.Second}

// Controller applies Limits. It is safe for concurrent use.
type Controller struct {
	// Receipts and Requests are where writes of a kind wait for the store.
	Receipts, Requests *Queue

	limits    Limits
	networks  *Buckets
	mailboxes *Buckets
}

// New returns a controller by whose clock tokens come.
func New(l Limits, now func() time.Time) *Controller {
	return &Controller{
		Receipts: newQueue(l.Waiting, l.Bytes), Requests: newQueue(l.Requests, l.Bytes),
		limits: l, networks: NewBuckets(l.Networks, now), mailboxes: NewBuckets(l.Networks, now),
	}
}

// Proxies are the networks of the trusted proxies.
func (c *Controller) Proxies() []netip.Prefix { return c.limits.Proxies }

// What is counted by network, and by site.
const (
	sending = iota
	asking
	sites
)

// Write refuses a write that comes too fast from its network.
func (c *Controller) Write(s Sender) error {
	if wait := c.take(sending, s.Addr, c.limits.Network); wait > 0 {
		return Refusal{"network", "too much was sent from your network in a short time; send it again later", fault.TooMany, wait}
	}
	return nil
}

// Request refuses a rights request if its network makes them too fast.
func (c *Controller) Request(s Sender) error {
	if wait := c.take(asking, s.Addr, c.limits.Asking); wait > 0 {
		return Refusal{"network", "too many requests were made from your network in a short time; send it again later", fault.TooMany, wait}
	}
	return nil
}

// take takes a token from each network that an address is in, the widest first:
// whoever may not send by that one needs no room in memory for those within.
func (c *Controller) take(kind byte, client netip.Addr, rates NetworkRates) time.Duration {
	var names [3]network
	w := widths(client)
	return c.networks.Take(
		Name{names[0].of(kind, client, w.wide), onlyIf(w.wide > 0, rates.Wide)},
		Name{names[1].of(kind, client, w.home), rates.Home},
		Name{names[2].of(kind, client, w.narrow), onlyIf(w.narrow > 0, rates.Narrow)},
	)
}

// onlyIf is the rate, or none if a client is not in such a network.
func onlyIf(counted bool, r Rate) Rate {
	if !counted {
		return Rate{}
	}
	return r
}

// Site refuses a write to a site to which everybody together sends too fast.
func (c *Controller) Site(site string) error {
	name := append([]byte{sites}, site...)
	if wait := c.networks.Take(Name{name, c.limits.Site}); wait > 0 {
		return Refusal{"site", fmt.Sprintf("too much was sent to site %q in a short time; send it again later", site), fault.TooMany, wait}
	}
	return nil
}

// Letter reports whether an acknowledgement may go to an e-mail address.
func (c *Controller) Letter(email string) bool {
	return c.mailboxes.Take(Name{[]byte(Mailbox(email)), c.limits.Letters}) == 0
}
