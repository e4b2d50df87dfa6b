package integrity_test

import (
	"bytes"
	"context"
	"database/sql"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/evidence"
	"latchkey/app/fault"
	"latchkey/server"
	"latchkey/server/integrity"
	"latchkey/server/postgres"
	"latchkey/server/postgres/pgtest"
	"latchkey/server/receiptlog"
	"latchkey/server/receiptlog/audit"
	"latchkey/server/sqlite"
	"latchkey/server/storetest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main{Tests: m}.Run()) }

type store interface {
	server.Store
	integrity.Store
}

// deploy makes a store with receipts and requests, and what checks it.
func deploy(t *testing.T, s store) *integrity.Checker {
	t.Helper()
	dir := t.TempDir()
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	keys, err := receiptlog.LoadKeys(dir, "privacy.example.org", "")
	require.NoError(t, err)
	auditKeys, err := receiptlog.Audit.LoadKeys(dir, receiptlog.Audit.Origin("privacy.example.org"), "")
	require.NoError(t, err)
	receipts, err := receiptlog.New(t.Context(), s, keys, quiet)
	require.NoError(t, err)
	requests, err := receiptlog.NewAudit(t.Context(), s.AuditLog(), auditKeys, quiet)
	require.NoError(t, err)
	require.NoError(t, s.AddEdition(t.Context(), storetest.Genuine(), storetest.ShownText))
	for n := range 20 {
		receipt := storetest.Chosen(n, storetest.Start)
		_, _, err := s.AddReceipt(t.Context(), &receipt)
		require.NoError(t, err)
		r := storetest.Record("reside", n)
		_, _, err = s.AddRequest(t.Context(), r, storetest.Messages(r))
		require.NoError(t, err)
	}
	require.NoError(t, receipts.Integrate(t.Context()))
	require.NoError(t, requests.Integrate(t.Context()))
	return &integrity.Checker{Store: s, ReceiptKeys: receipts.Keys(), AuditKeys: requests.Keys(), Log: quiet}
}

func TestWhatIsDamagedIsFoundByARunningServer(t *testing.T) {
	for name, open := range map[string]func(t *testing.T) (store, *sql.DB){
		"SQLite": func(t *testing.T) (store, *sql.DB) {
			path := filepath.Join(t.TempDir(), sqlite.FileName)
			s, err := sqlite.Open(t.Context(), path)
			require.NoError(t, err)
			db, err := sql.Open("sqlite", path)
			require.NoError(t, err)
			return s, db
		},
		"PostgreSQL": func(t *testing.T) (store, *sql.DB) {
			url := pgtest.Database(t)
			s, err := postgres.Open(t.Context(), url)
			require.NoError(t, err)
			db, err := sql.Open("pgx", url)
			require.NoError(t, err)
			return s, db
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, c := range []struct{ name, sqlite, postgres, says string }{
				{"a request", `DROP TRIGGER requests_only_erased; UPDATE requests SET said = replace(said, 'Large', 'Small') WHERE seq = 6`,
					`ALTER TABLE requests DISABLE TRIGGER only_erased; UPDATE requests SET said = replace(said::text, 'Large', 'Small')::json WHERE seq = 6`, "audit log: request entry 15: "},
				{"a delivery", `UPDATE messages SET sent = due WHERE id = 5`, `UPDATE messages SET sent = due WHERE id = 5`, "audit log: request entry 7: "},
				{"a receipt", `DROP TRIGGER entries_only_erased; UPDATE entries SET time = time + 1 WHERE seq = 7`,
					`ALTER TABLE receipts DISABLE TRIGGER append_only; UPDATE receipts SET time = time + '1 ms' WHERE seq = 7`, "log of receipts: leaf 6: "},
			} {
				t.Run(c.name, func(t *testing.T) {
					s, db := open(t)
					defer s.Close()
					defer db.Close()
					checker := deploy(t, s)
					require.NoError(t, checker.Check(t.Context()))
					change := c.postgres
					if name == "SQLite" {
						// What keeps evidence from being changed is put back, so that it is the change that is found.
						var kept string
						require.NoError(t, db.QueryRow(`SELECT coalesce(group_concat(sql, ';'), '') FROM sqlite_schema WHERE type = 'trigger' AND instr(?, name)`, c.sqlite).Scan(&kept))
						change = c.sqlite + ";" + kept
					}
					_, err := db.Exec(change)
					require.NoError(t, err)
					err = checker.Check(t.Context())
					require.ErrorIs(t, err, fault.Damaged)
					assert.ErrorContains(t, err, c.says)
					assert.NotContains(t, err.Error(), "LK-")
					assert.NotContains(t, err.Error(), storetest.Receipt("", 6).ID)
				})
			}
		})
	}
}

