package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// PostgreSQL does not overwrite what is deleted: it stays in the pages of the table and its indexes, also after
// a VACUUM, which only makes room for other rows; in the sample of values that ANALYZE keeps of a table; and
// in the write-ahead log, whose files are taken into use again as they are. Scrub has the
// tables written anew, the sample taken anew, and the files of the log given up.

// rewriteSpeed is how much of a table, with its indexes, is written anew in a second, on a slow disk, in bytes.
const rewriteSpeed = 64 << 20

// scrubLock is held by the process that scrubs.
const scrubLock = 0x6c61746368_04

const (
	// sampleMark is the table of the samples.
	sampleMark = "pg_statistic"
	// walMark stands in the place of a table for the write-ahead log. Behind it, once the tables
	// are done, is the place in the log that the oldest file must be behind.
	walMark = "pg_wal"
)

// markErased notes in a transaction from which tables it has erased something.
const markErased = `INSERT INTO scrubs (relation, erased, since)
	SELECT relation, pg_current_xact_id(), now() FROM unnest($1::text[]) AS relation
	ON CONFLICT (relation) DO UPDATE SET erased = excluded.erased`

// erasedFrom notes from which tables something is erased in a transaction, for [Store.Scrub].
func erasedFrom(ctx context.Context, tx pgx.Tx, relations ...string) error {
	_, err := tx.Exec(ctx, markErased, append(relations, sampleMark, walMark))
	return err
}

// Scrub leaves nothing on the disk of what was erased; see the server's store interface. What it can't do, because
// the database is too large or its role may not, the error says, too.
func (s *Store) Scrub(ctx context.Context, pause time.Duration) error {
	conn, err := s.writing.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("scrub the database: %w", kind(err))
	}
	// It gets settings that no other statement should have.
	own := conn.Hijack()
	defer own.Close(context.WithoutCancel(ctx))
	if err := (&scrubber{conn: own, pause: pause}).run(ctx); err != nil {
		return fmt.Errorf("scrub the database: %w", kind(err))
	}
	return nil
}

// scrubber is one run of Scrub.
type scrubber struct {
	conn  *pgx.Conn
	pause time.Duration // for which a table may not be used
	left  []string      // what could not be done, and why
}

// mark is a row of scrubs.
type mark struct {
	relation string
	erased   string  // the last transaction that erased something there
	table    *string // as it is written in a statement; nil if there is none of that name
	size     int64   // with its indexes
}

const selectMarks = `SELECT relation, erased::text, to_regclass(relation)::text, coalesce(pg_total_relation_size(to_regclass(relation)), 0)
	FROM scrubs WHERE relation NOT LIKE 'pg\_wal%' ORDER BY relation = 'pg_statistic', relation`

// forScrubbing lets a table be written anew, and lets nobody wait long behind it before that begins.
const forScrubbing = `SET lock_timeout = '2s'; SET statement_timeout = 0;
	SELECT set_config(name, '0', false) FROM pg_settings WHERE name = 'transaction_timeout'`

func (r *scrubber) run(ctx context.Context) error {
	if _, err := r.conn.Exec(ctx, forScrubbing); err != nil {
		return err
	}
	var first bool
	if err := r.conn.QueryRow(ctx, `SELECT pg_try_advisory_lock($1)`, int64(scrubLock)).Scan(&first); err != nil || !first {
		return err // another process is at it
	}
	rs, err := r.conn.Query(ctx, selectMarks)
	if err != nil {
		return err
	}
	marks, err := pgx.CollectRows(rs, func(row pgx.CollectableRow) (mark, error) {
		var m mark
		err := row.Scan(&m.relation, &m.erased, &m.table, &m.size)
		return m, err
	})
	if err != nil {
		return err
	}
	for _, m := range marks { // the samples last
		if m.relation != sampleMark {
			err = r.rewrite(ctx, m)
		} else if len(r.left) == 0 {
			err = r.sample(ctx, m)
		}
		if err != nil {
			return err
		}
	}
	if len(r.left) == 0 {
		if err := r.writeAheadLog(ctx); err != nil {
			return err
		}
	}
	if len(r.left) > 0 {
		return trouble{strings.Join(r.left, "; "), errors.New("something is left")}
	}
	return nil
}

// rewrite writes a table anew, with its indexes and without what was erased.
func (r *scrubber) rewrite(ctx context.Context, m mark) error {
	if m.table == nil { // it was dropped, and its files with it
		return r.done(ctx, m.relation, m.erased)
	}
	if takes := time.Duration(float64(m.size) / rewriteSpeed * float64(time.Second)); takes > r.pause {
		r.left = append(r.left, fmt.Sprintf("to write the table %s of %d MB anew takes about %s, in which nobody can use it", m.relation, m.size>>20, takes.Round(time.Second)))
		return nil
	}
	seen, err := r.seen(ctx, m.erased)
	if err != nil {
		return err
	}
	if seen {
		r.left = append(r.left, fmt.Sprintf("somebody reads the table %s as it was before", m.relation))
		return nil
	}
	return r.vacuum(ctx, m, "FULL, ANALYZE")
}

