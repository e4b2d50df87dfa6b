package audit_test

import (
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/auditlog"
	"latchkey/server/receiptlog"
	"latchkey/server/receiptlog/audit"
	"latchkey/server/sqlite"
	"latchkey/server/storetest"
)

// requestLeaves is more than a tile, so that there is a level above: 90 requests with two
// messages each, deliveries, and three that were erased.
const (
	sampleRequests = 90
	requestLeaves  = 3*sampleRequests + 4 + 3
)

// requestSample is a database with requests, and with some that wait for the audit log.
func requestSample(t *testing.T) (path string, keys []string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), sqlite.FileName)
	s, err := sqlite.Open(t.Context(), path)
	require.NoError(t, err)
	defer s.Close()
	k, err := receiptlog.Audit.LoadKeys(t.TempDir(), origin+"/audit", "")
	require.NoError(t, err)
	l, err := receiptlog.NewAudit(t.Context(), s.AuditLog(), k, slog.New(slog.NewTextHandler(io.Discard, nil)))
	require.NoError(t, err)
	add := func(n int) {
		r := storetest.Record("reside", n)
		_, _, err := s.AddRequest(t.Context(), r, storetest.Messages(r))
		require.NoError(t, err)
	}
	for n := range sampleRequests {
		add(n)
	}
	for id := int64(1); id <= 3; id++ {
		require.NoError(t, s.MessageSent(t.Context(), id, storetest.Start))
	}
	require.NoError(t, s.MessageFailed(t.Context(), 4, storetest.Start.Add(time.Hour), "no such host"))
	erase(t, s, 0, 40, 41)
	require.NoError(t, l.Integrate(t.Context()))
	add(sampleRequests)
	erase(t, s, 50)
	require.NoError(t, s.Close())
	tamper(t, path, `PRAGMA wal_checkpoint(TRUNCATE)`)
	return path, k.Public
}

func erase(t *testing.T, s *sqlite.Store, requests ...int) {
	t.Helper()
	e := auditlog.Erasing{Reason: auditlog.ByRetention, Time: storetest.Start.AddDate(3, 0, 0)}
	for _, n := range requests {
		e.References = append(e.References, storetest.Record("reside", n).Reference)
	}
	n, err := s.EraseRequests(t.Context(), e)
	require.NoError(t, err)
	require.Equal(t, len(requests), n)
}

// ofRequests checks the audit log of the database at path.
func ofRequests(t *testing.T, path string, o audit.Options) *audit.Report {
	t.Helper()
	r, err := sqlite.OpenReader(t.Context(), path)
	require.NoError(t, err)
	defer r.Close()
	at, err := r.AuditRequests(t.Context())
	require.NoError(t, err)
	defer at.Close()
	report, err := audit.Requests(t.Context(), at, o)
	require.NoError(t, err)
	return report
}

func TestUntouchedRequestsHold(t *testing.T) {
	path, keys := requestSample(t)
	report := ofRequests(t, path, audit.Options{Keys: keys})
	assert.Empty(t, report.Problems)
	assert.False(t, report.Untrusted)
	assert.EqualValues(t, requestLeaves, report.Checkpoint.Size)
	assert.EqualValues(t, sampleRequests+1, report.Requests)
	assert.EqualValues(t, 2*(sampleRequests+1-4), report.Messages)
	assert.EqualValues(t, 3*4+2, report.Erased)
	assert.EqualValues(t, 4, report.Pending)

	report = ofRequests(t, path, audit.Options{})
	assert.True(t, report.Holds())
	assert.True(t, report.Untrusted, "without a key, nobody knows who signed it")
	_, others := requestSample(t)
	report = ofRequests(t, path, audit.Options{Keys: others})
	require.Len(t, report.Problems, 1)
	assert.Equal(t, "checkpoint of the audit log", report.Problems[0].Where)
}

