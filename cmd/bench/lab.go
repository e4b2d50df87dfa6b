package main

import (
	"bufio"
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

//go:embed page
var pages embed.FS

const (
	groups     = "testdata/groups"
	demoOrigin = "http://127.0.0.1:8090" // the origin that the sample groups are written for
	site       = "progress-group"
	embedPath  = "/embed/" + site + ".js"
)

// lab is what all parts measure with: the product, the control and the host
// page, each at an address of the loopback network that is a site of its own to
// the browser, and the browser.
type lab struct {
	host       string   // origin of the host page
	product    string   // origin of the product
	control    string   // origin of the control
	binary     string   // the product's program
	process    int      // of the product
	data       string   // its folder
	database   string   // its PostgreSQL; empty with SQLite
	loaderSize int      // bytes as transferred
	browser    *browser // nil if nothing needs it
	scale      scale
	stored     atomic.Int64 // receipts that the product has taken

	closers []func()
}

// openLab starts everything.
func openLab(ctx context.Context, binary, database string, browses bool) (*lab, error) {
	l := &lab{}
	if err := l.open(ctx, binary, database, browses); err != nil {
		l.close()
		return nil, err
	}
	return l, nil
}

func (l *lab) open(ctx context.Context, binary, database string, browses bool) error {
	if _, err := os.Stat(binary); err != nil {
		return fmt.Errorf("%w: run `make build` in the root of the repository", err)
	}
	dir, err := os.MkdirTemp("", "latchkey-bench-")
	if err != nil {
		return err
	}
	l.later(func() { os.RemoveAll(dir) })
	if err := l.serveHost(); err != nil {
		return err
	}
	if err := copyGroups(filepath.Join(dir, "groups"), l.host); err != nil {
		return err
	}
	l.data = filepath.Join(dir, "data")
	if l.database, err = l.findDatabase(database); err != nil {
		return err
	}
	l.binary = binary
	args := []string{"serve", "--config", filepath.Join(dir, "groups"), "--data", l.data, "--addr", "127.0.0.2:0", "--limit-scale", "1e6"}
	if l.database != "" {
		args = append(args, "--database", l.database)
	}
	if l.product, l.process, err = l.start(filepath.Join(dir, "latchkey.log"), binary, args...); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if l.control, _, err = l.start(filepath.Join(dir, "control.log"), self, controlCommand, l.product+embedPath); err != nil {
		return err
	}
	loader, _, err := download(l.product + embedPath)
	if err != nil {
		return err
	}
	l.loaderSize = len(loader)
	if !browses {
		return nil
	}
	l.browser, err = openBrowser(ctx, filepath.Join(dir, "profile"))
	if err != nil {
		return err
	}
	l.later(l.browser.close)
	return nil
}

// later has f called when the lab closes; what was opened last closes first.
func (l *lab) later(f func()) { l.closers = append(l.closers, f) }

func (l *lab) close() {
	for len(l.closers) > 0 {
		last := len(l.closers) - 1
		l.closers[last]()
		l.closers = l.closers[:last]
	}
}

// start runs a server that prints its address as the end of its first line.
func (l *lab) start(logFile, name string, args ...string) (origin string, process int, err error) {
	log, err := os.Create(logFile)
	if err != nil {
		return "", 0, err
	}
	l.later(func() { log.Close() })
	cmd := exec.Command(name, args...)
	cmd.Stderr = log
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", 0, err
	}
	if err := cmd.Start(); err != nil {
		return "", 0, err
	}
	l.later(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	_, address, found := strings.Cut(strings.TrimSpace(line), "http://")
	if err != nil || !found {
		said, _ := os.ReadFile(logFile)
		return "", 0, fmt.Errorf("%s did not start: %s%s", filepath.Base(name), line, said)
	}
	go io.Copy(io.Discard, out)
	return "http://" + address, cmd.Process.Pid, nil
}

// copyGroups copies the sample groups, with an origin of this run.
func copyGroups(to, origin string) error {
	if err := os.CopyFS(to, os.DirFS(groups)); err != nil {
		return fmt.Errorf("sample groups, to be found from the root of the repository: %w", err)
	}
	files, err := filepath.Glob(filepath.Join(to, "*", "group.yaml"))
	if err != nil {
		return err
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			return err
		}
		if err := os.WriteFile(f, bytes.ReplaceAll(b, []byte(demoOrigin), []byte(origin)), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// The host page in its variants: with the product, with a control, with
// neither, and an empty one to begin with.
const (
	withProduct = "latchkey"
	withControl = "baseline" // as long a word as the other: the pages are of one size
	withReader  = "reader"   // only a script that reads a cookie
	bare        = "bare"
	blank       = "blank"
)

// page is the address of a variant of the host page that does a job.
func (l *lab) page(variant, job string) string {
	return fmt.Sprintf("%s/%s/%s?do=%s", l.host, site, variant, job)
}

// serveHost serves the host page.
func (l *lab) serveHost() error {
	page, err := template.ParseFS(pages, "page/host.html")
	if err != nil {
		return err
	}
	probe, err := pages.ReadFile("page/probe.js")
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /"+site+"/{variant}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		script := ""
		switch variant := r.PathValue("variant"); variant {
		case withProduct:
			script = l.product + embedPath
		case withControl:
			script = l.control + embedPath
		case withReader:
			script = l.control + readerPath
		case blank:
			io.WriteString(w, "<!doctype html><title>Blank</title>")
			return
		}
		page.Execute(w, map[string]any{"Page": r.PathValue("variant"), "Probe": template.JS(probe), "Script": script})
	})
	mux.HandleFunc("GET /host.css", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "max-age=3600")
		http.ServeFileFS(w, r, pages, "page/host.css")
	})
	mux.HandleFunc("GET /tag.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		w.Header().Set("Cache-Control", "max-age=3600")
	})
	mux.HandleFunc("GET /favicon.ico", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	l.host = "http://" + listener.Addr().String()
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go server.Serve(listener)
	l.later(func() { server.Close() })
	return nil
}

// download gets a script the way a browser does, as it travels.
func download(url string) (body []byte, header http.Header, err error) {
	req, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return nil, nil, err
	}
	req.Header.Set("Accept-Encoding", "br")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(resp.Body)
	if err != nil {
		return nil, nil, err
	}
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Encoding") != "br" {
		return nil, nil, errors.New(url + ": want it, in brotli")
	}
	return body, resp.Header, nil
}
