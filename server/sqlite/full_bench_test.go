package sqlite_test

import (
	"crypto/rand"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"latchkey/server/sqlite"
	"latchkey/server/storetest"
)

// BenchmarkAddReceiptToMany stores receipts where 200,000 are stored: the ids of
// events are random, so every one of them goes to another page of their index.
func BenchmarkAddReceiptToMany(b *testing.B) {
	s, err := sqlite.Open(b.Context(), b.TempDir()+"/"+sqlite.FileName)
	require.NoError(b, err)
	defer s.Close()
	require.NoError(b, s.AddEdition(b.Context(), storetest.Edition("reside"), storetest.ShownText))
	sample := storetest.Receipt("reside", 1)
	add := func(b *testing.B) {
		r := sample
		r.ID, r.Event.ID = newID(), uuid.NewString()
		r.Salt, r.Commitment = make([]byte, 16), make([]byte, 32)
		rand.Read(r.Salt)
		rand.Read(r.Commitment)
		if _, _, err := s.AddReceipt(b.Context(), &r); err != nil {
			b.Error(err)
		}
	}
	run := func(b *testing.B, n int64) {
		var begun atomic.Int64
		done := make(chan struct{})
		const callers = 1024
		for range callers {
			go func() {
				for begun.Add(1) <= n {
					add(b)
				}
				done <- struct{}{}
			}()
		}
		for range callers {
			<-done
		}
	}
	run(b, 200_000)
	b.ResetTimer()
	run(b, int64(b.N))
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "receipts/s")
}

// newID is as the server makes them: in order, so that they follow one another in their index.
func newID() string { return uuid.Must(uuid.NewV7()).String() }