// Every column of every table that a request rests on, in its first row, its last one and some between: one bit of
// a text or blob, or a number by one. A report names no person, no reference and no word of a request.
func TestNoColumnOfARequestCanBeChanged(t *testing.T) {
	path, keys := requestSample(t)
	for _, table := range []struct{ name, key string }{
		{"requests", "seq"}, {"request_entities", "request || entity"}, {"messages", "id"}, {"audit_entries", "seq"}, {"audit_tiles", "level * 1000 + n"}, {"audit_head", "id"},
	} {
		db := raw(t, path)
		rows := column[string](t, db, `SELECT cast(`+table.key+` AS TEXT) FROM `+table.name+` ORDER BY `+table.key)
		columns := column[string](t, db, `SELECT name FROM pragma_table_info('`+table.name+`')`)
		require.NoError(t, db.Close())
		for _, name := range columns {
			if table.name == "audit_head" && name == "id" {
				continue // no value but 1 is taken
			}
			some := []string{rows[0], rows[len(rows)/3], rows[len(rows)/2], rows[len(rows)-1]}
			if table.name == "audit_entries" { // one of each kind: a delivery, an erasure, and what waits
				some = append(some, rows[3*sampleRequests+1], rows[requestLeaves-1], rows[requestLeaves+1])
			}
			slices.Sort(some)
			for _, row := range slices.Compact(some) {
				t.Run(fmt.Sprintf("%s.%s of %.20s", table.name, name, row), func(t *testing.T) {
					at := copyOf(t, path)
					tamper(t, at, fmt.Sprintf(`UPDATE %s SET %s = %s WHERE cast(%s AS TEXT) = '%s'`, table.name, name, flipped(t, at, table.name, name, table.key, row), table.key, row))
					report := ofRequests(t, at, audit.Options{Keys: keys})
					require.NotEmpty(t, report.Problems)
					for _, p := range report.Problems {
						for _, personal := range []string{"LK-", "Siân", "sian@", "Everything", "Diolch", "reside", "example.org", "no such host"} {
							assert.NotContains(t, p.String(), personal)
						}
					}
					t.Log(report.Problems[0])
				})
			}
		}
	}
}

