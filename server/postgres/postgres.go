// Package postgres keeps receipts, notices, requests and messages in a
// PostgreSQL database that several server processes may share. [Store] is the
// server's store; [Reader] reads the same database from another program.
//
// A commit is answered when the database has synced it to the disk: every
// connection makes sure of synchronous_commit, and a database that runs without
// fsync is refused. Receipts that wait at the same time share a transaction
// (see writer). Any process takes writes; one at a time extends the log of
// receipts, and one at a time has messages to deliver.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"latchkey/app/fault"
)

// readers is how many connections a process reads with at once, unless the
// URL says otherwise with pool_max_conns.
const readers = 8

// patience is how long a write may take, and the waiting for a connection,
// before the answer is that the database is not available. A receipt may wait as
// long again for its turn.
const patience = 10 * time.Second

// quick is how long the database may take to show that it can be written to.
const quick = 5 * time.Second

// absence is how long a process may let nothing be heard of it and keep the
// right to deliver messages: longer than the delivery of one, and than the
// minute after which it looks for more.
const absence = 5 * time.Minute

// streaming is how long a list may be read that is of one moment.
const streaming = 10 * time.Minute

// Keys of the advisory locks, the same in every process.
const (
	partitionLock = 0x6c61746368_01 // while partitions are made
	extendLock    = 0x6c61746368_02 // while the log is extended
	deliverLock   = 0x6c61746368_03 // held by the process that delivers messages
	auditLock     = 0x6c61746368_05 // while the audit log is extended
)

// Reader reads a database. It is safe for concurrent use.
type Reader struct {
	pool     timed
	editions *editions
}

// Store reads and writes a database; it satisfies the server's store
// interface. It is safe for concurrent use.
type Store struct {
	Reader
	writing timed
	writer  *writer
	turn    turn
}

// Open connects to the database of a URL such as
// postgres://user:password@host/name and brings its schema up to date; a
// process that does so at the same time is waited for. The error wraps
// [fault.Conflict] if the schema is of a newer version of the program, or what
// is in it is being moved (see package transfer),
// [fault.Invalid] if the URL can't be read or the database does not keep what
// it acknowledges, [fault.Unavailable] if the database can't be reached. No error holds the password.
func Open(ctx context.Context, url string) (*Store, error) {
	c, err := parse(url)
	if err != nil {
		return nil, err
	}
	if err := prepare(ctx, c); err != nil {
		return nil, c.failed(err)
	}
	reading, err := c.pool(ctx, readers, forReading)
	if err != nil {
		return nil, c.failed(err)
	}
	writing, err := c.pool(ctx, batchers+4, forWriting)
	if err != nil {
		reading.Close()
		return nil, c.failed(err)
	}
	if err := checkMoving(ctx, writing); err != nil {
		reading.Close()
		writing.Close()
		return nil, c.failed(err)
	}
	s := &Store{Reader: Reader{pool: timed{reading, patience}, editions: newEditions()}, writing: timed{writing, patience}}
	s.turn.idle = absence
	s.writer = startWriter(s.writing)
	return s, nil
}

// prepare makes a database ready to be used, or refuses it.
func prepare(ctx context.Context, c address) error {
	pool, err := c.pool(ctx, 2, forMigrating)
	if err != nil {
		return err
	}
	defer pool.Close()
	return errors.Join(checkDurable(ctx, pool), migrate(ctx, pool))
}

// OpenReader connects for reading only; servers may be using the database. If it
// has no schema the error wraps [fault.NotFound]; if the schema is not
// the one of this program, [fault.Conflict].
func OpenReader(ctx context.Context, url string) (*Reader, error) {
	c, err := parse(url)
	if err != nil {
		return nil, err
	}
	pool, err := c.pool(ctx, readers, forReading)
	if err != nil {
		return nil, c.failed(err)
	}
	if err := checkVersion(ctx, pool); err != nil {
		pool.Close()
		return nil, c.failed(err)
	}
	return &Reader{pool: timed{Pool: pool}, editions: newEditions()}, nil
}

// Close closes the connections. Iterators in use end with an error.
func (r *Reader) Close() error {
	r.pool.Close()
	return nil
}

// Close lets the writes that were accepted finish, and closes the connections.
// A store that is closed stays closed: another Close does nothing.
func (s *Store) Close() error {
	s.writer.close()
	s.turn.end()
	s.writing.Close()
	return s.Reader.Close()
}

// reserve is how many pages of 8 KiB must be free: 1 MiB, which the largest request takes with its messages.
const reserve = 128

// fillRoom takes up as many pages as are to be free. Of each, a row leaves less than another would take.
const fillRoom = `INSERT INTO room SELECT decode(repeat('00', 5000), 'hex') FROM generate_series(1, $1)`

// Ready writes to the database, to find out whether that is possible, and whether there is room
// for what may come. The error wraps [fault.Unavailable].
func (s *Store) Ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, quick)
	defer cancel()
	_, err := s.writing.Exec(ctx, `INSERT INTO probe (id, count) VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET count = probe.count + 1`)
	if err == nil {
		err = s.checkRoom(ctx)
	}
	if err == nil {
		err = s.writer.room(ctx)
	}
	if err != nil {
		if err = kind(err); !errors.Is(err, fault.Unavailable) {
			err = fmt.Errorf("%w: %w", err, fault.Unavailable)
		}
		return fmt.Errorf("database is not writable: %w", err)
	}
	return nil
}

// checkRoom takes up the room that is to be free, and gives it back.
func (s *Store) checkRoom(ctx context.Context) error {
	tx, err := s.writing.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback(ctx)
	// In a file of its own, which goes with the transaction. A dump of the database holds the table for as
	// long as it takes, and says nothing against writing.
	if _, err := tx.Exec(ctx, `SET LOCAL lock_timeout = '500ms'; TRUNCATE room`); err != nil {
		if locked(err) {
			return nil
		}
		return err
	}
	_, err = tx.Exec(ctx, fillRoom, reserve)
	return err
}

// toMillis is what of a time is stored.
func toMillis(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }
