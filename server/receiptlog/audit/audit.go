// Package audit checks a log of receipts from the ground up, trusting nothing
// but its public keys: it makes the whole tree anew from what the leaves hold,
// compares it with every tile that is kept or served, and with the signed
// checkpoint; and where it has the store, it makes what the leaves hold anew from the
// receipts themselves, and compares those with what was shown and with one another.
//
// What it can't see is a receipt that was dropped before it was ever part of a
// signed checkpoint. That takes the visitor's own copy, or an older checkpoint
// kept by somebody else ([Options.From]).
package audit

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"latchkey/app/evidence"
	"latchkey/app/fault"
)

// Tolerance is by how much the times of leaves may run backwards along the log,
// if [Options] says nothing else. Receipts get their time before they are
// stored, by the clocks of several servers, and those are corrected now and then.
const Tolerance = 2 * time.Minute

// MaxProblems is how many problems a report lists. The others are counted.
const MaxProblems = 100

// Options say how to check a log.
type Options struct {
	Keys      []string      // the log's public keys, see [evidence.OpenCheckpoint]
	From      string        // a signed checkpoint seen before, which the log must extend; or empty
	Tolerance time.Duration // see [Tolerance]; 0 for that
	// Pause is for a check beside other work: one processor checks 256 leaves, and rests for so long. What would
	// have to be held in memory for every leaf is left out, which is whether two of them are the same.
	Pause time.Duration
	// Single says that the store is read by one goroutine.
	Single bool
	// Progress is told how many leaves have been checked, now and then. It may be nil.
	Progress func(done, total int64)
}

// Problem is one thing that does not hold.
type Problem struct {
	Where string `json:"where"` // such as "leaf 17", "tile 3 of level 0"
	What  string `json:"what"`  // a sentence
}

// String is the problem in one line.
func (p Problem) String() string { return p.Where + ": " + p.What }

// Report is what was found.
type Report struct {
	Checkpoint evidence.Checkpoint `json:"checkpoint"`         // the log's state, as it was signed
	Receipts   int64               `json:"receipts"`           // checked against their leaves; 0 without a store
	Requests   int64               `json:"requests,omitempty"` // the same of the audit log; those that were erased among them
	Messages   int64               `json:"messages,omitempty"` // of requests
	Erased     int64               `json:"erased"`             // leaves whose receipt was erased
	Pending    int64               `json:"pending"`            // entries that wait for the next checkpoint
	Problems   []Problem           `json:"problems"`           // the first [MaxProblems]; empty if all holds
	More       int64               `json:"more"`               // problems beyond those
	Warnings   []Problem           `json:"warnings"`           // what holds, and somebody should look at; no more than MaxProblems
	// Extends says that the log goes on from the checkpoint that it was to extend.
	Extends bool `json:"-"`
	// Untrusted says that the checkpoint can't be told to be the log's: a key is missing, or another one signed it.
	Untrusted bool `json:"untrusted,omitempty"`
}

// Holds reports whether nothing was found wrong.
func (r *Report) Holds() bool { return len(r.Problems) == 0 }

func (r *Report) add(problems ...Problem) {
	for _, p := range problems {
		if len(r.Problems) == MaxProblems {
			r.More++
			continue
		}
		r.Problems = append(r.Problems, p)
	}
}

// warnf adds what is no problem of the log.
func (r *Report) warnf(where, format string, args ...any) {
	if len(r.Warnings) < MaxProblems {
		r.Warnings = append(r.Warnings, Problem{Where: where, What: fmt.Sprintf(format, args...)})
	}
}

func (r *Report) addf(where, format string, args ...any) {
	r.add(Problem{Where: where, What: fmt.Sprintf(format, args...)})
}

// Source is where the public part of a log is read from.
type Source interface {
	// Checkpoint returns the newest signed checkpoint; [fault.NotFound] before the first.
	Checkpoint(ctx context.Context) (string, error)
	// Tile returns the hashes of a tile, 32 bytes each: width of them, or more if it has
	// grown since; [fault.NotFound] if there are none.
	Tile(ctx context.Context, level int, n int64, width int) ([]byte, error)
	// Commitments returns what the n leaves from first on hold. One that is not there is nil.
	Commitments(ctx context.Context, first int64, n int) ([][]byte, error)
}

// perTile is how many hashes a tile has (https://c2sp.org/tlog-tiles).
const perTile = 256

const (
	// perChunk is how many leaves are checked at once by one worker.
	perChunk = 16 * perTile
	// perPausedChunk is the same of a check beside other work, which has little memory.
	perPausedChunk = perTile
)

