package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/andybalholm/brotli"
)

// fixed are the assets that are served as they are, whatever a site's configuration says.
var fixed = []string{"boot.js", "wasm_exec.js", "app.wasm", "verify.js", "verify.wasm"}

// compressFixed writes those assets as brotli and as gzip too: at the best level
// that takes longer than a server's start may.
func compressFixed() error {
	for _, name := range fixed {
		path := filepath.Join(dist, name)
		if err := errors.Join(compressOnce(path, path+".br"), gzipOnce(path, path+".gz")); err != nil {
			return err
		}
	}
	return nil
}

// gzipOnce writes the gzip form of the file, for clients that take no brotli,
// unless it is there.
func gzipOnce(path, out string) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("compress: %w", err)
	}
	if packed, err := os.Open(out); err == nil {
		defer packed.Close()
		if r, err := gzip.NewReader(packed); err == nil {
			if got, err := io.ReadAll(r); err == nil && bytes.Equal(got, content) {
				return nil
			}
		}
	}
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return fmt.Errorf("compress: %w", err)
	}
	_, err = w.Write(content)
	if err := errors.Join(err, w.Close()); err != nil {
		return fmt.Errorf("compress: %w", err)
	}
	return write(out, b.Bytes())
}

// compressOnce writes the brotli form of the file, unless it is there: at the
// highest quality that takes longer than all the rest.
func compressOnce(path, out string) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("compress: %w", err)
	}
	if packed, err := os.ReadFile(out); err == nil {
		if got, err := io.ReadAll(brotli.NewReader(bytes.NewReader(packed))); err == nil && bytes.Equal(got, content) {
			return nil
		}
	}
	packed, err := compress(content)
	if err != nil {
		return err
	}
	return write(out, packed)
}

// compress returns the smallest brotli form that every browser reads.
func compress(content []byte) ([]byte, error) {
	var b bytes.Buffer
	w := brotli.NewWriterOptions(&b, brotli.WriterOptions{Quality: brotli.BestCompression, LGWin: 24})
	_, err := w.Write(content)
	if err := errors.Join(err, w.Close()); err != nil {
		return nil, fmt.Errorf("compress: %w", err)
	}
	return b.Bytes(), nil
}
