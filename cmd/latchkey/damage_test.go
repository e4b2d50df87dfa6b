package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"latchkey/app/auditlog"
	"latchkey/app/evidence"
	"latchkey/app/notice/markdown"
	"latchkey/server/receiptlog"
	"latchkey/server/sqlite"
	"latchkey/server/storetest"
)

// keep makes a data folder as a server that ran for a while leaves it: receipts, requests and mail, some of them
// erased, a notice, both logs. Its database is one file.
func keep(t *testing.T) (data string) {
	t.Helper()
	data = t.TempDir()
	ctx := t.Context()
	s, err := sqlite.Open(ctx, filepath.Join(data, sqlite.FileName))
	require.NoError(t, err)
	defer s.Close()
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	keys, err := receiptlog.LoadKeys(filepath.Join(data, "keys"), "privacy.example.org", "")
	require.NoError(t, err)
	auditKeys, err := receiptlog.Audit.LoadKeys(filepath.Join(data, "keys"), receiptlog.Audit.Origin("privacy.example.org"), "")
	require.NoError(t, err)
	receipts, err := receiptlog.New(ctx, s, keys, quiet)
	require.NoError(t, err)
	requests, err := receiptlog.NewAudit(ctx, s.AuditLog(), auditKeys, quiet)
	require.NoError(t, err)

	source, err := os.ReadFile("../../testdata/groups/progress/notices/reside.2026-10-01.cy.md")
	require.NoError(t, err)
	n, problems := markdown.Parse(source)
	require.Empty(t, problems)
	require.NoError(t, s.PublishNotice(ctx, "progress", n, source))
	require.NoError(t, s.AddEdition(ctx, storetest.Genuine(), storetest.ShownText))
	for n := range 400 {
		_, _, err := s.AddReceipt(ctx, new(storetest.Chosen(n, storetest.Start)))
		require.NoError(t, err)
	}
	for n := range 120 {
		r := storetest.Record("reside", n)
		_, _, err := s.AddRequest(ctx, r, storetest.Messages(r))
		require.NoError(t, err)
	}
	for id := int64(1); id <= 60; id++ {
		require.NoError(t, s.MessageFailed(ctx, id, storetest.Start.AddDate(0, 0, 1), "no such host"))
		if id%3 != 0 {
			require.NoError(t, s.MessageSent(ctx, id, storetest.Start))
		}
	}
	require.NoError(t, receipts.Integrate(ctx))
	require.NoError(t, requests.Integrate(ctx))
	_, err = s.Erase(ctx, evidence.Erasure{Receipts: []string{storetest.Receipt("", 7).ID}, Reason: evidence.ByVisitor, Time: storetest.Start})
	require.NoError(t, err)
	_, err = s.EraseRequests(ctx, auditlog.Erasing{References: []string{"LK-TEST-0003", "LK-TEST-0070"}, Reason: auditlog.ByCommand, Time: storetest.Start})
	require.NoError(t, err)
	require.NoError(t, receipts.Integrate(ctx))
	require.NoError(t, requests.Integrate(ctx))
	require.NoError(t, s.Close())
	_, err = os.Stat(filepath.Join(data, sqlite.FileName+"-wal"))
	require.ErrorIs(t, err, os.ErrNotExist)
	return data
}

// notEvidence are the columns of which a change is not found, and why that harms nobody.
var notEvidence = map[string]string{
	"goose_db_version.id":     "the order of a table that is read by its versions",
	"goose_db_version.tstamp": "when a migration was made",
	"sqlite_sequence.seq":     "SQLite's own, of goose_db_version",
	"probe.count":             "a number that says nothing",
	"last_purge.time":         "when old receipts were last looked for; a purge is held against the newest receipt too",
	"entries.sender":          "whether a sending that is repeated gets its token again",
}

// content is every row of every table, by its rowid where it has one, and the schema.
func content(path string) (map[string]string, error) {
	db, err := sql.Open("sqlite", "file:"+path+"?mode=ro")
	if err != nil {
		return nil, err
	}
	defer db.Close()
	rows := map[string]string{}
	tables, err := table(db, `SELECT name, sql FROM sqlite_schema WHERE type = 'table' ORDER BY name`)
	if err != nil {
		return nil, err
	}
	for _, t := range tables {
		name := t[0]
		columns, err := table(db, `SELECT name FROM pragma_table_info('`+name+`') ORDER BY cid`)
		if err != nil {
			return nil, err
		}
		var list []string
		for _, c := range columns {
			if notEvidence[name+"."+c[0]] == "" {
				list = append(list, fmt.Sprintf(`typeof("%s") || ':' || coalesce(hex("%s"), '')`, c[0], c[0]))
			}
		}
		if !strings.Contains(t[1], "WITHOUT ROWID") && name != "goose_db_version" && name != "sqlite_sequence" {
			list = append(list, "rowid")
		}
		all, err := table(db, `SELECT `+strings.Join(list, ", ")+` FROM "`+name+`"`)
		if err != nil {
			return nil, err
		}
		for _, row := range all {
			rows[name+" "+strings.Join(row, "|")] += "x"
		}
	}
	// The table that notes migrations is the migrating tool's, which has written it in more than one way.
	schema, err := table(db, `SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name <> 'goose_db_version'`)
	for _, part := range schema {
		rows["schema "+strings.Join(part, "|")] = "x"
	}
	return rows, err
}

