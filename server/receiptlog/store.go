package receiptlog

import "context"

// TreeStore keeps a log beside what it commits to: what is pending is what was
// stored and is not yet a leaf.
type TreeStore interface {
	// Extend hands extend the log as it is and up to limit commitments that are
	// not in it yet, and stores what it returns, all in one transaction. No two
	// run at the same time, in whatever process, and one that lost its right to
	// run stores nothing. In what order commitments become leaves is for the
	// store to say; from then on it is fixed. With nothing pending, extend is not
	// called and n is 0.
	Extend(ctx context.Context, limit int, extend func(head Head, pending [][]byte) (Extension, error)) (n int, err error)
	// Checkpoint returns the newest signed checkpoint; [fault.NotFound] before the first.
	Checkpoint(ctx context.Context) (string, error)
	// Tile returns the hashes of a tile as far as it has grown.
	Tile(ctx context.Context, level int, n int64) ([]byte, error)
}

// Store keeps the log of receipts, which is public. It is part of the server's store.
type Store interface {
	TreeStore
	// Commitments returns what the leaves from index first hold, n of them or as many as there are.
	Commitments(ctx context.Context, first int64, n int) ([][]byte, error)
	// Index returns the leaf of a receipt; [fault.NotFound] as long as it is not in the log.
	Index(ctx context.Context, receipt string) (int64, error)
}

// Head is the log inside a transaction that extends it.
type Head struct {
	Size       int64  // number of leaves
	Checkpoint string // signed, of that size; empty for a log of size 0
	// Tile returns the hashes of a tile as far as it has grown.
	Tile func(level int, n int64) ([]byte, error)
}

// Extension is what makes the log longer by all that was pending.
type Extension struct {
	Tiles      []Tile // new, or in place of the ones that had grown less far
	Checkpoint string // signed
}

// Tile is a run of up to 256 hashes of one level of the tree, in the form of
// https://c2sp.org/tlog-tiles. Level 0 holds the hashes of leaves, each further
// one the roots of full tiles of the one below.
type Tile struct {
	Level  int
	N      int64  // position in its level
	Hashes []byte // 32 bytes each
}
