package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"latchkey/app/fault"
)

const (
	// maxGroup is how many receipts go into one transaction at most.
	maxGroup = 512
	// batchers is how many groups may be on their way at once: while the database
	// syncs one to the disk, it can work on another.
	batchers = 2
)

// writer stores receipts. A commit costs a sync of the disk and a way to the
// database and back, which take longer than all the rest, so the receipts that
// wait when a group is done go into the next one together. A group is one
// statement, and so one transaction; its receipts are answered after it is committed.
type writer struct {
	pool   timed
	months months
	jobs   chan job      // unbuffered: a job is with its caller or with a batcher
	quit   chan struct{} // closed to end the batchers
	done   sync.WaitGroup
	stop   func() // closes quit, once
	// refused is the last group, if there was no room for it. A table may have
	// room left for a few rows, or for the probe of Ready, when the disk is full.
	refused atomic.Pointer[[]row]
}

// job is one receipt to be stored.
type job struct {
	row    row
	answer chan answer
}

// answer is what became of a job: the row that was stored now, or the one that
// was there with the same event.
type answer struct {
	row     row
	created bool
	err     error
}

func startWriter(pool timed) *writer {
	w := &writer{pool: pool, jobs: make(chan job), quit: make(chan struct{})}
	w.stop = sync.OnceFunc(func() { close(w.quit) })
	for range batchers {
		w.done.Go(w.loop)
	}
	return w
}

// add stores a receipt and returns when it is durable. If ctx ends before its
// turn has come, nothing is stored; after that the outcome is waited for. Both
// waits are bounded by patience, so that an answer comes while somebody still listens.
func (w *writer) add(ctx context.Context, r row) (stored row, created bool, err error) {
	j := job{row: r, answer: make(chan answer, 1)}
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case w.jobs <- j:
		a := <-j.answer
		return a.row, a.created, a.err
	case <-ctx.Done():
		return row{}, false, ctx.Err()
	case <-late.C:
		return row{}, false, trouble{"the database does not keep up, or does not answer", context.DeadlineExceeded}
	case <-w.quit:
		return row{}, false, fmt.Errorf("database is closed: %w", fault.Unavailable)
	}
}

func (w *writer) close() {
	w.stop()
	w.done.Wait()
}

