package postgres_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/evidence"
	"latchkey/server/postgres"
	"latchkey/server/postgres/pgtest"
	"latchkey/server/receiptlog"
	"latchkey/server/receiptlog/audit"
	"latchkey/server/storetest"
)

// TestWhateverIsDoneToTheDatabaseIsFound alters, drops, swaps and back-dates
// what stands in each table, past the triggers, and has the log verified.
func TestWhateverIsDoneToTheDatabaseIsFound(t *testing.T) {
	for _, c := range []struct {
		name, change string
		want         string // in one of the problems; empty if all must hold
	}{
		{"nothing", `SELECT 1`, ""},
		{"an answer", `UPDATE receipts SET answers = jsonb_set(answers, '{marketing}', '"no"') WHERE id = $1`, "leaf 4"},
		{"a method", `UPDATE receipts SET method = 'accept-all' WHERE id = $1`, "leaf 4"},
		{"the signal of the browser", `UPDATE receipts SET gpc = NOT gpc WHERE id = $1`, "leaf 4"},
		{"an age", `UPDATE receipts SET age = age + 1 WHERE id = $1`, "leaf 4"},
		{"a receipt before", `UPDATE receipts SET previous = NULL WHERE id = $1`, "leaf 4"},
		{"a time, by a millisecond", `UPDATE receipts SET time = time - interval '1 ms' WHERE id = $1`, "leaf 4"},
		{"a time and that of its event", `WITH e AS (UPDATE events SET time = time - interval '1 ms' WHERE seq = (SELECT seq FROM receipts WHERE id = $1))
			UPDATE receipts SET time = time - interval '1 ms' WHERE id = $1`, "leaf 4"},
		{"a salt", `UPDATE receipts SET salt = set_byte(salt, 0, 255 - get_byte(salt, 0)) WHERE id = $1`, "leaf 4"},
		{"a commitment", `UPDATE receipts SET commitment = set_byte(commitment, 0, 255 - get_byte(commitment, 0)) WHERE id = $1`, "leaf 4"},
		{"a leaf", `UPDATE log_leaves SET commitment = set_byte(commitment, 0, 255 - get_byte(commitment, 0)) WHERE seq = (SELECT seq FROM receipts WHERE id = $1)`, "leaf 4"},
		{"a leaf and its receipt", `WITH r AS (UPDATE receipts SET commitment = salt || salt WHERE id = $1 RETURNING seq, commitment)
			UPDATE log_leaves AS l SET commitment = r.commitment FROM r WHERE l.seq = r.seq`, "leaf 4"},
		{"an id", `UPDATE receipts SET id = gen_random_uuid() WHERE id = $1`, "leaf 4"},
		{"an event", `UPDATE events SET event = gen_random_uuid() WHERE seq = (SELECT seq FROM receipts WHERE id = $1)`, "leaf 4"},
		{"an event, so that it could come twice", `DELETE FROM events WHERE seq = (SELECT seq FROM receipts WHERE id = $1)`, "leaf 4"},
		{"a receipt, gone", `DELETE FROM receipts WHERE id = $1`, "leaf 4"},
		{"a receipt with its event and leaf, gone", `WITH r AS (DELETE FROM receipts WHERE id = $1 RETURNING seq), e AS (DELETE FROM events WHERE seq IN (SELECT seq FROM r))
			DELETE FROM log_leaves WHERE seq IN (SELECT seq FROM r)`, "leaf 4"},
		{"two leaves, swapped", `UPDATE log_leaves SET index = CASE index WHEN 4 THEN 1005 WHEN 5 THEN 1004 END WHERE index IN (4, 5) AND $1 <> '';
			UPDATE log_leaves SET index = index - 1000 WHERE index > 1000`, "leaf"},
		{"the last leaf, gone", `DELETE FROM log_leaves WHERE index = (SELECT max(index) FROM log_leaves)`, "leaf"},
		{"a tile", `UPDATE log_tiles SET hashes = set_byte(hashes, 20, 255 - get_byte(hashes, 20))`, "tile"},
		{"the head", `UPDATE log_head SET size = size - 1`, "checkpoint"},
		{"the record of an erasure", `UPDATE acts SET act = replace(act, 'visitor', 'nobody.')`, "leaf"},
		{"the record of an erasure, gone", `DELETE FROM acts`, "leaf"},
		{"a text that was shown", `UPDATE texts SET text = text || '.'`, "text"},
		{"an edition", `UPDATE editions SET body = replace(body::text, '"layer":2', '"layer":1')::json`, "edition"},
		{"one that waits, changed", `UPDATE receipts SET age = age + 1 WHERE id = '` + storetest.Receipt("", 400).ID + `'`, "leaf"},
		{"one that waits, no longer", `DELETE FROM log_pending`, "does not wait"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, url, keys := evidenceKept(t)
			db := raw(t, url)
			_, err := db.Exec(t.Context(), `SET session_replication_role = replica`) // no triggers
			require.NoError(t, err)
			// As text, with the id in its place, so that there may be several statements.
			id := storetest.Receipt("reside", 3).ID
			_, err = db.Exec(t.Context(), strings.ReplaceAll(c.change, "$1", "'"+id+"'"))
			require.NoError(t, err)
			report, err := audit.Whole(t.Context(), s.Audit(), audit.Options{Keys: keys})
			require.NoError(t, err)
			if c.want == "" {
				assert.Empty(t, report.Problems)
				assert.EqualValues(t, 300, report.Receipts)
				assert.EqualValues(t, 1, report.Erased)
				assert.EqualValues(t, 1, report.Pending)
				return
			}
			assert.False(t, report.Holds())
			assert.Contains(t, fmt.Sprint(report.Problems), c.want)
		})
	}
}

// evidenceKept is a store with 300 receipts in its log, of which number 7 was
// erased, and one that waits.
func evidenceKept(t *testing.T) (s *postgres.Store, url string, keys []string) {
	url = pgtest.Database(t)
	s = open(t, url)
	require.NoError(t, s.AddEdition(t.Context(), storetest.Genuine(), storetest.ShownText))
	k, err := receiptlog.LoadKeys(t.TempDir(), "test.example", "")
	require.NoError(t, err)
	log, err := receiptlog.New(t.Context(), s, k, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	for n := range 10 { // one after the other; number 7 is erased and given its leaf before the rest, so that number 3 is leaf 4
		add(t, s, storetest.Chosen(n, storetest.Start))
	}
	done := make(chan error)
	for n := 10; n < 300; n++ {
		r := storetest.Chosen(n, storetest.Start)
		go func() {
			_, _, err := s.AddReceipt(t.Context(), &r)
			done <- err
		}()
	}
	for n := 10; n < 300; n++ {
		require.NoError(t, <-done)
	}
	n, err := s.Erase(t.Context(), evidence.Erasure{Receipts: []string{storetest.Receipt("", 7).ID}, Reason: evidence.ByVisitor, Time: storetest.Start})
	require.NoError(t, err)
	require.Equal(t, 1, n)
	require.NoError(t, log.Integrate(t.Context()))
	add(t, s, storetest.Chosen(400, storetest.Start))
	return s, url, k.Public
}
