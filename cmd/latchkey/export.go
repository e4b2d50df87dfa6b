package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"time"

	"latchkey/app/consent"
	"latchkey/app/fault"
	"latchkey/server/receiptlog"
)

// receiptsExportCmd writes receipts for another program.
type receiptsExportCmd struct {
	dataFlags
	filterFlags
	signFlags
	Format   string `help:"How to write: jsonl (one JSON object a line; json is the same) or csv." enum:"jsonl,json,csv" default:"jsonl"`
	Limit    int    `help:"At most this many, the newest; 0 for all." default:"0"`
	Manifest string `help:"Write a manifest into this file, signed by the key of the log: how many receipts, from which leaf to which, the SHA-256 of the output, and the log's checkpoint." placeholder:"FILE"`
}

// exportFormat is the first line of an export's manifest.
const exportFormat = "latchkey-export/1"

// exportManifest says what an export wrote.
type exportManifest struct {
	Time       time.Time `json:"time"`   // when it ended, UTC
	Format     string    `json:"format"` // jsonl or csv
	Site       string    `json:"site,omitempty"`
	Entity     string    `json:"entity,omitempty"`
	Limit      int       `json:"limit,omitempty"`
	Count      int64     `json:"count"`           // of receipts
	First      *int64    `json:"first,omitempty"` // leaf of the first one, if it was in the log by then
	Last       *int64    `json:"last,omitempty"`
	Bytes      int64     `json:"bytes"`
	SHA256     string    `json:"sha256"`               // of the output
	Checkpoint string    `json:"checkpoint,omitempty"` // signed state of the log at the end; empty if there was none
}

// Run writes receipts as they come, and says on the standard error how far it is.
func (c *receiptsExportCmd) Run(ctx context.Context, s streams) error {
	store, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	var keys receiptlog.Keys
	if c.Manifest != "" { // before the work is done
		if keys, err = c.keys(c.Data); err != nil {
			return err
		}
	}
	filter := c.filter()
	filter.Limit = c.Limit
	m := exportManifest{Format: "jsonl", Site: c.Site, Entity: c.Entity, Limit: c.Limit}
	if c.Format == "csv" {
		m.Format = "csv"
	}
	out := &measured{w: s.out, hash: sha256.New()}
	var first, last string
	said := now()
	err = printAll(out, map[string]string{"jsonl": "json", "csv": "csv"}[m.Format], receiptColumns, true, func(yield func(consent.Receipt, error) bool) {
		for r, err := range store.Receipts(ctx, filter) {
			if err == nil {
				if m.Count++; m.Count == 1 {
					first = r.ID
				}
				last = r.ID
				if at := now(); at.Sub(said) >= time.Second {
					said = at
					fmt.Fprintf(s.err, "%d receipts written\n", m.Count)
				}
			}
			if !yield(r.Receipt, err) {
				return
			}
		}
	})
	if err != nil {
		return fmt.Errorf("export ended after %d receipts: %w", m.Count, err)
	}
	fmt.Fprintf(s.err, "%d receipts written, %d bytes\n", m.Count, out.n)
	if c.Manifest == "" {
		return nil
	}
	m.Time, m.Bytes, m.SHA256 = now(), out.n, hex.EncodeToString(out.hash.Sum(nil))
	if err := m.place(ctx, store, first, last); err != nil {
		return err
	}
	signed, err := keys.SignJSON(exportFormat, m)
	if err != nil {
		return err
	}
	return writeWhole(c.Manifest, signed)
}

// place fills in where in the log the receipts are.
func (m *exportManifest) place(ctx context.Context, store reader, first, last string) error {
	leaf := func(id string) (*int64, error) {
		index, err := store.Index(ctx, id)
		if errors.Is(err, fault.NotFound) {
			return nil, nil
		}
		return &index, err
	}
	var err error
	if m.First, err = leaf(first); err != nil {
		return err
	}
	if m.Last, err = leaf(last); err != nil {
		return err
	}
	m.Checkpoint, err = store.Checkpoint(ctx)
	if errors.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

// measured counts and hashes what goes through it.
type measured struct {
	w    io.Writer
	hash hash.Hash
	n    int64
}

func (m *measured) Write(p []byte) (int, error) {
	n, err := m.w.Write(p)
	m.n += int64(n)
	m.hash.Write(p[:n])
	return n, err
}

// writeWhole writes a text file, which is there whole and on the disk, or not at all.
func writeWhole(path, text string) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	defer os.Remove(f.Name())
	_, werr := f.WriteString(text)
	err = errors.Join(werr, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