func TestWhatWasDoneToRequestsIsFound(t *testing.T) {
	path, keys := requestSample(t)
	for _, tt := range []struct {
		name  string
		do    []string
		where string
		what  string
	}{
		{"a name", []string{`UPDATE requests SET said = replace(said, 'Siân', 'Sian') WHERE seq = 6`}, "request entry 15", "not what its commitment was made of"},
		{"a due date", []string{`UPDATE requests SET body = replace(body, '2026-12-23', '2026-12-24') WHERE seq = 6`}, "request entry 15", "not what its commitment was made of"},
		{"the due date of one that was erased", []string{`UPDATE requests SET body = replace(body, '2026-12-23', '2026-12-24') WHERE seq = 1`}, "request entry 274", "What it left of its request was changed"},
		{"a request dropped", []string{`DELETE FROM requests WHERE seq = 6`}, "request entry 15", "The row of its request is missing"},
		{"with its messages and all else that shows it", []string{`DELETE FROM messages WHERE request = 'LK-TEST-0005'`, `DELETE FROM request_entities WHERE request = 6`, `DELETE FROM requests WHERE seq = 6`},
			"request entry 16 (message)", "The row of its message is missing"},
		{"an organisation dropped", []string{`DELETE FROM request_entities WHERE request = 6 AND entity = 'reside'`}, "request entry 15", "not what its commitment was made of"},
		{"an organisation added", []string{`INSERT INTO request_entities VALUES ('other', 6)`}, "request entry 15", "not what its commitment was made of"},
		{"an organisation of one that was erased dropped", []string{`DELETE FROM request_entities WHERE request = 1 AND entity = 'reside'`}, "request entry 274", "What it left of its request was changed"},
		{"a request added", []string{`INSERT INTO requests (reference, site, received, body, key, digest, said) SELECT 'LK-TEST-9999', site, received, body, 'k', digest, said FROM requests WHERE seq = 6`},
			"request 92", "The audit log has no entry of it"},
		{"two requests exchanged", []string{`UPDATE requests SET seq = -1 WHERE seq = 6`, `UPDATE requests SET seq = 6 WHERE seq = 7`, `UPDATE requests SET seq = 7 WHERE seq = -1`},
			"request entry 15", "the row was put in the place of another"},
		{"two entries exchanged", []string{`UPDATE audit_entries SET seq = -1 WHERE seq = 16`, `UPDATE audit_entries SET seq = 16 WHERE seq = 19`, `UPDATE audit_entries SET seq = 19 WHERE seq = -1`},
			"request entry 15", "put in the place of another"},
		{"a message dropped", []string{`DELETE FROM messages WHERE id = 12`}, "request entry 17 (message)", "The row of its message is missing"},
		{"a message added", []string{`INSERT INTO messages (request, kind, recipient, subject, body, language, attempts, due) SELECT request, kind, 'x@example.org', subject, body, language, 0, due FROM messages WHERE id = 12`},
			"message 183", "The audit log has no entry of it"},
		{"a message sent elsewhere", []string{`UPDATE messages SET recipient = 'x@example.org' WHERE id = 12`}, "request entry 17 (message)", "not what its commitment was made of"},
		{"a message said to be sent", []string{`UPDATE messages SET sent = due WHERE id = 12`}, "request entry 17", "The state of its message's delivery"},
		{"a delivery undone", []string{`UPDATE messages SET sent = NULL, attempts = 0 WHERE id = 3`}, "request entry 4", "The state of its message's delivery"},
		{"the failure of one reworded", []string{`UPDATE messages SET failure = 'mailbox full' WHERE id = 4`}, "request entry 5", "The state of its message's delivery"},
		{"the entry of a delivery dropped", []string{`DELETE FROM audit_entries WHERE seq = 273`}, "request entry 272", "It is missing"},
		{"a delivery in another spelling of JSON", []string{`UPDATE audit_entries SET body = replace(body, '"sent"', '"Sent"') WHERE seq = 273`}, "request entry 272 (delivery)", "Its text was changed"},
		{"a delivery of another message", []string{`UPDATE audit_entries SET about = 5 WHERE seq = 273`}, "request entry 272 (delivery)", "about another row"},
		{"the first state of a message", []string{`UPDATE audit_entries SET body = replace(body, '0', '1') WHERE seq = 17`}, "request entry 16 (message)", "not what its commitment was made of"},
		{"an entry emptied", []string{`UPDATE audit_entries SET salt = NULL, kind = NULL, about = NULL, body = NULL WHERE seq = 16`}, "request entry 15", "no entry of the log says that it was erased"},
		{"an erasure emptied", []string{`UPDATE audit_entries SET salt = NULL, kind = NULL, about = NULL, body = NULL WHERE seq = 275`}, "request entry 274", "no entry of the log says that it was erased"},
		{"a request marked as erased", []string{`UPDATE requests SET key = NULL, digest = NULL, said = NULL, erased = received, spent = 'x' WHERE seq = 6`}, "request entry 15", "marked as erased"},
		{"an erasure taken back", []string{`UPDATE requests SET key = 'k', digest = 'd', said = '{}', erased = NULL, spent = NULL WHERE seq = 1`}, "request entry 274", "was changed, or is still there"},
		{"when one was erased", []string{`UPDATE requests SET erased = erased + 1 WHERE seq = 1`}, "request entry 274", "was changed"},
		{"what an erasure left, dropped", []string{`DELETE FROM request_entities WHERE request = 1`, `DELETE FROM requests WHERE seq = 1`}, "request entry 274", "What it left of its request is missing"},
		{"the last entry that waits, with its row", []string{`DELETE FROM audit_entries WHERE seq = 280`, `DELETE FROM messages WHERE id = 182`}, "request entry 279", "though later ones are there"},
		{"a tile dropped", []string{`DELETE FROM audit_tiles WHERE level = 1`}, "tile 0 of level 1 of the audit log", "It is missing"},
		{"the checkpoint dropped", []string{`DELETE FROM audit_head`}, "checkpoint of the audit log", "It is missing, though the log has leaves"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at := copyOf(t, path)
			tamper(t, at, tt.do...)
			said(t, ofRequests(t, at, audit.Options{Keys: keys}), tt.where, tt.what)
		})
	}
}

func TestTheAuditLogExtendsACheckpointThatWasKept(t *testing.T) {
	path, keys := requestSample(t)
	db := raw(t, path)
	kept := column[string](t, db, `SELECT checkpoint FROM audit_head`)[0]
	require.NoError(t, db.Close())
	assert.True(t, receiptlog.Audit.Signed(kept))
	assert.False(t, receiptlog.Receipts.Signed(kept))
	assert.True(t, ofRequests(t, path, audit.Options{Keys: keys, From: kept}).Holds())
	changed := strings.Replace(kept, fmt.Sprintf("\n%d\n", requestLeaves), "\n5\n", 1)
	r, err := sqlite.OpenReader(t.Context(), path)
	require.NoError(t, err)
	defer r.Close()
	at, err := r.AuditRequests(t.Context())
	require.NoError(t, err)
	defer at.Close()
	_, err = audit.Requests(t.Context(), at, audit.Options{Keys: keys, From: changed})
	require.ErrorContains(t, err, "the signature of key")
}
