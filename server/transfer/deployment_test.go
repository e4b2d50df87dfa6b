package transfer_test

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the database/sql driver "pgx"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"latchkey/app/auditlog"
	"latchkey/app/consent"
	"latchkey/app/evidence"
	"latchkey/app/notice/markdown"
	"latchkey/server"
	"latchkey/server/postgres"
	"latchkey/server/postgres/pgtest"
	"latchkey/server/receiptlog"
	"latchkey/server/receiptlog/audit"
	"latchkey/server/sqlite"
	"latchkey/server/storetest"
	"latchkey/server/transfer"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main{Tests: m}.Run()) }

// place is where a store is: the path of a SQLite database, or the URL of a PostgreSQL.
type place string

func (p place) postgres() bool { return strings.HasPrefix(string(p), "postgres://") }

// kinds are the kinds of store, each with a way to a new and empty one.
var kinds = map[string]func(t *testing.T) place{
	"SQLite":     func(t *testing.T) place { return place(filepath.Join(t.TempDir(), sqlite.FileName)) },
	"PostgreSQL": func(t *testing.T) place { return place(pgtest.Database(t)) },
}

// serve opens a store as a server does.
func (p place) serve(ctx context.Context) (server.Store, error) {
	if p.postgres() {
		return postgres.Open(ctx, string(p))
	}
	return sqlite.Open(ctx, string(p))
}

func (p place) origin() transfer.Origin {
	if p.postgres() {
		return postgres.Origin{URL: string(p)}
	}
	return sqlite.Origin{Path: string(p)}
}

func (p place) target(ctx context.Context) (transfer.Target, error) {
	if p.postgres() {
		return postgres.OpenTarget(ctx, string(p))
	}
	return sqlite.OpenTarget(ctx, string(p))
}

// raw opens a database as any other program would.
func (p place) raw(t *testing.T) *sql.DB {
	t.Helper()
	driver := "sqlite"
	if p.postgres() {
		driver = "pgx"
	}
	db, err := sql.Open(driver, string(p))
	require.NoError(t, err)
	t.Cleanup(func() { db.Close() })
	return db
}

// tables are all tables of a database, but for partitions: they are read with what they are of.
func (p place) tables(t *testing.T) []string {
	t.Helper()
	query := `SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`
	if p.postgres() {
		query = `SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY 1`
	}
	var names []string
	p.read(t, query, func(columns []any) { names = append(names, fmt.Sprint(columns[0])) })
	return names
}

// rows are all rows of a table.
func (p place) rows(t *testing.T, table string) []string {
	t.Helper()
	var rows []string
	p.read(t, `SELECT * FROM `+table+` ORDER BY 1, 2`, func(columns []any) { rows = append(rows, fmt.Sprintf("%q", columns)) })
	return rows
}

func (p place) read(t *testing.T, query string, each func(columns []any)) {
	t.Helper()
	rs, err := p.raw(t).QueryContext(t.Context(), query)
	require.NoError(t, err)
	defer rs.Close()
	names, err := rs.Columns()
	require.NoError(t, err)
	for rs.Next() {
		columns, to := make([]any, len(names)), make([]any, len(names))
		for i := range columns {
			to[i] = &columns[i]
		}
		require.NoError(t, rs.Scan(to...))
		each(columns)
	}
	require.NoError(t, rs.Err())
}

// deployment is a store with its log, as a running server has it.
type deployment struct {
	place
	store server.Store
	keys  receiptlog.Keys
	log   *receiptlog.Log
	audit receiptlog.Keys // of the audit log
	asked *receiptlog.Log
	next  int
}

