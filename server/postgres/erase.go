package postgres

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"latchkey/app/consent"
	"latchkey/app/evidence"
)

const (
	eraseReceipts = `
WITH receipt AS (
	DELETE FROM receipts WHERE id = ANY ($1) RETURNING seq, event, tableoid::regclass::text AS relation
), event AS (
	DELETE FROM events WHERE event IN (SELECT event FROM receipt)
)
SELECT seq, relation FROM receipt`

	// What is erased has a leaf from then on, also if it was still waiting for one.
	placeErased = `
WITH taken AS (
	DELETE FROM log_pending WHERE seq = ANY ($1) RETURNING seq, commitment
)
INSERT INTO log_leaves (index, seq, commitment)
SELECT (SELECT coalesce(max(index) + 1, 0) FROM log_leaves) + row_number() OVER (ORDER BY seq) - 1, seq, commitment FROM taken`

	selectErased = `SELECT index FROM log_leaves WHERE seq = ANY ($1) ORDER BY index`

	insertActs = `
WITH made AS (
	INSERT INTO acts (salt, commitment, act)
	SELECT salt, commitment, act FROM unnest($1::bytea[], $2::bytea[], $3::text[]) WITH ORDINALITY AS a (salt, commitment, act, n) ORDER BY n
	RETURNING seq, commitment
)
INSERT INTO log_pending (seq, commitment) SELECT seq, commitment FROM made`
)

// Erase erases receipts; see the server's store interface. Of what stood in the
// tables, their files are rid when [Store.Scrub] has written them anew.
func (s *Store) Erase(ctx context.Context, e evidence.Erasure) (n int, err error) {
	var ids []pgtype.UUID
	for _, text := range e.Receipts {
		if id, err := parseUUID(text); err == nil { // no receipt has another id
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return 0, nil
	}
	ctx, cancel := context.WithTimeout(ctx, 2*patience)
	defer cancel()
	err = pgx.BeginFunc(ctx, s.writing.Pool, func(tx pgx.Tx) error {
		n, err = eraseIn(ctx, tx, ids, e)
		return err
	})
	if err != nil {
		s.writing.ended(err)
		return 0, fmt.Errorf("erase receipts: %w", kind(err))
	}
	return n, nil
}

func eraseIn(ctx context.Context, tx pgx.Tx, ids []pgtype.UUID, e evidence.Erasure) (n int, err error) {
	if err := receiptsLog.take(ctx, tx); err != nil {
		return 0, err
	}
	if _, err := tx.Exec(ctx, `SET LOCAL latchkey.erasing = 'on'`); err != nil {
		return 0, err
	}
	erased, relations, err := deleteReceipts(ctx, tx, ids)
	if err != nil || len(erased) == 0 {
		return 0, err
	}
	if err := erasedFrom(ctx, tx, append(relations, "events")...); err != nil {
		return 0, err
	}
	if _, err := tx.Exec(ctx, placeErased, erased); err != nil {
		return 0, err
	}
	leaves, err := collect[int64](ctx, tx, selectErased, erased)
	if err != nil {
		return 0, err
	}
	if len(leaves) != len(erased) {
		return 0, fmt.Errorf("of %d receipts, %d have a leaf", len(erased), len(leaves))
	}
	var entries []evidence.Entry
	for _, leaf := range leaves {
		entries = append(entries, e.Of(leaf))
	}
	if e.Purge != nil {
		purge := *e.Purge
		purge.Count = len(erased)
		entries = append(entries, purge)
	}
	var salts, commitments [][]byte
	var acts []string
	for _, entry := range entries {
		sealed, err := evidence.Seal(entry)
		if err != nil {
			return 0, err
		}
		salts, commitments, acts = append(salts, sealed.Salt), append(commitments, sealed.Commitment), append(acts, string(sealed.Canonical))
	}
	_, err = tx.Exec(ctx, insertActs, salts, commitments, acts)
	return len(erased), err
}

// deleteReceipts deletes receipts and returns their numbers, and the tables in which they were.
func deleteReceipts(ctx context.Context, tx pgx.Tx, ids []pgtype.UUID) (erased []int64, relations []string, err error) {
	rs, err := tx.Query(ctx, eraseReceipts, ids)
	if err != nil {
		return nil, nil, err
	}
	var seq int64
	var relation string
	_, err = pgx.ForEachRow(rs, []any{&seq, &relation}, func() error {
		if erased = append(erased, seq); !slices.Contains(relations, relation) {
			relations = append(relations, relation)
		}
		return nil
	})
	return erased, relations, err
}

// collect returns the rows of a query for one column.
func collect[T any](ctx context.Context, tx pgx.Tx, query string, args ...any) ([]T, error) {
	rs, err := tx.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rs, pgx.RowTo[T])
}

// selectExpired looks only into the months of what is old, and by the indexes over previous and id
// for what follows on each and keeps it: it costs what is old, however much is younger. Each is
// looked for by itself, in a LATERAL subquery with a limit, because a join might read
// all that is younger to find it.
const selectExpired = `
WITH RECURSIVE of_site AS (
	SELECT key FROM editions WHERE site = $1
), kept AS (
	SELECT old.id FROM receipts AS old CROSS JOIN LATERAL (
		SELECT FROM receipts WHERE previous = old.id AND time >= $2 AND edition IN (SELECT key FROM of_site) LIMIT 1
	) AS later
	WHERE old.edition IN (SELECT key FROM of_site) AND old.time < $2
	UNION
	SELECT before.previous FROM kept CROSS JOIN LATERAL (
		SELECT previous FROM receipts WHERE id = kept.id AND time < $2 AND edition IN (SELECT key FROM of_site) LIMIT 1
	) AS before
	WHERE before.previous IS NOT NULL
)
SELECT id, time FROM receipts AS r
WHERE edition IN (SELECT key FROM of_site) AND time < $2 AND NOT EXISTS (SELECT FROM kept WHERE kept.id = r.id)
ORDER BY seq`

// Expired yields the receipts of a site that were stored before a time, as was
// every receipt that followed on them. The list holds a connection while it is read, because it is
// of one moment.
func (r *Reader) Expired(ctx context.Context, site string, before time.Time) iter.Seq2[consent.Expired, error] {
	return streamed(ctx, r.pool, selectExpired, func(rs pgx.Rows) (consent.Expired, error) {
		var id pgtype.UUID
		var when time.Time
		err := rs.Scan(&id, &when)
		return consent.Expired{ID: id.String(), Time: when.UTC()}, err
	}, site, toMillis(before))
}
