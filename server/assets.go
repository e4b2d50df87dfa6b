package server

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"

	"github.com/andybalholm/brotli"

	"latchkey/web"
)

// file is one asset in the encodings in which it is served.
type file struct {
	body  []byte
	br    []byte // nil if it is not worth it
	gz    []byte
	mime  string
	hash  string // first 16 hexadecimal digits of the SHA-256 of body
	cache string // Cache-Control
}

const (
	// forEver is for addresses that carry the hash of their content.
	forEver = "public, max-age=31536000, immutable"
	// pointer is for the loader's stable address: used from the cache at once,
	// and renewed behind the visitor's back.
	pointer = "public, max-age=300, stale-while-revalidate=604800, stale-if-error=604800"
)

// newFile compresses body, once, at the best level.
func newFile(body []byte, name, cache string) *file {
	f := &file{body: body, mime: mimeType(name), hash: hash(body)[:16], cache: cache}
	var b bytes.Buffer
	bw := brotli.NewWriterOptions(&b, brotli.WriterOptions{Quality: brotli.BestCompression, LGWin: 22})
	bw.Write(body) // into memory: can't fail
	bw.Close()
	f.br = b.Bytes()
	f.gz = gzipped(body)
	return f
}

func gzipped(body []byte) []byte {
	var b bytes.Buffer
	gw, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		panic(err) // the level is a constant
	}
	gw.Write(body)
	gw.Close()
	return b.Bytes()
}

func mimeType(name string) string {
	switch path.Ext(name) {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".wasm":
		return "application/wasm"
	case ".svg":
		return "image/svg+xml"
	default:
		return "application/octet-stream"
	}
}

func hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// ServeHTTP serves the file in the best encoding that the client takes.
func (f *file) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", f.mime)
	h.Set("Cache-Control", f.cache)
	h.Set("Vary", "Accept-Encoding")
	body, tag := f.body, f.hash
	switch accept := r.Header.Get("Accept-Encoding"); {
	case f.br != nil && accepts(accept, "br"):
		body, tag = f.br, f.hash+"-br"
		h.Set("Content-Encoding", "br")
	case f.gz != nil && accepts(accept, "gzip"):
		body, tag = f.gz, f.hash+"-gz"
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("ETag", `"`+tag+`"`)
	if notModified(r.Header.Get("If-None-Match"), f.hash) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method != http.MethodHead {
		w.Write(body)
	}
}

// notModified reports whether the client has the file in any of its encodings.
func notModified(header, hash string) bool {
	for tag := range strings.SplitSeq(header, ",") {
		tag = strings.Trim(strings.TrimPrefix(strings.TrimSpace(tag), "W/"), `"`)
		if base, _, _ := strings.Cut(tag, "-"); base == hash {
			return true
		}
	}
	return false
}

// accepts reports whether an Accept-Encoding header takes an encoding (RFC 9110, section 12.5.3).
func accepts(header, encoding string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, params, _ := strings.Cut(part, ";")
		if strings.TrimSpace(name) != encoding {
			continue
		}
		q, ok := strings.CutPrefix(strings.ReplaceAll(params, " ", ""), "q=")
		if !ok {
			return true
		}
		v, err := strconv.ParseFloat(q, 64)
		return err == nil && v > 0
	}
	return false
}

// assets are the files that cmd/assets built, by name, each under an immutable
// address of its own.
type assets struct {
	byName map[string]*file
	byPath map[string]*file // "/assets/app.0123456789abcdef.wasm"
	paths  map[string]string
}

// built lists the assets that a page loads by an address with a hash.
var built = []string{"boot.js", "wasm_exec.js", "app.wasm"}

// errNotBuilt says what to do when the binary was compiled without its assets.
var errNotBuilt = errors.New("the front end is not built into this binary: run `make build`, which does it before compiling")

// readAssets reads what cmd/assets left in dist. The WebAssembly comes
// compressed already, because that takes longer than a start may.
func readAssets(dist fs.FS) (*assets, error) {
	a := &assets{byName: map[string]*file{}, byPath: map[string]*file{}, paths: map[string]string{}}
	for _, name := range built {
		body, err := fs.ReadFile(dist, "dist/"+name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, errNotBuilt
		}
		if err != nil {
			return nil, fmt.Errorf("asset %s: %w", name, err)
		}
		var f *file
		if name == "app.wasm" {
			f = &file{body: body, mime: mimeType(name), hash: hash(body)[:16], cache: forEver}
			if f.br, err = fs.ReadFile(dist, "dist/"+name+".br"); err != nil {
				return nil, errNotBuilt
			}
			if f.gz, err = fs.ReadFile(dist, "dist/"+name+".gz"); err != nil {
				return nil, errNotBuilt
			}
		} else {
			f = newFile(body, name, forEver)
		}
		a.add(name, f)
	}
	a.add("icon.svg", newFile(web.Icon, "icon.svg", forEver))
	return a, nil
}

func (a *assets) add(name string, f *file) string {
	ext := path.Ext(name)
	p := "/assets/" + strings.TrimSuffix(name, ext) + "." + f.hash + ext
	a.byName[name], a.byPath[p], a.paths[name] = f, f, p
	return p
}