// deploy makes a deployment with something in every table.
func deploy(t *testing.T, p place) *deployment {
	t.Helper()
	keys, err := receiptlog.LoadKeys(t.TempDir(), "privacy.example.org", "")
	require.NoError(t, err)
	d := &deployment{place: p, keys: keys}
	d.audit, err = receiptlog.Audit.LoadKeys(t.TempDir(), "privacy.example.org/audit", "")
	require.NoError(t, err)
	d.start(t)
	require.NoError(t, d.store.AddEdition(t.Context(), storetest.Genuine(), storetest.ShownText))
	source, err := os.ReadFile("../../testdata/groups/progress/notices/reside.2026-10-01.cy.md")
	require.NoError(t, err)
	n, problems := markdown.Parse(source)
	require.Empty(t, problems)
	require.NoError(t, d.store.PublishNotice(t.Context(), "progress", n, source))
	d.request(t, 1)
	messages, err := d.store.DueMessages(t.Context(), storetest.Start.AddDate(1, 0, 0), 10)
	require.NoError(t, err)
	require.NoError(t, d.store.MessageSent(t.Context(), messages[0].ID, storetest.Start.Add(time.Hour)))
	require.NoError(t, d.store.MessageFailed(t.Context(), messages[1].ID, storetest.Start.AddDate(0, 0, 1), "no such host"))

	d.request(t, 100)
	d.request(t, 101)
	require.NoError(t, d.asked.Integrate(t.Context()))
	d.forget(t, 100) // which is in the log
	d.request(t, 102)
	d.forget(t, 102) // which waits for it

	d.receipts(t, 290)
	require.NoError(t, d.log.Integrate(t.Context()))
	d.erase(t, 5, 288)
	require.NoError(t, d.log.Integrate(t.Context()))
	// What waits for the log: receipts, one that is gone already, and the acts that say so.
	d.receipts(t, 10)
	d.erase(t, 7, 292)
	return d
}

// start opens the store, and the log in it.
func (d *deployment) start(t *testing.T) {
	t.Helper()
	var err error
	d.store, err = d.serve(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { d.store.Close() })
	d.log, err = receiptlog.New(t.Context(), d.store, d.keys, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	d.asked, err = receiptlog.NewAudit(t.Context(), d.store.AuditLog(), d.audit, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
}

// forget erases requests.
func (d *deployment) forget(t *testing.T, requests ...int) {
	t.Helper()
	e := auditlog.Erasing{Reason: auditlog.ByCommand, Time: storetest.Start.Add(time.Minute)}
	for _, n := range requests {
		e.References = append(e.References, storetest.Record("reside", n).Reference)
	}
	n, err := d.store.EraseRequests(t.Context(), e)
	require.NoError(t, err)
	require.Equal(t, len(requests), n)
}

// verifyRequests checks the deployment's audit log and what is behind it.
func (d *deployment) verifyRequests(t *testing.T) *audit.Report {
	t.Helper()
	at, err := d.store.AuditRequests(t.Context())
	require.NoError(t, err)
	report, err := audit.Requests(t.Context(), at, audit.Options{Keys: d.audit.Public})
	require.NoError(t, err)
	require.NoError(t, at.Close())
	require.Empty(t, report.Problems)
	return report
}

func (d *deployment) request(t *testing.T, n int) {
	t.Helper()
	r := storetest.Record("reside", n)
	_, _, err := d.store.AddRequest(t.Context(), r, storetest.Messages(r))
	require.NoError(t, err)
}

// receipts stores n more receipts, many at once.
func (d *deployment) receipts(t *testing.T, n int) {
	t.Helper()
	var group errgroup.Group
	group.SetLimit(128)
	for range n {
		r := storetest.Chosen(d.next, storetest.Start)
		r.Sender = consent.SenderOf(r.Event.ID)
		d.next++
		group.Go(func() error {
			_, _, err := d.store.AddReceipt(t.Context(), &r)
			return err
		})
	}
	require.NoError(t, group.Wait())
}

func (d *deployment) erase(t *testing.T, receipts ...int) {
	t.Helper()
	e := evidence.Erasure{Reason: evidence.ByVisitor, Time: storetest.Start.Add(time.Minute)}
	for _, n := range receipts {
		e.Receipts = append(e.Receipts, storetest.Receipt("", n).ID)
	}
	n, err := d.store.Erase(t.Context(), e)
	require.NoError(t, err)
	require.Equal(t, len(receipts), n)
}

func (d *deployment) options(final bool) transfer.Options {
	return transfer.Options{Keys: slices.Concat(d.audit.Public, d.keys.Public), Final: final}
}

// move runs a move to a place once.
func (d *deployment) move(t *testing.T, ctx context.Context, to place, o transfer.Options) (*transfer.Result, error) {
	t.Helper()
	target, err := to.target(t.Context())
	require.NoError(t, err)
	defer func() { require.NoError(t, target.Close()) }()
	return transfer.Move(ctx, d.origin(), target, o)
}