// vacuum writes a table anew, unless somebody uses it for so long that others would have to wait.
func (r *scrubber) vacuum(ctx context.Context, m mark, options string) error {
	_, err := r.conn.Exec(ctx, `VACUUM (`+options+`) `+*m.table, pgx.QueryExecModeSimpleProtocol)
	if locked(err) {
		r.left = append(r.left, fmt.Sprintf("somebody uses the table %s", m.relation))
		return nil
	}
	if err != nil {
		return err
	}
	return r.done(ctx, m.relation, m.erased)
}

// selectSeen reports whether a transaction is still seen by anybody as one that has not happened: what it has deleted
// would be written anew as well.
const selectSeen = `SELECT EXISTS (
	SELECT FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()
		AND greatest(age(backend_xmin), age(backend_xid)) >= age($1::text::xid8::xid)
	UNION ALL SELECT FROM pg_prepared_xacts WHERE database = current_database() AND age(transaction) >= age($1::text::xid8::xid)
	UNION ALL SELECT FROM pg_replication_slots WHERE age(xmin) >= age($1::text::xid8::xid))`

// patienceToBeUnseen is how long the transactions that are under way may take.
const patienceToBeUnseen = 2 * time.Second

func (r *scrubber) seen(ctx context.Context, erased string) (seen bool, err error) {
	enough := time.After(patienceToBeUnseen)
	for {
		if err := r.conn.QueryRow(ctx, selectSeen, erased).Scan(&seen); err != nil || !seen {
			return seen, err
		}
		select {
		case <-enough:
			return true, nil
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// done forgets a mark, unless something more was erased meanwhile.
func (r *scrubber) done(ctx context.Context, relation, erased string) error {
	_, err := r.conn.Exec(ctx, `DELETE FROM scrubs WHERE relation = $1 AND erased = $2::text::xid8`, relation, erased)
	return err
}

// sample has the samples of values written anew, which rewrite has had taken anew. Of a
// partitioned table there is one only if somebody has asked for it.
func (r *scrubber) sample(ctx context.Context, m mark) error {
	var parent, may bool
	err := r.conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_stats WHERE schemaname = current_schema() AND tablename = 'receipts'),
		(SELECT rolsuper FROM pg_roles WHERE rolname = current_user) OR (SELECT pg_has_role(datdba, 'USAGE') FROM pg_database WHERE datname = current_database())`).Scan(&parent, &may)
	if err != nil {
		return err
	}
	if parent {
		if _, err := r.conn.Exec(ctx, `ANALYZE receipts`); err != nil {
			return err
		}
	}
	if !may {
		r.left = append(r.left, "the role of the server does not own the database, so it can't write pg_statistic anew")
		return nil
	}
	return r.vacuum(ctx, m, "FULL")
}

const (
	// From here on the log holds nothing of what was erased.
	placeWAL = `WITH done AS (DELETE FROM scrubs WHERE relation = 'pg_wal' RETURNING erased, since)
		INSERT INTO scrubs (relation, erased, since) SELECT 'pg_wal ' || pg_current_wal_insert_lsn(), erased, since FROM done
		ON CONFLICT DO NOTHING`

	selectWAL = `SELECT EXISTS (SELECT FROM scrubs WHERE relation LIKE 'pg\_wal %'),
		has_function_privilege('pg_switch_wal()', 'EXECUTE'),
		(SELECT rolsuper FROM pg_roles WHERE rolname = current_user) OR coalesce((SELECT pg_has_role(oid, 'USAGE') FROM pg_roles WHERE rolname = 'pg_checkpoint'), false),
		current_setting('wal_recycle') = 'on'`

	// A checkpoint gives up the files before the one that it would begin to recover from.
	passedWAL = `DELETE FROM scrubs WHERE relation LIKE 'pg\_wal %' AND
		pg_walfile_name((SELECT redo_lsn FROM pg_control_checkpoint())) > pg_walfile_name(substr(relation, 8)::pg_lsn)`
)

// writeAheadLog has the files of the write-ahead log given up that hold something of what was erased.
func (r *scrubber) writeAheadLog(ctx context.Context) error {
	if _, err := r.conn.Exec(ctx, placeWAL); err != nil {
		return err
	}
	var waits, maySwitch, mayCheckpoint, recycles bool
	if err := r.conn.QueryRow(ctx, selectWAL).Scan(&waits, &maySwitch, &mayCheckpoint, &recycles); err != nil || !waits {
		return err
	}
	if maySwitch && mayCheckpoint {
		if _, err := r.conn.Exec(ctx, `SELECT pg_switch_wal()`); err != nil {
			return err
		}
		if _, err := r.conn.Exec(ctx, `CHECKPOINT`, pgx.QueryExecModeSimpleProtocol); err != nil {
			return err
		}
	}
	if recycles {
		r.left = append(r.left, "the database takes the files of its write-ahead log into use again as they are: set wal_recycle=off")
		return nil
	}
	if _, err := r.conn.Exec(ctx, passedWAL); err != nil {
		return err
	}
	if err := r.conn.QueryRow(ctx, selectWAL).Scan(&waits, &maySwitch, &mayCheckpoint, &recycles); err != nil {
		return err
	}
	if waits {
		r.left = append(r.left, "the write-ahead log of the database still has it, until it has gone on by a file and a checkpoint: "+
			"GRANT pg_checkpoint TO the server's role, and EXECUTE ON FUNCTION pg_switch_wal(), so that it need not wait")
	}
	return nil
}
