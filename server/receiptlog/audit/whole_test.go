package audit_test

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/evidence"
	"latchkey/server/receiptlog/audit"
)

// leaves is more than two tiles, so that there is a level above them; pending are not leaves yet.
const leaves, pending = 600, 3

func sample(t *testing.T) (path string, keys []string) {
	d := deploy(t, t.TempDir(), t.TempDir())
	d.grow(t, 100)
	d.grow(t, leaves-100)
	for range pending {
		d.add(t, d.receipt(t))
	}
	return d.close(t), d.log.Keys()
}

func TestAnUntouchedDatabaseHolds(t *testing.T) {
	path, keys := sample(t)
	var last, total int64
	report := whole(t, path, audit.Options{Keys: keys, Progress: func(done, of int64) { last, total = done, of }})
	assert.Empty(t, report.Problems)
	assert.True(t, report.Holds())
	assert.EqualValues(t, leaves, report.Checkpoint.Size)
	assert.EqualValues(t, leaves+pending, report.Receipts)
	assert.EqualValues(t, pending, report.Pending)
	assert.EqualValues(t, leaves, last)
	assert.EqualValues(t, leaves, total)
}

func TestAnEmptyDatabaseHolds(t *testing.T) {
	d := deploy(t, t.TempDir(), t.TempDir())
	report := whole(t, d.close(t), audit.Options{Keys: d.log.Keys()})
	assert.Empty(t, report.Problems)
	assert.Zero(t, report.Checkpoint.Size)
}

// Every column of every table that a receipt rests on, in its first row, its
// last one and one between: one bit of a text or blob, or a number by one.
func TestNoColumnCanBeChanged(t *testing.T) {
	path, keys := sample(t)
	for _, table := range []struct{ name, key string }{
		{"entries", "seq"}, {"editions", "key"}, {"texts", "hash"}, {"notices", "seq"}, {"log_tiles", "level * 1000 + n"}, {"log_head", "id"},
	} {
		db := raw(t, path)
		rowids := column[string](t, db, `SELECT cast(`+table.key+` AS TEXT) FROM `+table.name+` ORDER BY `+table.key)
		columns := column[string](t, db, `SELECT name FROM pragma_table_info('`+table.name+`')`)
		require.NoError(t, db.Close())
		require.NotEmpty(t, rowids)
		for _, name := range columns {
			if name == "act" || table.name == "notices" && name == "seq" || table.name == "log_head" && name == "id" {
				continue // nothing in it, or the order in which notices came, which no receipt rests on
			}
			for _, row := range slices.Compact([]string{rowids[0], rowids[len(rowids)/2], rowids[len(rowids)-1]}) {
				t.Run(fmt.Sprintf("%s.%s of %.12s", table.name, name, row), func(t *testing.T) {
					at := copyOf(t, path)
					tamper(t, at, fmt.Sprintf(`UPDATE %s SET %s = %s WHERE cast(%s AS TEXT) = '%s'`, table.name, name, flipped(t, at, table.name, name, table.key, row), table.key, row))
					report := whole(t, at, audit.Options{Keys: keys})
					require.NotEmpty(t, report.Problems)
					t.Log(report.Problems[0])
				})
			}
		}
	}
}

// flipped returns the value of a column, with something changed in it, as SQL.
func flipped(t *testing.T, path, table, name, key, row string) string {
	db := raw(t, path)
	defer db.Close()
	var kind string
	var value []byte
	require.NoError(t, db.QueryRow(fmt.Sprintf(`SELECT typeof(%s), %s FROM %s WHERE cast(%s AS TEXT) = ?`, name, name, table, key), row).Scan(&kind, &value))
	switch kind {
	case "integer":
		if name == "seq" || name == "key" || name == "n" || name == "level" || name == "id" || table == "request_entities" {
			return name + " + 100000" // the next one is taken
		}
		return name + " + 1"
	case "null": // something where there was nothing
		var declared string
		require.NoError(t, db.QueryRow(`SELECT type FROM pragma_table_info(?) WHERE name = ?`, table, name).Scan(&declared))
		return map[string]string{"INTEGER": "1", "TEXT": "'{}'", "BLOB": "X'00'"}[declared]
	}
	value[len(value)/2] ^= 1
	if kind == "text" {
		return fmt.Sprintf("CAST(X'%x' AS TEXT)", value)
	}
	return fmt.Sprintf("X'%x'", value)
}

