package storetest

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/consent"
	"latchkey/app/fault"
	"latchkey/app/rights"
	"latchkey/server"
)

func isConflict(err error) bool { return errors.Is(err, fault.Conflict) }

func testRequests(t *testing.T, open func(*testing.T) server.Store) {
	s := opened(t, open)
	ctx := t.Context()
	// due lists what is to be sent, whenever.
	due := func(t *testing.T) []rights.Message {
		messages, err := s.DueMessages(ctx, Start.AddDate(1, 0, 0), 100)
		require.NoError(t, err)
		return messages
	}

	t.Run("one is stored whole, with its messages", func(t *testing.T) {
		want := Record("reside", 2)
		stored, created, err := s.AddRequest(ctx, want, Messages(want))
		require.NoError(t, err)
		assert.True(t, created)
		assert.Equal(t, want, stored)
		got, err := s.Request(ctx, want.Reference)
		require.NoError(t, err)
		assert.Equal(t, want, got)
		assert.Len(t, due(t), 2)
	})
	t.Run("the same key again returns the first request, and sends nothing more", func(t *testing.T) {
		want := Record("reside", 2)
		again := want
		again.Reference, again.Received = "LK-TEST-9999", want.Received.Add(time.Minute)
		got, created, err := s.AddRequest(ctx, again, Messages(again))
		require.NoError(t, err)
		assert.False(t, created)
		assert.Equal(t, want, got)
		_, err = s.Request(ctx, again.Reference)
		assert.ErrorIs(t, err, fault.NotFound)
		assert.Len(t, due(t), 2)
	})
	t.Run("the same key with other content is a conflict, and returns what is there", func(t *testing.T) {
		want := Record("reside", 2)
		other := want
		other.Reference, other.Digest, other.Request.What = "LK-TEST-9998", "other", "Something else"
		got, created, err := s.AddRequest(ctx, other, Messages(other))
		require.ErrorIs(t, err, fault.Conflict)
		assert.False(t, created)
		assert.Equal(t, want, got)
		assert.Len(t, due(t), 2)
	})
	t.Run("a reference that is taken is refused, and nothing of the request stays", func(t *testing.T) {
		other := Record("reside", 97)
		other.Reference = Record("reside", 2).Reference
		_, created, err := s.AddRequest(ctx, other, Messages(other))
		require.ErrorIs(t, err, fault.Unavailable)
		assert.NotErrorIs(t, err, fault.Conflict)
		assert.False(t, created)
		assert.Len(t, due(t), 2)
		other.Reference = "LK-TEST-0097"
		other.Request.Entities = []string{"nobody"}
		other.Received = Start.AddDate(1, 0, 0)
		_, created, err = s.AddRequest(ctx, other, nil)
		require.NoError(t, err)
		assert.True(t, created, "its key is still free")
	})
	t.Run("times become UTC in whole milliseconds", func(t *testing.T) {
		r := Record("connect", 96)
		r.Received = time.Date(2026, time.July, 1, 0, 30, 0, 123_999_999, time.FixedZone("BST", 3600))
		want := time.Date(2026, time.June, 30, 23, 30, 0, 123_000_000, time.UTC)
		stored, _, err := s.AddRequest(ctx, r, nil)
		require.NoError(t, err)
		assert.Equal(t, want, stored.Received)
		got, err := s.Request(ctx, r.Reference)
		require.NoError(t, err)
		assert.Equal(t, want, got.Received)
	})
	t.Run("an unknown reference is not found", func(t *testing.T) {
		_, err := s.Request(ctx, "LK-NONE-0000")
		assert.ErrorIs(t, err, fault.NotFound)
	})

	third := Record("reside", 3)
	third.Request.Entities = []string{rights.EveryOrganisation}
	addRequest(t, s, third)
	addRequest(t, s, Record("reside", 1)) // received before the others, stored after
	for _, c := range []struct {
		name   string
		filter rights.Filter
		want   []string
	}{
		{"without a filter all are listed in the order of receipt", rights.Filter{}, []string{"LK-TEST-0096", "LK-TEST-0001", "LK-TEST-0002", "LK-TEST-0003", "LK-TEST-0097"}},
		{"a site selects its own", rights.Filter{Site: "connect"}, []string{"LK-TEST-0096"}},
		{"an entity selects what was asked of it", rights.Filter{Entity: "progress-housing-group"}, []string{"LK-TEST-0096", "LK-TEST-0001", "LK-TEST-0002"}},
		{"all organisations is an entity of its own", rights.Filter{Entity: rights.EveryOrganisation}, []string{"LK-TEST-0003"}},
		{"a limit keeps the newest, oldest first", rights.Filter{Limit: 2}, []string{"LK-TEST-0003", "LK-TEST-0097"}},
		{"a site, an entity and a limit go together", rights.Filter{Site: "reside", Entity: "reside", Limit: 1}, []string{"LK-TEST-0002"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, r := range all(t, s.Requests(ctx, c.filter)) {
				got = append(got, r.Reference)
			}
			assert.Equal(t, c.want, got)
		})
	}
}

