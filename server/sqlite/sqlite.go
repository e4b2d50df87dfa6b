// Package sqlite keeps receipts, notices, requests and messages in one SQLite
// file. [Store] is the server's store; [Reader] reads the same file from
// another process, also while the server runs.
//
// The file is in WAL mode with synchronous=FULL: a committed transaction has
// been synced to the disk. There is one writing connection, which commits what
// is waiting as a group (see writer), and several reading ones.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	_ "modernc.org/sqlite" // the database/sql driver "sqlite"

	"latchkey/app/fault"
)

// FileName is the name of the database file in the data folder.
const FileName = "latchkey.db"

// readers is how many reading connections a process may have open at once.
const readers = 8

// Reader reads a database. It is safe for concurrent use.
type Reader struct {
	db       *sql.DB
	editions *editions
}

// Store reads and writes a database; it satisfies the server's store
// interface. It is safe for concurrent use.
type Store struct {
	Reader
	writer    *writer
	probing   *sql.DB // for checkRoom
	scrubbing sync.Mutex
}

// Open opens the database at path and brings its schema up to date. A file
// that does not exist is made, as are the folders above it, readable by its
// owner alone. A database written by a newer version of the program is
// refused with an error wrapping [fault.Conflict], as is one that is being moved
// (see package transfer); one that is damaged, with [fault.Damaged]; one that can't
// be written, with [fault.Unavailable]. Once the file is no longer where it was,
// every write is refused with [fault.Unavailable], too.
func Open(ctx context.Context, path string) (*Store, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("database %s: %w", path, err)
	}
	db, reading, err := open(ctx, path)
	if err != nil {
		return nil, err
	}
	small := writing()
	small.Add("_pragma", "cache_size(8)")
	probing, err := connect(path, small, 1)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("database %s: %w", path, err), db.Close(), reading.Close())
	}
	s := &Store{Reader: Reader{db: reading, editions: newEditions()}, writer: startWriter(db), probing: probing}
	if err := checkMoving(ctx, reading); err != nil {
		return nil, errors.Join(fmt.Errorf("database %s: %w", path, err), s.Close())
	}
	if err := s.probe(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("database %s: %w", path, err), s.Close())
	}
	if err := s.writer.stay(path); err != nil {
		return nil, errors.Join(fmt.Errorf("database %s: %w", path, err), s.Close())
	}
	s.scrubErased(ctx) // what a process that was killed has left
	return s, nil
}

// open opens the database at path, with the schema of this program, over one
// connection that writes and several that read.
func open(ctx context.Context, path string) (db, reading *sql.DB, err error) {
	if path, err = filepath.Abs(path); err != nil {
		return nil, nil, fmt.Errorf("database %s: %w", path, err)
	}
	if err := create(path); err != nil {
		return nil, nil, fmt.Errorf("database %s: %w", path, err)
	}
	if db, err = connect(path, writing(), 1); err != nil {
		return nil, nil, fmt.Errorf("database %s: %w", path, err)
	}
	if err := readable(ctx, db); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("database %s: %w", path, err), db.Close())
	}
	if err := migrate(ctx, db); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("database %s: %w", path, err), db.Close())
	}
	if reading, err = connect(path, url.Values{"_pragma": {"busy_timeout(5000)", "query_only(1)", "cache_size(-500)"}}, readers); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("database %s: %w", path, err), db.Close())
	}
	return db, reading, nil
}

// OpenReader opens the database at path for reading only; a server may be
// using it. Without such a file the error wraps [fault.NotFound]; if its schema
// is not the one of this program, [fault.Conflict].
func OpenReader(ctx context.Context, path string) (*Reader, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("database %s: %w", path, err)
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("database %s: %w", path, fault.NotFound)
	}
	db, err := connect(path, url.Values{"mode": {"ro"}, "_pragma": {"busy_timeout(5000)"}}, readers)
	if err != nil {
		return nil, fmt.Errorf("database %s: %w", path, err)
	}
	if err := checkVersion(ctx, db); err != nil {
		return nil, errors.Join(fmt.Errorf("database %s: %w", path, err), db.Close())
	}
	return &Reader{db: db, editions: newEditions()}, nil
}

// Close closes the connections. Iterators in use end with an error.
func (r *Reader) Close() error { return r.db.Close() }

// Close lets the writes that were accepted finish, and closes the database. A
// store that is closed stays closed: another Close does nothing.
func (s *Store) Close() error {
	return errors.Join(s.Reader.Close(), s.probing.Close(), s.writer.close())
}

// reserve is how many bytes must be free: the largest request takes as much with its messages.
const reserve = 1 << 20

// checkRoom takes up the room that is to be free, and gives it back: what a transaction has written to the
// write-ahead log when it is undone is written over by the next, for which there is room then. A connection with a
// small cache is needed, because what is in the cache is not written before the end.
func (s *Store) checkRoom(ctx context.Context) error {
	return s.writer.alone(ctx, func(ctx context.Context, _ *sql.DB) error {
		if err := s.writer.inPlace(); err != nil {
			return err
		}
		tx, err := s.probing.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer tx.Rollback()
		_, err = tx.ExecContext(ctx, `INSERT INTO texts (hash, text) VALUES ('', hex(zeroblob(?)))`, reserve/2)
		return err
	})
}

// Ready writes to the database, to find out whether that is possible, and whether there is room
// for what may come. The error wraps [fault.Unavailable].
func (s *Store) Ready(ctx context.Context) error {
	if err := s.checkRoom(ctx); err != nil {
		return fmt.Errorf("not writable: %w: %w", err, fault.Unavailable)
	}
	return s.probe(ctx)
}

// probe writes a row, durably.
func (s *Store) probe(ctx context.Context) error {
	err := s.writer.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO probe (id, count) VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET count = count + 1`)
		return err
	})
	if err != nil {
		return fmt.Errorf("not writable: %w: %w", err, fault.Unavailable)
	}
	return nil
}

// create makes the file, readable by its owner alone; SQLite gives the files
// that it puts beside it the same mode. A file that exists is not opened here:
// closing it would drop the locks that this process holds on it.
func create(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return forOwner(path)
	}
	if err != nil {
		return err
	}
	return f.Close()
}

// connect opens a pool of at most n connections. The settings are in the name,
// because a PRAGMA run later would reach only one connection of the pool.
func connect(path string, settings url.Values, n int) (*sql.DB, error) {
	name := url.URL{Scheme: "file", Path: path, RawQuery: settings.Encode()}
	db, err := sql.Open("sqlite", name.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	return db, nil
}

// toMillis is how a time is stored; fromMillis reads it back.
func toMillis(t time.Time) int64 { return t.UnixMilli() }

func fromMillis(ms int64) time.Time { return time.UnixMilli(ms).UTC() }