func column[T any](t *testing.T, db *sql.DB, query string) []T {
	rows, err := db.Query(query)
	require.NoError(t, err)
	defer rows.Close()
	var values []T
	for rows.Next() {
		var v T
		require.NoError(t, rows.Scan(&v))
		values = append(values, v)
	}
	require.NoError(t, rows.Err())
	return values
}

// What somebody with the database would do, and the sentence that finds it.
func TestWhatWasDoneToTheDatabaseIsFound(t *testing.T) {
	path, keys := sample(t)
	const blank = `salt = NULL, id = NULL, event = NULL, time = NULL, edition = NULL, choice = NULL`
	for _, tt := range []struct {
		name  string
		do    []string
		where string
		what  string
	}{
		{"an answer turned round", []string{`UPDATE entries SET choice = replace(choice, '"statistics":"no"', '"statistics":"yes"') WHERE seq = 4`},
			"leaf 3, receipt 6f1c0b1e-2a58-4a0e-9a5e-000000000003", "not what its commitment was made of"},
		{"an answer in another spelling of JSON", []string{`UPDATE entries SET choice = replace(choice, '"method"', '"Method"') WHERE seq = 4`}, "leaf 3", "not in the form"},
		{"an answer given twice", []string{`UPDATE entries SET choice = replace(choice, '"method"', '"method":"save","method"') WHERE seq = 4`}, "leaf 3", "not in the form"},
		{"an answer about what was not asked", []string{`UPDATE entries SET choice = replace(choice, '"statistics"', '"statistic"') WHERE seq = 4`}, "leaf 3", "does not fit what was shown"},
		{"a receipt back-dated by a millisecond", []string{`UPDATE entries SET time = time - 1 WHERE seq = 300`}, "leaf 299", "commitment"},
		{"a receipt given to another edition", []string{`UPDATE entries SET edition = 3 - edition WHERE seq = 600`}, "leaf 599", "commitment"},
		{"a receipt dropped", []string{`DELETE FROM entries WHERE seq = 300`}, "leaf 299", "It is missing"},
		{"the first receipt dropped", []string{`DELETE FROM entries WHERE seq = 1`}, "leaf 0", "It is missing"},
		{"the last leaf dropped", []string{`DELETE FROM entries WHERE seq = 600`}, "leaf 599", "It is missing"},
		{"the last leaf and all that waits dropped", []string{`DELETE FROM entries WHERE seq >= 600`}, "leaf 599", "It is missing"},
		{"a whole tile of receipts dropped", []string{`DELETE FROM entries WHERE seq > 256 AND seq <= 512`}, "leaf 256", "It is missing"},
		{"one that waits dropped", []string{`DELETE FROM entries WHERE seq = 602`}, "leaf 601", "though later ones are there"},
		{"two receipts exchanged", []string{`UPDATE entries SET seq = -1 WHERE seq = 10`, `UPDATE entries SET seq = 10 WHERE seq = 20`, `UPDATE entries SET seq = 20 WHERE seq = -1`},
			"leaf 9", "put in the place of another"},
		{"all moved up by one", []string{`DELETE FROM entries WHERE seq = 1`, `UPDATE entries SET seq = -seq`, `UPDATE entries SET seq = -seq - 1`},
			"leaf 0", "put in the place of another"},
		{"a receipt replaced together with its commitment", []string{`UPDATE entries SET (commitment, salt, time, edition, choice) = (SELECT commitment, salt, time, edition, choice FROM entries WHERE seq = 8) WHERE seq = 4`},
			"leaf 3", "put in the place of another"},
		{"a receipt emptied", []string{`UPDATE entries SET ` + blank + ` WHERE seq = 4`}, "leaf 3", "no act in the log erased it"},
		{"a receipt emptied by half", []string{`UPDATE entries SET choice = NULL WHERE seq = 4`}, "leaf 3", "A part of it is missing"},
		{"a receipt made an act", []string{`UPDATE entries SET id = NULL, event = NULL, time = NULL, edition = NULL, choice = NULL, act = '{"count":1,"kind":"purge","site":"reside","time":"2026-11-23T10:00:00Z"}' WHERE seq = 4`},
			"leaf 3", "commitment"},
		{"a text rewritten", []string{`UPDATE texts SET text = replace(text, 'layer 1', 'layer 3')`}, "text ", "It was changed"},
		{"a text rewritten under its new hash", []string{`UPDATE texts SET hash = '` + sum("x") + `', text = 'x' WHERE text LIKE '%layer 1%'`}, "edition ", "The text that it showed"},
		{"a text dropped", []string{`DELETE FROM texts WHERE text LIKE '%layer 1%'`}, "edition ", "is missing or was changed"},
		{"an edition rewritten", []string{`UPDATE editions SET body = replace(body, 'Reside Housing', 'Another')`}, "edition ", "the content that its id is the hash of"},
		{"an edition dropped", []string{`DELETE FROM editions WHERE key = 1`}, "leaf 0", "Its edition, number 1, is missing"},
		{"the editions exchanged", []string{`UPDATE editions SET key = -key`, `UPDATE editions SET key = key + 3`}, "leaf 0", "commitment"},
		{"a notice rewritten", []string{`UPDATE notices SET source = CAST(replace(CAST(source AS TEXT), 'Reside', 'Other') AS BLOB)`}, "notice reside", "It was changed"},
		{"a notice dropped", []string{`DELETE FROM notices`}, "edition ", "The notice that stood beside it"},
		{"a tile dropped", []string{`DELETE FROM log_tiles WHERE level = 0 AND n = 1`}, "tile 1 of level 0", "It is missing"},
		{"a tile cut", []string{`UPDATE log_tiles SET hashes = substr(hashes, 1, 1000) WHERE level = 0 AND n = 1`}, "tile 1 of level 0", "It has 1000 bytes"},
		{"a tile with more than there are leaves", []string{`UPDATE log_tiles SET hashes = CAST(hashes || substr(hashes, 1, 32) AS BLOB) WHERE level = 0 AND n = 2`}, "tile 2 of level 0", "1 hashes more"},
		{"a whole tile with more than that", []string{`UPDATE log_tiles SET hashes = CAST(hashes || substr(hashes, 1, 32) AS BLOB) WHERE level = 0 AND n = 1`}, "tile 1 of level 0", "It has 8224 bytes"},
		{"a tile above the leaves changed", []string{`UPDATE log_tiles SET hashes = CAST(substr(hashes, 33) || substr(hashes, 1, 32) AS BLOB) WHERE level = 1`}, "tile 0 of level 1", "Hash 0 is not the root of the tile below it"},
		{"the size of the log changed", []string{`UPDATE log_head SET size = 599`}, "checkpoint", "It is of 600 leaves, and the log says that it has 599"},
		{"the size in the checkpoint changed", []string{`UPDATE log_head SET checkpoint = replace(checkpoint, char(10) || '600' || char(10), char(10) || '500' || char(10)), size = 500`}, "checkpoint", "signature"},
		{"the checkpoint dropped", []string{`DELETE FROM log_head`}, "checkpoint", "It is missing, though the log has leaves"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at := copyOf(t, path)
			tamper(t, at, tt.do...)
			said(t, whole(t, at, audit.Options{Keys: keys}), tt.where, tt.what)
		})
	}
}

