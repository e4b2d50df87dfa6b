package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"golang.org/x/mod/sumdb/tlog"

	"latchkey/app/evidence"
	"latchkey/app/fault"
	"latchkey/server/receiptlog"
)

// writeReceiptFile writes what "latchkey verify receipt" checks: the file that the
// server gives to whoever holds the receipt's token.
func writeReceiptFile(ctx context.Context, w io.Writer, store reader, id string) error {
	stored, err := store.Receipt(ctx, id)
	if err != nil {
		return err
	}
	edition, err := store.Edition(ctx, stored.Edition)
	if err != nil {
		return fmt.Errorf("edition of receipt %s: %w", id, err)
	}
	shown, err := store.ShownText(ctx, edition.Shown)
	if err != nil {
		return fmt.Errorf("text shown with receipt %s: %w", id, err)
	}
	proof, err := proofOf(ctx, store, id)
	if err != nil && !errors.Is(err, fault.NotFound) {
		return err
	}
	file, err := evidence.NewFile(stored, edition, shown, proof)
	if err != nil {
		return err
	}
	b, err := file.Bytes()
	if err != nil {
		return err
	}
	_, err = w.Write(b)
	return err
}

// proofOf is the proof that a receipt is in the log, as of the newest checkpoint;
// [fault.NotFound] as long as it is not. It needs no key: whoever gets the file checks it
// against the keys that they trust.
func proofOf(ctx context.Context, store reader, receipt string) (*evidence.Proof, error) {
	index, err := store.Index(ctx, receipt)
	if err != nil {
		return nil, err
	}
	rows := store.Audit()
	size, checkpoint, err := rows.Head(ctx)
	if err != nil {
		return nil, err
	}
	path, err := tlog.ProveRecord(size, index, tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		hashes := make([]tlog.Hash, 0, len(indexes))
		for _, x := range indexes {
			at := tlog.TileForIndex(receiptlog.Height, x)
			data, err := rows.Tile(ctx, at.L, at.N)
			if err != nil {
				return nil, err
			}
			if len(data) < at.W*tlog.HashSize {
				return nil, fmt.Errorf("tile %d of level %d has %d bytes, want %d: %w", at.N, at.L, len(data), at.W*tlog.HashSize, fault.Damaged)
			}
			h, err := tlog.HashFromTile(at, data[:at.W*tlog.HashSize], x)
			if err != nil {
				return nil, err
			}
			hashes = append(hashes, h)
		}
		return hashes, nil
	}))
	if err != nil {
		return nil, fmt.Errorf("proof of leaf %d: %w", index, err)
	}
	proof := &evidence.Proof{Index: index, Path: make([][]byte, 0, len(path)), Checkpoint: checkpoint}
	for _, h := range path {
		proof.Path = append(proof.Path, h[:])
	}
	return proof, nil
}
