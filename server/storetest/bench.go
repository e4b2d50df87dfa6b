package storetest

import (
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"latchkey/server"
)

// Bench stores receipts from one caller, and from many at once, whose commits go
// to the disk together. open opens an empty store.
func Bench(b *testing.B, open func(b *testing.B) server.Store) {
	for _, c := range []struct {
		name    string
		callers int // for each processor
	}{{"one caller", 0}, {"32 callers", 16}, {"1024 callers", 512}} {
		b.Run(c.name, func(b *testing.B) {
			s := open(b)
			defer s.Close()
			require.NoError(b, s.AddEdition(b.Context(), Edition("reside"), ShownText))
			var n atomic.Int64
			add := func() {
				if _, _, err := s.AddReceipt(b.Context(), new(Receipt("reside", int(n.Add(1))))); err != nil {
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
