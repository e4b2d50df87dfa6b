package storetest

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/consent"
	"latchkey/app/evidence"
	"latchkey/app/fault"
	"latchkey/server"
)

func testReceipts(t *testing.T, open func(*testing.T) server.Store) {
	s := opened(t, open)
	ctx := t.Context()
	t.Run("its edition must be there", func(t *testing.T) {
		_, _, err := s.AddReceipt(ctx, new(Receipt("reside", 1)))
		require.ErrorIs(t, err, fault.NotFound)
	})
	addEdition(t, s, "reside")
	addEdition(t, s, "connect")

	t.Run("one is stored whole, and returned as it will be read", func(t *testing.T) {
		want := Receipt("reside", 1)
		stored, created, err := s.AddReceipt(ctx, &want)
		require.NoError(t, err)
		assert.True(t, created)
		assert.Equal(t, want, *stored)
		got, err := s.Receipt(ctx, want.ID)
		require.NoError(t, err)
		assert.Equal(t, want, got)
	})
	t.Run("the same event again returns the first receipt", func(t *testing.T) {
		want := Receipt("reside", 1)
		again := want
		again.ID, again.Salt, again.Time = Receipt("reside", 99).ID, Receipt("reside", 99).Salt, want.Time.Add(time.Hour)
		again.Event.Age = 3600
		got, created, err := s.AddReceipt(ctx, &again)
		require.NoError(t, err)
		assert.False(t, created)
		assert.Equal(t, want, *got)
		_, err = s.Receipt(ctx, again.ID)
		assert.ErrorIs(t, err, fault.NotFound)
	})
	t.Run("who sent an event is told to whoever adds it again, and to nobody else", func(t *testing.T) {
		want := Receipt("reside", 5)
		want.Sender = consent.SenderOf("0123456789abcdefghijkl")
		_, created, err := s.AddReceipt(ctx, &want)
		require.NoError(t, err)
		require.True(t, created)
		for _, sender := range [][]byte{want.Sender, consent.SenderOf("another"), nil} {
			again := want
			again.ID, again.Sender = Receipt("reside", 97).ID, sender
			got, created, err := s.AddReceipt(ctx, &again)
			require.NoError(t, err)
			assert.False(t, created)
			assert.Equal(t, want, *got)
		}
		read, err := s.Receipt(ctx, want.ID)
		require.NoError(t, err)
		assert.Nil(t, read.Sender)
		for _, r := range all(t, s.Receipts(ctx, consent.ReceiptFilter{})) {
			assert.Nil(t, r.Sender)
		}
		_, err = s.Erase(ctx, evidence.Erasure{Receipts: []string{want.ID}, Reason: evidence.ByVisitor, Time: Start})
		require.NoError(t, err)
	})
	t.Run("the same event with other content is a conflict, and changes nothing", func(t *testing.T) {
		other := Receipt("reside", 1)
		other.ID, other.Event.Method = Receipt("reside", 98).ID, consent.AcceptAll
		_, created, err := s.AddReceipt(ctx, &other)
		require.ErrorIs(t, err, fault.Conflict)
		assert.False(t, created)
		got, err := s.Receipt(ctx, Receipt("reside", 1).ID)
		require.NoError(t, err)
		assert.Equal(t, Receipt("reside", 1), got)
	})
	t.Run("times become UTC in whole milliseconds", func(t *testing.T) {
		r := Receipt("connect", 2)
		r.Time = time.Date(2026, time.July, 1, 12, 0, 0, 123_999_999, time.FixedZone("BST", 3600))
		want := time.Date(2026, time.July, 1, 11, 0, 0, 123_000_000, time.UTC)
		stored, _, err := s.AddReceipt(ctx, &r)
		require.NoError(t, err)
		assert.Equal(t, want, stored.Time)
		got, err := s.Receipt(ctx, r.ID)
		require.NoError(t, err)
		assert.Equal(t, want, got.Time)
	})
	t.Run("an unknown id is not found", func(t *testing.T) {
		_, err := s.Receipt(ctx, "00000000-0000-4000-8000-00000000dead")
		assert.ErrorIs(t, err, fault.NotFound)
	})

	addReceipt(t, s, Receipt("reside", 3))
	addReceipt(t, s, Receipt("reside", 4))
	for _, c := range []struct {
		name   string
		filter consent.ReceiptFilter
		want   []int
	}{
		{"without a filter all are listed in the order of storing", consent.ReceiptFilter{}, []int{1, 2, 3, 4}},
		{"a site selects its own", consent.ReceiptFilter{Site: "reside"}, []int{1, 3, 4}},
		{"an entity selects what it controls", consent.ReceiptFilter{Entity: "connect-entity"}, []int{2}},
		{"a site and an entity must both be right", consent.ReceiptFilter{Site: "reside", Entity: "connect-entity"}, nil},
		{"a limit keeps the newest, oldest first", consent.ReceiptFilter{Limit: 2}, []int{3, 4}},
		{"a limit counts what the filter selects", consent.ReceiptFilter{Site: "reside", Limit: 3}, []int{1, 3, 4}},
		{"an unknown site has none", consent.ReceiptFilter{Site: "nowhere"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var want, got []string
			for _, n := range c.want {
				want = append(want, Receipt("", n).ID)
			}
			for _, r := range all(t, s.Receipts(ctx, c.filter)) {
				got = append(got, r.ID)
			}
			assert.Equal(t, want, got)
		})
	}
	t.Run("a list can be left early and read again", func(t *testing.T) {
		seq := s.Receipts(ctx, consent.ReceiptFilter{})
		for r, err := range seq {
			require.NoError(t, err)
			assert.Equal(t, Receipt("", 1).ID, r.ID)
			break
		}
		assert.Len(t, all(t, seq), 4)
	})
	t.Run("a list is open while its reader uses the store", func(t *testing.T) {
		for r, err := range s.Receipts(ctx, consent.ReceiptFilter{}) {
			require.NoError(t, err)
			_, err = s.Receipt(ctx, r.ID)
			require.NoError(t, err)
			require.NoError(t, s.Ready(ctx))
		}
	})
}

