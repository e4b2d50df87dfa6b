package postgres_test

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/tlog"

	"latchkey/app/consent"
	"latchkey/app/evidence"
	"latchkey/app/fault"
	"latchkey/server/postgres"
	"latchkey/server/postgres/pgtest"
	"latchkey/server/receiptlog"
	"latchkey/server/storetest"
)

// plain is an extension that nobody has computed or signed.
func plain(receiptlog.Head, [][]byte) (receiptlog.Extension, error) {
	return receiptlog.Extension{Tiles: []receiptlog.Tile{{Hashes: []byte("tile")}}, Checkpoint: "signed"}, nil
}

// integrate makes leaves of all that is pending.
func integrate(t testing.TB, s *postgres.Store) {
	t.Helper()
	for {
		n, err := s.Extend(t.Context(), 5000, plain)
		require.NoError(t, err)
		if n == 0 {
			return
		}
	}
}

// verify recomputes the whole tree from its leaves and holds it to the
// checkpoint that was signed; it returns what the leaves hold.
func verify(t *testing.T, s *postgres.Store, keys []string) [][]byte {
	t.Helper()
	text, err := s.Checkpoint(t.Context())
	require.NoError(t, err)
	at, err := evidence.OpenCheckpoint(text, keys)
	require.NoError(t, err)
	held, err := s.Commitments(t.Context(), 0, int(at.Size)+1)
	require.NoError(t, err)
	require.Len(t, held, int(at.Size))
	var hashes []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) (found []tlog.Hash, err error) {
		for _, i := range indexes {
			found = append(found, hashes[i])
		}
		return found, nil
	})
	for i, c := range held {
		more, err := tlog.StoredHashesForRecordHash(int64(i), tlog.RecordHash(c), reader)
		require.NoError(t, err)
		hashes = append(hashes, more...)
	}
	root, err := tlog.TreeHash(at.Size, reader)
	require.NoError(t, err)
	require.Equal(t, at.Root, root, "what is signed is the tree of the leaves")
	return held
}

func TestServersExtendOneLogTogether(t *testing.T) {
	url := pgtest.Database(t)
	keys, err := receiptlog.LoadKeys(t.TempDir(), "test.example", "")
	require.NoError(t, err)
	stores := []*postgres.Store{stocked(t, url), open(t, url), open(t, url)}
	const each = 150
	var wg sync.WaitGroup
	for i, s := range stores {
		log, err := receiptlog.New(t.Context(), s, keys, slog.New(slog.DiscardHandler))
		require.NoError(t, err)
		wg.Go(func() {
			for n := range each {
				_, _, err := s.AddReceipt(t.Context(), new(storetest.Receipt("reside", 1000*i+n)))
				assert.NoError(t, err)
				if n%5 == 0 {
					assert.NoError(t, log.Integrate(t.Context()))
				}
			}
			assert.NoError(t, log.Integrate(t.Context()))
		})
	}
	wg.Wait()
	held := verify(t, stores[0], keys.Public)
	require.Len(t, held, len(stores)*each)
	for i := range stores {
		for n := range each {
			r := storetest.Receipt("reside", 1000*i+n)
			index, err := stores[0].Index(t.Context(), r.ID)
			require.NoError(t, err)
			assert.Equal(t, r.Commitment, held[index])
		}
	}
}

// TestAReceiptThatCommitsLateIsNotPassedOver lets a receipt with a lower number
// commit after one with a higher number is in the log.
func TestAReceiptThatCommitsLateIsNotPassedOver(t *testing.T) {
	url := pgtest.Database(t)
	s := stocked(t, url)
	late, err := raw(t, url).Begin(t.Context())
	require.NoError(t, err)
	commitment := make([]byte, 32)
	rand.Read(commitment)
	_, err = late.Exec(t.Context(), `WITH e AS (INSERT INTO events (event, time) VALUES (gen_random_uuid(), $1) RETURNING seq)
		INSERT INTO log_pending (seq, commitment) SELECT seq, $2 FROM e`, storetest.Start, commitment)
	require.NoError(t, err)

	early := storetest.Receipt("reside", 1)
	add(t, s, early)
	integrate(t, s)
	require.NoError(t, late.Commit(t.Context()))
	integrate(t, s)
	held, err := s.Commitments(t.Context(), 0, 10)
	require.NoError(t, err)
	assert.Equal(t, [][]byte{early.Commitment, commitment}, held)
	assert.Greater(t, value[int64](t, url, `SELECT seq FROM log_leaves WHERE index = 0`), value[int64](t, url, `SELECT seq FROM log_leaves WHERE index = 1`))
}

