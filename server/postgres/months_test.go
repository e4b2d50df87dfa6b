package postgres_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/consent"
	"latchkey/server/postgres"
	"latchkey/server/postgres/pgtest"
	"latchkey/server/storetest"
)

// at is the nth sample at another time.
func at(n int, when time.Time) consent.Stored {
	r := storetest.Receipt("reside", n)
	r.Time = when
	storetest.Commit(&r)
	return r
}

func partitions(t *testing.T, url string) []string {
	rs, err := raw(t, url).Query(t.Context(), `SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'receipts'::regclass ORDER BY 1`)
	require.NoError(t, err)
	names, err := pgx.CollectRows(rs, pgx.RowTo[string])
	require.NoError(t, err)
	return names
}

func TestPartitionsAreMadeAsTheyAreNeeded(t *testing.T) {
	url := pgtest.Database(t)
	s := stocked(t, url)
	assert.Empty(t, partitions(t, url))
	last := time.Date(2026, time.November, 30, 23, 59, 59, 999_000_000, time.UTC)
	early := time.Date(2020, time.January, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name  string
		when  time.Time
		in    string
		there []string
	}{
		{"with the first receipt of a month come the next two months", last, "receipts_2026_11",
			[]string{"receipts_2026_11", "receipts_2026_12", "receipts_2027_01"}},
		{"a new month begins with its partition, and one further is made", last.Add(time.Millisecond), "receipts_2026_12",
			[]string{"receipts_2026_11", "receipts_2026_12", "receipts_2027_01", "receipts_2027_02"}},
		{"a clock that went back years is followed", early, "receipts_2020_01",
			[]string{"receipts_2020_01", "receipts_2020_02", "receipts_2020_03", "receipts_2026_11", "receipts_2026_12", "receipts_2027_01", "receipts_2027_02"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := at(int(c.when.Unix()), c.when)
			add(t, s, want)
			got, err := s.Receipt(t.Context(), want.ID)
			require.NoError(t, err)
			assert.Equal(t, want, got)
			assert.Equal(t, c.there, partitions(t, url))
			assert.EqualValues(t, 1, value[int64](t, url, `SELECT count(*) FROM `+c.in+` WHERE id = $1`, want.ID))
		})
	}
	t.Run("one that was taken away is made again", func(t *testing.T) {
		exec(t, url, `ALTER TABLE receipts DETACH PARTITION receipts_2027_01; ALTER TABLE receipts_2027_01 RENAME TO archived`)
		add(t, s, at(1, last.Add(time.Millisecond)))
		add(t, s, at(2, time.Date(2027, time.January, 5, 0, 0, 0, 0, time.UTC)))
		exec(t, url, `ALTER TABLE receipts DETACH PARTITION receipts_2026_12; ALTER TABLE receipts_2026_12 RENAME TO archived_too`)
		add(t, s, at(3, last.Add(time.Hour)))
		assert.Contains(t, partitions(t, url), "receipts_2026_12")
	})
}

func TestServersMakePartitionsAtTheSameTime(t *testing.T) {
	url := pgtest.Database(t)
	stores := []*postgres.Store{stocked(t, url), open(t, url), open(t, url)}
	var wg sync.WaitGroup
	for i, s := range stores {
		for n := range 8 {
			wg.Go(func() {
				_, _, err := s.AddReceipt(t.Context(), new(at(100*i+n, storetest.Start.AddDate(0, n%4, 0))))
				assert.NoError(t, err)
			})
		}
	}
	wg.Wait()
	assert.Len(t, partitions(t, url), 6)
	assert.Len(t, list(t, stores[0], consent.ReceiptFilter{}), 24)
}

func TestAnEventIsStoredOnceInWhateverMonthAndByWhom(t *testing.T) {
	url := pgtest.Database(t)
	stores := []*postgres.Store{stocked(t, url), open(t, url), open(t, url)}
	const events = 60
	var created atomic.Int32
	var wg sync.WaitGroup
	ids := make([]sync.Map, events)
	for i, s := range stores {
		for half := range 2 {
			wg.Go(func() {
				for n := range events {
					if half == 1 {
						n = events - 1 - n // from both ends, so that groups overlap in every way
					}
					r := at(n, storetest.Start.AddDate(0, i, 0))
					r.ID = storetest.Receipt("reside", 1000*(2*i+half+1)+n).ID
					stored, is, err := s.AddReceipt(t.Context(), &r)
					if !assert.NoError(t, err) {
						return
					}
					if is {
						created.Add(1)
						assert.Equal(t, r, *stored)
					}
					ids[n].Store(stored.ID, true)
				}
			})
		}
	}
	wg.Wait()
	assert.EqualValues(t, events, created.Load())
	assert.Len(t, list(t, stores[0], consent.ReceiptFilter{}), events)
	for n := range ids {
		told := 0
		ids[n].Range(func(any, any) bool { told++; return true })
		assert.Equal(t, 1, told, "everybody is told of the same receipt")
	}
}
