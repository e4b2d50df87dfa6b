package server

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"

	"latchkey/app/fault"
)

// loaders is the folder of published loaders: the ones at addresses with a
// hash, which web teams pin with integrity. Every one ever published stays.
type loaders struct {
	dir   string
	cache sync.Map // name to *file
}

var pinned = regexp.MustCompile(`^[a-z0-9-]+(\.[A-Za-z-]+)?\.[0-9a-f]{16}\.js$`)

// keep publishes a loader, or a part of one, under a name with its hash. The
// file is there whole or not at all.
func (l *loaders) keep(name string, body io.Reader) error {
	path := filepath.Join(l.dir, name)
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	if err := os.MkdirAll(l.dir, 0o755); err != nil {
		return fmt.Errorf("loaders: %w", err)
	}
	tmp, err := os.CreateTemp(l.dir, ".new-*")
	if err != nil {
		return fmt.Errorf("loaders: %w", err)
	}
	defer os.Remove(tmp.Name())
	_, werr := io.Copy(tmp, body)
	if err := errors.Join(werr, tmp.Chmod(0o644), tmp.Sync(), tmp.Close()); err != nil {
		return fmt.Errorf("loaders: %w", err)
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return fmt.Errorf("loaders: %w", err)
	}
	return nil
}

// find returns a published loader.
func (l *loaders) find(name string) (*file, error) {
	if !pinned.MatchString(name) {
		return nil, fmt.Errorf("no such loader: %w", fault.NotFound)
	}
	if f, ok := l.cache.Load(name); ok {
		return f.(*file), nil
	}
	body, err := os.ReadFile(filepath.Join(l.dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("no such loader: %w", fault.NotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("loader: %w", err)
	}
	f, _ := l.cache.LoadOrStore(name, newFile(body, name, forEver))
	return f.(*file), nil
}

// embed serves /embed/SITE.js, the current loader of a site, and
// /embed/SITE.HASH.js, one that was published at some time.
func (s *Server) embed(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("file")
	id, ok := strings.CutSuffix(name, ".js")
	if !ok {
		return fmt.Errorf("no such loader: %w", fault.NotFound)
	}
	if st, err := s.snapshot().site(id); err == nil {
		st.loader.ServeHTTP(w, r)
		return nil
	}
	f, err := s.loaders.find(name)
	if err != nil {
		return err
	}
	f.ServeHTTP(w, r)
	return nil
}
