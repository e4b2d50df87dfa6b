package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"latchkey/app/fault"
)

// place is where the files of an open database are. SQLite goes on writing to a
// file that was deleted or renamed, and its commits succeed: what they store is
// gone when the process ends, or is in a file that nobody knows of.
type place map[string]fs.FileInfo // by path

// placeOf notes which files a database consists of. It must have been written to before, so that
// its write-ahead log is there; that stays the same file as long as a connection is open.
func placeOf(path string) (place, error) {
	p := place{}
	for _, name := range []string{path, path + "-wal"} {
		info, err := os.Stat(name)
		if err != nil {
			return nil, err
		}
		p[name] = info
	}
	return p, nil
}

// check returns an error wrapping [fault.Unavailable] if a path leads to
// nothing, or to another file. A file that is put back is the same one.
func (p place) check() error {
	for name, was := range p {
		is, err := os.Stat(name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return errMoved
		case err != nil:
			// The error names the path, which is nothing for a visitor.
			return fmt.Errorf("a file of the database can't be looked at: %w", fault.Unavailable)
		case !os.SameFile(was, is):
			return errMoved
		}
	}
	return nil
}

var errMoved = fmt.Errorf("a file of the database was deleted, moved or replaced under the running server; "+
	"put it back where it was, or stop the server and restore a backup: %w", fault.Unavailable)
