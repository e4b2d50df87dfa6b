package storetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/consent"
	"latchkey/app/evidence"
	"latchkey/app/fault"
	"latchkey/server"
	"latchkey/server/receiptlog"
)

// integrate makes leaves of all that is stored, and returns what they hold.
func integrate(t *testing.T, s server.Store) [][]byte {
	t.Helper()
	for {
		n, err := s.Extend(t.Context(), 1000, func(head receiptlog.Head, pending [][]byte) (receiptlog.Extension, error) {
			return extension(head.Size + int64(len(pending))), nil
		})
		require.NoError(t, err)
		if n == 0 {
			held, err := s.Commitments(t.Context(), 0, 10_000)
			require.NoError(t, err)
			return held
		}
	}
}

func ids(t *testing.T, s server.Store) []string {
	t.Helper()
	var found []string
	for _, r := range all(t, s.Receipts(t.Context(), consent.ReceiptFilter{})) {
		found = append(found, r.ID)
	}
	return found
}

func testErasure(t *testing.T, open func(*testing.T) server.Store) {
	s := opened(t, open)
	ctx := t.Context()
	at := Start.Add(48 * time.Hour)
	for n := range 4 {
		addReceipt(t, s, Receipt("reside", n))
	}
	before := integrate(t, s)
	require.Len(t, before, 4)
	addReceipt(t, s, Receipt("reside", 4)) // waits for the log

	t.Run("what is erased is not found, listed or proved any more", func(t *testing.T) {
		n, err := s.Erase(ctx, evidence.Erasure{Receipts: []string{Receipt("", 1).ID, Receipt("", 4).ID}, Reason: evidence.ByVisitor, Time: at})
		require.NoError(t, err)
		assert.Equal(t, 2, n)
		for _, erased := range []int{1, 4} {
			_, err = s.Receipt(ctx, Receipt("", erased).ID)
			assert.ErrorIs(t, err, fault.NotFound)
			_, err = s.Index(ctx, Receipt("", erased).ID)
			assert.ErrorIs(t, err, fault.NotFound)
		}
		assert.Equal(t, []string{Receipt("", 0).ID, Receipt("", 2).ID, Receipt("", 3).ID}, ids(t, s))
	})
	t.Run("the leaves stay, and the log gets one more for each", func(t *testing.T) {
		held := integrate(t, s)
		require.Len(t, held, 7, "four, the one that waited, and two erasures")
		assert.Equal(t, before, held[:4])
		assert.Contains(t, held[4:], Receipt("reside", 4).Commitment)
		index, err := s.Index(ctx, Receipt("", 3).ID)
		require.NoError(t, err)
		assert.EqualValues(t, 3, index)
	})
	t.Run("erasing again, or what never was, changes nothing", func(t *testing.T) {
		purge := evidence.Entry{Kind: evidence.Purged, Time: at, Site: "reside", Before: &at}
		for _, id := range []string{Receipt("", 1).ID, Receipt("", 99).ID, "nothing", ""} {
			n, err := s.Erase(ctx, evidence.Erasure{Receipts: []string{id}, Reason: evidence.ByRetention, Time: at, Purge: &purge})
			require.NoError(t, err)
			assert.Zero(t, n)
		}
		assert.Len(t, integrate(t, s), 7)
	})
	t.Run("one named twice is erased once, and a purge is one entry more", func(t *testing.T) {
		purge := evidence.Entry{Kind: evidence.Purged, Time: at, Site: "reside", Before: &at}
		id := Receipt("", 2).ID
		n, err := s.Erase(ctx, evidence.Erasure{Receipts: []string{id, id}, Reason: evidence.ByRetention, Time: at, Purge: &purge})
		require.NoError(t, err)
		assert.Equal(t, 1, n)
		assert.Zero(t, purge.Count, "what the caller holds is not touched")
		assert.Len(t, integrate(t, s), 9)
	})
	t.Run("the event of an erased receipt is new when it comes again", func(t *testing.T) {
		again := Receipt("reside", 1)
		again.ID, again.Salt = Receipt("", 50).ID, Receipt("reside", 50).Salt
		Commit(&again)
		stored, created, err := s.AddReceipt(ctx, &again)
		require.NoError(t, err)
		assert.True(t, created)
		assert.Equal(t, again, *stored)
		_, err = s.Receipt(ctx, Receipt("", 1).ID)
		assert.ErrorIs(t, err, fault.NotFound, "the erased one stays erased")
	})
}