// Of what was erased nothing is left, and the log still holds: but only if the log says so.
func TestWhatWasErasedIsAccountedFor(t *testing.T) {
	d := deploy(t, t.TempDir(), t.TempDir())
	d.grow(t, 300)
	at := start.Add(time.Hour)
	erase := func(reason string, ids ...int) {
		e := evidence.Erasure{Reason: reason, Time: at}
		for _, n := range ids {
			e.Receipts = append(e.Receipts, fmt.Sprintf("6f1c0b1e-2a58-4a0e-9a5e-%012x", n))
		}
		if reason == evidence.ByRetention {
			e.Purge = &evidence.Entry{Kind: evidence.Purged, Time: at, Site: "reside", Before: &start}
		}
		n, err := d.store.Erase(t.Context(), e)
		require.NoError(t, err)
		require.Equal(t, len(ids), n)
	}
	erase(evidence.ByVisitor, 7)
	erase(evidence.ByRetention, 0, 1, 2, 260)
	d.grow(t, 0)
	erase(evidence.ByVisitor, 8) // not in the log yet
	path, keys := d.close(t), d.log.Keys()

	report := whole(t, path, audit.Options{Keys: keys})
	assert.Empty(t, report.Problems)
	assert.EqualValues(t, 6, report.Erased)
	assert.EqualValues(t, 294, report.Receipts)
	assert.EqualValues(t, 306, report.Checkpoint.Size)
	assert.EqualValues(t, 1, report.Pending)

	for _, tt := range []struct{ name, do, where, what string }{
		{"an erasure that waits dropped", `DELETE FROM entries WHERE seq = 307`, "leaf 8", "no act in the log erased it"},
		{"an erasure said to be of another leaf", `UPDATE entries SET act = replace(act, '"index":7', '"index":6') WHERE seq = 301`, "leaf 300", "commitment"},
		{"an erasure said to be for another reason", `UPDATE entries SET act = replace(act, 'visitor', 'retention') WHERE seq = 301`, "leaf 300", "commitment"},
		{"an erasure in another spelling", `UPDATE entries SET act = replace(act, '"index"', '"Index"') WHERE seq = 301`, "leaf 300", "not in the form"},
		{"a purge of fewer", `UPDATE entries SET act = replace(act, '"count":4', '"count":3') WHERE seq = 306`, "leaf 305", "commitment"},
		{"a purge without its salt", `UPDATE entries SET salt = NULL WHERE seq = 306`, "leaf 305", "want 16 bytes"},
		{"a receipt brought back under an erased leaf", `UPDATE entries SET (salt, id, event, time, edition, choice) = (SELECT salt, x'00112233445566778899aabbccddeeff', x'00112233445566778899aabbccddeeff', time, edition, choice FROM entries WHERE seq = 10) WHERE seq = 8`,
			"leaf 7", "erased, and it is still there"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at := copyOf(t, path)
			tamper(t, at, tt.do)
			said(t, whole(t, at, audit.Options{Keys: keys}), tt.where, tt.what)
		})
	}
}

