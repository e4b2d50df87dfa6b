package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/andybalholm/brotli"
)

// controlCommand makes this program the control's server: a process of its
// own, as the product is.
const controlCommand = "control"

// readerPath is where the control's server has the script that only reads a cookie.
const readerPath = "/reader.js"

// runControl serves the control of the loader at the address in args until the
// context ends.
func runControl(ctx context.Context, args []string, stdout io.Writer) error {
	if len(args) != 1 {
		return errors.New("control: want the address of the loader")
	}
	loader, header, err := download(args[0])
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	for path, name := range map[string]string{embedPath: "page/control.js", readerPath: "page/reader.js"} {
		code, err := pages.ReadFile(name)
		if err != nil {
			return err
		}
		script, err := padded(code, len(loader))
		if err != nil {
			return err
		}
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) { serveControl(w, r, script, header) })
	}
	mux.HandleFunc("POST /api/receipts", forget)
	listener, err := net.Listen("tcp", "127.0.0.3:0")
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "The control is on http://%s\n", listener.Addr())
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		<-ctx.Done()
		server.Close()
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// serveControl answers as the product does with the loader.
func serveControl(w http.ResponseWriter, r *http.Request, script []byte, header http.Header) {
	if !strings.Contains(r.Header.Get("Accept-Encoding"), "br") {
		http.Error(w, "the loader and its control are compared in brotli", http.StatusNotAcceptable)
		return
	}
	for name, values := range header {
		w.Header()[name] = values
	}
	sum := sha256.Sum256(script)
	w.Header().Set("ETag", `"`+hex.EncodeToString(sum[:8])+`-br"`)
	w.Header().Set("Content-Length", strconv.Itoa(len(script)))
	w.Header().Del("Date")
	w.Write(script)
}

// forget answers as the product does to a receipt, and keeps nothing.
func forget(w http.ResponseWriter, r *http.Request) {
	if _, err := io.ReadAll(r.Body); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusCreated)
	fmt.Fprintf(w, `{"receipt":"00000000-0000-0000-0000-000000000000","token":%q,"time":"2026-01-01T00:00:00Z"}`, strings.Repeat("0", 200))
}

// padded compresses code with a comment of noise after it, so that it takes
// exactly size bytes.
func padded(code []byte, size int) ([]byte, error) {
	if smallest := len(compressed(code)); smallest > size {
		return nil, fmt.Errorf("the control alone is %d bytes, and the loader only %d", smallest, size)
	}
	// How long the comment is for that differs by a byte or two from noise to noise.
	length := -1
	for seed := range byte(200) {
		noise := make([]byte, size)
		chance := rand.NewChaCha8([32]byte{seed}) // the same noise in every run
		chance.Read(noise)
		comment := base64.StdEncoding.EncodeToString(noise)
		script := func(n int) []byte { return compressed(fmt.Appendf(nil, "%s//%s\n", code, comment[:n])) }
		if length < 0 {
			length = sort.Search(len(comment), func(n int) bool { return len(script(n)) >= size })
		}
		if found := script(length); len(found) == size {
			return found, nil
		}
	}
	return nil, fmt.Errorf("no control of exactly %d bytes was found", size)
}

// compressed is brotli at its best level, as the product serves its loaders.
func compressed(script []byte) []byte {
	var b bytes.Buffer
	w := brotli.NewWriterLevel(&b, brotli.BestCompression)
	w.Write(script) // into memory: can't fail
	w.Close()
	return b.Bytes()
}