func (w *writer) loop() {
	for {
		select {
		case j := <-w.jobs:
			w.commit(w.gather(j))
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

// commit stores a group and answers each of its jobs.
func (w *writer) commit(group []job) {
	// Rows in one order in every group, so that two groups with the same events
	// wait for each other instead of both.
	slices.SortStableFunc(group, func(a, b job) int { return bytes.Compare(a.row.event.Bytes[:], b.row.event.Bytes[:]) })
	var rows []row
	for i, j := range group {
		if i == 0 || j.row.event != group[i-1].row.event {
			rows = append(rows, j.row)
		}
	}
	// The transaction belongs to all, so no caller's context can end it.
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	answers, err := w.store(ctx, rows, false)
	if lost(err) {
		w.pool.ended(err)
		// Whether it was committed is found out on another connection, if time is left.
		answers, err = w.store(ctx, rows, true)
	}
	if lost(err) {
		// Who waited meanwhile would wait as long again for the same.
		defer w.refuse(kind(err))
	}
	if err = kind(err); err != nil && len(rows) > 1 && !errors.Is(err, fault.Unavailable) {
		// One of them can't be stored, and must not keep the others from it.
		for _, j := range group {
			w.commit([]job{j})
		}
		return
	}
	switch {
	case err == nil:
		w.refused.Store(nil)
	case noRoom(err):
		w.refused.Store(&rows)
	}
	for i, j := range group {
		if err != nil {
			j.answer <- answer{err: err}
			continue
		}
		a := answers[j.row.event]
		// Of two with one event in a group, the first was stored and the second found it there.
		a.created = a.created && (i == 0 || j.row.event != group[i-1].row.event)
		j.answer <- a
	}
}

// room returns an error if there is still none for the group that was refused
// last. It is stored, and that is undone.
func (w *writer) room(ctx context.Context) error {
	rows := w.refused.Load()
	if rows == nil {
		return nil
	}
	tx, err := w.pool.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback(ctx)
	if _, err := insertRows(ctx, tx, *rows); err != nil {
		return err
	}
	w.refused.CompareAndSwap(rows, nil)
	return nil
}

// refuse answers all that are waiting at this moment.
func (w *writer) refuse(err error) {
	for {
		select {
		case j := <-w.jobs:
			j.answer <- answer{err: err}
		default:
			return
		}
	}
}

// insert stores what of $1 and so on is new, and returns the events of that. An
// event that another transaction is about to store is waited for.
const insert = `
WITH input AS (
	SELECT time, id, event, previous, edition, age, gpc, method, salt, commitment, answers::jsonb, sender
	FROM unnest($1::timestamptz[], $2::uuid[], $3::uuid[], $4::uuid[], $5::integer[], $6::integer[], $7::boolean[], $8::text[], $9::bytea[], $10::bytea[], $11::text[], $12::bytea[])
		AS i (time, id, event, previous, edition, age, gpc, method, salt, commitment, answers, sender)
), fresh AS (
	INSERT INTO events (event, time) SELECT event, time FROM input ON CONFLICT (event) DO NOTHING RETURNING event, seq
), kept AS (
	INSERT INTO receipts (` + receiptColumns + `)
	SELECT seq, time, id, event, previous, edition, age, gpc, method, salt, commitment, answers, sender FROM fresh JOIN input USING (event)
), pending AS (
	INSERT INTO log_pending (seq, commitment) SELECT seq, commitment FROM fresh JOIN input USING (event)
)
SELECT event FROM fresh`

// selectEvents reads the receipts of events.
const selectEvents = `SELECT r.* FROM events AS e CROSS JOIN LATERAL (
		SELECT ` + receiptColumns + ` FROM receipts WHERE seq = e.seq AND time = e.time
	) AS r WHERE e.event = ANY ($1)`

// store stores rows, of which each has another event, in one transaction, and
// returns by its event what became of each. If it was tried before, a row that
// is there with the same id may be of that time, and counts as created.
func (w *writer) store(ctx context.Context, rows []row, again bool) (map[pgtype.UUID]answer, error) {
	if err := w.months.prepare(ctx, w.pool, rows); err != nil {
		return nil, err
	}
	created, err := insertRows(ctx, w.pool, rows)
	if e, ok := errors.AsType[*pgconn.PgError](err); ok && e.Code == "23514" && e.ConstraintName == "" {
		// A partition that was there is gone: somebody has detached it.
		w.months.forget()
		if err := w.months.prepare(ctx, w.pool, rows); err != nil {
			return nil, err
		}
		created, err = insertRows(ctx, w.pool, rows)
	}
	if err != nil {
		return nil, err
	}
	answers := make(map[pgtype.UUID]answer, len(rows))
	for _, event := range created {
		answers[event] = answer{created: true}
	}
	var there []pgtype.UUID
	ids := map[pgtype.UUID]pgtype.UUID{}
	for _, r := range rows {
		if _, ok := answers[r.event]; ok {
			answers[r.event] = answer{row: r, created: true}
			continue
		}
		there, ids[r.event] = append(there, r.event), r.id
	}
	if len(there) == 0 {
		return answers, nil
	}
	rs, err := w.pool.Query(ctx, selectEvents, there)
	if err != nil {
		return nil, err
	}
	stored, err := pgx.CollectRows(rs, scanRow)
	if err != nil {
		return nil, err
	}
	if len(stored) != len(there) {
		return nil, fmt.Errorf("of %d events that are there, %d have their receipt", len(there), len(stored))
	}
	for _, r := range stored {
		answers[r.event] = answer{row: r, created: again && r.id == ids[r.event]}
	}
	return answers, nil
}

func insertRows(ctx context.Context, db querier, rows []row) (created []pgtype.UUID, err error) {
	n := len(rows)
	var (
		times       = make([]time.Time, n)
		ids         = make([]pgtype.UUID, n)
		events      = make([]pgtype.UUID, n)
		previous    = make([]pgtype.UUID, n)
		editions    = make([]int32, n)
		ages        = make([]int32, n)
		gpcs        = make([]bool, n)
		methods     = make([]string, n)
		salts       = make([][]byte, n)
		commitments = make([][]byte, n)
		answers     = make([]string, n)
		senders     = make([][]byte, n)
	)
	for i, r := range rows {
		times[i], ids[i], events[i], previous[i], editions[i], ages[i] = r.time, r.id, r.event, r.previous, r.edition, r.age
		gpcs[i], methods[i], salts[i], commitments[i], answers[i], senders[i] = r.gpc, r.method, r.salt, r.commitment, string(r.answers), r.sender
	}
	rs, err := db.Query(ctx, insert, times, ids, events, previous, editions, ages, gpcs, methods, salts, commitments, answers, senders)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rs, pgx.RowTo[pgtype.UUID])
}
