package storetest

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"latchkey/app/consent"
	"latchkey/app/evidence"
	"latchkey/server"
)

// Many stores n receipts, each of which follows on the one before, for tests of what a database
// makes of a query. It returns the id of one that another follows on.
func Many(t *testing.T, s server.Store, n int) (id string) {
	t.Helper()
	addEdition(t, s, "reside")
	var adding errgroup.Group
	adding.SetLimit(64)
	for i := 1; i <= n; i++ {
		adding.Go(func() error {
			r := Receipt("reside", i)
			r.Event.Previous = Receipt("reside", i-1).ID
			Commit(&r)
			_, _, err := s.AddReceipt(t.Context(), &r)
			return err
		})
	}
	require.NoError(t, adding.Wait())
	return Receipt("reside", n/2).ID
}

// chain stores receipts of a site that each follow on another: the nth on that of before, if that is not 0.
func chain(t *testing.T, s server.Store, site string, before map[int]int) {
	t.Helper()
	addEdition(t, s, site)
	for n := range len(before) + 1 {
		previous, ok := before[n]
		if !ok {
			continue
		}
		r := Receipt(site, n)
		r.Event.Previous = ""
		if previous != 0 {
			r.Event.Previous = Receipt(site, previous).ID
		}
		Commit(&r)
		addReceipt(t, s, r)
	}
}

func testFollowing(t *testing.T, open func(*testing.T) server.Store) {
	s := opened(t, open)
	ctx := t.Context()
	chain(t, s, "reside", map[int]int{1: 0, 2: 1, 3: 2, 4: 1, 5: 0, 6: 99})
	other := Receipt("connect", 20)
	other.Event.Previous = Receipt("", 1).ID
	Commit(&other)
	addReceipt(t, s, other)

	following := func(id string) (numbers []string) {
		for _, r := range all(t, s.Following(ctx, id)) {
			numbers = append(numbers, strings.TrimLeft(r.ID[24:], "0"))
		}
		return numbers
	}
	for _, c := range []struct {
		name string
		id   string
		want []string
	}{
		{"all that follow on it directly, of any site, in the order of storing", Receipt("", 1).ID, []string{"2", "4", "20"}},
		{"one", Receipt("", 2).ID, []string{"3"}},
		{"none on the last", Receipt("", 3).ID, nil},
		{"none on one beside", Receipt("", 5).ID, nil},
		{"on a receipt that is not there", Receipt("", 99).ID, []string{"6"}},
		{"an id in capitals is the same id", strings.ToUpper(Receipt("", 2).ID), []string{"3"}},
		{"none on nothing", "", nil},
		{"none on what is no id", "' OR 1=1", nil},
	} {
		t.Run(c.name, func(t *testing.T) { assert.Equal(t, c.want, following(c.id)) })
	}
	t.Run("they come whole", func(t *testing.T) {
		var want consent.Stored
		for _, r := range all(t, s.Receipts(ctx, consent.ReceiptFilter{Site: "connect"})) {
			want = r
		}
		got := all(t, s.Following(ctx, Receipt("", 1).ID))
		require.Len(t, got, 3)
		assert.Equal(t, want, got[2])
	})
	t.Run("what was erased does not follow, and is followed on still", func(t *testing.T) {
		_, err := s.Erase(ctx, evidence.Erasure{Receipts: []string{Receipt("", 2).ID}, Reason: evidence.ByVisitor, Time: Start})
		require.NoError(t, err)
		assert.Equal(t, []string{"4", "20"}, following(Receipt("", 1).ID))
		assert.Equal(t, []string{"3"}, following(Receipt("", 2).ID))
	})
}