func testExpired(t *testing.T, open func(*testing.T) server.Store) {
	s := opened(t, open)
	ctx := t.Context()
	// add stores the nth receipt, n minutes after the start, which follows on another.
	add := func(site string, n int, previous string) {
		r := Receipt(site, n)
		r.Event.Previous = previous
		Commit(&r)
		addReceipt(t, s, r)
	}
	id := func(n int) string { return Receipt("", n).ID }
	add("reside", 1, "")
	add("reside", 2, id(1))
	add("reside", 3, "")
	add("connect", 4, "")
	add("reside", 5, "00000000-0000-4000-8000-00000000ffff") // follows on what is not there
	add("connect", 6, id(3))                                 // another site's
	add("reside", 10, id(2))
	add("reside", 11, "")

	for _, c := range []struct {
		name   string
		site   string
		before int // minutes after the start
		want   []int
	}{
		{"nothing is so old", "reside", 1, nil},
		{"a receipt stays as long as one that followed on it, directly or not", "reside", 10, []int{3, 5}},
		{"what has just reached the limit stays", "reside", 5, []int{3}},
		{"a whole chain goes when its last receipt does", "reside", 11, []int{1, 2, 3, 5, 10}},
		{"a site has limits of its own", "connect", 5, []int{4}},
		{"a site that is not there has none", "nowhere", 100, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var want []consent.Expired
			for _, n := range c.want {
				want = append(want, consent.Expired{ID: id(n), Time: Receipt("", n).Time})
			}
			assert.Equal(t, want, all(t, s.Expired(ctx, c.site, Start.Add(time.Duration(c.before)*time.Minute))))
		})
	}
	t.Run("what was erased does not expire, and keeps nothing", func(t *testing.T) {
		_, err := s.Erase(ctx, evidence.Erasure{Receipts: []string{id(10), id(3)}, Reason: evidence.ByVisitor, Time: Start})
		require.NoError(t, err)
		var got []string
		for _, e := range all(t, s.Expired(ctx, "reside", Start.Add(10*time.Minute))) {
			got = append(got, e.ID)
		}
		assert.Equal(t, []string{id(1), id(2), id(5)}, got)
	})
}

func testDates(t *testing.T, open func(*testing.T) server.Store) {
	s := opened(t, open)
	ctx := t.Context()
	newest := func() time.Time {
		t.Helper()
		at, err := s.Newest(ctx)
		require.NoError(t, err)
		return at
	}
	assert.Zero(t, newest(), "nothing is stored")
	addReceipt(t, s, Receipt("reside", 20))
	addReceipt(t, s, Receipt("connect", 30))
	addReceipt(t, s, Receipt("reside", 10)) // by a clock behind
	assert.Equal(t, Receipt("connect", 30).Time, newest(), "a receipt of any site")
	request := Record("reside", 1)
	request.Received = Start.Add(40 * time.Minute)
	addRequest(t, s, request)
	assert.Equal(t, request.Received, newest(), "a request")
	erased := Start.Add(50 * time.Minute)
	_, err := s.Erase(ctx, evidence.Erasure{Receipts: []string{Receipt("", 30).ID}, Reason: evidence.ByVisitor, Time: erased})
	require.NoError(t, err)
	assert.Equal(t, erased, newest(), "an erasure")

	_, err = s.LastPurge(ctx)
	require.ErrorIs(t, err, fault.NotFound)
	for _, at := range []time.Time{erased.AddDate(0, 1, 0), erased} {
		require.NoError(t, s.KeepLastPurge(ctx, at))
		last, err := s.LastPurge(ctx)
		require.NoError(t, err)
		assert.Equal(t, at, last)
	}
	assert.Equal(t, erased, newest(), "looking for something stores nothing")

	for _, c := range []struct {
		site       string
		most, want int
	}{{"reside", 10, 2}, {"reside", 1, 1}, {"connect", 10, 0}, {"nowhere", 10, 0}} {
		n, err := s.CountReceipts(ctx, c.site, c.most)
		require.NoError(t, err)
		assert.Equal(t, c.want, n, c.site)
	}
}
