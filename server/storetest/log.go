package storetest

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"latchkey/app/fault"
	"latchkey/server"
	"latchkey/server/receiptlog"
)

// extension is what a log of a given size could have written.
func extension(size int64) receiptlog.Extension {
	return receiptlog.Extension{
		Tiles:      []receiptlog.Tile{{Level: 0, N: 0, Hashes: fmt.Appendf(nil, "tile of %d", size)}},
		Checkpoint: fmt.Sprintf("checkpoint of %d", size),
	}
}

func testLog(t *testing.T, open func(*testing.T) server.Store) {
	s := opened(t, open)
	ctx := t.Context()
	never := func(receiptlog.Head, [][]byte) (receiptlog.Extension, error) {
		return receiptlog.Extension{}, assert.AnError
	}

	t.Run("an empty log has nothing, and nothing is pending", func(t *testing.T) {
		n, err := s.Extend(ctx, 10, never)
		require.NoError(t, err)
		assert.Zero(t, n)
		_, err = s.Checkpoint(ctx)
		assert.ErrorIs(t, err, fault.NotFound)
		_, err = s.Tile(ctx, 0, 0)
		assert.ErrorIs(t, err, fault.NotFound)
		held, err := s.Commitments(ctx, 0, 10)
		require.NoError(t, err)
		assert.Empty(t, held)
	})

	want := [][]byte{}
	for n := range 5 {
		r := Receipt("reside", n)
		addReceipt(t, s, r)
		want = append(want, r.Commitment)
	}
	t.Run("a receipt that is stored is not in the log yet", func(t *testing.T) {
		_, err := s.Index(ctx, Receipt("reside", 0).ID)
		assert.ErrorIs(t, err, fault.NotFound)
	})
	t.Run("what fails changes nothing", func(t *testing.T) {
		_, err := s.Extend(ctx, 10, never)
		require.ErrorIs(t, err, assert.AnError)
		_, err = s.Checkpoint(ctx)
		assert.ErrorIs(t, err, fault.NotFound)
	})
	t.Run("what is pending comes in the order of storing, up to the limit", func(t *testing.T) {
		n, err := s.Extend(ctx, 3, func(head receiptlog.Head, pending [][]byte) (receiptlog.Extension, error) {
			assert.Zero(t, head.Size)
			assert.Empty(t, head.Checkpoint)
			assert.Equal(t, want[:3], pending)
			return extension(3), nil
		})
		require.NoError(t, err)
		assert.Equal(t, 3, n)
	})
	t.Run("the next extension goes on from there", func(t *testing.T) {
		n, err := s.Extend(ctx, 10, func(head receiptlog.Head, pending [][]byte) (receiptlog.Extension, error) {
			assert.EqualValues(t, 3, head.Size)
			assert.Equal(t, extension(3).Checkpoint, head.Checkpoint)
			tile, err := head.Tile(0, 0)
			require.NoError(t, err)
			assert.Equal(t, extension(3).Tiles[0].Hashes, tile)
			assert.Equal(t, want[3:], pending)
			return extension(5), nil
		})
		require.NoError(t, err)
		assert.Equal(t, 2, n)
		text, err := s.Checkpoint(ctx)
		require.NoError(t, err)
		assert.Equal(t, extension(5).Checkpoint, text)
		tile, err := s.Tile(ctx, 0, 0)
		require.NoError(t, err)
		assert.Equal(t, extension(5).Tiles[0].Hashes, tile)
	})
	t.Run("a receipt is found at its leaf, and the leaf holds its commitment", func(t *testing.T) {
		for n := range want {
			index, err := s.Index(ctx, Receipt("reside", n).ID)
			require.NoError(t, err)
			held, err := s.Commitments(ctx, index, 1)
			require.NoError(t, err)
			assert.Equal(t, want[n:n+1], held)
		}
	})
	t.Run("leaves are read as far as there are any", func(t *testing.T) {
		addReceipt(t, s, Receipt("reside", 5)) // stored, and not in the log
		held, err := s.Commitments(ctx, 3, 256)
		require.NoError(t, err)
		assert.Equal(t, want[3:], held)
	})
	t.Run("a log grows while receipts come, and holds each once", func(t *testing.T) {
		const events = 200
		var wg sync.WaitGroup
		var size atomic.Int64
		for sender := range 4 {
			wg.Go(func() {
				for n := range events / 4 {
					addReceipt(t, s, Receipt("reside", 1000+n*4+sender))
				}
			})
			wg.Go(func() {
				for range 20 {
					_, err := s.Extend(ctx, 7, func(head receiptlog.Head, pending [][]byte) (receiptlog.Extension, error) {
						size.Store(head.Size + int64(len(pending)))
						return extension(size.Load()), nil
					})
					assert.NoError(t, err)
				}
			})
		}
		wg.Wait()
		for {
			n, err := s.Extend(ctx, 1000, func(head receiptlog.Head, pending [][]byte) (receiptlog.Extension, error) {
				return extension(head.Size + int64(len(pending))), nil
			})
			require.NoError(t, err)
			if n == 0 {
				break
			}
		}
		held, err := s.Commitments(ctx, 0, 10*events)
		require.NoError(t, err)
		assert.Len(t, held, 6+events)
		seen := map[string]bool{}
		for _, c := range held {
			assert.False(t, seen[string(c)], "a leaf twice")
			seen[string(c)] = true
		}
		for n := range events {
			index, err := s.Index(ctx, Receipt("reside", 1000+n).ID)
			require.NoError(t, err)
			assert.Equal(t, Receipt("reside", 1000+n).Commitment, held[index])
		}
	})
}