func testReceiptsAtOnce(t *testing.T, open func(*testing.T) server.Store) {
	s := opened(t, open)
	addEdition(t, s, "reside")
	const events, senders = 40, 8
	var created, conflicts atomic.Int32
	var wg sync.WaitGroup
	for sender := range senders {
		wg.Go(func() {
			for n := range events {
				r := Receipt("reside", n)
				r.ID = Receipt("reside", 1000*(sender+1)+n).ID
				if sender == 0 {
					r.Event.Method = consent.AcceptAll
				}
				_, is, err := s.AddReceipt(t.Context(), &r)
				switch {
				case is:
					created.Add(1)
				case assert.True(t, err == nil || isConflict(err), "%v", err) && err != nil:
					conflicts.Add(1)
				}
			}
		})
	}
	wg.Wait()
	assert.EqualValues(t, events, created.Load(), "each event is stored once, whoever came first")
	// The one with another content loses to the rest, or the rest to it.
	assert.GreaterOrEqual(t, conflicts.Load(), int32(events))
	seen := map[string]int{}
	for _, r := range all(t, s.Receipts(t.Context(), consent.ReceiptFilter{})) {
		seen[r.Event.ID]++
	}
	assert.Len(t, seen, events)
}

func testEditions(t *testing.T, open func(*testing.T) server.Store) {
	s := opened(t, open)
	ctx := t.Context()
	want := Edition("reside")
	require.NoError(t, s.AddEdition(ctx, want, ShownText))

	t.Run("an edition is read as it was added, with its text", func(t *testing.T) {
		got, err := s.Edition(ctx, want.ID)
		require.NoError(t, err)
		assert.Equal(t, want, got)
		text, err := s.ShownText(ctx, want.Shown)
		require.NoError(t, err)
		assert.Equal(t, ShownText, text)
	})
	t.Run("adding it again changes nothing", func(t *testing.T) {
		require.NoError(t, s.AddEdition(ctx, want, ShownText))
		got, err := s.Edition(ctx, want.ID)
		require.NoError(t, err)
		assert.Equal(t, want, got)
	})
	t.Run("two editions may have shown the same text", func(t *testing.T) {
		require.NoError(t, s.AddEdition(ctx, Edition("connect"), ShownText))
		got, err := s.Edition(ctx, Edition("connect").ID)
		require.NoError(t, err)
		assert.Equal(t, Edition("connect"), got)
	})
	t.Run("what is unknown is not found", func(t *testing.T) {
		_, err := s.Edition(ctx, "nothing")
		assert.ErrorIs(t, err, fault.NotFound)
		_, err = s.ShownText(ctx, "nothing")
		assert.ErrorIs(t, err, fault.NotFound)
	})
}

func testNotices(t *testing.T, open func(*testing.T) server.Store) {
	s := opened(t, open)
	ctx := t.Context()
	day := func(m time.Month) time.Time { return time.Date(2026, m, 1, 0, 0, 0, 0, time.UTC) }
	march, october := Notice("reside", "2026-03-01", "en-GB", day(3)), Notice("reside", "2026-10-01", "en-GB", day(10))
	// Published out of order, and the later one in two languages.
	require.NoError(t, s.PublishNotice(ctx, "progress", october, []byte("October")))
	require.NoError(t, s.PublishNotice(ctx, "progress", Notice("reside", "2026-10-01", "cy", day(10)), []byte("Hydref")))
	require.NoError(t, s.PublishNotice(ctx, "progress", march, []byte("March")))
	require.NoError(t, s.PublishNotice(ctx, "connect", Notice("reside", "2026-05-01", "en-GB", day(5)), []byte("May")))

	t.Run("a source is read as it was published", func(t *testing.T) {
		for language, want := range map[string]string{"en-GB": "October", "cy": "Hydref"} {
			got, err := s.NoticeSource(ctx, "progress", "reside", "2026-10-01", language)
			require.NoError(t, err)
			assert.Equal(t, want, string(got))
		}
	})
	t.Run("versions are listed once each, newest first, of one group", func(t *testing.T) {
		got, err := s.NoticeVersions(ctx, "progress", "reside")
		require.NoError(t, err)
		assert.Equal(t, []consent.NoticeRef{
			{ID: "reside", Version: "2026-10-01", Hash: october.Hash},
			{ID: "reside", Version: "2026-03-01", Hash: march.Hash},
		}, got)
	})
	t.Run("publishing the same again changes nothing", func(t *testing.T) {
		require.NoError(t, s.PublishNotice(ctx, "progress", march, []byte("March")))
	})
	t.Run("a published notice is never overwritten", func(t *testing.T) {
		changed := march
		changed.Hash = "other"
		require.ErrorIs(t, s.PublishNotice(ctx, "progress", changed, []byte("April")), fault.Conflict)
		got, err := s.NoticeSource(ctx, "progress", "reside", "2026-03-01", "en-GB")
		require.NoError(t, err)
		assert.Equal(t, "March", string(got))
	})
	t.Run("what was never published is not found, and has no versions", func(t *testing.T) {
		_, err := s.NoticeSource(ctx, "progress", "reside", "2026-03-01", "cy")
		assert.ErrorIs(t, err, fault.NotFound)
		got, err := s.NoticeVersions(ctx, "progress", "nothing")
		require.NoError(t, err)
		assert.Empty(t, got)
	})
}
