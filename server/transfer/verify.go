package transfer

import (
	"context"
	"errors"
	"fmt"

	"latchkey/app/fault"
	"latchkey/server/receiptlog"
	"latchkey/server/receiptlog/audit"
)

// verify checks the log in the target. Entries that are not copied, because this is not
// the final copy, are read from the source: an erasure may be among them whose leaf is not.
func (c *copying) verify(ctx context.Context) error {
	o := audit.Options{Keys: receiptlog.Receipts.Of(c.options.Keys), From: c.head.Checkpoint}
	if c.options.Progress != nil {
		o.Progress = func(done, total int64) { c.options.Progress(Checking, done, total) }
	}
	var err error
	if c.result.Report, err = audit.Whole(ctx, joined{c.dst, c}, o); err != nil {
		return fmt.Errorf("log of receipts: %w", err)
	}
	if err := c.verifyAudit(ctx); err != nil {
		return fmt.Errorf("audit log: %w", err)
	}
	if c.options.Despite {
		return nil
	}
	return errors.Join(Broken(c.result.Report), BrokenAudit(c.result.Audit))
}

// verifyAudit checks the audit log in the target.
func (c *copying) verifyAudit(ctx context.Context) (err error) {
	o := audit.Options{Keys: receiptlog.Audit.Of(c.options.Keys)}
	if len(o.Keys) > 0 {
		o.From = c.auditHead.Checkpoint
	}
	if c.options.Final {
		c.result.Audit, err = audit.Requests(ctx, c.dst.AuditLog(), o)
	} else {
		c.result.Audit, err = audit.RequestTree(ctx, c.dst.AuditLog(), o)
	}
	return err
}

// Broken is the error of a log of receipts that does not hold, one problem a line; nil if it holds.
// It wraps [fault.Invalid].
func Broken(r *audit.Report) error { return broken("log of receipts", r) }

// BrokenAudit is the same of the audit log.
func BrokenAudit(r *audit.Report) error { return broken("audit log", r) }

func broken(log string, r *audit.Report) error {
	if r.Holds() {
		return nil
	}
	wrong := []error{fmt.Errorf("the %s does not hold: %w", log, fault.Invalid)}
	for _, p := range r.Problems {
		wrong = append(wrong, errors.New(p.String()))
	}
	if r.More > 0 {
		wrong = append(wrong, fmt.Errorf("and %d more", r.More))
	}
	return errors.Join(wrong...)
}

// joined is the target with the entries behind its own from the source.
type joined struct {
	Target
	c *copying
}

func (j joined) Last(ctx context.Context) (int64, error) {
	last, err := j.Target.Last(ctx)
	return max(last, j.c.last), err
}

func (j joined) Entries(ctx context.Context, first int64, n int) ([]audit.Entry, error) {
	if first >= j.c.end {
		return j.c.Source.Entries(ctx, first, n)
	}
	return j.Target.Entries(ctx, first, n)
}