func TestADamagedFileIsFoundByARunningServer(t *testing.T) {
	for _, c := range []struct{ name, do, says string }{
		{"a trigger that is gone", `DROP TRIGGER entries_no_delete`, "trigger entries_no_delete is missing in its schema"},
		{"a page", `UPDATE sqlite_dbpage SET data = zeroblob(4096) WHERE pgno = (SELECT rootpage FROM sqlite_schema WHERE name = 'notices')`, "the database file is damaged"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), sqlite.FileName)
			s, err := sqlite.Open(t.Context(), path)
			require.NoError(t, err)
			defer s.Close()
			checker := deploy(t, s)
			db, err := sql.Open("sqlite", path)
			require.NoError(t, err)
			defer db.Close()
			_, err = db.Exec(c.do)
			require.NoError(t, err)
			err = checker.Check(t.Context())
			require.ErrorIs(t, err, fault.Damaged)
			assert.ErrorContains(t, err, c.says)
		})
	}
}

// erasing is a store in which a receipt is erased in the middle of a check.
type erasing struct {
	store
	erase func()
}

func (e *erasing) Audit() audit.Store { return &midway{e.store.Audit(), e} }

type midway struct {
	audit.Store
	e *erasing
}

func (m *midway) Last(ctx context.Context) (int64, error) {
	if m.e.erase != nil {
		m.e.erase() // after the leaves were checked, and before what waits is
		m.e.erase = nil
	}
	return m.Store.Last(ctx)
}

func TestWhatChangesDuringACheckIsNoDamage(t *testing.T) {
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), sqlite.FileName))
	require.NoError(t, err)
	defer s.Close()
	checker := deploy(t, s)
	e := &erasing{store: s, erase: func() {
		n, err := s.Erase(t.Context(), evidence.Erasure{Receipts: []string{storetest.Receipt("", 3).ID}, Reason: evidence.ByVisitor, Time: storetest.Start})
		require.NoError(t, err)
		require.Equal(t, 1, n)
	}}
	checker.Store = e
	require.NoError(t, checker.Check(t.Context()))
	assert.Nil(t, e.erase, "it was erased meanwhile")
}

func TestAnotherKeyIsNoDamage(t *testing.T) {
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), sqlite.FileName))
	require.NoError(t, err)
	defer s.Close()
	checker := deploy(t, s)
	var said bytes.Buffer
	checker.Log = slog.New(slog.NewTextHandler(&said, nil))
	other, err := receiptlog.Audit.LoadKeys(t.TempDir(), receiptlog.Audit.Origin("privacy.example.org"), "")
	require.NoError(t, err)
	checker.AuditKeys = other.Public
	require.NoError(t, checker.Check(t.Context()))
	assert.Contains(t, said.String(), "signed by a key that this server does not have")
}

// answering is a store of which each check ends with the next of some errors.
type answering struct {
	integrity.Store
	at      []time.Duration
	began   time.Time
	answers []error
}

func (a *answering) QuickCheck(context.Context) error {
	a.at = append(a.at, time.Since(a.began))
	err := a.answers[min(len(a.at), len(a.answers))-1]
	return err
}

func TestItIsCheckedSoonAfterTheStartAndThenEveryDay(t *testing.T) {
	for _, c := range []struct {
		name    string
		answers []error
		at      []time.Duration
		results []integrity.Result
	}{
		{"what can't be checked is tried again within the hour", []error{fault.Unavailable},
			[]time.Duration{3 * time.Second, time.Hour + 3*time.Second, 2*time.Hour + 3*time.Second}, []integrity.Result{integrity.Failed, integrity.Failed, integrity.Failed}},
		{"damage is told once", []error{fault.Damaged}, []time.Duration{3 * time.Second}, []integrity.Result{integrity.Damaged}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &answering{began: time.Now(), answers: c.answers}
				var results []integrity.Result
				told := 0
				checker := integrity.Checker{
					Store: schemaless{s}, Now: time.Now, Log: slog.New(slog.DiscardHandler),
					Damaged: func(error) { told++ }, Checked: func(r integrity.Result) { results = append(results, r) },
				}
				ctx, stop := context.WithCancel(t.Context())
				ended := make(chan error)
				go func() { ended <- checker.Run(ctx) }()
				time.Sleep(2*time.Hour + time.Minute)
				stop()
				require.NoError(t, <-ended)
				assert.Equal(t, c.at, s.at)
				assert.Equal(t, c.results, results)
				if c.answers[0] == fault.Damaged {
					assert.Equal(t, 1, told)
				}
			})
		})
	}
}

func TestACheckWaitsUntilNobodyWaitsForTheStore(t *testing.T) {
	for _, c := range []struct {
		name string
		busy time.Duration
		at   time.Duration
	}{
		{"a rush", time.Minute, time.Minute},
		{"one that does not end", 24 * time.Hour, 10*time.Minute + 3*time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &answering{began: time.Now(), answers: []error{fault.Damaged}}
				checker := integrity.Checker{
					Store: schemaless{s}, Now: time.Now, Log: slog.New(slog.DiscardHandler), Damaged: func(error) {}, Checked: func(integrity.Result) {},
					Busy: func() bool { return time.Since(s.began) < c.busy },
				}
				require.NoError(t, checker.Run(t.Context()))
				require.Len(t, s.at, 1)
				assert.Equal(t, c.at, s.at[0])
			})
		})
	}
}

// schemaless has no schema to check.
type schemaless struct{ *answering }

func (schemaless) CheckSchema(context.Context) error { return nil }