func TestAnExtensionThatLosesItsConnectionStoresNothing(t *testing.T) {
	url := pgtest.Database(t)
	s, other := stocked(t, url), open(t, url)
	for n := range 3 {
		add(t, s, storetest.Receipt("reside", n))
	}
	_, err := s.Extend(t.Context(), 10, func(head receiptlog.Head, pending [][]byte) (receiptlog.Extension, error) {
		exec(t, url, `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'`)
		// Its turn is another's now.
		n, err := other.Extend(t.Context(), 2, plain)
		assert.NoError(t, err)
		assert.Equal(t, 2, n)
		return receiptlog.Extension{Checkpoint: "a fork"}, nil
	})
	require.ErrorIs(t, err, fault.Unavailable)
	text, err := s.Checkpoint(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "signed", text)
	integrate(t, s)
	held, err := s.Commitments(t.Context(), 0, 10)
	require.NoError(t, err)
	assert.Len(t, held, 3)
}

// TestAMovedHeadFences moves the head without the lock, as a second process
// would in a database that only pretends to have such locks.
func TestAMovedHeadFences(t *testing.T) {
	url := pgtest.Database(t)
	s := stocked(t, url)
	add(t, s, storetest.Receipt("reside", 1))
	_, err := s.Extend(t.Context(), 10, func(receiptlog.Head, [][]byte) (receiptlog.Extension, error) {
		exec(t, url, `UPDATE log_head SET size = 1, checkpoint = 'of another process'`)
		return receiptlog.Extension{Checkpoint: "a fork"}, nil
	})
	require.ErrorIs(t, err, fault.Conflict)
	text, err := s.Checkpoint(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "of another process", text)
	held, err := s.Commitments(t.Context(), 0, 10)
	require.NoError(t, err)
	assert.Empty(t, held)
}

func TestAReceiptTakesLessThanAKilobyte(t *testing.T) {
	url := pgtest.Database(t)
	s := stocked(t, url)
	keys, err := receiptlog.LoadKeys(t.TempDir(), "test.example", "")
	require.NoError(t, err)
	log, err := receiptlog.New(t.Context(), s, keys, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	const size = `SELECT sum(pg_total_relation_size(oid))::bigint FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`
	before := value[int64](t, url, size)
	const n = 8000
	var wg sync.WaitGroup
	for w := range 64 {
		wg.Go(func() {
			for i := w; i < n; i += 64 {
				r := storetest.Receipt("reside", i)
				id := make([]byte, 16) // as random as they are, which fills index pages less well
				rand.Read(id)
				r.ID, r.Event.ID = uuidOf(id), uuidOf(append(id[8:], id[:8]...))
				if _, _, err := s.AddReceipt(t.Context(), &r); !assert.NoError(t, err) {
					return
				}
			}
		})
	}
	wg.Wait()
	require.NoError(t, log.Integrate(t.Context()))
	exec(t, url, `VACUUM`)
	each := float64(value[int64](t, url, size)-before) / n
	t.Logf("%.0f bytes a receipt", each)
	assert.Less(t, each, 1000.0)
}

func TestAnExtensionIsGivenUpWithItsContext(t *testing.T) {
	s := stocked(t, pgtest.Database(t))
	add(t, s, storetest.Receipt("reside", 1))
	ctx, cancel := context.WithCancel(t.Context())
	_, err := s.Extend(ctx, 10, func(receiptlog.Head, [][]byte) (receiptlog.Extension, error) {
		cancel()
		return receiptlog.Extension{Checkpoint: "too late"}, nil
	})
	require.Error(t, err)
	require.True(t, errors.Is(err, context.Canceled), "%v", err)
	_, err = s.Checkpoint(t.Context())
	require.ErrorIs(t, err, fault.NotFound)
	assert.Len(t, list(t, s, consent.ReceiptFilter{}), 1)
}

func uuidOf(b []byte) string { return uuid.UUID(b).String() }
