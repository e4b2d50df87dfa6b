package main

import (
	"context"
	"errors"
	"fmt"
	"io"

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
// [fault.NotFound] as long as it is not.
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
	head := receiptlog.Head{Size: size, Checkpoint: checkpoint, Tile: func(level int, n int64) ([]byte, error) { return rows.Tile(ctx, level, n) }}
	return head.Prove(index)
}
