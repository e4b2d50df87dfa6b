package transfer

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"hash"

	"latchkey/app/fault"
	"latchkey/server/receiptlog/audit"
)

// sums are the numbers of rows beside the log, and a hash over each kind of them.
type sums struct {
	counts Counts
	hashes map[string]string // by what is hashed
}

// summed reads what stands beside the log, sums it up, and hands it to put, in
// an order in which it can be stored.
func summed(ctx context.Context, s Source, put func(Part) error) (sums, error) {
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
			return parted(s.Requests(ctx), func(r Request) error { return each(r) }, func(rows []Request) error { return put(Part{Requests: rows}) })
		}},
		{"messages", &all.counts.Messages, func(each func(any) error) error {
			return parted(s.Messages(ctx), func(m Message) error { return each(m) }, func(rows []Message) error { return put(Part{Messages: rows}) })
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
	there, err := summed(ctx, c.dst, func(Part) error { return nil })
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
	is, err := summed(ctx, now, func(Part) error { return nil })
	if err != nil {
		return err
	}
	same := head == c.head && last == c.last
	for name, hash := range c.sums.hashes {
		same = same && is.hashes[name] == hash
	}
	if !same {
		return fmt.Errorf("the source was written to while it was copied: a server still uses it; stop it, and run this again: %w", fault.Conflict)
	}
	return nil
}
