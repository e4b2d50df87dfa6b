package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"

	driver "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"latchkey/app/fault"
)

// maxGroup is how many writes go into one transaction at most.
const maxGroup = 256

// writer owns the one writing connection. A commit costs a sync of the disk,
// which takes longer than all the rest, so the writes that wait when one is
// done go into the next transaction together; each is answered only after that
// transaction is committed. If one of them fails, or there is no room for all, all are
// undone, and each runs again in a transaction of its own.
type writer struct {
	db   *sql.DB
	jobs chan job      // unbuffered: a job is with its caller or with the loop
	own  chan task     // the same
	quit chan struct{} // closed to end the loop
	done chan struct{} // closed when the loop has ended
	stop func()        // closes quit, once

	place atomic.Pointer[place] // where the files are; nil while they are opened

	// Of the loop: insertReceipt, compiled once, and the same in the transaction that is running.
	insert, inserting *sql.Stmt
}

// job is one write: do runs inside the group's transaction.
type job struct {
	do     func(context.Context, *sql.Tx) error
	answer chan error
}

// task is something that is done between two transactions.
type task struct {
	do     func(context.Context, *sql.DB) error
	answer chan error
}

func startWriter(db *sql.DB) *writer {
	w := &writer{db: db, jobs: make(chan job), own: make(chan task), quit: make(chan struct{}), done: make(chan struct{})}
	w.stop = sync.OnceFunc(func() { close(w.quit) })
	go w.loop()
	return w
}

// stay holds the files of the database to the place that they have now.
func (w *writer) stay(path string) error {
	path, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	// SQLite follows a link of this name, and puts the write-ahead log beside what it leads to.
	if path, err = filepath.EvalSymlinks(path); err != nil {
		return err
	}
	p, err := placeOf(path)
	if err == nil {
		w.place.Store(&p)
	}
	return err
}

// inPlace returns an error if the files are no longer where they were.
func (w *writer) inPlace() error {
	if p := w.place.Load(); p != nil {
		return p.check()
	}
	return nil
}

// write runs do in a transaction and returns when it is committed. If ctx ends
// before its turn has come, nothing is written; after that the outcome is
// waited for. Several calls may share a transaction, so do must touch nothing
// but it and the variables of its caller, and it may run twice. It costs the others
// time if do fails, so what is expected, and has written nothing, is no error in there.
func (w *writer) write(ctx context.Context, do func(context.Context, *sql.Tx) error) error {
	j := job{do: do, answer: make(chan error, 1)}
	select {
	case w.jobs <- j:
		return <-j.answer
	case <-ctx.Done():
		return ctx.Err()
	case <-w.quit:
		return errClosed
	}
}

// alone runs do between two transactions, while no other write of this process runs. All that want to
// write wait for it.
func (w *writer) alone(ctx context.Context, do func(context.Context, *sql.DB) error) error {
	t := task{do: do, answer: make(chan error, 1)}
	select {
	case w.own <- t:
		return <-t.answer
	case <-ctx.Done():
		return ctx.Err()
	case <-w.quit:
		return errClosed
	}
}

var errClosed = fmt.Errorf("database is closed: %w", fault.Unavailable)

func (w *writer) close() error {
	w.stop()
	<-w.done
	return w.db.Close()
}

func (w *writer) loop() {
	defer close(w.done)
	for {
		select {
		case j := <-w.jobs:
			w.commit(w.gather(j))
		case t := <-w.own:
			t.answer <- kind(t.do(context.Background(), w.db))
		case <-w.quit:
			return
		}
	}
}

// gather adds to first what is waiting at this moment.
func (w *writer) gather(first job) []job {
	group := []job{first}
	for len(group) < maxGroup {
		select {
		case j := <-w.jobs:
			group = append(group, j)
		default:
			return group
		}
	}
	return group
}

// commit runs a group and answers each of its jobs. Without the commit none
// of them has happened, so its failure is the answer to all.
func (w *writer) commit(group []job) {
	err := kind(w.run(group))
	if err != nil && len(group) > 1 && (!errors.Is(err, fault.Unavailable) || noRoom(err)) {
		for _, j := range group {
			w.commit([]job{j})
		}
		return
	}
	for _, j := range group {
		j.answer <- err
	}
}

func (w *writer) run(group []job) (err error) {
	// The transaction belongs to all, so no caller's context can end it.
	ctx := context.Background()
	if err := w.inPlace(); err != nil {
		return err // rather than to fill a file that is lost
	}
	if w.insert == nil {
		if w.insert, err = w.db.PrepareContext(ctx, insertReceipt); err != nil {
			return err
		}
	}
	tx, err := w.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // without effect after Commit
	w.inserting = tx.StmtContext(ctx, w.insert)
	for _, j := range group {
		if err := j.do(ctx, tx); err != nil {
			return err
		}
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	// Once more: what was committed to a file that has gone meanwhile is not stored.
	return w.inPlace()
}

// noRoom reports whether an error is that a file could not be written to, as on a full disk.
func noRoom(err error) bool {
	e, ok := errors.AsType[*driver.Error](err)
	return ok && (e.Code()&0xff == lib.SQLITE_FULL || e.Code() == lib.SQLITE_IOERR_WRITE)
}

// kind marks the errors that may be gone when the same is tried again, and the
// ones that say that the file is damaged.
func kind(err error) error {
	e, ok := errors.AsType[*driver.Error](err)
	if !ok || errors.Is(err, fault.Unavailable) || errors.Is(err, fault.Damaged) { // or marked already
		return err
	}
	switch e.Code() & 0xff { // the primary result code
	case lib.SQLITE_BUSY, lib.SQLITE_LOCKED, lib.SQLITE_FULL, lib.SQLITE_IOERR, lib.SQLITE_READONLY, lib.SQLITE_CANTOPEN:
		return fmt.Errorf("%w: %w", err, fault.Unavailable)
	case lib.SQLITE_CORRUPT, lib.SQLITE_NOTADB:
		return fmt.Errorf("%w: %w", err, fault.Damaged)
	}
	return err
}
