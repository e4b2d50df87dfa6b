// Package receiptlog grows the Merkle log that receipts are committed to: it
// takes what was stored since, adds it to the tree, and signs the new state. The
// log is public in the tiled form of https://c2sp.org/tlog-tiles. Its leaves
// hold salted hashes, which say nothing about the receipts.
package receiptlog

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"latchkey/app/evidence"
	"latchkey/app/fault"
)

// Height is the height of a tile: 256 hashes.
const Height = 8

const (
	// pause is how long new receipts may wait for others to be integrated with.
	pause = 500 * time.Millisecond
	// look is how often the store is looked into without being told of anything: another
	// server on the same database may have stopped before its receipts were integrated.
	look = 10 * time.Second
	// last is how long the receipts that came just before the end may take. What does not get into
	// the log by then is stored all the same, and integrated by the next server that starts.
	last = 10 * time.Second
	// batch is how many leaves one transaction adds at most: about 10 ms of work.
	batch = 4096
)

// Log is the log of one deployment. It is safe for concurrent use.
type Log struct {
	store  TreeStore
	index  func(ctx context.Context, receipt string) (int64, error) // of the log of receipts
	keys   Keys
	log    *slog.Logger
	wake   chan struct{}
	failed atomic.Bool

	keeping sync.Mutex                     // while a checkpoint is kept
	kept    atomic.Pointer[keptCheckpoint] // nil before the first
	unkept  atomic.Bool                    // it could not be written
	forked  atomic.Bool                    // the store was found not to go on from it
}

// keptCheckpoint is a checkpoint with the text that was signed.
type keptCheckpoint struct {
	evidence.Checkpoint
	signed string
}

// New returns the log of receipts that is kept in store. It refuses, with an error wrapping [fault.Conflict],
// a log that none of the keys has signed, and one that does not go on from the checkpoint that was
// kept beside the keys.
func New(ctx context.Context, store Store, keys Keys, log *slog.Logger) (*Log, error) {
	l, err := open(ctx, store, keys, log)
	if err == nil {
		l.index = store.Index
	}
	return l, err
}

// NewAudit returns the audit log that is kept in store. It refuses what [New] refuses.
func NewAudit(ctx context.Context, store TreeStore, keys Keys, log *slog.Logger) (*Log, error) {
	return open(ctx, store, keys, log)
}

func open(ctx context.Context, store TreeStore, keys Keys, log *slog.Logger) (*Log, error) {
	l := &Log{store: store, keys: keys, log: log, wake: make(chan struct{}, 1)}
	if err := l.recall(); err != nil {
		return nil, err
	}
	signed, at, err := l.newest(ctx)
	if err != nil {
		return nil, err
	}
	l.save(signed, at)
	return l, nil
}

// Keys returns the public keys, the one that signs first.
func (l *Log) Keys() []string { return l.keys.Public }

// Wake says that something was stored. It does not block.
func (l *Log) Wake() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// Run integrates what is stored until ctx ends, and then once more, for 10 s at
// most: what was acknowledged before the stop is in the log after it.
func (l *Log) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		// One that has begun is ended: a stop is not a failure.
		l.try(context.WithoutCancel(ctx))
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		if l.failed.Load() {
			continue // what waits is still there, whether or not more comes
		}
		select {
		case <-ctx.Done():
		case <-l.wake:
		case <-time.After(look):
		}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), last)
	defer cancel()
	l.try(ctx)
	return nil
}

// try integrates and keeps what came of it, and logs when that begins to fail, and when it is well again.
func (l *Log) try(ctx context.Context) {
	defer l.keep(ctx)
	if err := l.Integrate(ctx); err != nil {
		if !l.failed.Swap(true) {
			l.log.Error(l.keys.name.waits(), "error", err)
		}
	} else if l.failed.Swap(false) {
		l.log.Info("the " + l.keys.name.words() + " is extended again")
	}
}

// Integrate makes leaves of all that is stored.
func (l *Log) Integrate(ctx context.Context) error {
	for {
		n, err := l.store.Extend(ctx, batch, l.extend)
		if err != nil || n < batch {
			return err
		}
	}
}

