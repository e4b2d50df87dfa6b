// Package integrity finds out, while a server runs, whether what its store holds is what was stored: the pages of
// the database, its schema, every request and message against the audit log, and every receipt against its log.
//
// What it finds are the same things as "latchkey verify log" does, with the keys that the server has. Who
// can change a key too has to be found out from outside, with a key or a checkpoint that was kept elsewhere.
package integrity

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"latchkey/app/fault"
	"latchkey/app/rights"
	"latchkey/server/receiptlog/audit"
)

const (
	// settle is how long a server is left alone after its start.
	settle = 3 * time.Second
	// look is how often a running checker looks whether a new day has begun.
	look = time.Hour
	// patience is how long a check waits for a moment in which nobody waits for the store.
	patience = 10 * time.Minute
	// pause is how long one waits after 256 receipts, which take about as long: visitors come first.
	pause = 4 * time.Millisecond
)

// Store is what is checked.
type Store interface {
	// QuickCheck looks at the pages of the database, and CheckSchema at its tables, indexes and triggers. What they
	// find is an error that wraps [fault.Damaged].
	QuickCheck(ctx context.Context) error
	CheckSchema(ctx context.Context) error
	// Audit is the log of receipts, as servers go on writing to it.
	Audit() audit.Store
	// AuditReceipts and AuditRequests are the two logs as they are at one moment.
	AuditReceipts(ctx context.Context) (audit.Snapshot, error)
	AuditRequests(ctx context.Context) (audit.RequestSnapshot, error)
}

// Result is what came of a check, as a label of a figure.
type Result string

const (
	Sound   Result = "sound"
	Damaged Result = "damaged"
	Failed  Result = "failed" // it could not be done
)

// Checker checks once a day.
type Checker struct {
	Store Store
	// ReceiptKeys and AuditKeys are the public keys of the two logs.
	ReceiptKeys, AuditKeys []string
	Damaged                func(error)  // told of damage, by an error that wraps [fault.Damaged]
	Checked                func(Result) // told of each check
	Busy                   func() bool  // whether somebody waits for the store at this moment; nil for never
	Now                    func() time.Time
	Log                    *slog.Logger
}

// Run checks soon after the start, and then when a new day begins in London, until ctx ends. What could not
// be done is logged and tried again within the hour; once damage was found, there is nothing more to find.
func (c *Checker) Run(ctx context.Context) error {
	var done rights.Date
	next := time.NewTimer(settle)
	defer next.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-next.C:
		}
		if today := rights.DateOf(c.Now()); today != done {
			c.quiet(ctx)
			switch c.once(ctx) {
			case Damaged:
				return nil
			case Sound:
				done = today
			}
		}
		next.Reset(look)
	}
}

// quiet waits until nobody waits for the store: a check takes time and memory that visitors need.
func (c *Checker) quiet(ctx context.Context) {
	enough := time.After(patience)
	for c.Busy != nil && c.Busy() {
		select {
		case <-ctx.Done():
			return
		case <-enough:
			return
		case <-time.After(time.Second):
		}
	}
}

// once checks, and tells what came of it.
func (c *Checker) once(ctx context.Context) Result {
	result, err := Sound, c.Check(ctx)
	switch {
	case ctx.Err() != nil:
		return Failed
	case errors.Is(err, fault.Damaged):
		result = Damaged
		c.Damaged(err)
	case err != nil:
		result = Failed
		c.Log.Warn("what is stored could not be checked", "error", err)
	default:
		c.Log.Info("what is stored was checked: the database, every request and every receipt are what they were")
	}
	c.Checked(result)
	return result
}

// Check looks at all of it. Damage is an error that wraps [fault.Damaged], and that says where, but nothing
// of a person.
func (c *Checker) Check(ctx context.Context) error {
	if err := errors.Join(c.Store.QuickCheck(ctx), c.Store.CheckSchema(ctx)); err != nil {
		return err
	}
	if err := c.requests(ctx); err != nil {
		return err
	}
	return c.receipts(ctx)
}

func (c *Checker) requests(ctx context.Context) error {
	at, err := c.Store.AuditRequests(ctx)
	if err != nil {
		return err
	}
	report, err := audit.Requests(ctx, at, audit.Options{Keys: c.AuditKeys})
	if err := errors.Join(err, at.Close()); err != nil {
		return fmt.Errorf("audit log: %w", err)
	}
	return c.judge("audit log", report)
}

// receipts checks the receipts while more come, which may look wrong for that reason alone: what was
// erased meanwhile, for one. So what is found must be found again in what is there at one moment.
func (c *Checker) receipts(ctx context.Context) error {
	report, err := audit.Whole(ctx, c.Store.Audit(), audit.Options{Keys: c.ReceiptKeys, Pause: pause})
	if err != nil {
		return fmt.Errorf("log of receipts: %w", err)
	}
	if report.Holds() {
		return nil
	}
	at, err := c.Store.AuditReceipts(ctx)
	if err != nil {
		return err
	}
	report, err = audit.Whole(ctx, at, audit.Options{Keys: c.ReceiptKeys, Single: true})
	if err := errors.Join(err, at.Close()); err != nil {
		return fmt.Errorf("log of receipts: %w", err)
	}
	return c.judge("log of receipts", report)
}

// judge makes an error of what does not hold. A checkpoint that another key has signed is none: another server may
// have been given a new one, and the log itself refuses to go on from what it does not know.
func (c *Checker) judge(log string, report *audit.Report) error {
	switch {
	case report.Untrusted:
		c.Log.Error("the log is signed by a key that this server does not have; if it was rotated, start this server again with the keys of the others",
			"log", log)
		return nil
	case report.Holds():
		return nil
	}
	first := report.Problems[0]
	where, _, _ := strings.Cut(first.Where, ",") // without the id of a receipt
	return fmt.Errorf("%s: %s: %s %d problems in all; \"latchkey verify log\" lists them: %w",
		log, where, first.What, int64(len(report.Problems))+report.More, fault.Damaged)
}