func testRequestsAtOnce(t *testing.T, open func(*testing.T) server.Store) {
	s := opened(t, open)
	want := Record("reside", 1)
	var created atomic.Int32
	var wg sync.WaitGroup
	for n := range 16 {
		wg.Go(func() {
			r := want
			r.Reference = Record("reside", 100+n).Reference
			got, is, err := s.AddRequest(t.Context(), r, Messages(r))
			assert.NoError(t, err)
			assert.Equal(t, want.Key, got.Key)
			if is {
				created.Add(1)
			}
		})
	}
	wg.Wait()
	assert.EqualValues(t, 1, created.Load(), "a double click makes one request")
	assert.Len(t, all(t, s.Requests(t.Context(), rights.Filter{})), 1)
	messages, err := s.DueMessages(t.Context(), Start.AddDate(1, 0, 0), 100)
	require.NoError(t, err)
	assert.Len(t, messages, 2)
}

func testMessages(t *testing.T, open func(*testing.T) server.Store) {
	s := opened(t, open)
	ctx := t.Context()
	r := Record("reside", 0)
	addRequest(t, s, r)
	due := func(now time.Time, limit int) []rights.Message {
		t.Helper()
		messages, err := s.DueMessages(ctx, now, limit)
		require.NoError(t, err)
		return messages
	}

	assert.Empty(t, due(r.Received.Add(-time.Millisecond), 10), "nothing is due before its time")
	got := due(r.Received, 10)
	require.Len(t, got, 1, "what is due now is due")
	want := Messages(r)[0]
	want.ID = got[0].ID
	assert.Equal(t, want, got[0])

	later := r.Received.Add(2 * time.Hour)
	got = due(later, 10)
	require.Len(t, got, 2)
	assert.Equal(t, []string{"acknowledgement", "team"}, []string{got[0].Kind, got[1].Kind}, "the longest due comes first")
	assert.Len(t, due(later, 1), 1)
	acknowledgement, team := got[0].ID, got[1].ID

	// A failure puts it off and is counted.
	next := later.Add(time.Hour)
	require.NoError(t, s.MessageFailed(ctx, acknowledgement, next, "connection refused"))
	got = due(later, 10)
	require.Len(t, got, 1)
	assert.Equal(t, team, got[0].ID)
	got = due(next, 10)
	require.Len(t, got, 2)
	assert.Equal(t, 1, got[1].Attempts)
	assert.Equal(t, next, got[1].Due)

	// What was sent is never due again.
	require.NoError(t, s.MessageSent(ctx, acknowledgement, next))
	require.NoError(t, s.MessageSent(ctx, team, next))
	assert.Empty(t, due(next.AddDate(10, 0, 0), 10))

	assert.ErrorIs(t, s.MessageSent(ctx, 4711, next), fault.NotFound)
	assert.ErrorIs(t, s.MessageFailed(ctx, 4711, next, ""), fault.NotFound)
}

func testReopening(t *testing.T, open func(*testing.T) server.Store) {
	ctx := t.Context()
	receipt, record := Receipt("reside", 1), Record("reside", 1)
	n := Notice("reside", "2026-10-01", "en-GB", Start)
	s := open(t)
	addReceipt(t, s, receipt)
	addRequest(t, s, record)
	require.NoError(t, s.AddEdition(ctx, Edition("reside"), ShownText))
	require.NoError(t, s.PublishNotice(ctx, "progress", n, []byte("October")))
	require.NoError(t, s.Ready(ctx))
	require.NoError(t, s.Close())

	_, _, err := s.AddReceipt(ctx, new(Receipt("reside", 2)))
	require.Error(t, err, "a closed store takes nothing")
	require.Error(t, s.Ready(ctx), "a closed store is not ready")

	s = opened(t, open)
	gotReceipt, err := s.Receipt(ctx, receipt.ID)
	require.NoError(t, err)
	assert.Equal(t, receipt, gotReceipt)
	gotRecord, err := s.Request(ctx, record.Reference)
	require.NoError(t, err)
	assert.Equal(t, record, gotRecord)
	_, err = s.Edition(ctx, Edition("reside").ID)
	require.NoError(t, err)
	_, err = s.NoticeSource(ctx, "progress", "reside", "2026-10-01", "en-GB")
	require.NoError(t, err)
	messages, err := s.DueMessages(ctx, Start.AddDate(1, 0, 0), 10)
	require.NoError(t, err)
	assert.Len(t, messages, 2)
	_, created, err := s.AddReceipt(ctx, &receipt)
	require.NoError(t, err)
	assert.False(t, created)
	assert.Len(t, all(t, s.Receipts(ctx, consent.ReceiptFilter{})), 1)

	over, cancel := context.WithCancel(ctx)
	cancel()
	for _, err := range s.Receipts(over, consent.ReceiptFilter{}) {
		require.Error(t, err, "a list under a context that is over yields its error")
	}
}
