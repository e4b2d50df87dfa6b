package transfer

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"hash"
	"iter"
	"time"

	"latchkey/app/auditlog"
	"latchkey/app/fault"
	"latchkey/server/receiptlog/audit"
)

// sums are the numbers of rows beside the log, and a hash over each kind of them.
type sums struct {
	counts Counts
	hashes map[string]string // by what is hashed
}

// sound are requests whose rows can be read as such.
func sound(rows iter.Seq2[audit.StoredRequest, error]) iter.Seq2[auditlog.Request, error] {
	return func(yield func(auditlog.Request, error) bool) {
		for r, err := range rows {
			if err == nil && r.Bad != nil {
				err = fmt.Errorf("request %d can't be read: %w; \"latchkey verify log\" says what else is wrong with the source: %w", r.Seq, r.Bad, fault.Invalid)
			}
			if !yield(r.Request, err) {
				return
			}
		}
	}
}

// before are the entries before an index.
func before(rows iter.Seq2[auditlog.Row, error], end int64) iter.Seq2[auditlog.Row, error] {
	return func(yield func(auditlog.Row, error) bool) {
		for r, err := range rows {
			if err == nil && r.Index >= end || !yield(r, err) {
				return
			}
		}
	}
}

// summed reads what stands beside the log of receipts, sums it up, and hands it to put, in
// an order in which it can be stored. Of the audit log it takes the entries before end.
func summed(ctx context.Context, s Source, end int64, put func(Part) error) (sums, error) {
	all := sums{hashes: map[string]string{}}
	for _, kind := range []struct {
		name  string
		count *int64
		read  func(each func(any) error) error
	}{
		{"texts", &all.counts.Texts, func(each func(any) error) error {
			return parted(s.Texts(ctx), func(t audit.Text) error { return each(t) }, func(rows []audit.Text) error { return put(Part{Texts: rows}) })
		}},
		{"editions", &all.counts.Editions, func(each func(any) error) error {
			return parted(s.Editions(ctx), func(e audit.Edition) error { return each(e) }, func(rows []audit.Edition) error { return put(Part{Editions: rows}) })
		}},
		{"notices", &all.counts.Notices, func(each func(any) error) error {
			return parted(s.Notices(ctx), func(n audit.Notice) error { return each(n) }, func(rows []audit.Notice) error { return put(Part{Notices: rows}) })
		}},
		{"requests", &all.counts.Requests, func(each func(any) error) error {
			return parted(sound(s.AuditLog().Requests(ctx)), func(r auditlog.Request) error {
				return each(struct {
					auditlog.Request
					Erased *time.Time
					Spent  string
				}{r, r.Erased, r.Spent})
			}, func(rows []auditlog.Request) error { return put(Part{Requests: rows}) })
		}},
		{"messages", &all.counts.Messages, func(each func(any) error) error {
			return parted(s.AuditLog().Messages(ctx), func(m auditlog.Message) error { return each(m) }, func(rows []auditlog.Message) error { return put(Part{Messages: rows}) })
		}},
		{"entries of the audit log", &all.counts.Audit, func(each func(any) error) error {
			return parted(before(s.AuditLog().Rows(ctx), end), func(r auditlog.Row) error { return each(r) },
				func(rows []auditlog.Row) error { return put(Part{Audit: AuditPart{Rows: rows}}) })
		}},
	} {
		sum := sha256.New()
		err := kind.read(func(row any) error {
			*kind.count++
			return write(sum, row)
		})
		if err != nil {
			return sums{}, fmt.Errorf("%s: %w", kind.name, err)
		}
		all.hashes[kind.name] = string(sum.Sum(nil))
	}
	return all, nil
}

// write adds a row to a sum, in a form that has no two readings.
func write(sum hash.Hash, row any) error {
	b, err := json.Marshal(row)
	if err != nil {
		return err
	}
	sum.Write(append(b, '\n')) // never fails
	return nil
}

// compare holds the target against what was read from the source.
func (c *copying) compare(ctx context.Context) error {
	there, err := summed(ctx, c.dst, c.auditEnd, func(Part) error { return nil })
	if err != nil {
		return fmt.Errorf("target: %w", err)
	}
	for name, hash := range c.sums.hashes {
		if there.hashes[name] != hash {
			return other("its %s are not those of the source", name)
		}
	}
	head, err := headOf(ctx, c.dst)
	if err != nil {
		return err
	}
	last, err := c.dst.Last(ctx)
	if err != nil {
		return err
	}
	if head != c.head || last+1 != c.end {
		return other("it has %d leaves and %d entries, and the source has %d and %d", head.Size, last+1, c.head.Size, c.end)
	}
	if head, err = headOf(ctx, c.dst.AuditLog()); err != nil {
		return err
	}
	if last, err = c.dst.AuditLog().Last(ctx); err != nil {
		return err
	}
	if head != c.auditHead || last+1 != c.auditEnd {
		return other("its audit log has %d leaves and %d entries, and the source has %d and %d", head.Size, last+1, c.auditHead.Size, c.auditEnd)
	}
	return nil
}

// unchanged makes sure that a source holds what it held when it was copied.
func (c *copying) unchanged(ctx context.Context, now Source) error {
	head, err := headOf(ctx, now)
	if err != nil {
		return err
	}
	last, err := now.Last(ctx)
	if err != nil {
		return err
	}
	is, err := summed(ctx, now, c.auditEnd, func(Part) error { return nil })
	if err != nil {
		return err
	}
	auditHead, err := headOf(ctx, now.AuditLog())
	if err != nil {
		return err
	}
	auditLast, err := now.AuditLog().Last(ctx)
	if err != nil {
		return err
	}
	same := head == c.head && last == c.last && auditHead == c.auditHead && auditLast+1 == c.auditEnd
	for name, hash := range c.sums.hashes {
		same = same && is.hashes[name] == hash
	}
	if !same {
		return fmt.Errorf("the source was written to while it was copied: a server still uses it; stop it, and run this again: %w", fault.Conflict)
	}
	return nil
}