// extend adds pending to the tree that head is of.
func (l *Log) extend(head Head, pending [][]byte) (Extension, error) {
	var at evidence.Checkpoint
	if head.Size > 0 {
		var err error
		if at, err = evidence.OpenCheckpoint(head.Checkpoint, l.keys.Public); err != nil {
			return Extension{}, err
		}
		if at.Size != head.Size {
			return Extension{}, fmt.Errorf("the log holds %d leaves, and its checkpoint says %d: %w", head.Size, at.Size, fault.Conflict)
		}
	}
	if kept := l.kept.Load(); kept != nil && (at.Size < kept.Size || at.Size == kept.Size && at.Root != kept.Root) {
		return Extension{}, l.forks(at)
	}
	tree := newTree(head)
	for i, commitment := range pending {
		hashes, err := tlog.StoredHashesForRecordHash(head.Size+int64(i), tlog.RecordHash(commitment), tree)
		if err != nil {
			return Extension{}, fmt.Errorf("leaf %d: %w", head.Size+int64(i), err)
		}
		tree.add(hashes)
	}
	size := head.Size + int64(len(pending))
	var ext Extension
	for _, t := range tlog.NewTiles(Height, head.Size, size) {
		data, err := tlog.ReadTileData(t, tree)
		if err != nil {
			return Extension{}, fmt.Errorf("tile %s: %w", t.Path(), err)
		}
		ext.Tiles = append(ext.Tiles, Tile{Level: t.L, N: t.N, Hashes: data})
	}
	root, err := tlog.TreeHash(size, tree)
	if err != nil {
		return Extension{}, fmt.Errorf("root of %d leaves: %w", size, err)
	}
	ext.Checkpoint, err = evidence.Checkpoint{Origin: l.keys.signer.Name(), Size: size, Root: root}.Sign(l.keys.signer)
	return ext, err
}

// Proof returns the proof that a receipt is in the log, as of the newest
// checkpoint; [fault.NotFound] as long as it is not.
func (l *Log) Proof(ctx context.Context, receipt string) (*evidence.Proof, error) {
	index, err := l.index(ctx, receipt)
	if err != nil {
		return nil, err
	}
	text, err := l.Checkpoint(ctx)
	if err != nil {
		return nil, err
	}
	at, err := evidence.OpenCheckpoint(text, l.keys.Public)
	if err != nil {
		return nil, err
	}
	return l.head(ctx, at, text).Prove(index)
}

// head is the log in the store as of a checkpoint.
func (l *Log) head(ctx context.Context, at evidence.Checkpoint, signed string) Head {
	return Head{Size: at.Size, Checkpoint: signed, Tile: func(level int, n int64) ([]byte, error) { return l.store.Tile(ctx, level, n) }}
}

// Prove returns the proof that a leaf is in the log, as of this head. It needs no
// key: who gets it checks the checkpoint against the keys that they trust.
func (h Head) Prove(index int64) (*evidence.Proof, error) {
	path, err := tlog.ProveRecord(h.Size, index, newTree(h))
	if err != nil {
		return nil, fmt.Errorf("proof of leaf %d: %w", index, err)
	}
	proof := &evidence.Proof{Index: index, Path: [][]byte{}, Checkpoint: h.Checkpoint}
	for _, hash := range path {
		proof.Path = append(proof.Path, hash[:])
	}
	return proof, nil
}

// tree reads hashes of the tree: those added here, and the stored ones.
type tree struct {
	head  Head
	added map[int64]tlog.Hash
	tiles map[[2]int64][]byte // by level and position
}

func newTree(head Head) *tree {
	return &tree{head: head, added: map[int64]tlog.Hash{}, tiles: map[[2]int64][]byte{}}
}

// add takes in the hashes of the next leaf. Their positions follow one another.
func (t *tree) add(hashes []tlog.Hash) {
	next := tlog.StoredHashIndex(0, t.head.Size)
	for i, h := range hashes {
		t.added[next+int64(i)] = h
	}
	t.head.Size++
}

// ReadHashes returns the hashes at the positions of tlog's numbering.
func (t *tree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var hashes []tlog.Hash
	for _, x := range indexes {
		h, err := t.hash(x)
		if err != nil {
			return nil, err
		}
		hashes = append(hashes, h)
	}
	return hashes, nil
}

func (t *tree) hash(index int64) (tlog.Hash, error) {
	if h, ok := t.added[index]; ok {
		return h, nil
	}
	at := tlog.TileForIndex(Height, index)
	key := [2]int64{int64(at.L), at.N}
	data, ok := t.tiles[key]
	if !ok {
		var err error
		if data, err = t.head.Tile(at.L, at.N); err != nil {
			return tlog.Hash{}, err
		}
		t.tiles[key] = data
	}
	if len(data) < at.W*tlog.HashSize {
		return tlog.Hash{}, fmt.Errorf("tile %d of level %d has %d bytes, want %d: %w", at.N, at.L, len(data), at.W*tlog.HashSize, fault.NotFound)
	}
	return tlog.HashFromTile(at, data[:at.W*tlog.HashSize], index)
}
