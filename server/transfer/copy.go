package transfer

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"

	"golang.org/x/mod/sumdb/tlog"

	"latchkey/app/evidence"
	"latchkey/app/fault"
	"latchkey/server/receiptlog"
	"latchkey/server/receiptlog/audit"
)

const (
	// perPart is how many rows are put at once, and with them held in memory.
	perPart = 500
	// entriesPerPart is the same for entries, which are small.
	entriesPerPart = 4096
	// perTile is how many hashes a full tile has.
	perTile = 1 << receiptlog.Height
)

// Step is a stage of a copy.
type Step string

// Steps of which progress is told.
const (
	Copying  Step = "copied"  // entries from the source to the target
	Checking Step = "checked" // leaves in the target
)

// Options say how to copy.
type Options struct {
	Keys []string // the public keys of both logs; they are what is trusted. Those of the audit log may be missing
	// Final says that nothing is to follow: what waits for the log is copied too. Without it the
	// leaves of the signed log are, and the rest is left to another copy: a server that is running
	// may yet put it in another order.
	Final bool
	// Despite accepts a log that does not hold: what is wrong with it may have been wrong for long.
	Despite bool
	// Progress is told how far it is, now and then. It may be nil.
	Progress func(step Step, done, total int64)
}

// Result is what was found in the source, and has arrived in the target.
type Result struct {
	Counts
	Copied int64         // entries that were not in the target before
	Report *audit.Report // of the target, with what still waits in the source
	// Audit is that of the audit log in the target. As long as something is to follow, it is only of the log
	// itself: what stands behind it is not of one moment.
	Audit *audit.Report
}

// Copy brings the target up to what the source holds, compares the two, and
// verifies the target's log: every receipt against its leaf, and the tree against the
// source's checkpoint. It does not finish the target.
//
// An error wraps [fault.Conflict] if the target holds something that the source does not,
// and [fault.Invalid] if the log does not hold; the result then says what is wrong with it.
func Copy(ctx context.Context, src Source, dst Target, o Options) (*Result, error) {
	return (&copying{Source: src, dst: dst, options: o}).run(ctx)
}

// copying is one copy.
type copying struct {
	Source
	dst     Target
	options Options
	result  Result
	sums    sums // of what the source holds beside the log
	head    Head // of the source
	last    int64
	end     int64 // entries before this index are copied

	auditHead Head  // of the audit log in the source
	auditEnd  int64 // its entries before this index are copied
}

func (c *copying) run(ctx context.Context) (*Result, error) {
	if err := c.references(ctx); err != nil {
		return nil, err
	}
	if err := c.log(ctx); err != nil {
		return nil, err
	}
	if err := c.compare(ctx); err != nil {
		return nil, err
	}
	return &c.result, c.verify(ctx)
}

// references copies what is beside the log. Later rows refer to earlier ones.
func (c *copying) references(ctx context.Context) error {
	var err error
	if c.auditHead, err = headOf(ctx, c.AuditLog()); err != nil {
		return err
	}
	c.auditEnd = c.auditHead.Size
	if c.options.Final {
		last, err := c.AuditLog().Last(ctx)
		if err != nil {
			return err
		}
		c.auditEnd = last + 1
	}
	s, err := summed(ctx, c.Source, c.auditEnd, func(p Part) error { return c.dst.Put(ctx, p) })
	if err != nil {
		return err
	}
	c.sums, c.result.Counts = s, s.counts
	if c.auditHead.Size == 0 {
		return nil
	}
	// There are few tiles of this log, so they are all copied each time.
	tiles := func(tiles []receiptlog.Tile) error { return c.dst.Put(ctx, Part{Audit: AuditPart{Tiles: tiles}}) }
	if err := copyTiles(ctx, c.AuditLog(), 0, c.auditHead.Size, tiles); err != nil {
		return fmt.Errorf("audit log: %w", err)
	}
	return c.dst.Put(ctx, Part{Audit: AuditPart{Head: &c.auditHead}})
}

// log copies the entries that the target has not, the tiles and the head.
func (c *copying) log(ctx context.Context) error {
	var err error
	if c.head, err = headOf(ctx, c.Source); err != nil {
		return err
	}
	if c.last, err = c.Last(ctx); err != nil {
		return err
	}
	c.result.Entries = c.last + 1
	before, err := headOf(ctx, c.dst)
	if err != nil {
		return err
	}
	if err := c.continues(ctx, before.Size); err != nil {
		return err
	}
	there, err := c.dst.Last(ctx)
	if err != nil {
		return err
	}
	// A final copy that was interrupted may have left more than the leaves.
	if c.end = max(c.head.Size, there+1); c.options.Final {
		c.end = max(c.end, c.last+1)
	}
	if err := c.waiting(ctx, before.Size, there); err != nil {
		return err
	}
	if err := c.entries(ctx, there+1); err != nil {
		return err
	}
	if before.Size == c.head.Size {
		return nil
	}
	if err := copyTiles(ctx, c, before.Size, c.head.Size, func(tiles []receiptlog.Tile) error { return c.dst.Put(ctx, Part{Tiles: tiles}) }); err != nil {
		return err
	}
	return c.dst.Put(ctx, Part{Head: &c.head})
}

// headed is a log whose head is read.
type headed interface {
	Head(ctx context.Context) (size int64, checkpoint string, err error)
}

func headOf(ctx context.Context, s headed) (Head, error) {
	size, checkpoint, err := s.Head(ctx)
	if errors.Is(err, fault.NotFound) {
		return Head{}, nil
	}
	return Head{size, checkpoint}, err
}