// said makes sure that a report names a problem.
func said(t *testing.T, report *audit.Report, where, what string) {
	t.Helper()
	for _, p := range report.Problems {
		if strings.HasPrefix(p.Where, where) && strings.Contains(strings.ToLower(p.What), strings.ToLower(what)) {
			return
		}
	}
	assert.Fail(t, "not said", "want %s: …%s…\ngot %v", where, what, report.Problems)
}

// Who has the signing key can date a receipt as they like, but not between others.
func TestABackDatedReceiptIsFoundThoughItWasSigned(t *testing.T) {
	for _, tt := range []struct {
		name  string
		back  time.Duration
		found bool
	}{
		{"by as much as clocks differ", audit.Tolerance, false},
		{"by more", audit.Tolerance + 2*time.Second, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := deploy(t, t.TempDir(), t.TempDir())
			d.grow(t, 300)
			s := d.receipt(t)
			s.Time = s.Time.Add(-time.Second - tt.back)
			d.add(t, d.seal(t, s))
			d.grow(t, 5)
			report := whole(t, d.close(t), audit.Options{Keys: d.log.Keys()})
			if !tt.found {
				assert.Empty(t, report.Problems)
				return
			}
			require.Len(t, report.Problems, 1)
			assert.Equal(t, "leaf 300", report.Problems[0].Where)
			assert.Contains(t, report.Problems[0].What, "2m2s before leaf 299, which came earlier")
		})
	}
}

func TestTheLogExtendsWhatWasSeenBefore(t *testing.T) {
	keys := t.TempDir()
	d := deploy(t, t.TempDir(), keys)
	at := map[int]string{}
	for _, size := range []int{1, 255, 256, 257, 511, 512, 600} {
		d.grow(t, size-d.next)
		text, err := d.store.Checkpoint(t.Context())
		require.NoError(t, err)
		at[size] = text
	}
	path := d.close(t)
	for size, text := range at {
		t.Run(fmt.Sprintf("of %d leaves", size), func(t *testing.T) {
			assert.Empty(t, whole(t, path, audit.Options{Keys: d.log.Keys(), From: text}).Problems)
		})
	}

	t.Run("it does not extend another one, signed with the same key", func(t *testing.T) {
		fork := deploy(t, t.TempDir(), keys)
		fork.grow(t, 100)
		fork.receipt(t) // one that was never stored
		fork.grow(t, 155)
		other, err := fork.store.Checkpoint(t.Context())
		require.NoError(t, err)
		report := whole(t, path, audit.Options{Keys: d.log.Keys(), From: other})
		require.Len(t, report.Problems, 1)
		assert.Contains(t, report.Problems[0].What, "does not extend it: its first 255 leaves are others")
		report = whole(t, fork.close(t), audit.Options{Keys: d.log.Keys(), From: at[600]})
		require.Len(t, report.Problems, 1)
		assert.Contains(t, report.Problems[0].What, "has shrunk: it had 600 leaves then, and has 255 now")
	})
}
