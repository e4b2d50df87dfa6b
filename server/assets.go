package server

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"

	"latchkey/web"
)

// file is one asset in the encodings in which it is served.
type file struct {
	body  content
	br    content
	gz    content
	mime  string
	hash  string // first 16 hexadecimal digits of the SHA-256 of its content
	cache string // Cache-Control
}

// content is bytes that are served as they are: in memory, or in the program's
// own file, from where the system brings in what is asked for.
type content struct {
	io.ReaderAt
	size int64
}

func inMemory(b []byte) content { return content{bytes.NewReader(b), int64(len(b))} }

// reader reads the content from its start.
func (c content) reader() io.Reader { return io.NewSectionReader(c, 0, c.size) }

const (
	// forEver is for addresses that carry the hash of their content.
	forEver = "public, max-age=31536000, immutable"
	// pointer is for the loader's stable address: used from the cache at once,
	// and renewed behind the visitor's back.
	pointer = "public, max-age=300, stale-while-revalidate=604800, stale-if-error=604800"
)

// newFile compresses body, once, at the best level.
func newFile(body []byte, name, cache string) *file {
	return &file{
		body: inMemory(body), br: inMemory(brotlied(body)), gz: inMemory(gzipped(body)),
		mime: mimeType(name), hash: hash(body)[:16], cache: cache,
	}
}

// compressing makes the files of a configuration be compressed one at a time:
// the best level works in some megabytes, and a start has few processors.
var compressing sync.Mutex

func brotlied(body []byte) []byte {
	compressing.Lock()
	defer compressing.Unlock()
	var b bytes.Buffer
	bw := brotli.NewWriterOptions(&b, brotli.WriterOptions{Quality: brotli.BestCompression, LGWin: window(len(body))})
	bw.Write(body) // into memory: can't fail
	bw.Close()
	return bytes.Clone(b.Bytes())
}

// window is the smallest window that reaches back over n bytes (RFC 7932,
// section 9.1), as a power of two. The compressor's memory grows with the window
// and not with what it compresses: with the largest one it is 32 MB for a file of 5 kB.
func window(n int) int {
	const smallest, largest, lost = 16, 22, 16
	for w := smallest; w < largest; w++ {
		if n <= 1<<w-lost {
			return w
		}
	}
	return largest
}

func gzipped(body []byte) []byte {
	var b bytes.Buffer
	gw, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		panic(err) // the level is a constant
	}
	gw.Write(body)
	gw.Close()
	return bytes.Clone(b.Bytes())
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
	case accepts(accept, "br"):
		body, tag = f.br, f.hash+"-br"
		h.Set("Content-Encoding", "br")
	case accepts(accept, "gzip"):
		body, tag = f.gz, f.hash+"-gz"
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("ETag", `"`+tag+`"`)
	if notModified(r.Header.Get("If-None-Match"), f.hash) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Length", strconv.FormatInt(body.size, 10))
	if r.Method != http.MethodHead {
		io.Copy(w, body.reader())
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
var built = []string{"boot.js", "wasm_exec.js", "app.wasm", "verify.js", "verify.wasm"}

// errNotBuilt says what to do when the binary was compiled without its assets.
var errNotBuilt = errors.New("the front end is not built into this binary: run `make build`, which does it before compiling")

// readAssets reads what cmd/assets left in dist.
func readAssets(dist fs.FS) (*assets, error) {
	a := &assets{byName: map[string]*file{}, byPath: map[string]*file{}, paths: map[string]string{}}
	for _, name := range built {
		f, err := readAsset(dist, name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, errNotBuilt
		}
		if err != nil {
			return nil, fmt.Errorf("asset %s: %w", name, err)
		}
		a.add(name, f)
	}
	a.add("icon.svg", newFile(web.Icon, "icon.svg", forEver))
	a.add("docs.css", newFile(web.DocsStyle, "docs.css", forEver))
	return a, nil
}

// readAsset reads a built asset. It comes compressed already, because that takes
// longer than a start may, and it stays where it is: with their encodings the
// assets would be most of the server's memory.
func readAsset(dist fs.FS, name string) (*file, error) {
	f := &file{mime: mimeType(name), cache: forEver}
	for ext, c := range map[string]*content{"": &f.body, ".br": &f.br, ".gz": &f.gz} {
		var err error
		if *c, err = inPlace(dist, "dist/"+name+ext); err != nil {
			return nil, err
		}
	}
	h := sha256.New()
	if _, err := io.Copy(h, f.br.reader()); err != nil { // stands for the whole, and is a sixth of it
		return nil, err
	}
	f.hash = hex.EncodeToString(h.Sum(nil))[:16]
	return f, nil
}

// inPlace opens a file for as long as the server lives. In the assets that are
// built into the program, that is a part of the program.
func inPlace(dist fs.FS, path string) (content, error) {
	open, err := dist.Open(path)
	if err != nil {
		return content{}, err
	}
	info, err := open.Stat()
	if err != nil {
		return content{}, err
	}
	at, ok := open.(io.ReaderAt)
	if !ok {
		b, err := io.ReadAll(open)
		return inMemory(b), errors.Join(err, open.Close())
	}
	return content{at, info.Size()}, nil
}

func (a *assets) add(name string, f *file) string {
	ext := path.Ext(name)
	p := "/assets/" + strings.TrimSuffix(name, ext) + "." + f.hash + ext
	a.byName[name], a.byPath[p], a.paths[name] = f, f, p
	return p
}