func (o Options) perChunk() int64 {
	if o.Pause > 0 {
		return perPausedChunk
	}
	return perChunk
}

// Log checks the public part of a log. An error says that the check could not be
// finished; what it found wrong is in the report.
func Log(ctx context.Context, src Source, o Options) (*Report, error) {
	return (&auditor{src: src, options: o, names: receiptNames}).run(ctx)
}

// Whole checks a log and all that stands behind it in the store.
func Whole(ctx context.Context, store Store, o Options) (*Report, error) {
	tolerance := o.Tolerance
	if tolerance == 0 {
		tolerance = Tolerance
	}
	src := &ofStore{Store: store}
	return (&auditor{src: src, options: o, names: receiptNames, content: &rows{store: src, tolerance: tolerance, gently: o.Pause > 0, perChunk: o.perChunk()}, single: o.Single}).run(ctx)
}

// content is what stands in a store behind the leaves of a log.
type content interface {
	// start is told how many leaves were signed, before the first is checked.
	start(ctx context.Context, size int64, report *Report) error
	// check checks the entries of n leaves, each for itself, and says what they are committed to.
	// Several run at once.
	check(ctx context.Context, first int64, n int, c *chunk) error
	// take is given the chunks in order.
	take(c chunk, report *Report)
	// pending checks the entries that are no leaves yet. It reports whether the log is
	// still as long as it was.
	pending(ctx context.Context, size int64, report *Report) (still bool, err error)
	// finish checks what can be said only of the whole.
	finish(ctx context.Context, report *Report) error
}

// names are how a report calls the parts of a log.
type names struct{ leaf, of string }

var receiptNames = names{leaf: "leaf"}

func (n names) leafAt(index int64) string { return fmt.Sprintf("%s %d", n.leaf, index) }

func (n names) tileAt(level int, at int64) string {
	return fmt.Sprintf("tile %d of level %d", at, level) + n.of
}

func (n names) checkpoint() string { return "checkpoint" + n.of }

func leafAt(index int64) string { return receiptNames.leafAt(index) }

// auditor is one check of a log.
type auditor struct {
	src     Source
	options Options
	names   names
	content content // nil for a log of which only the public part is at hand
	single  bool    // src is read by one goroutine
	// unsigned says that the log may be checked without keys.
	unsigned bool
	report   Report
	tree     tree
	from     *evidence.Checkpoint // to be extended
	repeats  repeats              // commitments
}

// chunk is a run of leaves, checked for themselves.
type chunk struct {
	first       int64
	commitments [][]byte
	leaves      []tlog.Hash
	roots       []tlog.Hash // of its whole tiles
	problems    []Problem
	rows        rowsChunk      // of the receipts' log
	requests    []checkedEntry // of the audit log
}

// run checks the leaves chunk by chunk, in parallel, and builds the tree from them in order.
func (a *auditor) run(ctx context.Context) (*Report, error) {
	a.tree.names, a.repeats = a.names, repeats{names: a.names, what: "commitment"}
	signed, err := a.src.Checkpoint(ctx)
	switch {
	case errors.Is(err, fault.NotFound):
		a.report.Checkpoint.Root, err = tlog.TreeHash(0, nil)
	case err == nil && len(a.options.Keys) == 0 && a.unsigned:
		a.report.Untrusted = true
		a.report.Checkpoint, err = evidence.ReadCheckpoint(signed)
		if errors.Is(err, fault.Malformed) {
			a.report.addf(a.names.checkpoint(), "It can't be read: %s.", fault.Text(err))
			return &a.report, nil
		}
	case err == nil:
		a.report.Checkpoint, err = evidence.OpenCheckpoint(signed, a.options.Keys)
		if errors.Is(err, fault.Forbidden) || errors.Is(err, fault.Malformed) {
			a.report.Untrusted = true
			a.report.addf(a.names.checkpoint(), "It can't be trusted: %s.", fault.Text(err))
			return &a.report, nil
		}
	}
	if err != nil {
		return nil, err
	}
	if a.options.From != "" {
		from, err := evidence.OpenCheckpoint(a.options.From, a.options.Keys)
		if err != nil {
			return nil, fmt.Errorf("the checkpoint to start from: %w", err)
		}
		a.from = &from
	}
	size := a.report.Checkpoint.Size
	if a.content != nil {
		if err := a.content.start(ctx, size, &a.report); err != nil {
			return nil, err
		}
	}
	all := inOrder[chunk]
	if a.single {
		all = oneByOne[chunk]
	}
	err = all(ctx, a.workers(), size, a.options.perChunk(),
		func(ctx context.Context, first int64, n int) (chunk, error) { return a.check(ctx, first, n) },
		func(c chunk) error { return a.take(ctx, c) })
	if err != nil {
		return nil, err
	}
	still := false
	if a.content != nil {
		if still, err = a.content.pending(ctx, size, &a.report); err != nil {
			return nil, err
		}
	}
	return &a.report, a.finish(ctx, signed, still)
}

