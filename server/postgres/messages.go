package postgres

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"latchkey/app/auditlog"
	"latchkey/app/rights"
)

// turn is the right to deliver messages, which one process at a time has. It is
// a lock that a connection holds: when the process ends or loses the connection,
// the database gives it to the next one that asks. A process that has stopped
// without ending keeps its connection; so the database ends one over which
// nothing has come for a while. A process that goes on after that finds out when it asks for
// the next message.
type turn struct {
	idle time.Duration // after which the turn is lost; see absence
	mu   sync.Mutex
	conn *pgxpool.Conn // holds the lock; nil while it is not ours
}

// lease makes the database end the connection when it is not used. Releases of
// PostgreSQL before 14 don't know that.
const lease = `SELECT set_config(name, $1, false) FROM pg_settings WHERE name = 'idle_session_timeout'`

// take runs do on the connection that holds the lock, if it is to be had. That
// do succeeds shows that it was still held.
func (t *turn) take(ctx context.Context, pool timed, do func(context.Context, *pgxpool.Conn) error) (err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	ctx, end := pool.begin(ctx)
	defer func() { end(err) }()
	if t.conn == nil {
		conn, err := pool.Acquire(ctx)
		if err != nil {
			return err
		}
		var ours bool
		err = conn.QueryRow(ctx, `SELECT pg_try_advisory_lock($1)`, int64(deliverLock)).Scan(&ours)
		if err != nil || !ours {
			conn.Release()
			return err
		}
		t.conn = conn
		if _, err := conn.Exec(ctx, lease, fmt.Sprint(t.idle.Milliseconds())); err != nil {
			t.drop()
			return err
		}
	}
	err = do(ctx, t.conn)
	if err != nil {
		t.drop()
	}
	return err
}

// drop closes the connection, and with it gives up the lock.
func (t *turn) drop() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = t.conn.Hijack().Close(ctx) // it is gone either way
	t.conn = nil
}

func (t *turn) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.conn != nil {
		t.drop()
	}
}

// DueMessages returns up to limit undelivered messages whose Due is not after
// now, the longest due first. While another process delivers, there are none
// for this one.
func (s *Store) DueMessages(ctx context.Context, now time.Time, limit int) ([]rights.Message, error) {
	var due []rights.Message
	err := s.turn.take(ctx, s.writing, func(ctx context.Context, conn *pgxpool.Conn) error {
		rs, err := conn.Query(ctx, `SELECT id, request, kind, recipient, subject, body, language, attempts, due
			FROM messages WHERE sent IS NULL AND due <= $1 ORDER BY due, id LIMIT $2`, toMillis(now), limit)
		if err != nil {
			return err
		}
		due, err = pgx.CollectRows(rs, func(row pgx.CollectableRow) (rights.Message, error) {
			var m rights.Message
			err := row.Scan(&m.ID, &m.Request, &m.Kind, &m.To, &m.Subject, &m.Body, &m.Language, &m.Attempts, &m.Due)
			m.Due = m.Due.UTC()
			return m, err
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("due messages: %w", kind(err))
	}
	return due, nil
}

// MessageSent marks a message delivered.
func (s *Store) MessageSent(ctx context.Context, id int64, now time.Time) error {
	return s.updateMessage(ctx, id, `SET sent = $2, attempts = attempts + 1, failure = NULL WHERE id = $1`, toMillis(now))
}

// MessageFailed counts a failed delivery and says when to try again.
func (s *Store) MessageFailed(ctx context.Context, id int64, next time.Time, why string) error {
	return s.updateMessage(ctx, id, `SET due = $2, attempts = attempts + 1, failure = $3 WHERE id = $1`, toMillis(next), why)
}

// updateMessage changes the state of a message, and commits to the new one.
func (s *Store) updateMessage(ctx context.Context, id int64, update string, args ...any) error {
	err := s.inTransaction(ctx, func(ctx context.Context, tx pgx.Tx) error {
		var m messageRow
		err := tx.QueryRow(ctx, `UPDATE messages `+update+` RETURNING attempts, due, sent, failure`, append([]any{id}, args...)...).
			Scan(&m.attempts, &m.due, &m.sent, &m.failure)
		if err != nil {
			return found(err)
		}
		return addEntries(ctx, tx, auditlog.Entry{Kind: auditlog.Delivered, Delivery: &auditlog.Delivery{Message: id, State: m.stored().State}})
	})
	if err != nil {
		return fmt.Errorf("message %d: %w", id, kind(err))
	}
	return nil
}

// inTransaction runs do in a transaction, for as long as a write may take.
func (s *Store) inTransaction(ctx context.Context, do func(context.Context, pgx.Tx) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := pgx.BeginFunc(ctx, s.writing.Pool, func(tx pgx.Tx) error { return do(ctx, tx) })
	if err != nil {
		s.writing.ended(err)
	}
	return err
}
