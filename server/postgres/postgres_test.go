package postgres_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/consent"
	"latchkey/app/fault"
	"latchkey/app/rights"
	"latchkey/server"
	"latchkey/server/postgres"
	"latchkey/server/postgres/pgtest"
	"latchkey/server/storetest"
)

var _ server.Store = (*postgres.Store)(nil)

func TestMain(m *testing.M) { os.Exit(pgtest.Main{Tests: m}.Run()) }

func TestStore(t *testing.T) {
	urls := map[*testing.T]string{}
	storetest.Run(t, func(t *testing.T) server.Store {
		if urls[t] == "" {
			urls[t] = pgtest.Database(t)
		}
		return open(t, urls[t])
	})
}

// open opens a store, with the sample editions in it, and closes it at the end of the test.
func open(t testing.TB, url string) *postgres.Store {
	t.Helper()
	s, err := postgres.Open(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// stocked is an open store that knows the edition of the samples.
func stocked(t testing.TB, url string) *postgres.Store {
	t.Helper()
	s := open(t, url)
	require.NoError(t, s.AddEdition(t.Context(), storetest.Edition("reside"), storetest.ShownText))
	return s
}

func add(t testing.TB, s *postgres.Store, r consent.Stored) {
	t.Helper()
	_, created, err := s.AddReceipt(t.Context(), &r)
	require.NoError(t, err)
	require.True(t, created)
}

// raw connects to a database as any other program would.
func raw(t testing.TB, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

func exec(t testing.TB, url, statement string, args ...any) {
	t.Helper()
	_, err := raw(t, url).Exec(t.Context(), statement, args...)
	require.NoError(t, err)
}

func value[T any](t testing.TB, url, query string, args ...any) T {
	t.Helper()
	var v T
	require.NoError(t, raw(t, url).QueryRow(t.Context(), query, args...).Scan(&v))
	return v
}

func TestEvidenceIsAppendOnly(t *testing.T) {
	url := pgtest.Database(t)
	s := stocked(t, url)
	add(t, s, storetest.Receipt("reside", 1))
	integrate(t, s)
	add(t, s, storetest.Receipt("reside", 2))
	record := storetest.Record("reside", 1)
	_, _, err := s.AddRequest(t.Context(), record, storetest.Messages(record))
	require.NoError(t, err)
	require.NoError(t, s.PublishNotice(t.Context(), "progress", storetest.Notice("reside", "1", "cy", storetest.Start), []byte("x")))

	db := raw(t, url)
	for _, statement := range []string{
		`UPDATE receipts SET answers = '{}'`,
		`UPDATE receipts SET time = time + interval '1 year'`,
		`UPDATE receipts_2026_11 SET commitment = ''`,
		`DELETE FROM receipts`,
		`DELETE FROM receipts_2026_11`,
		`TRUNCATE receipts`,
		`TRUNCATE receipts_2026_11`,
		`UPDATE events SET seq = 7`,
		`DELETE FROM events`,
		`TRUNCATE events`,
		`UPDATE log_pending SET commitment = ''`,
		`TRUNCATE log_pending`,
		`UPDATE log_leaves SET commitment = ''`,
		`DELETE FROM log_leaves`,
		`TRUNCATE log_leaves`,
		`DELETE FROM log_tiles`,
		`TRUNCATE log_tiles`,
		`UPDATE log_head SET size = 0`,
		`UPDATE log_head SET checkpoint = 'another of the same size'`,
		`DELETE FROM log_head`,
		`TRUNCATE log_head`,
		`UPDATE requests SET received = now()`,
		`DELETE FROM requests`,
		`TRUNCATE requests CASCADE`,
		`UPDATE request_entities SET entity = 'x'`,
		`DELETE FROM request_entities`,
		`UPDATE editions SET body = '{}'`,
		`DELETE FROM editions`,
		`TRUNCATE editions`,
		`UPDATE texts SET text = ''`,
		`DELETE FROM texts`,
		`TRUNCATE texts CASCADE`,
		`UPDATE notices SET source = ''`,
		`DELETE FROM notices`,
		`TRUNCATE notices`,
		`UPDATE messages SET body = ''`,
		`UPDATE messages SET recipient = 'x'`,
		`DELETE FROM messages`,
		`TRUNCATE messages`,
	} {
		t.Run(statement, func(t *testing.T) {
			_, err := db.Exec(t.Context(), statement)
			require.Error(t, err)
			assert.Regexp(t, `append-only|written once|not deleted|not emptied|only grows`, err.Error())
		})
	}
}

func TestAFailedWriteLeavesTheOthersOfItsGroup(t *testing.T) {
	url := pgtest.Database(t)
	s := stocked(t, url)
	exec(t, url, `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'refused'; END $$`)
	exec(t, url, `CREATE TRIGGER refuse BEFORE INSERT ON receipts FOR EACH ROW WHEN (NEW.age = 4711) EXECUTE FUNCTION refuse()`)
	errs := make(chan error)
	const each = 50
	for n := range each {
		good, bad := storetest.Receipt("reside", n), storetest.Receipt("reside", each+n)
		bad.Event.Age = 4711
		go func() { _, _, err := s.AddReceipt(t.Context(), &good); errs <- err }()
		go func() { _, _, err := s.AddReceipt(t.Context(), &bad); errs <- err }()
	}
	failed := 0
	for range 2 * each {
		if err := <-errs; err != nil {
			failed++
			assert.ErrorContains(t, err, "refused")
		}
	}
	assert.Equal(t, each, failed)
	assert.Len(t, list(t, s, consent.ReceiptFilter{}), each)
	assert.EqualValues(t, each, value[int64](t, url, `SELECT count(*) FROM events`), "nothing is left of what failed")
}

// list returns the ids of receipts.
func list(t testing.TB, s *postgres.Store, f consent.ReceiptFilter) []string {
	t.Helper()
	var ids []string
	for r, err := range s.Receipts(t.Context(), f) {
		require.NoError(t, err)
		ids = append(ids, r.ID)
	}
	return ids
}

func TestALongListIsReadInPages(t *testing.T) {
	s := stocked(t, pgtest.Database(t))
	const n = 2300
	done := make(chan error)
	for i := range n {
		go func() {
			_, _, err := s.AddReceipt(t.Context(), new(storetest.Receipt("reside", i)))
			done <- err
		}()
	}
	for range n {
		require.NoError(t, <-done)
	}
	all := list(t, s, consent.ReceiptFilter{})
	require.Len(t, all, n)
	for _, c := range []struct {
		name   string
		filter consent.ReceiptFilter
		want   []string
	}{
		{"of a site", consent.ReceiptFilter{Site: "reside"}, all},
		{"the newest, more than a page", consent.ReceiptFilter{Limit: 1500}, all[n-1500:]},
		{"the newest of a controller, two pages exactly", consent.ReceiptFilter{Entity: "reside-entity", Limit: 2000}, all[n-2000:]},
		{"as many as there are", consent.ReceiptFilter{Limit: n}, all},
		{"more than there are", consent.ReceiptFilter{Site: "reside", Limit: n + 1}, all},
	} {
		t.Run(c.name, func(t *testing.T) { assert.Equal(t, c.want, list(t, s, c.filter)) })
	}
}

func TestReaderReadsWhileServersRun(t *testing.T) {
	url := pgtest.Database(t)
	_, err := postgres.OpenReader(t.Context(), url)
	require.ErrorIs(t, err, fault.NotFound, "a database that no server has used")

	s := stocked(t, url)
	want := storetest.Receipt("reside", 1)
	add(t, s, want)
	r, err := postgres.OpenReader(t.Context(), url)
	require.NoError(t, err)
	defer r.Close()
	got, err := r.Receipt(t.Context(), want.ID)
	require.NoError(t, err)
	assert.Equal(t, want, got)
}

func TestANewerSchemaIsRefused(t *testing.T) {
	url := pgtest.Database(t)
	open(t, url)
	exec(t, url, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, true)`)
	_, err := postgres.OpenReader(t.Context(), url)
	require.ErrorIs(t, err, fault.Conflict)
	_, err = postgres.Open(t.Context(), url)
	require.ErrorIs(t, err, fault.Conflict)
}

func TestProcessesThatStartAtOnceMigrateOnce(t *testing.T) {
	url := pgtest.Database(t)
	errs := make(chan error)
	for range 4 {
		go func() {
			s, err := postgres.Open(t.Context(), url)
			if err == nil {
				err = s.Close()
			}
			errs <- err
		}()
	}
	for range 4 {
		require.NoError(t, <-errs)
	}
}

func TestOneProcessAtATimeDeliversMessages(t *testing.T) {
	url := pgtest.Database(t)
	a, err := postgres.Open(t.Context(), url)
	require.NoError(t, err)
	b := open(t, url)
	record := storetest.Record("reside", 1)
	_, _, err = a.AddRequest(t.Context(), record, storetest.Messages(record))
	require.NoError(t, err)
	later := record.Received.Add(24 * time.Hour)
	due := func(s *postgres.Store) int {
		messages, err := s.DueMessages(t.Context(), later, 10)
		require.NoError(t, err)
		return len(messages)
	}
	assert.Equal(t, 2, due(a))
	assert.Zero(t, due(b), "the other one delivers them")
	assert.Equal(t, 2, due(a))

	exec(t, url, `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'`)
	assert.Eventually(t, func() bool { return due(b) == 2 }, 10*time.Second, 10*time.Millisecond, "the first lost its connection")
	_, err = a.DueMessages(t.Context(), later, 10)
	require.ErrorIs(t, err, fault.Unavailable, "and is told so")
	assert.Zero(t, due(a))

	require.NoError(t, b.Close())
	// PostgreSQL gives its lock back when it has seen the connection go.
	assert.Eventually(t, func() bool { return due(a) == 2 }, 10*time.Second, 10*time.Millisecond, "a process that ends hands it on")
	require.NoError(t, a.Close())
}

// TestAProcessThatStandsStillLosesItsTurnToDeliver takes the right to deliver
// and lets nothing be heard any more, as a process does whose machine is paused.
func TestAProcessThatStandsStillLosesItsTurnToDeliver(t *testing.T) {
	url := pgtest.Database(t)
	a, b := open(t, url), open(t, url)
	a.LetGoAfter(time.Second)
	record := storetest.Record("reside", 1)
	_, _, err := a.AddRequest(t.Context(), record, storetest.Messages(record))
	require.NoError(t, err)
	later := record.Received.Add(24 * time.Hour)
	mine, err := a.DueMessages(t.Context(), later, 1)
	require.NoError(t, err)
	require.Len(t, mine, 1)

	var taken []rights.Message
	require.Eventually(t, func() bool {
		taken, err = b.DueMessages(t.Context(), later, 10)
		return assert.NoError(t, err) && len(taken) == 2
	}, 10*time.Second, 10*time.Millisecond, "another takes over")
	for _, m := range taken {
		require.NoError(t, b.MessageSent(t.Context(), m.ID, later))
	}
	// The first goes on where it stood: what it had in hand it notes as sent, and gets no more.
	require.NoError(t, a.MessageSent(t.Context(), mine[0].ID, later))
	_, err = a.DueMessages(t.Context(), later, 1)
	require.ErrorIs(t, err, fault.Unavailable)
	none, err := a.DueMessages(t.Context(), later, 1)
	require.NoError(t, err)
	assert.Empty(t, none)
}