// other is the refusal of a target that holds something else.
func other(format string, args ...any) error {
	return fmt.Errorf("the target is of another log, or of another state of it: %s; begin again with an empty target: %w", fmt.Sprintf(format, args...), fault.Conflict)
}

// continues makes sure that the source's log begins with the tree of the target. The
// tiles that are not full say all of a tree (RFC 9162, section 2.1.1).
func (c *copying) continues(ctx context.Context, size int64) error {
	if size > c.head.Size {
		return other("it has %d leaves, and the source has %d", size, c.head.Size)
	}
	for level, n := 0, size; n > 0; level, n = level+1, n/perTile {
		width := int(n%perTile) * tlog.HashSize
		if width == 0 {
			continue
		}
		there, err := c.dst.Tile(ctx, level, n/perTile)
		if err != nil {
			return err
		}
		here, err := c.Tile(ctx, level, n/perTile)
		if err != nil {
			return err
		}
		if len(there) < width || len(here) < width || !bytes.Equal(there[:width], here[:width]) {
			return other("its first %d leaves are not those of the source", size)
		}
	}
	return nil
}

// waiting makes sure that what an interrupted copy left in the target behind its
// log is what the source has there.
func (c *copying) waiting(ctx context.Context, size, last int64) error {
	if last > c.last {
		return other("it has %d entries, and the source has %d", last+1, c.last+1)
	}
	for first := size; first <= last; first += entriesPerPart {
		n := int(min(entriesPerPart, last+1-first))
		there, err := c.dst.Entries(ctx, first, n)
		if err != nil {
			return err
		}
		here, err := whole(ctx, c.Source, first, n)
		if err != nil {
			return err
		}
		for i, e := range here {
			if i >= len(there) || there[i].Index != e.Index || !bytes.Equal(there[i].Commitment, e.Commitment) {
				return other("its entry %d is not that of the source", e.Index)
			}
		}
	}
	return nil
}

// whole returns n entries of which none is missing.
func whole(ctx context.Context, s audit.Store, first int64, n int) ([]audit.Entry, error) {
	entries, err := s.Entries(ctx, first, n)
	if err != nil {
		return nil, fmt.Errorf("entries from leaf %d: %w", first, err)
	}
	for i := range n {
		if i >= len(entries) || entries[i].Index != first+int64(i) {
			return nil, fmt.Errorf("leaf %d is missing in the source; \"latchkey verify log\" says what else is wrong there: %w", first+int64(i), fault.Invalid)
		}
	}
	return entries, nil
}

// entries copies the entries from index there on, and erases in the target
// what was erased since it was copied.
func (c *copying) entries(ctx context.Context, there int64) error {
	for first := there; first <= c.last; first += entriesPerPart {
		entries, err := whole(ctx, c.Source, first, int(min(entriesPerPart, c.last+1-first)))
		if err != nil {
			return err
		}
		var p Part
		for _, e := range entries {
			if e.Bad != nil {
				return fmt.Errorf("leaf %d can't be read: %w; \"latchkey verify log\" says what else is wrong with the source: %w", e.Index, e.Bad, fault.Invalid)
			}
			if leaf, ok := erases(e); ok && leaf < there {
				p.Erased = append(p.Erased, leaf)
			}
			if e.Index < c.end {
				p.Entries = append(p.Entries, e)
			}
		}
		if err := c.dst.Put(ctx, p); err != nil {
			return fmt.Errorf("entries from leaf %d: %w", first, err)
		}
		c.result.Copied += int64(len(p.Entries))
		if c.options.Progress != nil {
			c.options.Progress(Copying, min(first+int64(len(entries)), c.end), c.end)
		}
	}
	return nil
}

// erases returns the leaf that an entry says was erased. An act that can't be
// read is for the audit to report.
func erases(e audit.Entry) (leaf int64, ok bool) {
	var is evidence.Entry
	if e.Act == nil || json.Unmarshal(e.Act, &is) != nil || is.Kind != evidence.Erased || is.Index == nil {
		return 0, false
	}
	return *is.Index, true
}

// tiled is a log of which tiles are read.
type tiled interface {
	Tile(ctx context.Context, level int, n int64) ([]byte, error)
}

// copyTiles hands on the tiles of a tree of size leaves that one of have leaves lacks or has in part.
func copyTiles(ctx context.Context, from tiled, have, size int64, put func([]receiptlog.Tile) error) error {
	var tiles []receiptlog.Tile
	for level, want := 0, size; want > 0; level, have, want = level+1, have/perTile, want/perTile {
		for n := have / perTile; n*perTile < want; n++ {
			width := int(min(perTile, want-n*perTile)) * tlog.HashSize
			hashes, err := from.Tile(ctx, level, n)
			if err != nil {
				return err
			}
			if len(hashes) < width {
				return fmt.Errorf("tile %d of level %d has %d bytes in the source, want %d: %w", n, level, len(hashes), width, fault.Invalid)
			}
			tiles = append(tiles, receiptlog.Tile{Level: level, N: n, Hashes: hashes[:width]})
			if len(tiles) < perPart {
				continue
			}
			if err := put(tiles); err != nil {
				return err
			}
			tiles = nil
		}
	}
	return put(tiles)
}

// parted hands on what seq yields, some rows at a time.
func parted[T any](seq iter.Seq2[T, error], each func(T) error, put func([]T) error) error {
	var rows []T
	for row, err := range seq {
		if err != nil {
			return err
		}
		if err := each(row); err != nil {
			return err
		}
		if rows = append(rows, row); len(rows) == perPart {
			if err := put(rows); err != nil {
				return err
			}
			rows = nil
		}
	}
	if len(rows) == 0 {
		return nil
	}
	return put(rows)
}
