package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/andybalholm/brotli"
)

// programs are the WebAssembly programs by the package that each is built from.
var programs = []struct{ pkg, out string }{
	{"./cmd/panel", "app.wasm"},
	{"./cmd/proof", "verify.wasm"},
}

// buildWasm builds the programs, each also as brotli and gzip, with the start script
// that belongs to the compiler in use. The go command itself knows when
// nothing has changed.
func buildWasm(ctx context.Context, stderr io.Writer) error {
	for _, p := range programs {
		target := filepath.Join(dist, p.out)
		// Without inlining (-l) the code repeats itself less: it travels 6 % smaller.
		build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-gcflags=all=-l", "-o", target, p.pkg)
		build.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
		build.Stdout, build.Stderr = stderr, stderr
		if err := build.Run(); err != nil {
			return fmt.Errorf("build %s for WebAssembly: %w", p.pkg, err)
		}
		if err := errors.Join(compressOnce(target, target+".br"), gzipOnce(target, target+".gz")); err != nil {
			return err
		}
	}
	root, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return fmt.Errorf("go env GOROOT: %w", err)
	}
	start, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "wasm_exec.js"))
	if err != nil {
		return fmt.Errorf("start script of the compiler: %w", err)
	}
	return write(filepath.Join(dist, "wasm_exec.js"), start)
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
