package audit_test

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"latchkey/app/consent"
	"latchkey/app/evidence"
	"latchkey/app/notice/markdown"
	"latchkey/server/receiptlog"
	"latchkey/server/receiptlog/audit"
	"latchkey/server/sqlite"
)

const origin = "log.example.org"

var start = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)

// deployment is a database with its log, as a server leaves it.
type deployment struct {
	path     string
	store    *sqlite.Store
	log      *receiptlog.Log
	editions []consent.Edition
	next     int
}

// deploy makes a database, in dir, with two editions and a notice.
func deploy(t testing.TB, dir, keys string) *deployment {
	t.Helper()
	d := &deployment{path: filepath.Join(dir, sqlite.FileName)}
	var err error
	d.store, err = sqlite.Open(t.Context(), d.path)
	require.NoError(t, err)
	t.Cleanup(func() { d.store.Close() })
	k, err := receiptlog.LoadKeys(keys, origin, "")
	require.NoError(t, err)
	d.log, err = receiptlog.New(t.Context(), d.store, k, slog.New(slog.NewTextHandler(io.Discard, nil)))
	require.NoError(t, err)

	source, err := os.ReadFile("../../../testdata/groups/progress/notices/reside.2026-10-01.cy.md")
	require.NoError(t, err)
	n, problems := markdown.Parse(source)
	require.Empty(t, problems)
	require.NoError(t, d.store.PublishNotice(t.Context(), "progress", n, source))
	for layer := 1; layer <= 2; layer++ {
		text := fmt.Sprintf("What layer %d said: <p> & “q”", layer)
		e := consent.Edition{
			Site: "reside", Layer: layer, Language: "cy", Shown: sum(text),
			Controller: consent.Party{Entity: "reside", Name: "Reside Housing Association Limited", Contact: "0333 320 4555"},
			Purposes:   []consent.Purpose{{ID: consent.Necessary, Basis: consent.Essential}, {ID: consent.Statistics, Basis: consent.StatisticsExempt}, {ID: consent.Marketing, Basis: consent.ByConsent}},
			Revision:   "4f2c9a1b", Notice: consent.NoticeRef{ID: n.ID, Version: n.Version, Hash: n.Hash, Language: n.Language},
			Config: sum("config"), Loader: "1.4.2", Declared: &consent.Declared{Group: "progress", Site: "Reside", Home: "https://reside.example.org", Months: 6},
		}
		b, err := json.Marshal(e)
		require.NoError(t, err)
		e.ID = consent.EditionID(b)
		require.NoError(t, d.store.AddEdition(t.Context(), e, text))
		d.editions = append(d.editions, e)
	}
	return d
}

func sum(s string) string {
	b := sha256.Sum256([]byte(s))
	return hex.EncodeToString(b[:])
}

// receipt makes the next receipt, a second after the one before.
func (d *deployment) receipt(t testing.TB) consent.Stored {
	t.Helper()
	n := d.next
	d.next++
	e := d.editions[n%len(d.editions)]
	answer := []consent.Answer{consent.Yes, consent.No}[n/2%2]
	event, err := consent.Complete(consent.Submission{
		Event: fmt.Sprintf("0b0c2a1e-5f0a-4d3c-9b8a-%012x", n), Site: e.Site, Edition: e.ID,
		Answers: map[consent.PurposeID]consent.Answer{consent.Statistics: answer, consent.Marketing: consent.No},
		Method:  consent.Methods[n%len(consent.Methods)], GPC: n%3 == 0, Previous: []string{"", "11111111-2222-4333-8444-555555555555"}[n%2], Age: int64(n % 5),
	}, e)
	require.NoError(t, err)
	s := consent.Stored{
		Receipt: consent.Receipt{ID: fmt.Sprintf("6f1c0b1e-2a58-4a0e-9a5e-%012x", n), Time: start.Add(time.Duration(n) * time.Second), Event: event},
		Edition: e.ID,
	}
	salt := sha256.Sum256([]byte(s.ID))
	s.Salt = salt[:evidence.SaltSize]
	return d.seal(t, s)
}

// seal commits to a receipt.
func (d *deployment) seal(t testing.TB, s consent.Stored) consent.Stored {
	t.Helper()
	i := slices.IndexFunc(d.editions, func(e consent.Edition) bool { return e.ID == s.Edition })
	hash, err := evidence.EditionHash(d.editions[i])
	require.NoError(t, err)
	s.Commitment, err = evidence.Commit(s.Salt, evidence.Record(s, hash))
	require.NoError(t, err)
	return s
}

func (d *deployment) add(t testing.TB, receipts ...consent.Stored) {
	t.Helper()
	for _, s := range receipts {
		_, created, err := d.store.AddReceipt(t.Context(), &s)
		require.NoError(t, err)
		require.True(t, created)
	}
}

// grow stores n receipts and makes leaves of them.
func (d *deployment) grow(t testing.TB, n int) {
	t.Helper()
	for range n {
		d.add(t, d.receipt(t))
	}
	require.NoError(t, d.log.Integrate(t.Context()))
}

// tamper does to the database what its triggers would not allow.
func tamper(t testing.TB, path string, statements ...string) {
	t.Helper()
	db := raw(t, path)
	defer db.Close()
	triggers, err := db.Query(`SELECT name FROM sqlite_schema WHERE type = 'trigger'`)
	require.NoError(t, err)
	var names []string
	for triggers.Next() {
		var name string
		require.NoError(t, triggers.Scan(&name))
		names = append(names, name)
	}
	require.NoError(t, triggers.Close())
	for _, name := range names {
		_, err := db.Exec(`DROP TRIGGER ` + name)
		require.NoError(t, err)
	}
	// Who writes what is no JSON has this index gone first.
	_, err = db.Exec(`DROP INDEX IF EXISTS entries_by_previous`)
	require.NoError(t, err)
	for _, s := range statements {
		_, err := db.Exec(s)
		require.NoError(t, err, s)
	}
}

func raw(t testing.TB, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: path}).String())
	require.NoError(t, err)
	db.SetMaxOpenConns(1)
	return db
}

// close closes the database, so that it is one file, and returns the path of it.
func (d *deployment) close(t testing.TB) string {
	t.Helper()
	require.NoError(t, d.store.Close())
	tamper(t, d.path, `PRAGMA wal_checkpoint(TRUNCATE)`)
	return d.path
}

// copyOf copies a database.
func copyOf(t testing.TB, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	to := filepath.Join(t.TempDir(), sqlite.FileName)
	require.NoError(t, os.WriteFile(to, b, 0o600))
	return to
}

// whole checks the database at path.
func whole(t testing.TB, path string, o audit.Options) *audit.Report {
	t.Helper()
	r, err := sqlite.OpenReader(context.Background(), path)
	require.NoError(t, err)
	defer r.Close()
	report, err := audit.Whole(context.Background(), r.Audit(), o)
	require.NoError(t, err)
	return report
}
