package postgres_test

import (
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"latchkey/server/postgres"
	"latchkey/server/postgres/pgtest"
	"latchkey/server/storetest"
)

// BenchmarkAddReceipt stores receipts from one caller, and from many at once,
// whose commits go to the disk together.
func BenchmarkAddReceipt(b *testing.B) {
	for _, c := range []struct {
		name    string
		callers int // for each processor
	}{{"one caller", 0}, {"32 callers", 16}, {"1024 callers", 512}} {
		b.Run(c.name, func(b *testing.B) {
			s, err := postgres.Open(b.Context(), pgtest.Database(b))
			require.NoError(b, err)
			defer s.Close()
			require.NoError(b, s.AddEdition(b.Context(), storetest.Edition("reside"), storetest.ShownText))
			var n atomic.Int64
			add := func() {
				if _, _, err := s.AddReceipt(b.Context(), storetest.Receipt("reside", int(n.Add(1)))); err != nil {
					b.Error(err)
				}
			}
			b.ResetTimer()
			if c.callers == 0 {
				for b.Loop() {
					add()
				}
			} else {
				b.SetParallelism(c.callers)
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						add()
					}
				})
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "receipts/s")
		})
	}
}