// table returns the rows of a query as text.
func table(db *sql.DB, query string) ([][]string, error) {
	rs, err := db.Query(query)
	if err != nil {
		return nil, err
	}
	defer rs.Close()
	names, err := rs.Columns()
	if err != nil {
		return nil, err
	}
	var rows [][]string
	for rs.Next() {
		row, to := make([]string, len(names)), make([]any, len(names))
		for i := range row {
			to[i] = (*nullable)(&row[i])
		}
		if err := rs.Scan(to...); err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, rs.Err()
}

type nullable string

func (n *nullable) Scan(v any) error {
	if v != nil {
		*n = nullable(fmt.Sprintf("%s", v))
	}
	return nil
}

// TestEveryByteOfTheDatabaseThatMattersIsCovered changes random bytes of a database file, one at a time. Each is
// found by "verify log", or is shown to have changed nothing that any row says.
func TestEveryByteOfTheDatabaseThatMattersIsCovered(t *testing.T) {
	const flips = 200
	data := keep(t)
	file, err := os.ReadFile(filepath.Join(data, sqlite.FileName))
	require.NoError(t, err)
	before, err := content(filepath.Join(data, sqlite.FileName))
	require.NoError(t, err)
	require.Equal(t, 0, verifies(t, data))

	random := rand.New(rand.NewPCG(2026, 12))
	var found, unused int
	var mu sync.Mutex
	var all errgroup.Group
	all.SetLimit(2)
	for range flips {
		at, change := random.IntN(len(file)), byte(1+random.IntN(255))
		all.Go(func() error {
			dir := t.TempDir()
			if err := os.CopyFS(filepath.Join(dir, "keys"), os.DirFS(filepath.Join(data, "keys"))); err != nil {
				return err
			}
			path := filepath.Join(dir, sqlite.FileName)
			damaged := append([]byte{}, file...)
			damaged[at] ^= change
			if err := os.WriteFile(path, damaged, 0o600); err != nil {
				return err
			}
			code := verifies(t, dir)
			mu.Lock()
			defer mu.Unlock()
			if code != 0 {
				found++
				return nil
			}
			unused++
			after, err := content(path)
			if assert.NoError(t, err, "byte %d xor %#x", at, change) {
				assert.Equal(t, before, after, "byte %d xor %#x changed what a row says, and was not found", at, change)
			}
			return nil
		})
	}
	require.NoError(t, all.Wait())
	t.Logf("of %d bytes of a database of %d KiB, each changed once: %d found, %d in room that no row uses", flips, len(file)>>10, found, unused)
	assert.Greater(t, found, flips/2)
}

// verifies returns the exit code of "verify log" for a data folder.
func verifies(t *testing.T, data string) int {
	return run(context.Background(), []string{"verify", "log", data, "--key", "@" + filepath.Join(data, "keys", "log.pub"), "--key", "@" + filepath.Join(data, "keys", "audit.pub")},
		strings.NewReader(""), io.Discard, io.Discard)
}

// TestServeNoticesThatItsDatabaseWasDamaged changes a byte of a request's name under a server that is stopped.
func TestServeNoticesThatItsDatabaseWasDamaged(t *testing.T) {
	data := keep(t)
	path := filepath.Join(data, sqlite.FileName)
	file, err := os.ReadFile(path)
	require.NoError(t, err)
	at := strings.Index(string(file), `"Siân Ó Briain"`)
	require.Positive(t, at)
	file[at+1]++
	require.NoError(t, os.WriteFile(path, file, 0o600))

	p := serve(t, data, "--public-url", "https://privacy.example.org")
	until(t, "the server not to be ready", func() bool {
		status, text := p.get("/readyz")
		return status == http.StatusServiceUnavailable && strings.Contains(text, "the database is damaged and must be restored")
	})
	edition, answers := question(t, p.url)
	assert.Equal(t, http.StatusServiceUnavailable, post(http.DefaultClient, p.url, edition, answers))
	var told []string
	for line := range strings.Lines(p.log()) {
		if strings.Contains(line, "the database is damaged: nothing more is stored") {
			told = append(told, line)
		}
	}
	require.Len(t, told, 1, "it is told once")
	assert.Contains(t, told[0], "level=ERROR")
	assert.Contains(t, told[0], "audit log: request entry")
	assert.NotContains(t, told[0], "LK-TEST")
}

func TestVerifyLogChecksTheAuditLog(t *testing.T) {
	data := keep(t)
	pub := func(log string) string { return "@" + filepath.Join(data, "keys", log+".pub") }
	code, out, notes := verify(t, "", "log", data, "--key", pub("log"))
	assert.Equal(t, 0, code)
	assert.Contains(t, out, "The log holds.")
	assert.Contains(t, out, "The audit log holds: every request, message and delivery is what was committed to.")
	assert.Regexp(t, `(?m)^Log +privacy\.example\.org/audit$`, out)
	assert.Regexp(t, `(?m)^Requests +120 with 236 messages; \d+ entries erased; 0 wait for the next checkpoint$`, out)
	assert.Contains(t, notes, "The audit log is checked with the keys in "+filepath.Join(data, "keys", "audit.pub"))

	code, out, notes = verify(t, "", "log", data, "--key", pub("log"), "--key", pub("audit"), "--json")
	assert.Equal(t, 0, code)
	assert.Empty(t, notes, "a key that was given needs no word")
	var report struct {
		Receipts int
		Audit    struct{ Requests, Messages int }
	}
	require.NoError(t, json.Unmarshal([]byte(out), &report))
	assert.Equal(t, 399, report.Receipts)
	assert.Equal(t, 120, report.Audit.Requests)

	// A checkpoint is of the log that it says.
	s, err := sqlite.OpenReader(t.Context(), filepath.Join(data, sqlite.FileName))
	require.NoError(t, err)
	kept, err := s.AuditCheckpoint(t.Context())
	require.NoError(t, err)
	require.NoError(t, s.Close())
	from := filepath.Join(t.TempDir(), "audit.checkpoint")
	require.NoError(t, os.WriteFile(from, []byte(kept), 0o600))
	code, out, _ = verify(t, "", "log", data, "--key", pub("log"), "--from", from)
	assert.Equal(t, 0, code)
	assert.Equal(t, 1, strings.Count(out, "Extends"), out)

	t.Run("without its key, who signed it is not known", func(t *testing.T) {
		keyless := t.TempDir()
		file, err := os.ReadFile(filepath.Join(data, sqlite.FileName))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(keyless, sqlite.FileName), file, 0o600))
		code, out, _ := verify(t, "", "log", keyless, "--key", pub("log"))
		assert.Equal(t, 0, code)
		assert.Contains(t, out, "The audit log holds by itself. Who signed it was not checked")
	})
	t.Run("an edited request is named by its place", func(t *testing.T) {
		db, err := sql.Open("sqlite", filepath.Join(data, sqlite.FileName))
		require.NoError(t, err)
		var trigger string
		require.NoError(t, db.QueryRow(`SELECT sql FROM sqlite_schema WHERE name = 'requests_only_erased'`).Scan(&trigger))
		_, err = db.Exec(`DROP TRIGGER requests_only_erased; UPDATE requests SET body = replace(body, '2026-12-23', '2027-01-23') WHERE seq = 9; ` + trigger)
		require.NoError(t, err)
		require.NoError(t, db.Close())
		code, out, _ := verify(t, "", "log", data, "--key", pub("log"))
		assert.Equal(t, 1, code)
		assert.Contains(t, out, "The log holds.", "that of receipts does")
		assert.Contains(t, out, "The audit log does not hold. Problems found: 1.")
		assert.Regexp(t, `(?m)^Problem 1 +request entry 24: It is not what its commitment was made of`, out)
		assert.NotContains(t, out, "LK-TEST")
	})
	t.Run("a trigger that is gone is damage", func(t *testing.T) {
		db, err := sql.Open("sqlite", filepath.Join(data, sqlite.FileName))
		require.NoError(t, err)
		_, err = db.Exec(`DROP TRIGGER messages_only_erased`)
		require.NoError(t, err)
		require.NoError(t, db.Close())
		_, out, _ := verify(t, "", "log", data, "--key", pub("log"))
		assert.Regexp(t, `(?m)^Damage 1 +database: the database file is damaged: trigger messages_only_erased is missing in its schema\.`, out)
	})
}
