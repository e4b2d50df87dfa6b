package storetest

import (
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/auditlog"
	"latchkey/app/fault"
	"latchkey/app/rights"
	"latchkey/server"
	"latchkey/server/receiptlog"
	"latchkey/server/receiptlog/audit"
)

// auditLog opens the audit log of a store, with keys of its own.
func auditLog(t *testing.T, s server.Store) *receiptlog.Log {
	t.Helper()
	keys, err := receiptlog.Audit.LoadKeys(t.TempDir(), "privacy.example.org/audit", "")
	require.NoError(t, err)
	l, err := receiptlog.NewAudit(t.Context(), s.AuditLog(), keys, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	return l
}

// audited checks the audit log of a store, and that it holds.
func audited(t *testing.T, s server.Store, keys []string) *audit.Report {
	t.Helper()
	at, err := s.AuditRequests(t.Context())
	require.NoError(t, err)
	report, err := audit.Requests(t.Context(), at, audit.Options{Keys: keys})
	require.NoError(t, err)
	require.NoError(t, at.Close())
	require.Empty(t, report.Problems)
	return report
}

func testAuditLog(t *testing.T, open func(*testing.T) server.Store) {
	s := opened(t, open)
	ctx := t.Context()
	log := auditLog(t, s)
	report := audited(t, s, log.Keys())
	assert.Zero(t, report.Pending)
	_, err := s.AuditCheckpoint(ctx)
	require.ErrorIs(t, err, fault.NotFound)

	t.Run("a request and its messages become entries, and what is repeated does not", func(t *testing.T) {
		addRequest(t, s, Record("reside", 1))
		addRequest(t, s, Record("reside", 2))
		_, created, err := s.AddRequest(ctx, Record("reside", 1), Messages(Record("reside", 1)))
		require.NoError(t, err)
		require.False(t, created)
		report := audited(t, s, log.Keys())
		assert.EqualValues(t, 6, report.Pending)
		assert.EqualValues(t, 2, report.Requests)
		assert.EqualValues(t, 4, report.Messages)
		require.NoError(t, log.Integrate(ctx))
		report = audited(t, s, log.Keys())
		assert.Zero(t, report.Pending)
		assert.EqualValues(t, 6, report.Checkpoint.Size)
	})
	t.Run("so does what comes of each delivery", func(t *testing.T) {
		due, err := s.DueMessages(ctx, Start.AddDate(1, 0, 0), 10)
		require.NoError(t, err)
		require.Len(t, due, 4)
		require.NoError(t, s.MessageFailed(ctx, due[0].ID, Start.AddDate(0, 0, 1), "no such host"))
		require.NoError(t, s.MessageSent(ctx, due[0].ID, Start.AddDate(0, 0, 2)))
		require.NoError(t, s.MessageFailed(ctx, due[1].ID, Start.AddDate(0, 0, 1), "no such host"))
		assert.EqualValues(t, 3, audited(t, s, log.Keys()).Pending)
		require.ErrorIs(t, s.MessageSent(ctx, 1000, Start), fault.NotFound)
		assert.EqualValues(t, 3, audited(t, s, log.Keys()).Pending)
	})
	t.Run("requests that come at once, while the log is extended, are all in it", func(t *testing.T) {
		var all sync.WaitGroup
		for n := range 40 {
			all.Go(func() {
				r := Record("reside", 100+n)
				_, _, err := s.AddRequest(ctx, r, Messages(r))
				assert.NoError(t, err)
				assert.NoError(t, log.Integrate(ctx))
			})
		}
		all.Wait()
		report := audited(t, s, log.Keys())
		assert.EqualValues(t, 6+3+3*40, report.Checkpoint.Size)
	})
	t.Run("another log of the same database finds it extended", func(t *testing.T) {
		_, err := receiptlog.NewAudit(ctx, s.AuditLog(), receiptlog.Keys{}, slog.New(slog.DiscardHandler))
		require.ErrorIs(t, err, fault.Conflict, "by other keys")
	})
}

func testRequestErasure(t *testing.T, open func(*testing.T) server.Store) {
	s := opened(t, open)
	ctx := t.Context()
	log := auditLog(t, s)
	at := Start.AddDate(3, 0, 0)
	for n := range 4 {
		addRequest(t, s, Record("reside", n))
	}
	due, err := s.DueMessages(ctx, Start.AddDate(1, 0, 0), 10)
	require.NoError(t, err)
	require.NoError(t, s.MessageFailed(ctx, due[0].ID, Start.Add(time.Hour), "no such host"))
	require.NoError(t, log.Integrate(ctx))
	addRequest(t, s, Record("reside", 4)) // waits for the log
	ref := func(n int) string { return Record("reside", n).Reference }
	erase := func(t *testing.T, references ...string) int {
		n, err := s.EraseRequests(ctx, auditlog.Erasing{References: references, Reason: auditlog.ByCommand, Time: at})
		require.NoError(t, err)
		return n
	}
	left := func(n int) rights.Record {
		r := Record("reside", n).Tally()
		r.Erased = &at
		return r
	}

	t.Run("what is left is the tally", func(t *testing.T) {
		assert.Equal(t, 2, erase(t, ref(0), ref(4)))
		for _, n := range []int{0, 4} {
			got, err := s.Request(ctx, ref(n))
			require.NoError(t, err)
			assert.Equal(t, left(n), got)
		}
		got, err := s.Request(ctx, ref(1))
		require.NoError(t, err)
		assert.Equal(t, Record("reside", 1), got)
	})
	t.Run("the leaves stay, and the log gets one more for each", func(t *testing.T) {
		report := audited(t, s, log.Keys())
		assert.EqualValues(t, 4+3, report.Erased)
		require.NoError(t, log.Integrate(ctx))
		report = audited(t, s, log.Keys())
		assert.EqualValues(t, 13+3+2, report.Checkpoint.Size)
		assert.Zero(t, report.Pending)
	})
	t.Run("its messages are gone, sent or not", func(t *testing.T) {
		now, err := s.DueMessages(ctx, Start.AddDate(1, 0, 0), 100)
		require.NoError(t, err)
		assert.Len(t, now, 6)
		for _, m := range now {
			assert.NotEqual(t, ref(0), m.Request)
			assert.NotEqual(t, ref(4), m.Request)
		}
		require.ErrorIs(t, s.MessageSent(ctx, due[0].ID, at), fault.NotFound, "one that is handed over at this moment")
		require.ErrorIs(t, s.MessageFailed(ctx, due[0].ID, at, "no such host"), fault.NotFound)
	})
	t.Run("erasing again, or what never was, changes nothing", func(t *testing.T) {
		assert.Zero(t, erase(t, ref(0), "LK-NONE-0000", ""))
		assert.Equal(t, 1, erase(t, ref(1), ref(1)))
		report := audited(t, s, log.Keys())
		assert.EqualValues(t, 1, report.Pending)
	})
	t.Run("the same sending again is not stored, and says nothing of what it was", func(t *testing.T) {
		for _, digest := range []string{Record("reside", 0).Digest, "another"} {
			again := Record("reside", 0)
			again.Reference, again.Digest = "LK-TEST-9999", digest
			got, created, err := s.AddRequest(ctx, again, Messages(again))
			require.ErrorIs(t, err, fault.Conflict)
			assert.False(t, created)
			assert.Equal(t, rights.Record{}, got)
			_, err = s.Request(ctx, again.Reference)
			require.ErrorIs(t, err, fault.NotFound)
		}
		same := Record("reside", 0) // with the reference too
		_, _, err := s.AddRequest(ctx, same, Messages(same))
		require.ErrorIs(t, err, fault.Conflict)
	})
	t.Run("a reference is not given again", func(t *testing.T) {
		other := Record("reside", 50)
		other.Reference = ref(0)
		_, _, err := s.AddRequest(ctx, other, Messages(other))
		require.ErrorIs(t, err, fault.Unavailable)
		assert.NotErrorIs(t, err, fault.Conflict)
	})
	for _, c := range []struct {
		name   string
		filter rights.Filter
		want   []int
	}{
		{"lists go on naming it", rights.Filter{}, []int{0, 1, 2, 3, 4}},
		{"by the organisations that it was for", rights.Filter{Entity: "progress-housing-group", Limit: 2}, []int{3, 4}},
		{"unless they are of what was not erased", rights.Filter{Kept: true}, []int{2, 3}},
		{"or of what came before a time", rights.Filter{Before: Record("reside", 3).Received}, []int{0, 1, 2}},
		{"or both", rights.Filter{Kept: true, Before: Record("reside", 3).Received, Limit: 10}, []int{2}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var want, got []string
			for _, n := range c.want {
				want = append(want, ref(n))
			}
			for _, r := range all(t, s.Requests(ctx, c.filter)) {
				got = append(got, r.Reference)
			}
			assert.Equal(t, want, got)
		})
	}
	outer := t
	t.Run("it stays so", func(t *testing.T) {
		require.NoError(t, s.Close())
		again := open(outer)
		defer again.Close()
		got, err := again.Request(ctx, ref(0))
		require.NoError(t, err)
		assert.Equal(t, left(0), got)
		audited(t, again, log.Keys())
	})
}