// workers is how many chunks are checked at once. The web makes one wait.
func (a *auditor) workers() int {
	switch {
	case a.options.Pause > 0:
		return 1
	case a.content == nil:
		return runtime.GOMAXPROCS(0) + 8
	}
	return runtime.GOMAXPROCS(0)
}

// check checks n leaves from first on: each against what it stands for, and
// the whole against their tiles.
func (a *auditor) check(ctx context.Context, first int64, n int) (chunk, error) {
	if a.options.Pause > 0 {
		defer rest(ctx, a.options.Pause)
	}
	c := chunk{first: first}
	var err error
	if a.content != nil {
		err = a.content.check(ctx, first, n, &c)
	} else {
		c.commitments, err = a.src.Commitments(ctx, first, n)
	}
	if err != nil {
		return c, err
	}
	c.leaves = make([]tlog.Hash, n)
	for i, commitment := range c.commitments {
		if commitment == nil {
			c.problems = append(c.problems, Problem{a.names.leafAt(first + int64(i)), "It is missing."})
			continue
		}
		c.leaves[i] = tlog.RecordHash(commitment)
	}
	for i := 0; i < n; i += perTile {
		hashes := c.leaves[i:min(i+perTile, n)]
		wrong, err := compare(ctx, a.src, a.names, 0, (first+int64(i))/perTile, hashes)
		if err != nil {
			return c, err
		}
		c.problems = append(c.problems, wrong...)
		if len(hashes) == perTile {
			c.roots = append(c.roots, rootOf(hashes))
		}
	}
	return c, nil
}

func rest(ctx context.Context, pause time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(pause):
	}
}

// take adds a chunk to the tree. Chunks come in order.
func (a *auditor) take(ctx context.Context, c chunk) error {
	a.report.add(c.problems...)
	for i, commitment := range c.commitments {
		if a.options.Pause == 0 {
			a.repeats.add(commitment, c.first+int64(i))
		}
	}
	if a.content != nil {
		a.content.take(c, &a.report)
	}
	if a.from != nil && a.from.Size >= c.first && a.from.Size < c.first+int64(len(c.leaves)) {
		before := a.tree.clone()
		if err := before.grow(ctx, nil, c.leaves[:a.from.Size-c.first], c.roots, nil); err != nil {
			return err
		}
		a.extends(before.root())
	}
	if err := a.tree.grow(ctx, a.src, c.leaves, c.roots, &a.report); err != nil {
		return err
	}
	if a.options.Progress != nil {
		a.options.Progress(c.first+int64(len(c.leaves)), a.report.Checkpoint.Size)
	}
	return nil
}

// extends compares the root that the log had at the size of the checkpoint to
// extend with the root in it. That needs no proof of consistency: every leaf is at hand.
func (a *auditor) extends(root tlog.Hash) {
	a.report.Extends = root == a.from.Root
	if root != a.from.Root {
		a.report.addf("the checkpoint to start from", "The log does not extend it: its first %d leaves are others than those that were signed then.", a.from.Size)
	}
}

// finish checks what can be checked when all leaves are in the tree.
func (a *auditor) finish(ctx context.Context, signed string, still bool) error {
	at := a.report.Checkpoint
	if err := a.tree.finish(ctx, a.src, still, &a.report); err != nil {
		return err
	}
	if root := a.tree.root(); root != at.Root {
		a.report.addf(a.names.checkpoint(), "The tree of the %d leaves is not the one that was signed: its root is %s, and the checkpoint says %s.", at.Size, root, at.Root)
	}
	a.repeats.report(&a.report)
	if a.content != nil {
		if err := a.content.finish(ctx, &a.report); err != nil {
			return err
		}
	}
	if a.from != nil {
		switch {
		case signed != "" && a.from.Origin != at.Origin:
			a.report.addf("the checkpoint to start from", "It is of another log, %q; this one is %q.", a.from.Origin, at.Origin)
		case a.from.Size > at.Size:
			a.report.addf("the checkpoint to start from", "The log has shrunk: it had %d leaves then, and has %d now.", a.from.Size, at.Size)
		case a.from.Size == at.Size:
			a.extends(a.tree.root())
		}
	}
	return nil
}
